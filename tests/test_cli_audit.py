"""What is done on the command line stands in the record, too."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli_admin import admin_commands
from bot.store import audit
from tests.support.store import add_source, temp_database


def test_deeds_of_the_command_line_are_on_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a person: the machine's shell knows nobody by a number of Telegram."""
    path = tmp_path / "relay.db"

    async def prepare() -> None:
        async with temp_database(str(path)) as db:
            await add_source(db, name="Gazette")

    async def recorded() -> list[tuple[int | None, str, str]]:
        async with temp_database(str(path)) as db, db.read() as connection:
            found = await audit.newest(connection, 9)
        return [(each.user_id, each.deed, each.target) for each in found]

    asyncio.run(prepare())
    monkeypatch.setenv("LIVERELAY_DATABASE__URL", str(path))
    for command in (
        ["sources", "pause", "Gazette"],
        ["sources", "pause", "Gazette"],  # without effect
        ["topics", "add", "storms", "storm"],
    ):
        group, *words = command
        result = CliRunner().invoke(admin_commands()[group], words)
        assert result.exit_code == 0, result.output
    assert asyncio.run(recorded()) == [
        (None, "topic added", "storms"),
        (None, "source paused", "#1 Gazette"),
    ]
