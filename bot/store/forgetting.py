"""Erases all that is stored about a chat."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import chats as chat_rows
from bot.store import locks
from bot.store.belongings import of_destinations, tables_with
from bot.store.schema import (
    announcements,
    chats,
    destinations,
    drafts,
    web_keys,
)

OFF = "forgotten"


async def prepare(connection: AsyncConnection, telegram_id: int, now: datetime) -> None:
    """Send nothing more there, so that no message is on its way when the rows go."""
    await chat_rows.switch_off_chat(connection, telegram_id, reason=OFF, now=now)


async def forget(connection: AsyncConnection, telegram_id: int, now: datetime) -> bool:
    """Erase a chat, in every table that holds something of it; whether that could be done.

    It cannot while something is being sent there, for that would be recorded afterwards.
    """
    # A planner must not add deliveries to a destination that is about to go.
    await locks.take(connection, locks.Lock.PLANNING)
    rows = await connection.execute(
        sa.select(destinations.c.id, destinations.c.lease_owner, destinations.c.lease_until)
        .join(chats, chats.c.id == destinations.c.chat_id)
        .where(chats.c.telegram_id == telegram_id)
        .with_for_update(of=destinations)
    )
    found = rows.all()
    if any(row.lease_owner is not None and row.lease_until > now for row in found):
        return False
    ids = [row.id for row in found]
    for table in tables_with("destination_id"):
        await connection.execute(table.delete().where(of_destinations(table, ids)))
    chat = sa.select(chats.c.id).where(chats.c.telegram_id == telegram_id)
    for table in tables_with("chat_id"):
        await connection.execute(table.delete().where(table.c.chat_id.in_(chat)))
    for table in tables_with("telegram_id"):
        query = table.delete().where(table.c.telegram_id == telegram_id)
        if table is announcements:  # one that is under way goes when it is over
            query = query.where(announcements.c.reported)
        await connection.execute(query)
    # A person's private chat has the person's own number.
    for table in (drafts, web_keys):
        await connection.execute(table.delete().where(table.c.user_id == telegram_id))
    return True
