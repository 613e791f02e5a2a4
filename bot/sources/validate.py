"""The last look at a snapshot, in one place for every format.

Whatever an adapter made of a page, what leaves `bot.sources` has visible content, plausible times
in UTC, absolute web addresses and bounded sizes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.model import Link, Media, Snapshot, SourceEntry
from bot.sources.canonical import MAX_CHARACTERS, read_text
from bot.sources.characters import is_visible, plain
from bot.sources.pictures import absolute_url
from bot.sources.zones import zone_info
from bot.wording import Wording

MAX_ENTRIES = 5_000
"""Of one snapshot; the oldest beyond are left out."""

MAX_LINE = 1_000
"""Characters of a title, a caption or the words of a link."""

MAX_ATTACHED = 100
"""Links, and pictures, of one entry."""

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=2)
_MAX_WARNINGS = 20


def validated(snapshot: Snapshot, fetched_at: datetime) -> Snapshot:
    """The snapshot without what cannot be right.

    Args:
        snapshot: as an adapter read it.
        fetched_at: when the page was complete, UTC; entries more than two days ahead of it are
            given no time.
    """
    warnings = list(snapshot.warnings)
    latest = fetched_at + _AHEAD
    entries = []
    absurd = 0
    for entry in snapshot.entries:
        published, updated = entry.published_at, entry.updated_at
        if published is not None:
            published = _plausible(published, latest)
            absurd += published is None
        if updated is not None:
            updated = _plausible(updated, latest)
        if updated and published and updated <= published:
            updated = None
        if _says_something(entry):
            entries.append(_cleaned(entry, snapshot.url, published, updated))
    if absurd:
        warnings.append(
            Wording.counted(
                "{n} entry has a time that cannot be right (before 1990 or days ahead).",
                "{n} entries have times that cannot be right (before 1990 or days ahead).",
                absurd,
            )
        )
    kept = _newest(entries)
    if len(kept) < len(entries):
        warnings.append(
            Wording(
                "Only the newest {count} of {all} entries were read.",
                count=MAX_ENTRIES,
                all=len(entries),
            )
        )
    timezone = snapshot.timezone
    if timezone is not None and zone_info(timezone) is None:
        warnings.append(
            Wording(
                "The page's zone {zone} is not known; its times may be off.",
                zone=repr(timezone[:60]),
            )
        )
        timezone = None
    return replace(
        snapshot,
        title=plain(snapshot.title)[:MAX_LINE],
        entries=tuple(_with_single_ids(kept)),
        timezone=timezone,
        complete=snapshot.complete and len(kept) == len(entries),
        warnings=tuple(dict.fromkeys(warnings))[:_MAX_WARNINGS],
    )


def _plausible(moment: datetime, latest: datetime) -> datetime | None:
    if moment.tzinfo is None or not _EARLIEST <= moment <= latest:
        return None
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def _cleaned(
    entry: SourceEntry, page_url: str, published: datetime | None, updated: datetime | None
) -> SourceEntry:
    text, html = entry.text, entry.html
    if len(text) > MAX_CHARACTERS:
        body = read_text(text[:MAX_CHARACTERS])
        text, html = body.text, body.html
    title = plain(entry.title)[:MAX_LINE]
    author = plain(entry.author)[:MAX_LINE] if entry.author else ""
    url = absolute_url(entry.url, page_url) or absolute_url(page_url, "") or ""
    media = _media(entry, page_url) if entry.media else ()
    links = _links(entry, page_url) if entry.links else ()
    if (
        published is entry.published_at
        and updated is entry.updated_at
        and text is entry.text
        and title == entry.title
        and url == entry.url
        and author == entry.author
        and media == entry.media
        and links == entry.links
    ):
        return entry  # as nearly all are; a copy costs more than the look
    return replace(
        entry,
        published_at=published,
        updated_at=updated,
        title=title,
        text=text,
        html=html,
        url=url,
        author=author,
        media=media,
        links=links,
    )


def _says_something(entry: SourceEntry) -> bool:
    """Whether a reader would see anything; a withdrawal and an unread entry need no words."""
    if entry.withdrawn or entry.unread:
        return True
    return is_visible(entry.text) or is_visible(entry.title) or bool(entry.media)


def _newest(entries: list[SourceEntry]) -> list[SourceEntry]:
    """The newest entries up to the limit, in the page's order."""
    if len(entries) <= MAX_ENTRIES:
        return entries
    order = sorted(
        range(len(entries)), key=lambda i: entries[i].published_at or _EARLIEST, reverse=True
    )
    return [entries[index] for index in sorted(order[:MAX_ENTRIES])]


def _with_single_ids(entries: list[SourceEntry]) -> list[SourceEntry]:
    """An id that several entries carry names none of them, unless they are one at two places."""
    times = Counter(entry.id for entry in entries)
    if len(times) == len(entries):
        return entries
    moments = {(entry.id, entry.published_at or n) for n, entry in enumerate(entries)}
    apart = Counter(name for name, _ in moments)
    return [
        replace(entry, id=None) if apart[entry.id] > 1 or times[entry.id] > 2 else entry
        for entry in entries
    ]


def _media(entry: SourceEntry, page_url: str) -> tuple[Media, ...]:
    return tuple(
        Media(media.kind, url, plain(media.caption)[:MAX_LINE])
        for media in entry.media[:MAX_ATTACHED]
        if (url := absolute_url(media.url, page_url))
    )


def _links(entry: SourceEntry, page_url: str) -> tuple[Link, ...]:
    """Absolute links; one without an address (a page saved as text) keeps its words."""
    kept = []
    for link in entry.links[:MAX_ATTACHED]:
        words = plain(link.text)[:MAX_LINE]
        url = absolute_url(link.url, page_url) if link.url else ""
        if url or (words and not link.url):
            kept.append(Link(words, url or ""))
    return tuple(kept)
