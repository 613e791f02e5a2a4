"""``liverelay check``: what a poll of an address or a file would read.

`check_target` finds out, `to_json` and `render_table` tell it; the command itself only parses its
arguments and ends with `CheckResult.exit_code`.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.errors import NoLiveBlogError, SourceError, UnreadableError
from bot.intake.follow import candidates, links_on
from bot.model import Document, Snapshot, SourceEntry
from bot.remarks import remarks
from bot.sources import Detection, detect, read
from bot.sources.base import Hints, Page
from bot.sources.fetch import Fetching, normalise_url
from bot.sources.reader import read_detected
from bot.sources.zones import zone_info

MAX_FILE = 8 * 2**20
"""Bytes of a local page; as much as is fetched from the web."""

SHOWN = 50
"""Entries in the table; the JSON form has all."""

_TYPES = {
    ".txt": "text/plain",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".json": "application/json",
    ".xml": "application/xml",
    ".rss": "application/rss+xml",
    ".atom": "application/atom+xml",
}
_WORDS = 90  # characters of a title, or of a text without one, in the table


class Exit(enum.IntEnum):
    """How the command ends."""

    FOUND = 0
    NO_LIVE_BLOG = 3
    NOT_FETCHED = 4


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found.

    Attributes:
        target: as given.
        url: the address the page came from, "" for a file without one.
        exit_code: 0 entries were found, 3 no live blog, 4 could not be fetched.
        snapshot: what was read, None if nothing could be.
        detection: which format was chosen and what spoke for it, None if none was.
        error: a sentence for a person, "" if entries were found.
        hint: what could be tried instead, "" without one.
        read_at: when the page was fetched, UTC; None if it was not.
    """

    target: str
    url: str
    exit_code: Exit
    snapshot: Snapshot | None = None
    detection: Detection | None = None
    error: str = ""
    hint: str = ""
    read_at: datetime | None = None


async def check_target(
    target: str,
    *,
    url: str | None,
    fetcher: Fetching,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    stdin: bytes = b"",
    timezone: str | None = None,
    options: Mapping[str, str] | None = None,
) -> CheckResult:
    """Read a page once, as a poll would.

    Args:
        target: an address, a file's path, or "-" for `stdin`.
        url: for a file or `stdin`: where the page came from; base of its relative links.
        fetcher: used for addresses only; a file is read without the network.
        now: the clock, UTC; stamps files.
        stdin: the page, for "-".
        timezone: IANA name, for pages that name none.
        options: of a source, such as selectors.
    """
    hints = Hints(timezone=timezone, options=options or {})
    address = url or ""
    try:
        base = normalise_url(url) if url else ""
        is_file = _is_file(target)
        address = base if is_file else normalise_url(target)
        if is_file:
            page = Page(await _local(target, base, now(), stdin))
        else:
            page = Page(await fetcher.fetch(address))
    except SourceError as error:
        return CheckResult(target, address, Exit.NOT_FETCHED, error=str(error))
    try:
        detection = await asyncio.to_thread(detect, page, hints.options)
    except UnreadableError as error:
        return _unreadable(target, page, None, error)
    try:
        if is_file:  # read without the network
            snapshot = await asyncio.to_thread(read, page, hints, detection.adapter.name)
        else:
            page, snapshot = await read_detected(fetcher, page, hints, detection)
    except UnreadableError as error:
        return _unreadable(target, page, detection, error)
    except SourceError as error:
        poll_url = detection.recognition.poll_url or page.url
        return CheckResult(
            target, poll_url, Exit.NOT_FETCHED, detection=detection, error=str(error)
        )
    if not snapshot.entries:
        return CheckResult(
            target,
            page.url,
            Exit.NO_LIVE_BLOG,
            snapshot,
            detection,
            error="This is a live blog, but it holds no entries yet. It can be added all the same.",
            read_at=page.fetched_at,
        )
    return CheckResult(target, page.url, Exit.FOUND, snapshot, detection, read_at=page.fetched_at)


def to_json(result: CheckResult) -> dict[str, Any]:
    """The object that ``liverelay check --json`` prints.

    Without a snapshot the same keys stand there empty; "error" and "hint" are added whenever no
    entries were found.
    """
    snapshot = result.snapshot or Snapshot("", "", result.url, (), complete=False)
    printed: dict[str, Any] = {
        "adapter": snapshot.adapter or None,
        "url": snapshot.url,
        "title": snapshot.title,
        "timezone": snapshot.timezone,
        "complete": snapshot.complete,
        "ended": snapshot.ended,
        "entries": [_entry_json(entry) for entry in snapshot.entries],
    }
    if result.error:
        printed["error"] = result.error
        printed["hint"] = result.hint or None
    return printed


def render_table(result: CheckResult, console: Console) -> None:
    """Print what was found for a person; fits 80 columns."""
    if result.error:
        console.print(Text(result.error, style="bold red" if not result.snapshot else "bold"))
    if result.hint:
        console.print(Text(result.hint))
    snapshot = result.snapshot
    if snapshot is None:
        return
    console.print(_summary(result, snapshot))
    for warning in remarks(snapshot, result.read_at or datetime.now(UTC)):
        console.print(Text.assemble(("! ", "bold yellow"), warning))
    if snapshot.entries:
        console.print(_entries(snapshot))
    left = len(snapshot.entries) - SHOWN
    if left > 0:
        console.print(Text(f"… and {left:,} more; --json prints all.", style="dim"))


# -- reading ------------------------------------------------------------------------------------


def _is_file(target: str) -> bool:
    """Whether a target means a file: it exists, or looks like a path rather than an address."""
    if target == "-":
        return True
    if "://" in target:
        return False
    if target.startswith(("/", "./", "../", "~", "\\")):
        return True
    try:
        exists = Path(target).exists()
    except (OSError, ValueError):
        exists = False
    return exists or ("/" not in target and PurePath(target).suffix.lower() in _TYPES)


async def _local(target: str, base: str, fetched_at: datetime, stdin: bytes) -> Document:
    if target == "-":
        body, content_type = stdin, ""
    else:
        path = Path(target).expanduser()
        body = await asyncio.to_thread(_bytes_of, path)
        content_type = _TYPES.get(path.suffix.lower(), "")
    return Document(
        url=base,
        requested_url=base,
        status=200,
        content_type=content_type,
        body=body,
        fetched_at=fetched_at,
    )


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            body = file.read(MAX_FILE + 1)
    except FileNotFoundError as error:
        raise SourceError(f"There is no file {path}. Check the path.") from error
    except IsADirectoryError as error:
        raise SourceError(f"{path} is a folder; name a file in it.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not valid"
        raise SourceError(f"The file {path} cannot be read: {reason}.") from error
    if len(body) > MAX_FILE:
        raise SourceError(f"The file {path} is larger than 8 MiB; a live blog's page is smaller.")
    return body


def _unreadable(
    target: str, page: Page, detection: Detection | None, error: UnreadableError
) -> CheckResult:
    hints = [getattr(error, "hint", None) or "", _links_hint(page, error)]
    return CheckResult(
        target,
        page.url,
        Exit.NO_LIVE_BLOG,
        detection=detection,
        error=str(error),
        hint=" ".join(filter(None, hints)),
        read_at=page.fetched_at,
    )


def _links_hint(page: Page, error: UnreadableError) -> str:
    """What to do with a page that is no live blog but links to some."""
    if not isinstance(error, NoLiveBlogError) or not page.url:
        return ""
    try:
        links = candidates(links_on(page), page.url)
    except UnreadableError:
        return ""
    if not links:
        return ""
    if len(links) > 1:
        seen = f"{len(links)} pages that look like live blogs, such as {links[0]}"
    else:
        seen = f"a page that looks like a live blog, {links[0]}"
    return (
        f"It links to {seen}; liverelay sources add {page.url} --follow watches it and adds each "
        "that is one."
    )


# -- telling ------------------------------------------------------------------------------------


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
    state = "ended" if snapshot.ended else "running"
    extent = "all of the page's" if snapshot.complete else "older ones may be missing"
    reason = result.detection.recognition.reason if result.detection else ""
    rows = [
        ("Format", f"{snapshot.adapter}: {reason}" if reason else snapshot.adapter),
        ("Title", snapshot.title or "–"),
        ("Address", snapshot.url or "–"),
        ("Zone", snapshot.timezone or "not told; times below are UTC"),
        ("Coverage", state),
        ("Entries", f"{count:,} ({extent})" if count else "none yet"),
    ]
    others = _others(result)
    if others:
        rows.insert(1, ("Also seen", others))
    for name, value in rows:
        table.add_row(name, Text(value))
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


def _entries(snapshot: Snapshot) -> Table:
    zone = (zone_info(snapshot.timezone) if snapshot.timezone else None) or UTC
    table = Table(box=None, header_style="bold", padding=(0, 1), pad_edge=False)
    table.add_column("Time", no_wrap=True)
    table.add_column("Entry", ratio=1, overflow="ellipsis", max_width=200)
    table.add_column("Links", justify="right")
    table.add_column("Media", justify="right")
    for entry in snapshot.entries[:SHOWN]:
        moment = entry.published_at
        table.add_row(
            moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else "–",
            _words(entry),
            str(len(entry.links) or ""),
            str(len(entry.media) or ""),
        )
    return table


def _words(entry: SourceEntry) -> Text:
    """The entry's marks, its title, and as much of its text as there is room for."""
    words = Text()
    for on, mark in ((entry.pinned, "pinned "), (entry.key_event, "key ")):
        if on:
            words.append(mark, style="bold magenta")
    words.append(_shortened(entry.title, _WORDS), style="bold")
    if entry.text:
        words.append("\n" if entry.title else "")
        words.append(
            _shortened(" ".join(entry.text.split()), _WORDS // 2 if entry.title else _WORDS)
        )
    if not words:
        words.append("(only media)", style="dim")
    if entry.withdrawn:
        words.stylize("strike")
    return words


def _shortened(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1].rstrip()}…"
