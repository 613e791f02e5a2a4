"""A migrated database for each test, on every backend the suite can reach."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.store.engine import Database, open_database
from tests.support.postgres import PostgresServer
from tests.support.store import temp_database

BACKENDS = ("sqlite", "postgresql")


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


@pytest.fixture
def sqlite_address(tmp_path: Path, migrated_file: Path) -> str:
    """The address of an empty, migrated SQLite database."""
    return str(shutil.copy(migrated_file, tmp_path / "relay.db"))


@pytest.fixture(params=BACKENDS)
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty, migrated database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_address")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database() as url:
            yield url


@pytest.fixture
async def db(address: str) -> AsyncIterator[Database]:
    """An empty, migrated database, open."""
    database = await open_database(address)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture(params=BACKENDS)
def empty_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any tables."""
    if request.param == "sqlite":
        yield str(tmp_path / "empty.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.fresh_database() as url:
            yield url
