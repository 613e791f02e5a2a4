"""Tells what ``liverelay check`` found: a table for a person, an object for a script."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.check import CheckResult
from bot.model import Snapshot, SourceEntry
from bot.remarks import remarks
from bot.sources.zones import zone_info

SHOWN = 50
"""Entries in the table; the JSON form has all."""

_LINES = 2  # of an entry in the table
_COLUMNS = 16  # beside the entry's words and its time: the numbers, and space between
_READ = 400  # characters of a text that are laid out: more than two lines hold


def to_json(result: CheckResult) -> dict[str, Any]:
    """The object that ``liverelay check --json`` prints.

    Where nothing could be read the same keys stand there empty.
    """
    snapshot = result.snapshot or Snapshot("", "", result.url, (), complete=False)
    return {
        "adapter": snapshot.adapter or None,
        "url": snapshot.url,
        "title": snapshot.title,
        "timezone": snapshot.timezone,
        "complete": snapshot.complete,
        "ended": snapshot.ended,
        "entries": [_entry_json(entry) for entry in snapshot.entries],
    }


def render_table(result: CheckResult, console: Console) -> None:
    """Print what was found for a person; fits 80 columns and uses what there is beyond."""
    if result.error:
        console.print(Text(result.error, style="bold red" if not result.snapshot else "bold"))
    if result.hint:
        console.print(Text(result.hint))
    snapshot = result.snapshot
    if snapshot is None:
        if result.no_format_fits:
            console.print(Text(_BY_SELECTORS, style="dim"))
        return
    console.print(_summary(result, snapshot))
    warnings = remarks(snapshot, result.read_at or datetime.now(UTC))
    if warnings:
        console.print(_warnings(warnings))
    if snapshot.entries:
        console.print()
        console.print(_entries(snapshot, console))
    left = len(snapshot.entries) - SHOWN
    if left > 0:
        console.print(Text(f"… and {left:,} more; --json prints all.", style="dim"))


_BY_SELECTORS = (
    "If it is a live blog all the same, --select entry=article.update (CSS or XPath) says where "
    "its entries stand; docs/adapters/selectors.md tells more."
)


def _entry_json(entry: SourceEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "published_at": _rfc3339(entry.published_at),
        "updated_at": _rfc3339(entry.updated_at),
        "title": entry.title,
        "text": entry.text,
        "html": entry.html,
        "url": entry.url,
        "author": entry.author,
        "key_event": entry.key_event,
        "pinned": entry.pinned,
        "media": [
            {"kind": media.kind, "url": media.url, "caption": media.caption}
            for media in entry.media
        ],
        "links": [{"text": link.text, "url": link.url} for link in entry.links],
    }


def _rfc3339(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _summary(result: CheckResult, snapshot: Snapshot) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    count = len(snapshot.entries)
    extent = "all of the page's" if snapshot.complete else "older ones may be missing"
    reason = result.detection.recognition.reason if result.detection else ""
    rows = [
        ("Format", f"{snapshot.adapter}: {reason}" if reason else snapshot.adapter),
        ("Title", snapshot.title or "–"),
        ("Address", snapshot.url or "–"),
        ("Zone", snapshot.timezone or "not told; times below are UTC"),
        ("Coverage", "ended" if snapshot.ended else "running"),
        ("Entries", f"{count:,} ({extent})" if count else "none yet"),
    ]
    others = _others(result)
    if others:
        rows.insert(1, ("Also seen", others))
    for name, value in rows:
        table.add_row(name, Text(value, style="green" if name == "Format" else ""))
    return table


def _others(result: CheckResult) -> str:
    """The other formats that saw something in the page, and how sure they were."""
    if result.detection is None:
        return ""
    return "; ".join(
        f"{name} ({recognition.confidence:.0%}): {recognition.reason}"
        for name, recognition in result.detection.considered
        if recognition.confidence > 0 and name != result.detection.adapter.name
    )


def _warnings(sentences: list[str]) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(style="bold yellow", no_wrap=True)
    table.add_column()
    for sentence in sentences:
        table.add_row("!", Text(sentence))
    return table


def _entries(snapshot: Snapshot, console: Console) -> Table:
    zone = (zone_info(snapshot.timezone) if snapshot.timezone else None) or UTC
    table = Table(box=None, header_style="bold", padding=(0, 1), pad_edge=False)
    table.add_column("Time", no_wrap=True, justify="right")
    table.add_column("Entry", ratio=1)
    table.add_column("Links", justify="right")
    table.add_column("Media", justify="right")
    shown = snapshot.entries[:SHOWN]
    times = _times(shown, zone)
    room = max(console.width - _COLUMNS - max(map(len, (*times, "Time"))), 20)
    for entry, time in zip(shown, times, strict=True):
        table.add_row(
            Text(time, style="cyan"),
            _words(entry, console, room),
            str(len(entry.links) or ""),
            str(len(entry.media) or ""),
        )
    return table


def _times(entries: Sequence[SourceEntry], zone: tzinfo) -> list[str]:
    """Each entry's time, with its day where that is another than in the line above."""
    times = []
    day: date | None = None
    for entry in entries:
        if entry.published_at is None:
            times.append("–")
            continue
        moment = entry.published_at.astimezone(zone)
        times.append(f"{moment:%H:%M}" if moment.date() == day else f"{moment:%Y-%m-%d %H:%M}")
        day = moment.date()
    return times


def _words(entry: SourceEntry, console: Console, room: int) -> Text:
    """The entry's marks and title, then as much of its text as two lines hold."""
    head = Text(" ".join(entry.title.split())[:_READ], style="bold")
    text = Text(" ".join(entry.text[: 2 * _READ].split())[:_READ])
    if not head and not text:
        head = Text("(only media)", style="dim")
    marks = [
        mark
        for on, mark in (
            (entry.withdrawn, "withdrawn"),
            (entry.pinned, "pinned"),
            (entry.key_event, "key"),
        )
        if on
    ]
    if marks:
        first = head or text
        marked = Text.assemble((f"{', '.join(marks)}: ", "bold magenta"), first)
        head, text = (marked, text) if head else (head, marked)
    lines = [*_laid_out(head, console, room, 1 if text else _LINES)] if head else []
    lines += _laid_out(text, console, room, _LINES - len(lines)) if text else []
    return Text("\n").join(lines)


def _laid_out(words: Text, console: Console, room: int, most: int) -> list[Text]:
    """Words in at most so many lines, the last one cut with an ellipsis."""
    lines = list(words.wrap(console, room))
    if len(lines) <= most:
        return lines
    last = words[len(Text("").join(lines[: most - 1])) :] if most > 1 else words.copy()
    last.plain = last.plain.lstrip()
    last.truncate(room, overflow="ellipsis")
    return [*lines[: most - 1], last]
