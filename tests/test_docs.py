"""The documents tell of everything there is: an undocumented command, setting or format fails."""

from __future__ import annotations

import re
from importlib import import_module
from inspect import iscoroutinefunction
from pathlib import Path

import pytest
import typer
from pydantic import SecretStr

from bot import __version__, config
from bot.cli import GROUPS, app
from bot.cli_admin import admin_commands
from bot.commands.menu import ADMIN, PUBLIC
from bot.sources import ADAPTERS
from tests.bench.__main__ import GROUPS as BENCHMARKS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _row(key: str, default: object, description: str) -> str:
    plain = "" if isinstance(default, (SecretStr, tuple)) else str(default)
    shown = f"`{plain}`" if plain else "empty"
    return f"| `{key}` | `{config.environment_name(key)}` | {shown} | {description} |"


def test_every_setting_is_documented_with_its_default() -> None:
    """docs/settings.md has exactly one row a setting, as the code has it."""
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows == [_row(*setting) for setting in config.describe()]


@pytest.mark.parametrize("name", sorted({*PUBLIC, *ADMIN}))
def test_every_command_of_the_chat_is_in_the_readme(name: str) -> None:
    """A reader finds each command in a table."""
    rows = [line for line in README.splitlines() if line.startswith("| `/")]
    assert any(re.search(rf"/{name}\b", row.split(" | ")[0]) for row in rows)


def test_every_command_of_the_command_line_is_in_the_readme() -> None:
    """`liverelay X` and `liverelay group a|b|c` each have their row."""
    single = [c.name or getattr(c.callback, "__name__", "") for c in app.registered_commands]
    for name in single:
        assert f"| `liverelay {name}" in README
    assert list(admin_commands()) == list(GROUPS)
    for group, commands in admin_commands().items():
        row = next(line for line in README.splitlines() if line.startswith(f"| `liverelay {group}"))
        listed = row.split("`")[1].removeprefix(f"liverelay {group} ").split("\\|")
        assert sorted(listed) == sorted(_names(commands))


@pytest.mark.parametrize("group", BENCHMARKS)
def test_every_group_of_the_benchmarks_is_explained_and_can_be_run(group: str) -> None:
    """`make bench` runs each by its `rows`; docs/performance.md says what it measures."""
    assert iscoroutinefunction(import_module(f"tests.bench.{group}").rows)
    text = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert f"| `{group}` |" in text


@pytest.mark.parametrize("adapter", [adapter.name for adapter in ADAPTERS])
def test_every_format_is_in_the_readme(adapter: str) -> None:
    """The table of formats names each adapter."""
    assert f"| `{adapter}` |" in README


def test_every_file_the_readme_links_to_is_there() -> None:
    """No dead link inside the project."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_changelog_has_this_version() -> None:
    """Users can read what this version brought."""
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def _names(group: typer.Typer) -> list[str]:
    return [str(command.name) for command in group.registered_commands]
