"""``liverelay check --preview``: alerts in the terminal, and what is remarked on a page."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from bot.check import check_target
from bot.cli import app
from bot.errors import ConfigError
from bot.model import Snapshot, SourceEntry
from bot.outgoing import Button, Outgoing, TextEntity
from bot.preview import WIDTH, show_alerts, styled
from bot.remarks import remarks
from tests.support.pages import NOON
from tests.test_check import PAGE, Web

SECTION = (
    "<html><title>Harbour</title><a href='/live/storm'>Storm</a><a href='/live/flood'>Flood</a>"
    "<p>All our news of the harbour.</p></html>"
)


def run(*arguments: str) -> tuple[int, str]:
    """The command line; its exit status and what it printed."""
    result = CliRunner().invoke(app, ["check", *arguments], env={"COLUMNS": "80"})
    return result.exit_code, result.output


def test_a_preview_shows_the_newest_entries_as_alerts(tmp_path: Path) -> None:
    """Source, time, words, picture and button, below the table."""
    path = tmp_path / "page.html"
    path.write_text(PAGE)
    status, text = run(str(path), "--url", "https://news.example/storm", "--preview")
    assert status == 0
    for part in (
        "📰 Storm · 10:00",
        "Pier [bold]closed[/bold]",
        "See the map.",
        "[picture] https://news.example/pier.jpg",
        "Open",
        "https://news.example/storm#k7x",
    ):
        assert part in text
    assert "│" not in run(str(path), "--url", "https://news.example/storm")[1]


def test_json_stays_json_with_a_preview(tmp_path: Path) -> None:
    """Scripts read one object whatever else is asked for."""
    path = tmp_path / "page.html"
    path.write_text(PAGE)
    status, text = run(str(path), "--json", "--preview")
    assert status == 0
    assert len(json.loads(text)["entries"]) == 2


def test_a_page_without_a_live_blog_has_no_preview(tmp_path: Path) -> None:
    """The sentence and the exit status are as without it."""
    path = tmp_path / "page.html"
    path.write_text(SECTION)
    assert run(str(path), "--preview") == run(str(path))
    assert run(str(path))[0] == 3


async def test_a_section_page_is_told_how_to_be_followed() -> None:
    """The hint names a link and the command."""
    result = await check_target(
        "https://news.example/harbour", url=None, fetcher=Web(harbour=SECTION), now=lambda: NOON
    )
    assert result.exit_code == 3
    assert "2 pages that look like live blogs" in result.hint
    assert "liverelay sources add https://news.example/harbour --follow" in result.hint


def test_styles_stand_where_telegram_puts_them() -> None:
    """Offsets are UTF-16 units: an emoji before a bold word shifts it by two."""
    text = styled("🌊 storm now", [TextEntity("bold", 3, 5), TextEntity("custom_emoji", 0, 2)])
    assert text.plain == "🌊 storm now"
    assert [(span.start, span.end, span.style) for span in text.spans] == [(2, 7, "bold")]


@given(
    st.text(max_size=30),
    st.lists(st.builds(TextEntity, st.sampled_from(["bold", "x"]), st.integers(), st.integers())),
)
def test_any_entities_leave_the_text_whole(text: str, entities: list[TextEntity]) -> None:
    """Styles never change or lose a character."""
    shown = styled(text, entities)
    assert shown.plain == Console().render_str(text, markup=False, emoji=False).plain


def test_messages_fit_the_terminal() -> None:
    """Every line fits; addresses and words are not read as rich's markup."""
    console = Console(file=io.StringIO(), width=80)
    message = Outgoing(
        "[red]word[/red] " * 40, button=Button("Open", "https://news.example/" + "x" * 200)
    )
    show_alerts([[message, message]], console)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "[red]word[/red]" in text
    assert max(map(len, text.splitlines())) <= WIDTH


def snapshot(*entries: SourceEntry, **more: object) -> Snapshot:
    """What was read of a page."""
    return Snapshot("timestamped", "Storm", "https://news.example/", entries, **more)  # type: ignore[arg-type] # forwarded as given


ENTRY = SourceEntry(id="1", published_at=NOON, text="The pier is shut.")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (snapshot(ENTRY), ""),
        (snapshot(ENTRY, warnings=("times without a zone: assuming UTC",)), "assuming UTC"),
        (snapshot(ENTRY, SourceEntry("2", None, "x")), "1 of 2 entries have no time"),
        (snapshot(SourceEntry(None, NOON, "x")), "have no ids"),
        (snapshot(SourceEntry("1", NOON, "")), "no words, only media"),
        (snapshot(ENTRY, ended=True), "coverage is over"),
        (snapshot(SourceEntry("1", NOON - timedelta(days=1.5), "x")), "1 day old"),
        (snapshot(SourceEntry("1", NOON - timedelta(days=9), "x")), "9 days old"),
    ],
)
def test_what_is_remarked(found: Snapshot, expected: str) -> None:
    """Each oddity has its sentence; an ordinary running page has none."""
    said = remarks(found, NOON)
    assert len(said) == bool(expected)
    assert expected in "".join(said)


@pytest.mark.parametrize(("body", "status"), [("<p>The ferry was built in a yard.", 3), ("", 3)])
def test_json_alone_stands_on_standard_output(tmp_path: Path, body: str, status: int) -> None:
    """Also where there is nothing to tell: the reason goes to standard error, with no log lines."""
    path = tmp_path / "page.html"
    path.write_text(body)
    result = CliRunner().invoke(app, ["check", str(path), "--json"])
    assert result.exit_code == status
    assert json.loads(result.stdout)["entries"] == []
    assert result.stderr.count("\n") == 1
    assert "no live blog" in result.stderr
    private = CliRunner().invoke(app, ["check", "http://127.0.0.1:1/", "--json"])
    assert private.exit_code == 4
    assert json.loads(private.stdout)["adapter"] is None
    assert private.stderr.startswith("127.0.0.1 is a private")
    assert "[warning]" not in private.stderr


def test_the_zone_of_a_page_can_be_given(tmp_path: Path) -> None:
    """A page that names none is read with it; a slip ends with status 2 and the nearest one."""
    path = tmp_path / "page.html"
    rows = "".join(f"<p><b>1{n}:40</b> The pier is shut at {n}.</p>" for n in range(4))
    path.write_text(f"<h1>Storm, live</h1><p>March 5, 2024</p>{rows}")
    status, text = run(str(path), "--json", "--timezone", "berlin")
    assert status == 0
    assert json.loads(text)["entries"][0]["published_at"] == "2024-03-05T09:40:00Z"
    with pytest.raises(ConfigError, match="Did you mean Europe/Berlin"):
        CliRunner().invoke(
            app, ["check", str(path), "--timezone", "Europe/Berln"], catch_exceptions=False
        )
