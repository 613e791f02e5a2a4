"""Structured data and what the page shows of its entries, paired by their titles.

For pages whose elements carry none of the ids that the structured data have, if they have any. Only
what reads the same is taken from the page: its paragraphs, links, pictures, authors. Its ids are
not; a page does not show an older entry for long, and an id that comes and goes would make it new
each time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.model import Media, Snapshot, SourceEntry
from bot.sources.base import Hints, Page
from bot.sources.characters import escape
from bot.sources.dom import shown_entries

_WORD = re.compile(r"\w+")
_CUT = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*\Z")
_APART = timedelta(hours=14)  # a clock time read in another zone
_OPENING = 12  # words that tell an entry without a title
_SHARED = 2  # entries that may show one picture; in more it is a logo or a portrait

_GLANCES = 3  # entries looked for at either end

_Key = tuple[str, ...]


def paired(snapshot: Snapshot, page: Page) -> Snapshot:
    """The snapshot with what the page shows of its entries.

    Args:
        snapshot: read from the page's structured data.
        page: the page.
    """
    if not page.is_html or len(snapshot.entries) < 2 or not _shows(page, snapshot.entries):
        return snapshot
    shown = _by_key(shown_entries(page, Hints()))
    told = _by_key(snapshot.entries)
    pairs = {
        id(entry): shown[key]
        for key, entry in told.items()
        if key in shown and _is_near(entry, shown[key])
    }
    if not pairs:
        return snapshot
    times = Counter(media.url for one in pairs.values() for media in one.media)
    whole = len(pairs) == len(snapshot.entries)
    one_author = len({entry.author for entry in snapshot.entries}) == 1
    entries = []
    for entry in snapshot.entries:
        other = pairs.get(id(entry))
        if other is not None:
            media = tuple(one for one in other.media if times[one.url] <= _SHARED)
            entry = _merged(entry, other, media, snapshot, whole=whole, one_author=one_author)
        entries.append(entry)
    return replace(snapshot, entries=tuple(entries))


def _shows(page: Page, entries: Sequence[SourceEntry]) -> bool:
    """Whether a title stands on the page a second time; a glance at the raw page."""
    titles = [entry.title for entry in (*entries[:_GLANCES], *entries[-_GLANCES:]) if entry.title]
    return any(page.text.count(escape(title)) > (escape(title) == title) for title in titles)


def _by_key(entries: Sequence[SourceEntry]) -> dict[_Key, SourceEntry]:
    """Title, or else the first words -> entry; without those that occur twice."""
    keys = [_key(entry) for entry in entries]
    times = Counter(keys)
    return {key: one for key, one in zip(keys, entries, strict=True) if key and times[key] == 1}


def _key(entry: SourceEntry) -> _Key:
    if entry.title:
        return tuple(_words(entry.title))
    return ("", *_words(entry.text[:400])[:_OPENING])


def _is_near(entry: SourceEntry, other: SourceEntry) -> bool:
    if entry.published_at is None or other.published_at is None:
        return True
    return abs(entry.published_at - other.published_at) < _APART


def _merged(
    entry: SourceEntry,
    other: SourceEntry,
    media: tuple[Media, ...],
    snapshot: Snapshot,
    *,
    whole: bool,
    one_author: bool,
) -> SourceEntry:
    ours, theirs = _words(entry.text), _words(other.text)
    lacking = whole and (not ours or (_CUT.search(entry.text) and theirs[: len(ours)] == ours))
    if theirs and (ours == theirs or lacking):
        entry = replace(entry, text=other.text, html=other.html, links=other.links)
    known = {one.url for one in media}
    return replace(
        entry,
        url=other.url if entry.url == snapshot.url and "#" in other.url else entry.url,
        author=(other.author or entry.author) if one_author else (entry.author or other.author),
        key_event=entry.key_event or other.key_event,
        pinned=entry.pinned or other.pinned,
        media=(*media, *(one for one in entry.media if one.url not in known)),
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
