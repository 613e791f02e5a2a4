"""Queries about what opens the dashboard: a link that works once, then a session.

Only hashes are stored: who reads the database, or a backup, cannot open anything.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import web_keys

LINK, SESSION = "link", "session"
LASTS = {LINK: timedelta(minutes=5), SESSION: timedelta(hours=12)}


async def make(connection: AsyncConnection, kind: str, user_id: int, now: datetime) -> str:
    """A new key of somebody, as it goes into an address or a cookie; old ones are forgotten."""
    await connection.execute(web_keys.delete().where(web_keys.c.expires_at <= now))
    key = secrets.token_urlsafe(32)
    await connection.execute(
        web_keys.insert().values(
            hash=_hash(key), kind=kind, user_id=user_id, expires_at=now + LASTS[kind]
        )
    )
    return key


async def use(connection: AsyncConnection, key: str, now: datetime) -> int | None:
    """Whose link it is, if it still works; it works for the first caller only."""
    user_id = await _whose(connection, LINK, key, now)
    gone = await connection.execute(
        web_keys.delete().where(web_keys.c.hash == _hash(key), web_keys.c.kind == LINK)
    )
    return user_id if gone.rowcount else None


async def whose(connection: AsyncConnection, key: str, now: datetime) -> int | None:
    """Whose session it is; None if there is none, or it is over."""
    return await _whose(connection, SESSION, key, now)


async def end(connection: AsyncConnection, key: str) -> None:
    """End a session."""
    await connection.execute(web_keys.delete().where(web_keys.c.hash == _hash(key)))


async def _whose(connection: AsyncConnection, kind: str, key: str, now: datetime) -> int | None:
    found: int | None = await connection.scalar(
        sa.select(web_keys.c.user_id).where(
            web_keys.c.hash == _hash(key), web_keys.c.kind == kind, web_keys.c.expires_at > now
        )
    )
    return found


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
