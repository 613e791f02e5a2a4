"""Queries of the planner: expands a fan-out into deliveries, chunk by chunk.

A fan-out is one row, written with its entry. It is expanded by ``INSERT … SELECT`` over ranges of
destination ids, oldest fan-out first so that no destination gets a later entry before an earlier
one; its cursor moves in the same transaction as each chunk, so that a crash resumes there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import ChangeKind
from bot.store import audience, locks, spreading
from bot.store.columns import DeliveryState as State
from bot.store.inserting import insert_into
from bot.store.schema import (
    deliveries,
    destinations,
    entries,
    entry_topics,
    fanouts,
    sources,
)

PRIORITY_KEY = 0
PRIORITY_NEW = 1
PRIORITY_EDIT = 2
REPEATED = "the same news were sent from another source"  # the error of such a delivery
TAKEN_BACK = "withdrawn before it was sent"  # the error of such a delivery; undone if it returns


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
    """Expand the next at most `size` destinations of the next fan-out; None if none is open.

    The oldest one is next, unless a key event waits: then the oldest one of its live blog, so that
    it overtakes the entries of others but none of its own. Several processes take turns, a chunk
    each, so that this order holds for all of them.
    """
    await locks.take(connection, locks.Lock.PLANNING)
    fanout = (await connection.execute(_next_open())).one_or_none()
    if fanout is None:
        return None
    if fanout.kind == ChangeKind.NEW:
        if await spreading.spread(connection, fanout):
            return Planned(fanout.id, 0, done=False)
        last, queued = await _queue_new(connection, fanout, size, now)
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


@cache
def _next_open() -> sa.Select[Any]:
    """The fan-out whose turn it is, with what is to be known of its entry."""
    is_open = sa.text("fanouts.done_at IS NULL")
    urgent = (
        sa.select(entries.c.source_id)
        .join(fanouts, fanouts.c.entry_id == entries.c.id)
        .where(is_open, fanouts.c.priority == PRIORITY_KEY)
        .order_by(fanouts.c.id)
        .limit(1)
        .correlate(None)
        .scalar_subquery()
    )
    return (
        sa.select(
            fanouts,
            entries.c.source_id,
            sources.c.parent_id,
            entries.c.withdrawn,
            entries.c.retracted,
            entries.c.duplicate_of,
        )
        .join(entries, entries.c.id == fanouts.c.entry_id)
        .join(sources, sources.c.id == entries.c.source_id)
        .where(is_open, entries.c.source_id == sa.func.coalesce(urgent, entries.c.source_id))
        .order_by(fanouts.c.id)
        .limit(1)
        .with_for_update(of=fanouts)
    )


async def _queue_new(
    connection: AsyncConnection, fanout: sa.Row[Any], size: int, now: datetime
) -> tuple[int | None, int]:
    """Queue a new entry for the next destinations that follow it.

    One that was withdrawn meanwhile is not queued, but noted, in case it returns.
    """
    topics = await connection.scalars(_topics(), {"entry": fanout.entry_id})
    # Who follows a section gets the live blogs that were found on it.
    source_ids = [number for number in (fanout.source_id, fanout.parent_id) if number is not None]
    watched = await spreading.watched_by(connection, fanout.entry_id)
    followed = audience.followed(source_ids, topics.all(), watched)
    last = await audience.upper_bound(connection, followed, after=fanout.cursor, size=size)
    if last is None:
        return None, 0
    key = fanout.priority == PRIORITY_KEY
    result = await connection.execute(
        _queueing(
            connection.dialect.name,
            followed.ranges,
            followed.scattered,
            key=key,
            repeats=fanout.duplicate_of is not None,
        ),
        {
            **({} if fanout.duplicate_of is None else {"original": fanout.duplicate_of}),
            **followed.parameters,
            "after": fanout.cursor,
            "last": last,
            "entry": fanout.entry_id,
            "state": State.DROPPED if fanout.withdrawn else State.QUEUED,
            "priority": PRIORITY_KEY if key else PRIORITY_NEW,
            "created": fanout.created_at,
            "now": now,
            "error": TAKEN_BACK if fanout.withdrawn else None,
        },
    )
    return last, 0 if fanout.withdrawn else result.rowcount


@cache
def _topics() -> sa.Select[Any]:
    return sa.select(entry_topics.c.topic_id).where(
        entry_topics.c.entry_id == sa.bindparam("entry", type_=entry_topics.c.entry_id.type)
    )


@lru_cache
def _queueing(
    dialect: str, ranges: int, scattered: bool, *, key: bool, repeats: bool
) -> sa.Executable:
    """Queues an entry for the destinations of a chunk.

    One that repeats another source's is only noted where that one was sent, or is on its way.
    """
    chunk = audience.until(ranges, scattered)
    state, error = _given("state", deliveries.c.state), _given("error", deliveries.c.error)
    if repeats:
        told = _is_told()
        state = sa.case((told, int(State.DROPPED)), else_=state)
        error = sa.case((told, sa.literal(REPEATED)), else_=error)
    values = {
        "entry_id": _given("entry", deliveries.c.entry_id),
        "destination_id": destinations.c.id,
        "state": state,
        "priority": _given("priority", deliveries.c.priority),
        "due_at": _due_at(key=key),
        "queued_at": _given("now", deliveries.c.queued_at),
        "error": error,
    }
    return (
        insert_into(dialect, deliveries)
        .from_select(
            list(values),
            sa.select(*values.values())
            .select_from(chunk)
            .join(destinations, destinations.c.id == chunk.c.destination_id)
            .where(destinations.c.active, *(() if key else (destinations.c.importance == "all",))),
            include_defaults=False,
        )
        # It may have joined, while it migrated, one that was dealt with already.
        .on_conflict_do_nothing()
    )


def _given(name: str, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    return sa.cast(sa.bindparam(name, type_=column.type), column.type)


def _is_told() -> sa.ColumnElement[bool]:
    """Whether a destination that wants no news twice has the entry that told these first."""
    first = deliveries.alias()
    return sa.and_(
        destinations.c.duplicates,
        sa.exists().where(
            first.c.entry_id == _given("original", deliveries.c.entry_id),
            first.c.destination_id == destinations.c.id,
            first.c.state < int(State.DROPPED),
        ),
    )


def _due_at(*, key: bool) -> sa.ColumnElement[datetime]:
    """When an entry may leave: at once, or when the hold in which it arrives ends."""
    created = _given("created", deliveries.c.due_at)
    held = sa.and_(destinations.c.hold_from <= created, created < destinations.c.held_until)
    if key:
        held = sa.and_(held, sa.not_(destinations.c.breaks))
    return sa.case((held, destinations.c.held_until), else_=_waiting_since() if key else created)


def _waiting_since() -> sa.ColumnElement[datetime]:
    """Since when a key event counts as waiting.

    It takes along what waits for its chat, so it counts from the oldest of that: else chats that
    have waited for long could come last among those that get the key event.
    """
    waiting, created = deliveries.alias(), _given("created", deliveries.c.due_at)
    oldest = (
        sa.select(sa.func.min(waiting.c.due_at, type_=deliveries.c.due_at.type))
        .where(
            waiting.c.destination_id == destinations.c.id,
            waiting.c.state < sa.literal_column("2"),
            waiting.c.state == int(State.QUEUED),
            waiting.c.due_at <= created,  # what is held does not wait
        )
        .scalar_subquery()
    )
    return sa.func.coalesce(oldest, created, type_=deliveries.c.due_at.type)


async def _queue_edits(
    connection: AsyncConnection, fanout: sa.Row[Any], size: int, now: datetime
) -> tuple[int | None, int]:
    """Queue a correction for the next destinations that were sent an older revision."""
    behind = (
        sa.select(deliveries.c.destination_id)
        .where(
            deliveries.c.entry_id == fanout.entry_id,
            deliveries.c.destination_id > fanout.cursor,
        )
        .order_by(deliveries.c.destination_id)
        .limit(size)
        .subquery()
    )
    last = await connection.scalar(sa.select(sa.func.max(behind.c.destination_id)))
    if last is None:
        return None, 0
    here = (
        deliveries.c.entry_id == fanout.entry_id,
        deliveries.c.destination_id > fanout.cursor,
        deliveries.c.destination_id <= last,
    )
    revived = 0
    if not fanout.withdrawn:
        undone = await connection.execute(
            deliveries.update()
            .where(
                *here,
                deliveries.c.state == State.DROPPED,
                deliveries.c.error == TAKEN_BACK,
                _is_active(),
            )
            .values(state=State.QUEUED, priority=PRIORITY_NEW, due_at=now, attempts=0, error=None)
        )
        revived = undone.rowcount
    if fanout.kind == ChangeKind.WITHDRAWN:
        await connection.execute(
            deliveries.update()
            .where(
                *here,
                deliveries.c.state == State.QUEUED,
                deliveries.c.message_ids.is_(sa.null()),  # else a first part is to be struck out
            )
            .values(state=State.DROPPED, error=TAKEN_BACK)
        )
    wanted: tuple[str, ...] = ("all", "material") if fanout.material else ("all",)
    if fanout.retracted:  # an admin's word counts for every chat
        wanted = ("all", "material", "none")
    result = await connection.execute(
        deliveries.update()
        .where(
            *here,
            deliveries.c.state == State.SENT,
            deliveries.c.revision_sent < fanout.revision,
            _is_active(destinations.c.edits.in_(wanted)),
        )
        .values(state=State.EDIT, priority=PRIORITY_EDIT, due_at=now, attempts=0)
    )
    return last, revived + result.rowcount


def _is_active(*more: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        destinations.c.id == deliveries.c.destination_id, destinations.c.active, *more
    )
