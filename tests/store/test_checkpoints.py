"""SQLite's log goes back into its file beside the writer, and does not grow for ever."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.store.checkpoints import COMMITS, Checkpoints, checkpoint
from bot.store.engine import Database
from tests.support.store import add_source


@pytest.fixture
def address(sqlite_address: str) -> str:
    """PostgreSQL keeps its log by itself."""
    return sqlite_address


async def write(db: Database, times: int) -> None:
    """So many small transactions."""
    for number in range(times):
        async with db.write() as connection:
            await connection.execute(sa.text(f"PRAGMA user_version={number}"))


async def test_the_log_is_copied_after_some_commits(db: Database, address: str) -> None:
    """What was written stands in the file itself soon, without a commit that waited for it."""
    await add_source(db)
    before = Path(address).read_bytes()
    await write(db, COMMITS)
    await db._checkpoints.close()
    assert Path(address).read_bytes() != before


async def test_a_reader_keeps_nobody_waiting(db: Database, address: str) -> None:
    """While somebody reads an old state, the log stays, and writing goes on."""
    async with db.read() as connection:
        await connection.execute(sa.text("SELECT count(*) FROM sources"))
        async with asyncio.timeout(10):
            await write(db, 2 * COMMITS)
            await db._checkpoints.close()
    assert checkpoint(Path(address))


async def test_a_file_that_cannot_be_opened_raises_nothing(tmp_path: Path) -> None:
    """The log stays as it is; the writer meets the same disk and tells people."""
    assert not checkpoint(tmp_path / "missing" / "relay.db")


async def test_without_a_file_there_is_nothing_to_do() -> None:
    """A database in memory has no log."""
    checkpoints = Checkpoints(None)
    for _ in range(COMMITS + 1):
        checkpoints.committed()
    await checkpoints.close()
