"""A running bot with four topics, on a database of its own."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store import migrate
from bot.store.engine import open_database
from tests.support.chat import TOPICS, Room, add_topics, open_room


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database, copied for each test: migrating takes longer than a conversation."""
    return tmp_path_factory.mktemp("prepared") / "bot.db"


@pytest.fixture
async def database_path(prepared: Path, tmp_path: Path) -> Path:
    """A database file with topics and nothing else."""
    if not prepared.exists():
        db = await open_database(str(prepared))
        await migrate.upgrade(db)
        await add_topics(db, TOPICS)
        await db.close()
    path = tmp_path / "bot.db"
    shutil.copy(prepared, path)
    return path


@pytest.fixture
async def room(database_path: Path) -> AsyncIterator[Room]:
    """The bot, running."""
    async with open_room(database_path) as running:
        yield running
