"""Up to where a chat has read, and what was written in a stretch of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Entry, Follow
from bot.store.entries import as_entry, followed
from bot.store.schema import destinations, entries


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was written, and where."""

    entry_id: int
    source_id: int
    at: datetime
    key_event: bool


async def last_read_at(connection: AsyncConnection, destination_id: int) -> datetime | None:
    """Up to where a destination has read, UTC; None if it never said."""
    found: datetime | None = await connection.scalar(
        sa.select(destinations.c.last_read_at).where(destinations.c.id == destination_id)
    )
    return found


async def mark_read(connection: AsyncConnection, destination_id: int, at: datetime) -> None:
    """A destination has read everything up to `at`; never moves back."""
    read = destinations.c.last_read_at
    await connection.execute(
        destinations.update()
        .where(destinations.c.id == destination_id, sa.or_(read.is_(None), read < at))
        .values(last_read_at=at)
    )


async def between(
    connection: AsyncConnection,
    follows: Sequence[tuple[Follow, int]],
    start: datetime,
    end: datetime,
    limit: int,
    *,
    late: timedelta = timedelta(),
) -> list[Entry]:
    """The newest `limit` entries of a stretch of time, oldest first; withdrawn ones are left out.

    One that was seen after `end` does not belong to it, so that the same stretch stays the same.

    Args:
        connection: a transaction.
        follows: as for `entries.latest`.
        start: UTC.
        end: UTC, the instant behind it.
        limit: at most so many.
        late: so long before `start` may an entry be published that was seen only after it.
    """
    if not follows:
        return []
    shown, seen = entries.c.shown_at, entries.c.first_seen_at
    rows = await connection.execute(
        sa.select(entries)
        .where(
            ~entries.c.withdrawn,
            ~entries.c.pruned,
            followed(follows),
            shown >= start - late,
            sa.or_(shown >= start, seen > start),
            shown < end,
            seen <= end,
        )
        .order_by(shown.desc(), entries.c.id.desc())
        .limit(limit)
    )
    return [as_entry(row) for row in rows][::-1]


async def activity(
    connection: AsyncConnection,
    follows: Sequence[tuple[Follow, int]],
    start: datetime,
    end: datetime,
    limit: int,
) -> list[Moment]:
    """When what was written in a stretch of time, oldest first; the newest `limit`."""
    if not follows:
        return []
    rows = await connection.execute(
        sa.select(entries.c.id, entries.c.source_id, entries.c.shown_at, entries.c.key_event)
        .where(
            ~entries.c.withdrawn,
            ~entries.c.pruned,
            followed(follows),
            entries.c.shown_at >= start,
            entries.c.shown_at < end,
        )
        .order_by(entries.c.shown_at.desc(), entries.c.id.desc())
        .limit(limit)
    )
    return [Moment(row.id, row.source_id, row.shown_at, row.key_event) for row in rows][::-1]
