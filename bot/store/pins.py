"""Queries about pinned messages: one for each live blog in a chat that wants it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Destination, Entry, SourceState
from bot.store.chats import DESTINATION_COLUMNS, as_destination
from bot.store.columns import DeliveryState
from bot.store.entries import as_entry
from bot.store.inserting import insert_new
from bot.store.schema import chats, deliveries, destinations, entries, sources, stories

MOST_LISTED = 60  # key events that are asked for: more than a message holds


@dataclass(frozen=True, slots=True)
class Pin:
    """A pinned message that is to be made or brought up to date.

    Attributes:
        source: the live blog's name.
        ended: its coverage is over.
        message_id: None where there is none yet.
        shown: hash of what the message shows.
        key_events: those the chat was sent, oldest first, at most `MOST_LISTED`, the newest.
        due_at: as it was set by the claim; another value means that more came meanwhile.
    """

    destination: Destination
    source_id: int
    source: str
    ended: bool
    message_id: int | None
    shown: str
    attempts: int
    key_events: tuple[Entry, ...]
    due_at: datetime


async def touch(
    connection: AsyncConnection, destination_id: int, source_ids: Iterable[int], now: datetime
) -> None:
    """Key events of these live blogs reached a destination, or changed there."""
    for source_id in source_ids:
        key = {"destination_id": destination_id, "source_id": source_id}
        if not await insert_new(connection, stories, {**key, "due_at": now}):
            await connection.execute(
                stories.update()
                .where(
                    stories.c.destination_id == destination_id,
                    stories.c.source_id == source_id,
                    ~stories.c.closed,
                )
                .values(due_at=now, attempts=0)
            )


async def touch_ended(connection: AsyncConnection, now: datetime) -> int:
    """Let the pinned messages of coverage that is over be closed; how many there are."""
    over = sa.select(sources.c.id).where(
        sources.c.state.in_((SourceState.ENDED, SourceState.REMOVED))
    )
    result = await connection.execute(
        stories.update()
        .where(
            ~stories.c.closed,
            stories.c.due_at.is_(None),
            stories.c.pinned_message_id.is_not(None),
            stories.c.source_id.in_(over),
        )
        .values(due_at=now, attempts=0)
    )
    return result.rowcount


async def claim(
    connection: AsyncConnection, now: datetime, *, limit: int, lease: float
) -> list[Pin]:
    """Take pins that are due, oldest first; they are due again when `lease` seconds are over."""
    until = now + timedelta(seconds=lease)
    due = (
        await connection.execute(
            sa.select(stories.c.destination_id, stories.c.source_id)
            .where(sa.text("stories.due_at IS NOT NULL"), stories.c.due_at <= now)
            .order_by(stories.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    ).all()
    pins = []
    for destination_id, source_id in due:
        here = (stories.c.destination_id == destination_id, stories.c.source_id == source_id)
        await connection.execute(stories.update().where(*here).values(due_at=until))
        row = (
            await connection.execute(
                sa.select(
                    *DESTINATION_COLUMNS,
                    sources.c.name,
                    sources.c.state,
                    stories.c.pinned_message_id,
                    stories.c.pinned_hash,
                    stories.c.attempts,
                )
                .select_from(stories)
                .join(destinations, destinations.c.id == stories.c.destination_id)
                .join(chats, chats.c.id == destinations.c.chat_id)
                .join(sources, sources.c.id == stories.c.source_id)
                .where(*here)
            )
        ).one()
        pins.append(
            Pin(
                destination=as_destination(row),
                source_id=source_id,
                source=row.name,
                ended=row.state in (SourceState.ENDED, SourceState.REMOVED),
                message_id=row.pinned_message_id,
                shown=row.pinned_hash,
                attempts=row.attempts,
                key_events=await _key_events(connection, destination_id, source_id),
                due_at=until,
            )
        )
    return pins


async def settle(
    connection: AsyncConnection,
    pin: Pin,
    *,
    message_id: int | None,
    shown: str,
    closed: bool,
) -> None:
    """A pin shows what it should; if more came meanwhile, it stays due."""
    here = (
        stories.c.destination_id == pin.destination.id,
        stories.c.source_id == pin.source_id,
    )
    await connection.execute(
        stories.update()
        .where(*here)
        .values(pinned_message_id=message_id, pinned_hash=shown, closed=closed, attempts=0)
    )
    await connection.execute(
        stories.update().where(*here, stories.c.due_at == pin.due_at).values(due_at=None)
    )


async def put_off(connection: AsyncConnection, pin: Pin, until: datetime) -> None:
    """A try failed: the pin is due again later."""
    await connection.execute(
        stories.update()
        .where(
            stories.c.destination_id == pin.destination.id,
            stories.c.source_id == pin.source_id,
        )
        .values(due_at=until, attempts=stories.c.attempts + 1)
    )


async def _key_events(
    connection: AsyncConnection, destination_id: int, source_id: int
) -> tuple[Entry, ...]:
    rows = await connection.execute(
        sa.select(entries)
        .join(
            deliveries,
            sa.and_(
                deliveries.c.entry_id == entries.c.id,
                deliveries.c.destination_id == destination_id,
            ),
        )
        .where(
            entries.c.source_id == source_id,
            entries.c.key_event,
            ~entries.c.withdrawn,
            ~entries.c.pruned,
            deliveries.c.state.in_((DeliveryState.SENT, DeliveryState.EDIT)),
        )
        .order_by(entries.c.id.desc())
        .limit(MOST_LISTED)
    )
    return tuple(as_entry(row) for row in rows)[::-1]
