"""`liverelay db copy`: what a person sees."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli_admin import admin_commands
from bot.errors import ConfigError
from bot.store.engine import open_database
from bot.store.schema import chats
from tests.store.rows import count
from tests.support.postgres import PostgresServer
from tests.support.store import add_private_chats


@pytest.fixture
def target(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The address of a database without tables."""
    monkeypatch.chdir(tmp_path)  # where there is no settings file
    with postgres.fresh_database() as address:
        yield address


def copy(source: str, target: str) -> str:
    """Run the command; what it printed.

    Raises:
        LiveRelayError: as the command line turns into one line.
    """
    done = CliRunner().invoke(
        admin_commands()["db"],
        ["copy", "--from", source, "--to", target],
        standalone_mode=False,
        catch_exceptions=False,
    )
    return done.output


def test_copy(sqlite_address: str, target: str) -> None:
    """Each table that has rows is told, and what to do next; a second time is refused."""

    async def fill() -> None:
        db = await open_database(sqlite_address)
        try:
            await add_private_chats(db, 1_200)
        finally:
            await db.close()

    async def copied() -> int:
        db = await open_database(target)
        try:
            return await count(db, chats)
        finally:
            await db.close()

    asyncio.run(fill())
    lines = copy(sqlite_address, target).splitlines()
    assert lines[:2] == ["chats: 1,200 rows", "destinations: 1,200 rows"]
    assert "Set database.url" in lines[-1]
    assert asyncio.run(copied()) == 1_200
    with pytest.raises(ConfigError, match="not empty"):
        copy(sqlite_address, target)


def test_no_file(target: str, tmp_path: Path) -> None:
    """A file that is not there is named, and not made."""
    with pytest.raises(ConfigError, match=r"no database at .*typo\.db"):
        copy(str(tmp_path / "typo.db"), target)
    assert not (tmp_path / "typo.db").exists()
