"""Queries about entries that people saved for later.

A saved entry keeps its words for as long as somebody saves it (``bot.store.retention``). What an
admin had deleted is not shown any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Entry, Retraction
from bot.store.entries import as_entry
from bot.store.inserting import insert_new
from bot.store.schema import entries, saved

MOST = 200
"""Entries one chat can save."""

_SHOWN = sa.or_(entries.c.retracted.is_(None), entries.c.retracted != Retraction.DELETE)


async def add(
    connection: AsyncConnection, destination_id: int, entry_ids: Iterable[int], now: datetime
) -> int:
    """Save entries; how many were not saved before."""
    added = 0
    for entry_id in entry_ids:
        row = {"destination_id": destination_id, "entry_id": entry_id, "saved_at": now}
        added += await insert_new(connection, saved, row)
    return added


async def remove(connection: AsyncConnection, destination_id: int, entry_ids: Iterable[int]) -> int:
    """Save entries no more; how many were saved."""
    result = await connection.execute(
        saved.delete().where(
            saved.c.destination_id == destination_id, saved.c.entry_id.in_(list(entry_ids))
        )
    )
    return result.rowcount


async def count(connection: AsyncConnection, destination_id: int) -> int:
    """How many a chat saves."""
    query = _of(sa.select(sa.func.count()), destination_id)
    return int(await connection.scalar(query) or 0)


async def among(
    connection: AsyncConnection, destination_id: int, entry_ids: Iterable[int]
) -> set[int]:
    """Which of these entries a chat saves."""
    found = await connection.scalars(
        sa.select(saved.c.entry_id).where(
            saved.c.destination_id == destination_id, saved.c.entry_id.in_(list(entry_ids))
        )
    )
    return set(found)


async def page(
    connection: AsyncConnection, destination_id: int, *, offset: int, limit: int
) -> list[Entry]:
    """What a chat saves, the latest saved first."""
    rows = await connection.execute(
        _of(sa.select(entries), destination_id)
        .order_by(saved.c.saved_at.desc(), saved.c.entry_id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [as_entry(row) for row in rows]


def _of(query: sa.Select[tuple[int]], destination_id: int) -> sa.Select[tuple[int]]:
    return query.select_from(saved.join(entries, entries.c.id == saved.c.entry_id)).where(
        saved.c.destination_id == destination_id, _SHOWN
    )
