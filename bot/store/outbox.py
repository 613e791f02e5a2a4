"""Queries of the sender: claiming due deliveries under a lease, and recording what became of them.

A destination is claimed whole: while one worker holds its lease nobody else sends there, so its
entries stay in order. The lease ends by itself, so that a crashed worker's destinations are taken
over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Batch, Bundle
from bot.store import fanouts, outbox_postgres, outbox_sqlite
from bot.store.belongings import of_destinations
from bot.store.claimed import bundle_values
from bot.store.columns import NEVER, to_micros
from bot.store.columns import DeliveryState as State
from bot.store.schema import DUE, deliveries, destinations

ENTRIES_WAIT = timedelta(minutes=5)  # for key events
EDITS_WAIT = timedelta(hours=1)  # for new entries
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
    urgency: int = fanouts.PRIORITY_EDIT,
) -> list[Batch]:
    """Lease up to `limit` destinations that have due deliveries, most urgent and oldest first.

    Args:
        connection: a writing transaction.
        owner: the claiming process.
        now: UTC.
        limit: destinations.
        lease: seconds.
        each: at most so many deliveries of one destination.
        urgency: only destinations for which something of this priority, or a lower number, waits.

    Returns:
        A batch per destination: new entries oldest first, then edits.
    """
    until = to_micros(now + timedelta(seconds=lease))
    return await _own(connection).claim(
        connection, owner, to_micros(now), until, limit=limit, each=each, urgency=urgency
    )


async def revisions(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, int]:
    """Entry id -> its current revision, quickly: the sender asks with every claim."""
    return await _own(connection).revisions(connection, ids)


async def record(
    connection: AsyncConnection,
    owner: str,
    outcomes: Sequence[Outcome],
    releases: Sequence[Release],
) -> None:
    """Store what became of deliveries, and hand destinations back.

    A delivery whose entry was revised while it was under way is queued for an edit at once. One
    that was dropped meanwhile (its entry withdrawn, its chat switched off) is not tried again.
    Several outcomes of one delivery are stored one after the other.
    """
    for some in _rounds(outcomes):
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
            for outcome in some
        ]
        await _own(connection).record(connection, rows)
    if releases:
        await _own(connection).release(
            connection,
            owner,
            [(release.destination_id, to_micros(release.not_before)) for release in releases],
        )


def _rounds(outcomes: Sequence[Outcome]) -> list[list[Outcome]]:
    """Groups in which each delivery comes once: a statement changes a row once."""
    rounds: list[list[Outcome]] = []
    met: Counter[tuple[int, int]] = Counter()
    for outcome in outcomes:
        key = outcome.entry_id, outcome.destination_id
        if met[key] == len(rounds):
            rounds.append([])
        rounds[met[key]].append(outcome)
        met[key] += 1
    return rounds


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


async def let_go(connection: AsyncConnection, owner: str, *, held: Collection[int]) -> None:
    """Free the leases that `owner` has and does not use.

    The database refused in the middle: they were claimed and the answer was lost, so that nothing
    was sent.

    Args:
        connection: in a writing transaction.
        owner: this process.
        held: the destinations whose message is under way, or not recorded yet.
    """
    await connection.execute(
        destinations.update()
        .where(destinations.c.lease_owner == owner, destinations.c.id.not_in(held))
        .values(lease_owner=None, lease_until=NEVER)
    )


async def promote(connection: AsyncConnection, now: datetime) -> int:
    """Make what has waited for long as urgent as what would overtake it; how many.

    So key events go first without starving anything, and so do new entries before corrections.
    """
    result = 0
    kinds = ((State.EDIT, 2, EDITS_WAIT), (State.QUEUED, 1, ENTRIES_WAIT))
    for state, priority, waited in kinds:
        late = (
            sa.select(deliveries.c.entry_id, deliveries.c.destination_id)
            .where(
                DUE,
                deliveries.c.state == state,
                deliveries.c.priority == priority,
                deliveries.c.due_at < now - waited,
            )
            .order_by(deliveries.c.due_at)
            .limit(PROMOTED)
            .with_for_update(of=deliveries, skip_locked=True)
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
            of_destinations(deliveries, [destination_id])
        )
    )
    return found


def _own(connection: AsyncConnection) -> _Queries:
    """The queries made for the database it is."""
    return outbox_postgres if connection.dialect.name == "postgresql" else outbox_sqlite


class _Queries(Protocol):
    """What `outbox_sqlite` and `outbox_postgres` have in common."""

    async def claim(
        self,
        connection: AsyncConnection,
        owner: str,
        now: int,
        until: int,
        *,
        limit: int,
        each: int,
        urgency: int,
    ) -> list[Batch]: ...

    async def record(self, connection: AsyncConnection, rows: Sequence[Sequence[Any]]) -> None: ...

    async def release(
        self, connection: AsyncConnection, owner: str, rows: Sequence[tuple[int, int]]
    ) -> None: ...

    async def revisions(
        self, connection: AsyncConnection, ids: Sequence[int]
    ) -> dict[int, int]: ...
