"""Deliveries that are kept back because a chat has the same news from another source.

Of the entries that tell the same news (`bot.store.duplicates`) a chat is to have one that stands.
When the one it has is withdrawn, the next one is let go; when that comes back, what was let go for
it and has not left is kept back again. The planner asks for both with each chunk of a correction,
so that they are whole, and resume, with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Follow
from bot.store import silences
from bot.store.columns import DeliveryState as State
from bot.store.duplicates import Telling
from bot.store.schema import (
    deliveries,
    destinations,
    entries,
    entry_topics,
    entry_watches,
    subscriptions,
)

REPEATED = "the same news were sent from another source"  # the error of such a delivery
TAKEN_BACK = "withdrawn before it was sent"  # the error of such a delivery; undone if it returns

_IS_KEPT_BACK = (deliveries.c.state == State.DROPPED, deliveries.c.error == REPEATED)


async def hold(
    connection: AsyncConnection, tellings: Sequence[Telling], fanout: sa.Row[Any], last: int
) -> None:
    """Keep from a chat what an entry that stands, perhaps again, would tell it twice.

    The entry itself, where another one came in its stead before it was sent; else the others, as
    far as they wait.

    Args:
        connection: a writing transaction.
        tellings: who tells the news.
        fanout: a correction of one of them, before it is queued.
        last: the chunk's last destination.
    """
    others = [one.id for one in tellings if one.id != fanout.entry_id]
    standing = [one.id for one in tellings if one.id in others and not one.withdrawn]
    here = _chunk(fanout.cursor, last)
    kept_back = {"state": State.DROPPED, "error": REPEATED}
    await connection.execute(
        deliveries.update()
        .where(
            deliveries.c.entry_id == fanout.entry_id,
            *here,
            deliveries.c.state == State.DROPPED,
            deliveries.c.error == TAKEN_BACK,
            _at_its_destination(destinations.c.duplicates),
            _beside(lambda other: (other.c.entry_id.in_(standing), other.c.state < State.DROPPED)),
        )
        .values(kept_back)
    )
    await connection.execute(
        deliveries.update()
        .where(
            deliveries.c.entry_id.in_(others),
            *here,
            deliveries.c.state == State.QUEUED,
            deliveries.c.message_ids.is_(sa.null()),  # else a message was begun
            _at_its_destination(destinations.c.duplicates),
            _beside(
                lambda other: (
                    other.c.entry_id == fanout.entry_id,
                    other.c.state.in_((State.EDIT, State.SENT)),
                )
            ),
        )
        .values(kept_back)
    )


async def release(
    connection: AsyncConnection,
    tellings: Sequence[Telling],
    fanout: sa.Row[Any],
    last: int,
    *,
    priority: int,
    now: datetime,
) -> int:
    """Queue what was kept back where nothing that stands tells the news any more; how many.

    The earliest that stands and that the chat still follows, and no other. Not where the withdrawn
    one is still read as it was, for the chat wants no corrections.

    Args:
        connection: a writing transaction.
        tellings: who tells the news, the earliest first.
        fanout: a correction or withdrawal of one of them, after it was queued.
        last: the chunk's last destination.
        priority: of what is queued.
        now: UTC.
    """
    standing = [one.id for one in tellings if not one.withdrawn]
    withdrawn = [one.id for one in tellings if one.withdrawn]
    released = 0
    for one in tellings if withdrawn else ():
        if one.withdrawn:
            continue
        result = await connection.execute(
            deliveries.update()
            .where(
                deliveries.c.entry_id == one.id,
                *_chunk(fanout.cursor, last),
                *_IS_KEPT_BACK,
                _at_its_destination(
                    destinations.c.active,
                    *(() if one.key_event else (destinations.c.importance == "all",)),
                ),
                _is_followed(one),
                ~_beside(lambda other: (other.c.entry_id.in_(standing), ~_is_kept_back(other))),
                ~_is_read(withdrawn),
            )
            .values(
                state=State.QUEUED,
                priority=priority,
                due_at=_due_at(now, key=one.key_event),
                queued_at=now,
                attempts=0,
                error=None,
            )
        )
        released += result.rowcount
    return released


def _chunk(after: int, last: int) -> tuple[sa.ColumnElement[bool], ...]:
    return deliveries.c.destination_id > after, deliveries.c.destination_id <= last


def _at_its_destination(*so: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(destinations.c.id == deliveries.c.destination_id, *so)


def _beside(
    so: Callable[[sa.FromClause], Sequence[sa.ColumnElement[bool]]],
) -> sa.ColumnElement[bool]:
    """Whether there is another delivery to the same destination of which something is so."""
    other = deliveries.alias()
    return sa.exists().where(other.c.destination_id == deliveries.c.destination_id, *so(other))


def _is_kept_back(other: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(other.c.state == State.DROPPED, sa.func.coalesce(other.c.error, "") == REPEATED)


def _is_read(withdrawn: Sequence[int]) -> sa.ColumnElement[bool]:
    """Whether one of these withdrawn entries is shown there as if it stood, and will be."""
    other = deliveries.alias()
    return sa.exists().where(
        other.c.destination_id == deliveries.c.destination_id,
        other.c.entry_id.in_(withdrawn),
        other.c.state == State.SENT,
        entries.c.id == other.c.entry_id,
        other.c.revision_sent < entries.c.revision,
    )


def _is_followed(one: Telling) -> sa.ColumnElement[bool]:
    """Whether the destination follows what the entry belongs to: it may have muted it since."""
    follow, target = subscriptions.c.follow, subscriptions.c.target_id
    topics = sa.select(entry_topics.c.topic_id).where(entry_topics.c.entry_id == one.id)
    watches = sa.select(entry_watches.c.watch_id).where(entry_watches.c.entry_id == one.id)
    return sa.exists().where(
        subscriptions.c.destination_id == deliveries.c.destination_id,
        sa.or_(
            follow == Follow.ALL,
            sa.and_(follow == Follow.SOURCE, target.in_(one.source_ids)),
            sa.and_(follow == Follow.TOPIC, target.in_(topics)),
            sa.and_(follow == Follow.WATCH, target.in_(watches)),
        ),
    )


def _due_at(now: datetime, *, key: bool) -> sa.ScalarSelect[datetime]:
    leaves = silences.leaves_at(sa.literal(now, deliveries.c.due_at.type), key=key)
    return (
        sa.select(leaves).where(destinations.c.id == deliveries.c.destination_id).scalar_subquery()
    )
