"""Rows for process tests: subscribers and a source, written before the process starts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from bot.model import ChatKind, Follow
from bot.store import chats, migrate, sources, subscriptions
from bot.store.engine import open_database


async def seed_subscribers(database: Path, people: Iterable[int], *, url: str, name: str) -> None:
    """Private chats that follow everything, and one active clock-time source."""
    now = datetime.now(UTC)
    db = await open_database(str(database))
    try:
        await migrate.upgrade(db)
        async with db.write() as connection:
            source = await sources.propose(
                connection,
                url=url,
                poll_url=url,
                name=name,
                adapter="timestamped",
                title=name,
                interval=0.2,
                added_by=None,
                now=now,
            )
            await sources.activate(connection, source.id, now)
            for person in people:
                destination = await chats.meet(
                    connection,
                    telegram_id=person,
                    thread_id=None,
                    kind=ChatKind.PRIVATE,
                    title=f"Reader {person}",
                    language="en",
                    timezone="UTC",
                    now=now,
                )
                await subscriptions.add(connection, destination.id, (Follow.ALL, 0), now)
    finally:
        await db.close()
