"""Forgets what is old: deliveries whose edit window closed, the words of old entries.

An entry that is forgotten leaves a tombstone (its identity), so that it does not come back as new.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import SourceState
from bot.store import search, spreading, watches
from bot.store.columns import DeliveryState as State
from bot.store.engine import Database
from bot.store.schema import (
    DUE,
    deliveries,
    entries,
    entry_topics,
    entry_watches,
    fanouts,
    latencies,
    revisions,
    saved,
    sources,
)

CHUNK = 5_000  # rows a transaction at most: the write lock is never held long
ENTRIES = 200  # entries a transaction, for they are large
UNWATCHED_FOR = timedelta(days=1)  # an expression somebody chose just now and thought better of
PROPOSED_FOR = timedelta(days=1)  # a preview that nobody confirmed


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows went."""

    deliveries: int
    entries: int


async def prune(
    db: Database, *, now: datetime, edit_window: timedelta, entry_age: timedelta
) -> Pruned:
    """Delete deliveries past the edit window; empty entries past their age.

    What still waits is kept, and with it the entry's words, however old; so is what was saved.
    """
    await _prune_watchers(db)
    finished = await _prune_deliveries(db, now - edit_window)
    emptied = await _prune_entries(db, now - max(entry_age, edit_window))
    async with db.write() as connection:
        # Not deleted: it may be an old source, with entries, that was about to come back.
        await connection.execute(
            sources.update()
            .where(
                sources.c.state == SourceState.PROPOSED, sources.c.created_at < now - PROPOSED_FOR
            )
            .values(state=SourceState.REMOVED)
        )
        await watches.prune(connection, now - UNWATCHED_FOR)
    return Pruned(finished, emptied)


async def _prune_watchers(db: Database) -> None:
    """Delete who watched for entries that were planned whole."""
    last: int | None = 0
    while last is not None:
        async with db.write() as connection:
            last = await spreading.forget(connection, last, CHUNK)


async def _prune_deliveries(db: Database, before: datetime) -> int:
    async with db.read() as connection:
        told = list(
            await connection.scalars(
                sa.select(fanouts.c.entry_id).where(fanouts.c.done_at < before).distinct()
            )
        )
    total = 0
    for entry_id in told:
        last = -1
        while True:
            async with db.write() as connection:
                found = await _next_finished(connection, entry_id, last)
                if found is None:
                    await _forget_fanouts(connection, entry_id, before)
                    break
                result = await connection.execute(
                    deliveries.delete().where(
                        deliveries.c.entry_id == entry_id,
                        deliveries.c.destination_id > last,
                        deliveries.c.destination_id <= found,
                        deliveries.c.state >= State.SENT,
                    )
                )
                total += result.rowcount
                last = found
    return total


async def _next_finished(connection: AsyncConnection, entry_id: int, last: int) -> int | None:
    """The destination up to which the next chunk of an entry's deliveries goes."""
    chunk = (
        sa.select(deliveries.c.destination_id)
        .where(deliveries.c.entry_id == entry_id, deliveries.c.destination_id > last)
        .order_by(deliveries.c.destination_id)
        .limit(CHUNK)
        .subquery()
    )
    found: int | None = await connection.scalar(sa.select(sa.func.max(chunk.c.destination_id)))
    return found


async def _forget_fanouts(connection: AsyncConnection, entry_id: int, before: datetime) -> None:
    """Unless deliveries of the entry still wait: then it is looked at again next time."""
    await connection.execute(
        fanouts.delete().where(
            fanouts.c.entry_id == entry_id,
            fanouts.c.done_at < before,
            ~sa.exists().where(deliveries.c.entry_id == entry_id),
        )
    )


async def _prune_entries(db: Database, before: datetime) -> int:
    total, last = 0, 0
    while True:
        async with db.read() as connection:
            old = list(
                await connection.scalars(
                    sa.select(entries.c.id)
                    .where(
                        entries.c.id > last,
                        entries.c.first_seen_at < before,
                        ~entries.c.pruned,
                        ~sa.exists().where(deliveries.c.entry_id == entries.c.id, DUE),
                        ~sa.exists().where(saved.c.entry_id == entries.c.id),
                    )
                    .order_by(entries.c.id)
                    .limit(ENTRIES)
                )
            )
        if not old:
            return total
        async with db.write() as connection:
            await connection.execute(revisions.delete().where(revisions.c.entry_id.in_(old)))
            await connection.execute(entry_topics.delete().where(entry_topics.c.entry_id.in_(old)))
            await connection.execute(
                entry_watches.delete().where(entry_watches.c.entry_id.in_(old))
            )
            await connection.execute(latencies.delete().where(latencies.c.entry_id.in_(old)))
            await search.forget(connection, old)
            await connection.execute(
                entries.update()
                .where(entries.c.id.in_(old))
                .values(pruned=True, title="", text="", html="", author="", media=[], links=[])
            )
        total, last = total + len(old), old[-1]
