"""A clock that was set back: what was written before it lies in the future, and nothing is due.

A source that was polled later than now tells by how much, also after a restart; who saw the clock
jump tells it, too, for a poll that was under way leaves no such mark. Everything that waits for an
instant is brought nearer by that.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.columns import DeliveryState as State
from bot.store.columns import to_micros
from bot.store.schema import deliveries, destinations, sources

TOLERANCE = timedelta(seconds=60)  # by which the clocks of several machines may differ
NOT_AT_ALL = timedelta()


async def set_back_by(connection: AsyncConnection, now: datetime) -> timedelta | None:
    """By how much the clock was set back since the last poll; None if it was not."""
    newest: datetime | None = await connection.scalar(
        sa.select(sa.func.max(sources.c.last_polled_at, type_=sources.c.last_polled_at.type))
    )
    return newest - now if newest is not None and newest > now + TOLERANCE else None


async def catch_up(
    connection: AsyncConnection, now: datetime, seen: timedelta = NOT_AT_ALL
) -> timedelta | None:
    """Move what waits for an instant, if the clock was set back; by how much that was.

    What a chat holds back until an hour of its own choice stays where it is.

    Args:
        connection: in a writing transaction.
        now: UTC.
        seen: by how much the clock jumped back before the caller's eyes.
    """
    by = max(seen, await set_back_by(connection, now) or NOT_AT_ALL)
    if not by:
        return None
    micros = to_micros(now + by) - to_micros(now)
    for table, names in (
        (sources, ("last_polled_at", "next_poll_at", "lease_until")),
        (destinations, ("not_before", "lease_until")),
    ):
        for name in names:
            column = table.c[name]
            await connection.execute(
                table.update().where(column > now).values({name: _earlier(column, micros)})
            )
    held = deliveries.c.due_at > deliveries.c.queued_at
    await connection.execute(
        deliveries.update()
        .where(
            deliveries.c.state < State.SENT,
            deliveries.c.due_at > now,
            deliveries.c.due_at <= now + by + TOLERANCE,
            sa.or_(deliveries.c.state == State.EDIT, ~held),
        )
        .values(due_at=_earlier(deliveries.c.due_at, micros))
    )
    return by


def _earlier(column: sa.Column[datetime], micros: int) -> sa.ColumnElement[int]:
    return sa.type_coerce(column, sa.BigInteger) - sa.literal(micros, sa.BigInteger)
