"""A migrated database for each test, on every backend the suite can reach."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.store import migrate
from bot.store.engine import Database, open_database
from tests.support.store import temp_database

BACKENDS = ("sqlite",)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("store") / "migrated.db"

    async def make() -> None:
        async with temp_database(str(path)):
            pass

    with ThreadPoolExecutor(1) as thread:  # away from the event loop of the tests
        thread.submit(asyncio.run, make()).result()
    return path


@pytest.fixture(params=BACKENDS)
async def db(
    request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Path
) -> AsyncIterator[Database]:
    """An empty, migrated database."""
    assert request.param == "sqlite"
    path = tmp_path / "relay.db"
    shutil.copy(migrated_file, path)
    database = await open_database(str(path))
    try:
        assert await migrate.current(database) == migrate.head()
        yield database
    finally:
        await database.close()
