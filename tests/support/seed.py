"""Rows for process tests: subscribers and a source, written before the process starts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.support.store import add_chat, add_source, temp_database


async def seed_subscribers(database: Path, people: Iterable[int], *, url: str, name: str) -> None:
    """Private chats that follow everything, and one active clock-time source."""
    async with temp_database(str(database)) as db:
        await add_source(db, url, name=name, adapter="timestamped", primed=False)
        for person in people:
            await add_chat(db, person)
