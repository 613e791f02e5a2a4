"""Queries of the planner: expands fan-outs into deliveries, chunk by chunk.

A fan-out is one row, written with its entry. It is expanded by ``INSERT … SELECT`` over ranges of
destination ids, in an order that gives no destination a later entry before an earlier one
(`bot.store.fanout_turns`); its cursor moves in the same transaction as each chunk, so that a crash
resumes there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import ChangeKind
from bot.store import audience, duplicates, fanout_turns, kept_back, locks, silences, spreading
from bot.store.audience import Audience
from bot.store.columns import DeliveryState as State
from bot.store.fanout_turns import Open
from bot.store.in_one import in_one
from bot.store.inserting import insert_into
from bot.store.kept_back import REPEATED, TAKEN_BACK
from bot.store.schema import (
    deliveries,
    destinations,
    entries,
    entry_topics,
    entry_watches,
    fanouts,
    sources,
)
from bot.store.spreading import NOBODY

PRIORITY_KEY = 0
PRIORITY_NEW = 1
PRIORITY_EDIT = 2
OLDEST = 128  # open fan-outs that are looked at for what is next
MET = 2_000  # destinations: what a sender needs seconds for, even at a high rate


@dataclass(frozen=True, slots=True)
class Planned:
    """What one chunk did.

    Attributes:
        fanout_ids: the fan-outs it belongs to.
        deliveries: rows that were queued.
        full: it holds as many destinations as it may, and there are more.
        crowded: more fan-outs stand where these stood: they were not planned with them.
    """

    fanout_ids: tuple[int, ...]
    deliveries: int = 0
    full: bool = False
    crowded: bool = False


async def plan_chunk(
    connection: AsyncConnection, *, size: int, now: datetime, turn: int = 0
) -> Planned | None:
    """Expand what is next by at most `size` deliveries; None if no fan-out is open.

    A key event overtakes the entries of other live blogs, but none of its own. Several processes
    come one after the other, a chunk each, so that the order holds for all of them. `turn` counts
    the caller's chunks: fan-outs take turns by it.
    """
    await locks.take(connection, locks.Lock.PLANNING)
    chosen = fanout_turns.choose(await _open(connection), turn)
    if chosen is None:
        return None
    found = (await connection.execute(_chosen(), {"ids": chosen.ids})).all()
    if not found:  # their source was removed in this instant
        return Planned(chosen.ids)
    if found[0].kind != ChangeKind.NEW:
        return await _queue_edits(connection, found[0], size, now)
    for fanout in found:
        if fanout.matches and await spreading.spread(connection, fanout):
            return Planned(chosen.ids)
    planned = await _queue_new(connection, found, chosen.limit, size, now)
    return replace(planned, crowded=chosen.crowded)


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


async def _open(connection: AsyncConnection) -> list[Open]:
    """The oldest open fan-outs, or those of the live blog that has a key event among them."""
    found = await connection.scalar(_opening(connection.dialect.name))
    return [Open(*values) for values in sorted(found or ())]


@cache
def _opening(dialect: str) -> sa.Select[Any]:
    """The fields of `Open` of each."""
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
    oldest = (
        sa.select(
            fanouts.c.id,
            fanouts.c.entry_id,
            (fanouts.c.kind == ChangeKind.NEW.value).label("new"),
            (fanouts.c.priority == PRIORITY_KEY).label("key"),
            fanouts.c.cursor,
        )
        .join(entries, entries.c.id == fanouts.c.entry_id)
        .where(is_open, entries.c.source_id == sa.func.coalesce(urgent, entries.c.source_id))
        .order_by(fanouts.c.id)
        .limit(OLDEST)
    )
    return in_one(dialect, oldest)


@cache
def _chosen() -> sa.Select[Any]:
    """Fan-outs by their ids, with what is to be known of their entries, and if watches match."""
    return (
        sa.select(
            fanouts,
            entries.c.source_id,
            sources.c.parent_id,
            entries.c.withdrawn,
            entries.c.retracted,
            entries.c.duplicate_of,
            sa.exists().where(entry_watches.c.entry_id == fanouts.c.entry_id).label("matches"),
        )
        .join(entries, entries.c.id == fanouts.c.entry_id)
        .join(sources, sources.c.id == entries.c.source_id)
        .where(fanouts.c.id.in_(sa.bindparam("ids", expanding=True, type_=fanouts.c.id.type)))
        .order_by(fanouts.c.id)
        .with_for_update(of=fanouts)
    )


async def _queue_new(
    connection: AsyncConnection,
    found: Sequence[sa.Row[Any]],
    limit: int | None,
    size: int,
    now: datetime,
) -> Planned:
    """Queue new entries at one cursor for the next destinations that follow them.

    All of them go to the same end: the first at which one has its share of the chunk, or the limit;
    without either, as far as each has destinations.
    """
    topics = await _topics_of(connection, found)
    followed = [await _audience(connection, fanout, topics[fanout.entry_id]) for fanout in found]
    after = found[0].cursor
    bounds = await audience.bounds(connection, followed, after=after, size=size)
    full = audience.end_of(bounds)
    end = _nearer(full, limit)
    met = [0] * len(found)
    if after == 0 and end is not None:
        met = await _meet_sender(connection, found, followed, end, limit, now)
    total = 0
    for fanout, one, bound, queued in zip(found, followed, bounds, met, strict=True):
        if (last := bound.up_to(end)) is not None:
            queued += await _queue(connection, fanout, one, (after, last), now)
        done_at = now if bound.none_beyond(end) else None
        cursor = after if end is None else bound.goes_on_at(after, end)
        await _advance(connection, fanout, cursor, queued, done_at)
        total += queued
    return Planned(
        tuple(fanout.id for fanout in found), total, full=full is not None and end == full
    )


async def _meet_sender(
    connection: AsyncConnection,
    found: Sequence[sa.Row[Any]],
    followed: Sequence[Audience],
    end: int,
    limit: int | None,
    now: datetime,
) -> list[int]:
    """Queue entries that begin where the sender is, if that is beyond `end`; how many of each.

    A sender that is far into an older entry's chats would otherwise find them nowhere until the
    planner has come so far. What is queued here is left out when it does.
    """
    sending = await connection.scalar(_sending())
    if sending is None or sending <= end:
        return [0] * len(found)
    after = sending - 1
    bounds = await audience.bounds(connection, followed, after=after, size=MET)
    until = _nearer(audience.end_of(bounds), limit)
    return [
        0
        if (last := bound.up_to(until)) is None
        else await _queue(connection, fanout, one, (after, last), now)
        for fanout, one, bound in zip(found, followed, bounds, strict=True)
    ]


def _nearer(*ends: int | None) -> int | None:
    """The lowest of those there are."""
    return min((end for end in ends if end is not None), default=None)


@cache
def _sending() -> sa.Select[int]:
    """The destination whose new entry has waited longest: the sender is there, or will be next."""
    return (
        sa.select(deliveries.c.destination_id)
        .where(sa.text("deliveries.state < 2"), deliveries.c.priority == PRIORITY_NEW)
        .order_by(deliveries.c.due_at, deliveries.c.entry_id, deliveries.c.destination_id)
        .limit(1)
    )


async def _topics_of(
    connection: AsyncConnection, found: Sequence[sa.Row[Any]]
) -> dict[int, list[int]]:
    """Entry id -> the ids of its topics."""
    topics: dict[int, list[int]] = {fanout.entry_id: [] for fanout in found}
    for entry_id, topic_id in await connection.execute(_topics(), {"entries": list(topics)}):
        topics[entry_id].append(topic_id)
    return topics


async def _audience(
    connection: AsyncConnection, fanout: sa.Row[Any], topic_ids: Sequence[int]
) -> Audience:
    # Who follows a section gets the live blogs that were found on it.
    source_ids = [number for number in (fanout.source_id, fanout.parent_id) if number is not None]
    watched = NOBODY
    if fanout.matches:
        watched = await spreading.watched_by(connection, fanout.entry_id)
    return audience.followed(source_ids, topic_ids, watched)


async def _queue(
    connection: AsyncConnection,
    fanout: sa.Row[Any],
    followed: Audience,
    between: tuple[int, int],
    now: datetime,
) -> int:
    """Queue an entry for its audience after one destination and up to another; how many they are.

    Those for whom it is queued already stay as they are. One that was withdrawn meanwhile is not
    queued, but noted, in case it returns.
    """
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
            "after": between[0],
            "last": between[1],
            "entry": fanout.entry_id,
            "state": State.DROPPED if fanout.withdrawn else State.QUEUED,
            "priority": PRIORITY_KEY if key else PRIORITY_NEW,
            "created": fanout.created_at,
            "now": now,
            "error": TAKEN_BACK if fanout.withdrawn else None,
        },
    )
    return 0 if fanout.withdrawn else result.rowcount


async def _advance(
    connection: AsyncConnection,
    fanout: sa.Row[Any],
    cursor: int,
    queued: int,
    done_at: datetime | None,
) -> None:
    await connection.execute(
        fanouts.update()
        .where(fanouts.c.id == fanout.id)
        .values(cursor=cursor, planned=fanouts.c.planned + queued, done_at=done_at)
    )


@cache
def _topics() -> sa.Select[int, int]:
    ids = sa.bindparam("entries", expanding=True, type_=entry_topics.c.entry_id.type)
    return sa.select(entry_topics.c.entry_id, entry_topics.c.topic_id).where(
        entry_topics.c.entry_id.in_(ids)
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
        "due_at": silences.leaves_at(
            _given("created", deliveries.c.due_at),
            key=key,
            otherwise=_waiting_since() if key else None,
        ),
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
        # The sender was met there, or it joined, while it migrated, one that was dealt with.
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
) -> Planned:
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
        await _advance(connection, fanout, fanout.cursor, 0, now)
        return Planned((fanout.id,))
    here = (
        deliveries.c.entry_id == fanout.entry_id,
        deliveries.c.destination_id > fanout.cursor,
        deliveries.c.destination_id <= last,
    )
    tellings = await duplicates.tellings(connection, fanout.entry_id)
    revived = 0
    if not fanout.withdrawn:
        if len(tellings) > 1:
            await kept_back.hold(connection, tellings, fanout, last)
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
    released = 0
    if len(tellings) > 1:
        released = await kept_back.release(
            connection, tellings, fanout, last, priority=PRIORITY_NEW, now=now
        )
    queued = revived + result.rowcount + released
    await _advance(connection, fanout, last, queued, None)
    return Planned((fanout.id,), queued, full=True)


def _is_active(*more: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        destinations.c.id == deliveries.c.destination_id, destinations.c.active, *more
    )
