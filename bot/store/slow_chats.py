"""Chats that answered 429 although they were sent to at the permitted pace; see ``bot.delivery``.

Kept beside the chats and not in them: hardly any chat is slow, and none for long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.columns import to_micros
from bot.store.schema import slow_chats

KEPT = timedelta(hours=2)  # after its wait nothing that a chat taught is left
MOST = 10_000  # chats; those that refused last

_SAVE = sa.text(
    "INSERT INTO slow_chats (telegram_id, until, gap, saved_at) "
    "VALUES (:chat, :until, :gap, :saved_at) "
    "ON CONFLICT (telegram_id) DO UPDATE "
    "SET until = excluded.until, gap = excluded.gap, saved_at = excluded.saved_at"
)


@dataclass(frozen=True, slots=True)
class SlowChat:
    """What a chat's refusals taught.

    Attributes:
        until: how long it asked to be left alone, UTC.
        gap: seconds between two messages after that; 0 if the permitted pace will do.
        saved_at: when this was written, UTC: tells a wait from a clock that was set.
    """

    until: datetime
    gap: float
    saved_at: datetime


async def save(connection: AsyncConnection, chats: Mapping[int, SlowChat], now: datetime) -> None:
    """Write down what was learnt of these chats, by Telegram's id, and forget what is long over."""
    await connection.execute(sa.delete(slow_chats).where(slow_chats.c.until < now - KEPT))
    if chats:
        given = [
            {
                "chat": chat_id,
                "until": to_micros(slow.until),
                "gap": slow.gap,
                "saved_at": to_micros(slow.saved_at),
            }
            for chat_id, slow in sorted(chats.items())  # one order: no two processes deadlock
        ]
        await connection.execute(_SAVE, given)


async def saved(connection: AsyncConnection) -> dict[int, SlowChat]:
    """All that is written down, by Telegram's id; the chat that refused last comes first."""
    found = await connection.execute(
        sa.select(slow_chats).order_by(slow_chats.c.until.desc()).limit(MOST)
    )
    return {row.telegram_id: SlowChat(row.until, row.gap, row.saved_at) for row in found}
