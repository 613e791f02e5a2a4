"""Copies of a database in use."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.errors import ConfigError, NotADatabaseError, StorageFullError
from bot.store import migrate
from bot.store.backup import backup
from bot.store.engine import Database, open_database
from bot.store.schema import topics
from tests.store.nobody import as_nobody
from tests.store.rows import count


@pytest.fixture
def address(sqlite_address: str) -> str:
    """A server has a program of its own: see test_dump."""
    return sqlite_address


async def add(db: Database, *slugs: str) -> None:
    """Write some rows in one transaction."""
    async with db.write() as connection:
        await connection.execute(
            topics.insert(),
            [{"slug": s, "names": {}, "emoji": "", "rule": {}, "origin": "admin"} for s in slugs],
        )


async def test_a_copy_is_a_database(db: Database, tmp_path: Path) -> None:
    """The copy opens, has the schema and the rows, and lies alone in its folder."""
    await add(db, "a", "b")
    target = tmp_path / "copies" / "monday.db"
    target.parent.mkdir()
    size = await backup(db, target)
    assert size == target.stat().st_size > 0
    assert list(target.parent.iterdir()) == [target]
    copy = await open_database(str(target))
    try:
        assert await migrate.upgrade(copy) == []
        assert await copy.integrity() == "ok"
        assert await count(copy, topics) == 2
    finally:
        await copy.close()
    await add(db, "c")  # the connection that copied is as good as before
    assert await count(db, topics) == 3


async def test_while_writing(db: Database, tmp_path: Path) -> None:
    """Copies made in the middle of writing hold whole transactions, and writing goes on."""
    written = 0
    stop = asyncio.Event()

    async def write() -> None:
        nonlocal written
        while not stop.is_set():
            await add(db, *(f"t{written}-{n}" for n in range(7)))
            written += 1

    writer = asyncio.create_task(write())
    try:
        for number in range(3):
            before = written
            await backup(db, tmp_path / f"copy{number}.db")
            copy = await open_database(str(tmp_path / f"copy{number}.db"))
            try:
                found = await count(copy, topics)
            finally:
                await copy.close()
            assert found % 7 == 0
            assert found >= 7 * before
        assert written > 0
    finally:
        stop.set()
        await writer


async def test_existing_target_refused(db: Database, tmp_path: Path) -> None:
    """A file that is there is not touched."""
    target = tmp_path / "keep.db"
    target.write_text("precious")
    with pytest.raises(ConfigError, match=r"keep\.db exists already"):
        await backup(db, target)
    assert target.read_text() == "precious"


async def test_no_folder(db: Database, tmp_path: Path) -> None:
    """A folder that is missing is named."""
    with pytest.raises(ConfigError, match=r"folder .*nowhere does not exist"):
        await backup(db, tmp_path / "nowhere" / "x.db")


async def test_unwritable_target(db: Database) -> None:
    """A folder that may not be written to is said as such."""
    with as_nobody() as folder:
        folder.chmod(0o500)
        with pytest.raises(StorageFullError, match=r"copy\.db cannot be written"):
            await backup(db, folder / "copy.db")
        folder.chmod(0o700)


async def test_a_failed_copy_is_removed(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the copy turns out not to be whole, it does not stay behind."""

    async def damaged(_: Database) -> str:
        raise NotADatabaseError("damaged")

    monkeypatch.setattr(Database, "integrity", damaged)
    with pytest.raises(NotADatabaseError):
        await backup(db, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
