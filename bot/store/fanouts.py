"""Queries of the planner: expands a fan-out into deliveries, chunk by chunk.

A fan-out is one row, written with its entry. It is expanded by ``INSERT … SELECT`` over ranges of
destination ids, oldest fan-out first so that no destination gets a later entry before an earlier
one; its cursor moves in the same transaction as each chunk, so that a crash resumes there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import ChangeKind, Follow
from bot.store.schema import DeliveryState as State
from bot.store.schema import deliveries, destinations, entries, entry_topics, fanouts, subscriptions

PRIORITY_NEW = 1
PRIORITY_EDIT = 2


@dataclass(frozen=True, slots=True)
class Planned:
    """What one chunk did.

    Attributes:
        fanout_id: the fan-out it belongs to.
        deliveries: rows that were queued.
        done: the fan-out is expanded whole.
    """

    fanout_id: int
    deliveries: int
    done: bool


async def plan_chunk(connection: AsyncConnection, *, size: int, now: datetime) -> Planned | None:
    """Expand the next at most `size` destinations of the oldest open fan-out; None if none is."""
    fanout = (
        await connection.execute(
            sa.select(fanouts, entries.c.source_id, entries.c.withdrawn)
            .join(entries, entries.c.id == fanouts.c.entry_id)
            .where(sa.text("fanouts.done_at IS NULL"))
            .order_by(fanouts.c.id)
            .limit(1)
            .with_for_update(of=fanouts)
        )
    ).one_or_none()
    if fanout is None:
        return None
    if fanout.kind == ChangeKind.NEW:
        last, queued = await _queue_new(connection, fanout, size)
    else:
        last, queued = await _queue_edits(connection, fanout, size, now)
    await connection.execute(
        fanouts.update()
        .where(fanouts.c.id == fanout.id)
        .values(
            cursor=fanout.cursor if last is None else last,
            planned=fanouts.c.planned + queued,
            done_at=now if last is None else None,
        )
    )
    return Planned(fanout.id, queued, last is None)


async def open_count(connection: AsyncConnection) -> int:
    """How many fan-outs are not expanded whole."""
    return int(
        await connection.scalar(
            sa.select(sa.func.count())
            .select_from(fanouts)
            .where(sa.text("fanouts.done_at IS NULL"))
        )
        or 0
    )


async def _queue_new(
    connection: AsyncConnection, fanout: sa.Row[Any], size: int
) -> tuple[int | None, int]:
    """Queue a new entry for the next destinations that follow it."""
    topic_ids = list(
        await connection.scalars(
            sa.select(entry_topics.c.topic_id).where(entry_topics.c.entry_id == fanout.entry_id)
        )
    )
    audience = _audience(fanout.source_id, topic_ids).where(
        subscriptions.c.destination_id > fanout.cursor
    )
    last = await _upper_bound(connection, audience, size)
    if last is None or fanout.withdrawn:  # taken back before it was told
        return None, 0
    chunk = audience.where(subscriptions.c.destination_id <= last).subquery()
    result = await connection.execute(
        deliveries.insert().from_select(
            ["entry_id", "destination_id", "state", "priority", "due_at"],
            sa.select(
                sa.literal(fanout.entry_id, deliveries.c.entry_id.type),
                destinations.c.id,
                sa.literal(int(State.QUEUED)),
                sa.literal(PRIORITY_NEW),
                sa.literal(fanout.created_at, deliveries.c.due_at.type),
            )
            .select_from(chunk)
            .join(destinations, destinations.c.id == chunk.c.destination_id)
            .where(destinations.c.active),
            include_defaults=False,
        )
    )
    return last, result.rowcount


async def _queue_edits(
    connection: AsyncConnection, fanout: sa.Row[Any], size: int, now: datetime
) -> tuple[int | None, int]:
    """Queue a correction for the next destinations that were sent an older revision."""
    behind = sa.select(deliveries.c.destination_id).where(
        deliveries.c.entry_id == fanout.entry_id,
        deliveries.c.destination_id > fanout.cursor,
    )
    last = await connection.scalar(
        sa.select(sa.func.max(sa.literal_column("destination_id"))).select_from(
            behind.order_by(deliveries.c.destination_id).limit(size).subquery()
        )
    )
    if last is None:
        return None, 0
    here = (
        deliveries.c.entry_id == fanout.entry_id,
        deliveries.c.destination_id > fanout.cursor,
        deliveries.c.destination_id <= last,
    )
    if fanout.kind == ChangeKind.WITHDRAWN:
        await connection.execute(
            deliveries.update()
            .where(*here, deliveries.c.state == State.QUEUED)
            .values(state=State.DROPPED, error="withdrawn before it was sent")
        )
    wanted = ("all", "material") if fanout.material else ("all",)
    result = await connection.execute(
        deliveries.update()
        .where(
            *here,
            deliveries.c.state == State.SENT,
            deliveries.c.revision_sent < fanout.revision,
            sa.exists().where(
                destinations.c.id == deliveries.c.destination_id,
                destinations.c.active,
                destinations.c.edits.in_(wanted),
            ),
        )
        .values(state=State.EDIT, priority=PRIORITY_EDIT, due_at=now, attempts=0)
    )
    return last, result.rowcount


def _audience(source_id: int, topic_ids: Sequence[int]) -> sa.Select[tuple[int]]:
    """Destinations that follow everything, this source, or one of these topics, each once."""
    return (
        sa.select(subscriptions.c.destination_id)
        .where(
            sa.or_(
                sa.and_(subscriptions.c.follow == Follow.ALL, subscriptions.c.target_id == 0),
                sa.and_(
                    subscriptions.c.follow == Follow.SOURCE,
                    subscriptions.c.target_id == source_id,
                ),
                sa.and_(
                    subscriptions.c.follow == Follow.TOPIC,
                    subscriptions.c.target_id.in_(topic_ids),
                ),
            )
        )
        .distinct()
    )


async def _upper_bound(
    connection: AsyncConnection, audience: sa.Select[tuple[int]], size: int
) -> int | None:
    ahead = audience.order_by(subscriptions.c.destination_id).limit(size).subquery()
    found: int | None = await connection.scalar(sa.select(sa.func.max(ahead.c.destination_id)))
    return found
