"""Queries about announcements: what an admin tells every chat, and how far that has come.

Chats are taken up a batch at a time, in the order of their destinations; a batch is rows until it
is recorded, so that a restart goes on where a crash left off. A chat with several forum topics is
told once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import ChatKind
from bot.outgoing import Outgoing, TextEntity
from bot.store import chats as chat_rows
from bot.store.schema import DUE, announcements, announcing, chats, deliveries, destinations


class State(StrEnum):
    """How an announcement stands."""

    RUNNING = "running"
    CANCELLED = "cancelled"
    DONE = "done"


class Outcome(StrEnum):
    """What became of an announcement in one chat; each but `LATER` is a column that counts it."""

    SENT = "sent"
    FAILED = "failed"
    BLOCKED = "blocked"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Announcement:
    """A row.

    Attributes:
        telegram_id: the chat of the admin, where `message_id` shows how it goes.
        total: chats when it began.
        done_at: UTC, when it was finished or cancelled; None while it runs.
    """

    id: int
    user_id: int | None
    telegram_id: int
    message_id: int
    language: str
    text: str
    entities: tuple[TextEntity, ...]
    state: State
    total: int
    sent: int
    failed: int
    blocked: int
    created_at: datetime
    done_at: datetime | None

    @property
    def message(self) -> Outgoing:
        """What the chats get."""
        return Outgoing(self.text, self.entities)


@dataclass(frozen=True, slots=True)
class Recipient:
    """One chat to be told.

    Attributes:
        silent: it has asked for silence at this time.
        attempts: failed tries so far.
    """

    destination_id: int
    chat_id: int
    thread_id: int | None
    kind: ChatKind
    silent: bool
    attempts: int


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one try.

    Attributes:
        reason: why the chat is switched off, for `Outcome.BLOCKED`.
        not_before: when it is tried again, for `Outcome.LATER`; UTC.
    """

    outcome: Outcome
    reason: str = ""
    not_before: datetime | None = None


async def audience(connection: AsyncConnection) -> int:
    """How many chats an announcement would go to now."""
    distinct = sa.select(sa.func.count(sa.distinct(destinations.c.chat_id)))
    return int(await connection.scalar(distinct.where(destinations.c.active)) or 0)


async def start(
    connection: AsyncConnection,
    *,
    user_id: int | None,
    telegram_id: int,
    message_id: int,
    language: str,
    text: str,
    entities: Sequence[Mapping[str, Any]],
    now: datetime,
) -> Announcement:
    """Begin to tell every chat there is now."""
    last = await connection.scalar(sa.select(sa.func.max(destinations.c.id)))
    result = await connection.execute(
        announcements.insert()
        .values(
            user_id=user_id,
            telegram_id=telegram_id,
            message_id=message_id,
            language=language,
            text=text,
            entities=list(entities),
            state=State.RUNNING,
            total=await audience(connection),
            until_id=last or 0,
            created_at=now,
        )
        .returning(announcements.c.id)
    )
    found = await get(connection, result.scalar_one())
    assert found is not None
    return found


async def get(connection: AsyncConnection, announcement_id: int) -> Announcement | None:
    """The announcement with this number."""
    row = (
        await connection.execute(
            sa.select(announcements).where(announcements.c.id == announcement_id)
        )
    ).one_or_none()
    return None if row is None else _announcement(row)


async def cancel(connection: AsyncConnection, announcement_id: int, now: datetime) -> bool:
    """Tell no more chats; whether it was running."""
    result = await connection.execute(
        announcements.update()
        .where(announcements.c.id == announcement_id, announcements.c.state == State.RUNNING)
        .values(state=State.CANCELLED, done_at=now)
    )
    return bool(result.rowcount)


async def claim(
    connection: AsyncConnection, owner: str, now: datetime, *, lease: float
) -> Announcement | None:
    """Take on the oldest announcement that is not over, or keep on with it, for `lease` seconds."""
    row = (
        await connection.execute(
            sa.select(announcements)
            .where(
                ~announcements.c.reported,
                sa.or_(announcements.c.lease_owner == owner, announcements.c.lease_until <= now),
            )
            .order_by(announcements.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
    ).one_or_none()
    if row is None:
        return None
    await connection.execute(
        announcements.update()
        .where(announcements.c.id == row.id)
        .values(lease_owner=owner, lease_until=now + timedelta(seconds=lease))
    )
    return _announcement(row)


async def is_any_open(connection: AsyncConnection) -> bool:
    """Whether there is anything to do at all; quick, and writes nothing."""
    found = await connection.scalar(
        sa.select(announcements.c.id).where(~announcements.c.reported).limit(1)
    )
    return found is not None


async def next_batch(
    connection: AsyncConnection, announcement_id: int, size: int, now: datetime
) -> tuple[list[Recipient], bool]:
    """The chats to be told next, at most `size`, and whether any are left at all.

    Those whose turn has come again first; then chats that were not taken up yet.
    """
    row = (
        await connection.execute(
            sa.select(
                announcements.c.cursor, announcements.c.until_id, announcements.c.created_at
            ).where(announcements.c.id == announcement_id)
        )
    ).one()
    waiting = await _waiting(connection, announcement_id, now, size)
    left = bool(waiting)
    if len(waiting) < size:
        ids = await _not_taken_up(connection, row, size - len(waiting))
        if ids:
            await connection.execute(
                announcing.insert(),
                [{"announcement_id": announcement_id, "destination_id": each} for each in ids],
            )
            await connection.execute(
                announcements.update()
                .where(announcements.c.id == announcement_id)
                .values(cursor=ids[-1])
            )
            waiting = await _waiting(connection, announcement_id, now, size)
        left = bool(waiting) or bool(
            await connection.scalar(
                sa.select(sa.func.count())
                .select_from(announcing)
                .where(announcing.c.announcement_id == announcement_id)
            )
        )
    return waiting, left


async def record(
    connection: AsyncConnection,
    announcement_id: int,
    results: Mapping[int, Result],
    now: datetime,
) -> None:
    """Store what became of tries, by destination."""
    counts = dict.fromkeys((Outcome.SENT, Outcome.FAILED, Outcome.BLOCKED), 0)
    over: list[int] = []
    for destination_id, result in sorted(results.items()):
        if result.outcome is Outcome.LATER:
            await connection.execute(
                announcing.update()
                .where(
                    announcing.c.announcement_id == announcement_id,
                    announcing.c.destination_id == destination_id,
                )
                .values(attempts=announcing.c.attempts + 1, not_before=result.not_before or now)
            )
            continue
        counts[result.outcome] += 1
        over.append(destination_id)
        if result.outcome is Outcome.BLOCKED:
            await chat_rows.switch_off(connection, destination_id, reason=result.reason, now=now)
    if over:
        await connection.execute(
            announcing.delete().where(
                announcing.c.announcement_id == announcement_id,
                announcing.c.destination_id.in_(over),
            )
        )
    column = announcements.c
    await connection.execute(
        announcements.update()
        .where(column.id == announcement_id)
        .values({str(name): column[str(name)] + count for name, count in counts.items()})
    )


async def finish(connection: AsyncConnection, announcement_id: int, now: datetime) -> None:
    """It has reached every chat it could."""
    await connection.execute(
        announcements.update()
        .where(announcements.c.id == announcement_id, announcements.c.state == State.RUNNING)
        .values(state=State.DONE, done_at=now)
    )


async def close(connection: AsyncConnection, announcement_id: int) -> None:
    """The final report was shown: nothing is left to do."""
    await connection.execute(
        announcing.delete().where(announcing.c.announcement_id == announcement_id)
    )
    await connection.execute(
        announcements.update()
        .where(announcements.c.id == announcement_id)
        .values(reported=True, lease_owner=None)
    )


async def alerts_wait(connection: AsyncConnection, now: datetime) -> bool:
    """Whether an alert has been waiting to be sent for more than a moment."""
    found = await connection.scalar(
        sa.select(deliveries.c.entry_id)
        .join(destinations, destinations.c.id == deliveries.c.destination_id)
        .where(
            DUE,
            deliveries.c.due_at <= now,
            destinations.c.active,
            destinations.c.not_before <= now,
        )
        .limit(1)
    )
    return found is not None


async def _waiting(
    connection: AsyncConnection, announcement_id: int, now: datetime, size: int
) -> list[Recipient]:
    rows = await connection.execute(
        sa.select(
            announcing.c.attempts,
            destinations.c.id,
            destinations.c.thread_id,
            destinations.c.hold_from,
            destinations.c.held_until,
            chats.c.telegram_id,
            chats.c.kind,
        )
        .join(destinations, destinations.c.id == announcing.c.destination_id)
        .join(chats, chats.c.id == destinations.c.chat_id)
        .where(announcing.c.announcement_id == announcement_id, announcing.c.not_before <= now)
        .order_by(announcing.c.destination_id)
        .limit(size)
    )
    return [
        Recipient(
            row.id,
            row.telegram_id,
            row.thread_id or None,
            ChatKind(row.kind),
            row.hold_from <= now < row.held_until,
            row.attempts,
        )
        for row in rows
    ]


async def _not_taken_up(connection: AsyncConnection, row: Any, size: int) -> list[int]:
    """The next destinations, one of each chat: that which was met first."""
    other = destinations.alias()
    was_told = sa.exists().where(
        other.c.chat_id == destinations.c.chat_id,
        other.c.id < destinations.c.id,
        sa.or_(other.c.active, other.c.off_at >= row.created_at),
    )
    return list(
        await connection.scalars(
            sa.select(destinations.c.id)
            .where(
                destinations.c.id > row.cursor,
                destinations.c.id <= row.until_id,
                destinations.c.active,
                ~was_told,
            )
            .order_by(destinations.c.id)
            .limit(size)
        )
    )


def _announcement(row: sa.Row[Any]) -> Announcement:
    return Announcement(
        id=row.id,
        user_id=row.user_id,
        telegram_id=row.telegram_id,
        message_id=row.message_id,
        language=row.language,
        text=row.text,
        entities=tuple(TextEntity(**each) for each in row.entities),
        state=State(row.state),
        total=row.total,
        sent=row.sent,
        failed=row.failed,
        blocked=row.blocked,
        created_at=row.created_at,
        done_at=row.done_at,
    )
