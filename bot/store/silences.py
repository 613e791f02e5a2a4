"""Queries about silence: what a chat chose, and the hold that follows from it.

A hold is two instants of a destination, so that the planner needs no clock but the fan-out's own:
what arrives within it is due when it ends. When it has ended it is rolled on to the next one, for
all destinations of the same choice at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.columns import NEVER
from bot.store.columns import DeliveryState as State
from bot.store.schema import DUE, deliveries, destinations

_IS_OVER = sa.text("held_until > 0")  # literally: the partial index serves only that


@dataclass(frozen=True, slots=True)
class Silence:
    """What a chat chose.

    Attributes:
        timezone: IANA name.
        muted_until: UTC, None for not muted.
        quiet: "22:00-07:00", or "" for no quiet hours.
        digest: "hourly", "daily 08:00", or "" for each alert at once.
        importance: "all", or "key" for key events only.
        breaks: key events come at once all the same.
    """

    timezone: str
    muted_until: datetime | None = None
    quiet: str = ""
    digest: str = ""
    importance: str = "all"
    breaks: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """What arrives from `start` on, UTC, waits until `end`."""

    start: datetime
    end: datetime


async def get(connection: AsyncConnection, destination_id: int) -> Silence:
    """What a destination chose.

    Raises:
        sqlalchemy.exc.NoResultFound: there is no such destination.
    """
    columns = destinations.c
    row = (
        await connection.execute(
            sa.select(
                columns.timezone,
                columns.muted_until,
                columns.quiet,
                columns.digest,
                columns.importance,
                columns.breaks,
            ).where(columns.id == destination_id)
        )
    ).one()
    return Silence(*row)


async def put(
    connection: AsyncConnection,
    destination_id: int,
    silence: Silence,
    hold: Hold | None,
    now: datetime,
) -> None:
    """Store a choice; what waits already is held with the rest, or set free.

    Args:
        connection: a writing transaction.
        destination_id: whose.
        silence: the choice.
        hold: that follows from it, on now or later.
        now: UTC.
    """
    is_on = hold is not None and hold.start <= now < hold.end
    until = hold.end if hold is not None and is_on else now
    waiting: list[sa.ColumnElement[bool] | sa.TextClause] = [
        deliveries.c.destination_id == destination_id,
        DUE,
        deliveries.c.state == State.QUEUED,
        deliveries.c.message_ids.is_(sa.null()),  # else a message was begun
        (deliveries.c.due_at < until) if is_on else (deliveries.c.due_at > until),
    ]
    if is_on and silence.breaks:
        waiting.append(deliveries.c.priority > 0)
    await connection.execute(deliveries.update().where(*waiting).values(due_at=until))
    await connection.execute(
        destinations.update()
        .where(destinations.c.id == destination_id)
        .values(
            timezone=silence.timezone,
            muted_until=silence.muted_until,
            quiet=silence.quiet,
            digest=silence.digest,
            importance=silence.importance,
            breaks=silence.breaks,
            **_held(hold),
        )
    )


async def ended(connection: AsyncConnection, now: datetime) -> list[Silence]:
    """The choices of the destinations whose hold has ended, each once."""
    columns = destinations.c
    rows = await connection.execute(
        sa.select(columns.timezone, columns.quiet, columns.digest)
        .where(_IS_OVER, columns.held_until <= now)
        .distinct()
    )
    return [Silence(zone, None, quiet, digest) for zone, quiet, digest in rows]


async def roll(
    connection: AsyncConnection, silence: Silence, hold: Hold | None, now: datetime, *, size: int
) -> int:
    """Begin the next hold of at most `size` destinations of a choice; how many there were."""
    columns = destinations.c
    ids: Sequence[Any] = (
        await connection.scalars(
            sa.select(columns.id)
            .where(
                _IS_OVER,
                columns.held_until <= now,
                columns.timezone == silence.timezone,
                columns.quiet == silence.quiet,
                columns.digest == silence.digest,
            )
            .limit(size)
        )
    ).all()
    if ids:
        await connection.execute(
            destinations.update()
            .where(columns.id.in_(ids), columns.held_until <= now)
            .values(muted_until=None, **_held(hold))
        )
    return len(ids)


def leaves_at(
    at: sa.ColumnElement[datetime],
    *,
    key: bool,
    otherwise: sa.ColumnElement[datetime] | None = None,
) -> sa.ColumnElement[datetime]:
    """When what arrives at an instant may leave a destination: when the hold ends that it is in.

    Args:
        at: when it arrives.
        key: it is a key event, which breaks the hold where the chat chose so.
        otherwise: when it leaves where there is no hold; `at` by default.
    """
    held = sa.and_(destinations.c.hold_from <= at, at < destinations.c.held_until)
    if key:
        held = sa.and_(held, sa.not_(destinations.c.breaks))
    return sa.case((held, destinations.c.held_until), else_=at if otherwise is None else otherwise)


def _held(hold: Hold | None) -> dict[str, datetime]:
    if hold is None:
        return {"hold_from": NEVER, "held_until": NEVER}
    return {"hold_from": hold.start, "held_until": hold.end}
