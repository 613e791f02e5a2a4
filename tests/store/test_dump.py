"""Copies of a PostgreSQL database, by the program that PostgreSQL has for it."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import ConfigError, StoreError
from bot.store.backup import backup
from bot.store.engine import Database, open_database, parse_url
from bot.store.schema import topics
from tests.store.rows import count
from tests.support.postgres import PostgresServer
from tests.support.store import add_topic


@pytest.fixture
async def db(postgres: PostgresServer) -> AsyncIterator[Database]:
    """An empty, migrated database on the server."""
    with postgres.database() as address:
        database = await open_database(address)
        yield database
        await database.close()


@pytest.fixture
def programs(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """PostgreSQL's programs are installed."""
    monkeypatch.setenv("PATH", str(postgres.programs))
    return postgres.programs


async def test_a_copy_can_be_restored(
    db: Database, postgres: PostgresServer, programs: Path, tmp_path: Path
) -> None:
    """The copy holds the rows, and pg_restore makes a database of it again."""
    await add_topic(db, "storm")
    target = tmp_path / "monday.dump"
    assert await backup(db, target) == target.stat().st_size > 0
    assert target.stat().st_mode & 0o077 == 0
    with postgres.fresh_database() as address:
        subprocess.run([programs / "pg_restore", "--dbname", address, target], check=True)  # noqa: ASYNC221 - nothing else runs
        restored = await open_database(address)
        try:
            assert await count(restored, topics) == 1
        finally:
            await restored.close()


async def test_without_the_program(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where pg_dump is missing, the message says how to get it and what to run."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match=r"not installed here.*pg_dump --format=custom"):
        await backup(db, tmp_path / "x.dump")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("programs")
async def test_existing_target_refused(db: Database, tmp_path: Path) -> None:
    """A file that is there is not touched."""
    target = tmp_path / "keep.dump"
    target.write_text("precious")
    with pytest.raises(ConfigError, match=r"keep\.dump exists already"):
        await backup(db, target)
    assert target.read_text() == "precious"


@pytest.mark.usefixtures("programs")
async def test_a_failed_copy_is_removed(tmp_path: Path) -> None:
    """What pg_dump says is passed on in a line without the password; no half copy stays."""
    url = parse_url("postgresql://relay:s3cret@127.0.0.1:1/live")
    server = Database(url, None, None)  # type: ignore[arg-type]  # never connects
    with pytest.raises(StoreError, match="pg_dump could not copy") as caught:
        await backup(server, tmp_path / "x.dump")
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
