"""Looks up what other live blogs told lately, for news that come a second time."""

from __future__ import annotations

import asyncio
from datetime import datetime

from bot.intake.duplicates import WITHIN, first_tellings
from bot.model import ChangeKind, Decision, Source
from bot.store import duplicates
from bot.store.engine import Database


async def find_repeats(
    db: Database, source: Source, decision: Decision, now: datetime
) -> dict[str, int]:
    """Which new entries tell what another live blog told: identity -> id of that entry.

    Args:
        db: where entries are.
        source: that was polled.
        decision: what its poll brought.
        now: UTC.
    """
    coming = {
        change.identity: change.entry
        for change in decision.changes
        if change.kind is ChangeKind.NEW and change.entry is not None and not change.silent
    }
    if not (source.primed and coming):
        return {}
    async with db.read() as connection:
        told = await duplicates.told_lately(connection, source.id, now - WITHIN)
    return await asyncio.to_thread(first_tellings, coming, told) if told else {}
