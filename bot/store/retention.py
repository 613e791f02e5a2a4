"""Forgets what is old: deliveries whose edit window closed, the words of old entries.

An entry that is forgotten leaves a tombstone (its identity), so that it does not come back as new.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.store.engine import Database
from bot.store.schema import DeliveryState as State
from bot.store.schema import deliveries, entries, entry_topics, fanouts, revisions, sources

CHUNK = 500  # rows a transaction: the write lock is never held long


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows went."""

    deliveries: int
    entries: int


async def prune(
    db: Database, *, now: datetime, edit_window: timedelta, entry_age: timedelta
) -> Pruned:
    """Delete deliveries past the edit window; empty entries past their age."""
    finished = await _prune_deliveries(db, now - edit_window)
    emptied = await _prune_entries(db, now - entry_age)
    async with db.write() as connection:
        await connection.execute(
            sources.delete().where(
                sources.c.state == "proposed", sources.c.created_at < now - timedelta(days=1)
            )
        )
    return Pruned(finished, emptied)


async def _prune_deliveries(db: Database, before: datetime) -> int:
    total = 0
    while True:
        async with db.write() as connection:
            done = list(
                await connection.scalars(
                    sa.select(fanouts.c.entry_id)
                    .where(fanouts.c.done_at < before)
                    .distinct()
                    .limit(CHUNK // 10)
                )
            )
            if not done:
                return total
            result = await connection.execute(
                deliveries.delete().where(
                    deliveries.c.entry_id.in_(done), deliveries.c.state >= State.SENT
                )
            )
            total += result.rowcount
            await connection.execute(
                fanouts.delete().where(fanouts.c.entry_id.in_(done), fanouts.c.done_at < before)
            )


async def _prune_entries(db: Database, before: datetime) -> int:
    total = 0
    while True:
        async with db.write() as connection:
            old = list(
                await connection.scalars(
                    sa.select(entries.c.id)
                    .where(entries.c.first_seen_at < before, ~entries.c.pruned)
                    .limit(CHUNK)
                )
            )
            if not old:
                return total
            await connection.execute(revisions.delete().where(revisions.c.entry_id.in_(old)))
            await connection.execute(entry_topics.delete().where(entry_topics.c.entry_id.in_(old)))
            await connection.execute(
                entries.update()
                .where(entries.c.id.in_(old))
                .values(pruned=True, title="", text="", html="", author="", media=[], links=[])
            )
            total += len(old)
