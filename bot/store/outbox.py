"""Queries of the sender: claiming due deliveries under a lease, and recording what became of them.

A destination is claimed whole: while one worker holds its lease nobody else sends there, so its
entries stay in order. The lease ends by itself, so that a crashed worker's destinations are taken
over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Batch, Bundle, Delivery, DeliveryKind, Form
from bot.store import outbox_sqlite
from bot.store.chats import DESTINATION_COLUMNS, as_destination
from bot.store.schema import DUE, NEVER, chats, deliveries, destinations, entries, to_micros
from bot.store.schema import DeliveryState as State

ENTRIES_WAIT = timedelta(minutes=5)  # for key events
EDITS_WAIT = timedelta(minutes=10)  # for new entries
PROMOTED = 5_000  # deliveries a time: the write lock is never held long
PER_DESTINATION = 50  # deliveries handed out at once for one destination


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one delivery.

    Attributes:
        state: `SENT`, `DROPPED`, or `QUEUED`/`EDIT` for another try.
        revision_sent: the revision the chat shows now.
        message_ids: the messages that show it.
        bundle: what they show besides it; None where it stands alone.
        shape: what each of them is.
        error: why it failed, for people.
        at: UTC.
    """

    entry_id: int
    destination_id: int
    state: State
    at: datetime
    revision_sent: int | None = None
    message_ids: tuple[int, ...] = ()
    error: str | None = None
    bundle: Bundle | None = None
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """A destination handed back, not to be claimed again before `not_before` (UTC)."""

    destination_id: int
    not_before: datetime


async def claim(
    connection: AsyncConnection,
    owner: str,
    now: datetime,
    *,
    limit: int,
    lease: float,
    each: int = PER_DESTINATION,
) -> list[Batch]:
    """Lease up to `limit` destinations that have due deliveries, most urgent and oldest first.

    Args:
        connection: a writing transaction.
        owner: the claiming process.
        now: UTC.
        limit: destinations.
        lease: seconds.
        each: at most so many deliveries of one destination.

    Returns:
        A batch per destination: new entries oldest first, then edits.
    """
    if _is_sqlite(connection):
        until = to_micros(now + timedelta(seconds=lease))
        return await outbox_sqlite.claim(
            connection, owner, to_micros(now), until, limit=limit, each=each
        )
    rows = list(await connection.scalars(_due(now, limit)))
    ids = list(dict.fromkeys(rows))
    if len(rows) == limit > len(ids):  # a long queue of one destination must not hide the others
        ids = list(await connection.scalars(_due(now, limit, first=True)))
    if not ids:
        return []
    await connection.execute(
        destinations.update()
        .where(destinations.c.id.in_(ids))
        .values(lease_owner=owner, lease_until=now + timedelta(seconds=lease))
    )
    found = {
        row.id: as_destination(row)
        for row in await connection.execute(
            sa.select(*DESTINATION_COLUMNS)
            .join(chats, chats.c.id == destinations.c.chat_id)
            .where(destinations.c.id.in_(ids))
        )
    }
    work: dict[int, list[Delivery]] = {}
    for row in await connection.execute(_waiting(ids, now, each)):
        work.setdefault(row.destination_id, []).append(_delivery(row))
    return [Batch(found[id_], tuple(work[id_])) for id_ in ids if id_ in work]


async def revisions(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, int]:
    """Entry id -> its current revision, quickly: the sender asks with every claim."""
    if _is_sqlite(connection):
        return await outbox_sqlite.revisions(connection, ids)
    rows = await connection.execute(
        sa.select(entries.c.id, entries.c.revision).where(entries.c.id.in_(ids))
    )
    return dict(rows.all())


async def record(
    connection: AsyncConnection,
    owner: str,
    outcomes: Sequence[Outcome],
    releases: Sequence[Release],
) -> None:
    """Store what became of deliveries, and hand destinations back.

    A delivery whose entry was revised while it was under way is queued for an edit at once. One
    that was dropped meanwhile (its entry withdrawn, its chat switched off) is not tried again.
    """
    if _is_sqlite(connection):
        await _record_sqlite(connection, owner, outcomes, releases)
        return
    if outcomes:
        await connection.execute(_RECORD, [_outcome_values(outcome) for outcome in outcomes])
    if releases:
        await connection.execute(
            _RELEASE,
            [
                {
                    "b_id": release.destination_id,
                    "b_owner": owner,
                    "b_not_before": release.not_before,
                }
                for release in releases
            ],
        )


async def _record_sqlite(
    connection: AsyncConnection,
    owner: str,
    outcomes: Sequence[Outcome],
    releases: Sequence[Release],
) -> None:
    if outcomes:
        rows = [
            (
                outcome.entry_id,
                outcome.destination_id,
                int(outcome.state),
                outcome.revision_sent,
                outcome.message_ids or None,
                outcome.error,
                to_micros(outcome.at),
                bundle_values(outcome.bundle),
                outcome.shape or None,
            )
            for outcome in outcomes
        ]
        await outbox_sqlite.record(connection, rows)
    if releases:
        await outbox_sqlite.release(
            connection,
            owner,
            [(release.destination_id, to_micros(release.not_before)) for release in releases],
        )


async def recover(connection: AsyncConnection) -> int:
    """Free the leases a crashed process left; how many destinations were under way.

    For each of them one message may have reached Telegram without being recorded: it may be
    sent twice. Only for a process that is alone.
    """
    result = await connection.execute(
        destinations.update()
        .where(destinations.c.lease_owner.is_not(None))
        .values(lease_owner=None, lease_until=NEVER)
    )
    return result.rowcount


async def promote(connection: AsyncConnection, now: datetime) -> int:
    """Make what has waited for long as urgent as what would overtake it; how many.

    So key events go first without starving anything, and so do new entries before corrections.
    """
    result = 0
    for priority, waited in ((2, EDITS_WAIT), (1, ENTRIES_WAIT)):
        late = (
            sa.select(deliveries.c.entry_id, deliveries.c.destination_id)
            .where(DUE, deliveries.c.priority == priority, deliveries.c.due_at < now - waited)
            .order_by(deliveries.c.due_at)
            .limit(PROMOTED)
            .subquery()
        )
        promoted = await connection.execute(
            deliveries.update()
            .where(
                sa.tuple_(deliveries.c.entry_id, deliveries.c.destination_id).in_(
                    sa.select(late.c.entry_id, late.c.destination_id)
                )
            )
            .values(priority=priority - 1)
        )
        result += promoted.rowcount
    return result


async def next_due(connection: AsyncConnection) -> datetime | None:
    """When the next destination can be claimed, UTC; None where nothing waits."""
    claimable: sa.ColumnElement[datetime] = deliveries.c.due_at
    for instant in (destinations.c.not_before, destinations.c.lease_until):
        claimable = sa.case((instant > claimable, instant), else_=claimable)
    found: datetime | None = await connection.scalar(
        sa.select(sa.func.min(claimable, type_=deliveries.c.due_at.type))
        .select_from(deliveries)
        .join(destinations, destinations.c.id == deliveries.c.destination_id)
        .where(DUE)
    )
    return found


async def waiting_count(connection: AsyncConnection, destination_id: int | None = None) -> int:
    """How many deliveries wait, for one destination or for all."""
    query = sa.select(sa.func.count()).select_from(deliveries).where(DUE)
    if destination_id is not None:
        query = query.where(deliveries.c.destination_id == destination_id)
    return int(await connection.scalar(query) or 0)


async def last_sent_at(connection: AsyncConnection, destination_id: int) -> datetime | None:
    """When the destination got its newest alert."""
    found: datetime | None = await connection.scalar(
        sa.select(sa.func.max(deliveries.c.sent_at, type_=deliveries.c.sent_at.type)).where(
            deliveries.c.destination_id == destination_id
        )
    )
    return found


def _is_sqlite(connection: AsyncConnection) -> bool:
    return connection.dialect.name == "sqlite"


def _due(now: datetime, limit: int, *, first: bool = False) -> sa.Select[Any]:
    """Destinations of due deliveries in order; each once if only its `first` one counts."""
    query = (
        sa.select(deliveries.c.destination_id)
        .join(destinations, destinations.c.id == deliveries.c.destination_id)
        .where(
            DUE,
            deliveries.c.due_at <= now,
            destinations.c.lease_until <= now,
            destinations.c.not_before <= now,
        )
        .order_by(deliveries.c.priority, deliveries.c.due_at, deliveries.c.entry_id)
        .limit(limit)
        .with_for_update(of=destinations, skip_locked=True)
    )
    if not first:
        return query
    other = deliveries.alias()
    order = ("priority", "due_at", "entry_id")
    return query.where(
        ~sa.exists().where(
            other.c.state < sa.literal_column("2"),
            other.c.destination_id == deliveries.c.destination_id,
            sa.tuple_(*(other.c[name] for name in order))
            < sa.tuple_(*(deliveries.c[name] for name in order)),
        )
    )


def _waiting(ids: Sequence[int], now: datetime, each: int) -> sa.Select[Any]:
    rank = (
        sa.func.row_number()
        .over(
            partition_by=deliveries.c.destination_id,
            order_by=(deliveries.c.state, deliveries.c.entry_id),
        )
        .label("rank")
    )
    ranked = (
        sa.select(
            deliveries.c.destination_id,
            deliveries.c.entry_id,
            deliveries.c.state,
            deliveries.c.attempts,
            deliveries.c.message_ids,
            deliveries.c.revision_sent,
            deliveries.c.bundle,
            deliveries.c.shape,
            rank,
        )
        .where(DUE, deliveries.c.destination_id.in_(ids), deliveries.c.due_at <= now)
        .subquery()
    )
    return (
        sa.select(ranked)
        .where(ranked.c.rank <= each)
        .order_by(ranked.c.destination_id, ranked.c.rank)
    )


def _delivery(row: sa.Row[Any]) -> Delivery:
    return Delivery(
        destination_id=row.destination_id,
        entry_id=row.entry_id,
        kind=DeliveryKind.EDIT if row.state == State.EDIT else DeliveryKind.SEND,
        attempts=row.attempts,
        message_ids=tuple(row.message_ids or ()),
        revision_sent=row.revision_sent,
        bundle=as_bundle(row.bundle),
        shape=row.shape or "",
    )


def as_bundle(values: Sequence[Any] | None) -> Bundle | None:
    """A bundle from the column's value."""
    return Bundle(Form(values[0]), tuple(values[1:])) if values else None


def bundle_values(bundle: Bundle | None) -> list[object] | None:
    """A bundle as the column's value."""
    return None if bundle is None else [bundle.form.value, *bundle.entry_ids]


def _outcome_values(outcome: Outcome) -> dict[str, object]:
    return {
        "b_entry": outcome.entry_id,
        "b_destination": outcome.destination_id,
        "b_state": int(outcome.state),
        "b_sent": outcome.state is State.SENT,
        "b_tried": outcome.state in (State.QUEUED, State.EDIT),
        "b_revision": outcome.revision_sent,
        "b_message_ids": list(outcome.message_ids) or None,
        "b_bundle": bundle_values(outcome.bundle),
        "b_shape": outcome.shape or None,
        "b_error": outcome.error,
        "b_at": outcome.at,
    }


_b = sa.bindparam
_newest = (
    sa.select(entries.c.revision).where(entries.c.id == deliveries.c.entry_id).scalar_subquery()
)
_RECORD = (
    deliveries.update()
    .where(
        deliveries.c.entry_id == _b("b_entry"), deliveries.c.destination_id == _b("b_destination")
    )
    .values(
        state=sa.case(
            (
                sa.and_(
                    _b("b_sent", type_=sa.Boolean), _newest > _b("b_revision", type_=sa.Integer)
                ),
                int(State.EDIT),
            ),
            (
                sa.and_(
                    _b("b_tried", type_=sa.Boolean),
                    deliveries.c.state >= State.SENT,
                    _b("b_message_ids", type_=sa.JSON(none_as_null=True)).is_(sa.null()),
                ),
                deliveries.c.state,
            ),
            else_=_b("b_state", type_=sa.SmallInteger),
        ),
        attempts=sa.case((_b("b_tried", type_=sa.Boolean), deliveries.c.attempts + 1), else_=0),
        revision_sent=sa.func.coalesce(
            _b("b_revision", type_=sa.Integer), deliveries.c.revision_sent
        ),
        message_ids=sa.func.coalesce(
            _b("b_message_ids", type_=sa.JSON(none_as_null=True)), deliveries.c.message_ids
        ),
        bundle=sa.func.coalesce(
            _b("b_bundle", type_=sa.JSON(none_as_null=True)), deliveries.c.bundle
        ),
        shape=sa.func.coalesce(_b("b_shape", type_=sa.Text), deliveries.c.shape),
        error=_b("b_error", type_=sa.Text),
        sent_at=sa.case(
            (
                sa.and_(_b("b_sent", type_=sa.Boolean), deliveries.c.sent_at.is_(None)),
                _b("b_at", type_=deliveries.c.sent_at.type),
            ),
            else_=deliveries.c.sent_at,
        ),
        edited_at=sa.case(
            (
                sa.and_(_b("b_sent", type_=sa.Boolean), deliveries.c.sent_at.is_not(None)),
                _b("b_at", type_=deliveries.c.edited_at.type),
            ),
            else_=deliveries.c.edited_at,
        ),
    )
)
_RELEASE = (
    destinations.update()
    .where(destinations.c.id == _b("b_id"), destinations.c.lease_owner == _b("b_owner"))
    .values(
        lease_owner=None,
        lease_until=NEVER,
        not_before=_b("b_not_before", type_=destinations.c.not_before.type),
    )
)
