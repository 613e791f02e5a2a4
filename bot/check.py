"""``liverelay check``: what a poll of an address or a file would read.

`check_target` finds out, `bot.check_report` tells it; the command itself only parses its arguments
and ends with `CheckResult.exit_code`.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath

from bot.errors import BadUrlError, NoLiveBlogError, SourceError, UnreadableError
from bot.intake.follow import candidates, links_on
from bot.model import Document, Snapshot
from bot.sources import Detection, detect, read
from bot.sources.answer import kind_of_bytes
from bot.sources.base import Hints, Page
from bot.sources.fetch import Fetching, normalise_url
from bot.sources.reader import read_detected

MAX_FILE = 8 * 2**20
"""Bytes of a local page; as much as is fetched from the web."""

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
        no_format_fits: it is a page, but none that a format recognises.
    """

    target: str
    url: str
    exit_code: Exit
    snapshot: Snapshot | None = None
    detection: Detection | None = None
    error: str = ""
    hint: str = ""
    read_at: datetime | None = None
    no_format_fits: bool = False


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
        address = base if is_file else _address(target)
        if is_file:
            page = Page(await _local(target, base, now(), stdin))
        else:
            page = Page(await fetcher.fetch(address))
    except UnreadableError as error:  # it came, and is a picture, a film …
        return CheckResult(target, address, Exit.NO_LIVE_BLOG, error=str(error))
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


def _is_file(target: str) -> bool:
    """Whether a target means a file: it exists, or looks like a path rather than an address."""
    if target == "-":
        return True
    if "://" in target or not target.strip():
        return False
    if target.startswith(("/", "./", "../", "~", "\\")):
        return True
    try:
        exists = Path(target).exists()
    except (OSError, ValueError):
        exists = False
    return exists or ("/" not in target and PurePath(target).suffix.lower() in _TYPES)


def _address(target: str) -> str:
    """The address a target spells.

    Raises:
        BadUrlError: it spells none, and there is no file of that name either.
    """
    try:
        return normalise_url(target)
    except BadUrlError as error:
        if "://" in target or not target.strip():
            raise
        raise BadUrlError(f"{error} There is no file of that name either.") from error


async def _local(target: str, base: str, fetched_at: datetime, stdin: bytes) -> Document:
    if target == "-":
        name, body, content_type = "Standard input", stdin, ""
        if len(body) > MAX_FILE:
            raise SourceError(_too_large(name))
    else:
        path = Path(target).expanduser()
        body = await asyncio.to_thread(_bytes_of, path)
        name, content_type = f"The file {path}", _TYPES.get(path.suffix.lower(), "")
    if not body.strip():
        raise UnreadableError(f"{name} is empty, so there is no live blog in it.")
    if kind := kind_of_bytes(content_type, body):
        raise UnreadableError(f"{name} holds {kind}, not a page, so there is no live blog in it.")
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
        raise SourceError(_too_large(f"The file {path}"))
    return body


def _too_large(name: str) -> str:
    return f"{name} is larger than {MAX_FILE / 2**20:g} MiB; a live blog's page is smaller."


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
        no_format_fits=detection is None and isinstance(error, NoLiveBlogError) and page.is_html,
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
