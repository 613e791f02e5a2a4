"""Several formats of one page as one reading: structured data for identity, the page for words.

JSON-LD tells ids and times but often cuts, empties or flattens the bodies that the page shows in
full, with links and pictures. Where an entry's element on the page carries the id that the
structured data give it, each field is taken from whichever has more of it. Ids and times stay
those of the structured data, so that nothing is taken for new.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from selectolax.lexbor import LexborNode

from bot.model import Media, Snapshot, SourceEntry
from bot.sources.base import Hints, Page
from bot.sources.canonical import Body
from bot.sources.characters import plain
from bot.sources.dom import ID_ATTRIBUTES
from bot.sources.domentry import DomEntry, read_element
from bot.sources.domgroups import MAX_ELEMENTS, group_of
from bot.sources.headline import settle

STRUCTURED = frozenset({"schemaorg"})
"""Formats whose entries are looked for on the page."""

_CARRIERS = ", ".join(f"[{name}]" for name in ID_ATTRIBUTES)
_BEFORE = re.compile(r"""(?:\bid|\bdata-[\w-]{1,40})\s*=\s*["']?([\w:.-]{0,40})\Z""", re.IGNORECASE)
_AFTER = frozenset("\"'> \t\n")
_PREFIX = re.compile(r"[a-z][a-z_]{1,20}[-_:]", re.IGNORECASE)
_RICH = re.compile(r"<(?:a|img|picture|iframe|video|blockquote|li|amp-)[\s>]", re.IGNORECASE)
_CUT = ("…", "...", "[…]", "[...]")
_WORD = re.compile(r"\w+")
_SHARED = 2  # entries that may show one picture; in more it is a logo or a portrait
_SAMPLES = 4  # newest and oldest ids looked for in the raw page before anything else is done
_OCCURRENCES = 30
_REMEMBERED = 1_024  # entries of the pages polled last
_LONGEST = 6_000  # characters of the markup of one that is remembered: 20 MB for all at most


@dataclass(frozen=True, slots=True)
class _Joint:
    """What the page shows of one entry."""

    shown: DomEntry
    media: tuple[Media, ...]


def joined(snapshot: Snapshot, page: Page, hints: Hints) -> Snapshot:
    """The snapshot with what the page itself shows of its entries.

    Args:
        snapshot: read from the page's structured data.
        page: the page.
        hints: tells which entries are stored. One of these that the page does not show any more,
            while the structured data alone would tell less of it, is marked as unread: its words
            did not change, they are only not repeated.
    """
    if snapshot.adapter not in STRUCTURED or not page.is_html:
        return snapshot
    elements = _elements(snapshot.entries, page)
    if not elements:
        return snapshot
    joints = dict(_joints(snapshot.entries, elements, page))
    one_author = len({entry.author for entry in snapshot.entries}) == 1
    entries = [
        _merged(entry, joints[entry.id], snapshot, page, one_author=one_author)
        if entry.id in joints
        else entry
        for entry in snapshot.entries
    ]
    fuller = any(
        not _reads_the_same(new.text, old.text)
        for new, old in zip(entries, snapshot.entries, strict=True)
    )
    if fuller:
        entries = [
            replace(entry, unread=True)
            if entry.id in hints.known and entry.id not in elements
            else entry
            for entry in entries
        ]
    return replace(snapshot, entries=tuple(entries))


def _elements(entries: Sequence[SourceEntry], page: Page) -> dict[str, str]:
    """Id -> markup of the element on the page that carries it, alone or behind one prefix."""
    first = page.fetched_at.min.replace(tzinfo=page.fetched_at.tzinfo)
    dated = sorted(entries, key=lambda entry: entry.published_at or first, reverse=True)
    ids = [entry.id for entry in dated if entry.id]
    prefixes = _prefixes(ids, page.text)
    if not prefixes:
        return {}
    wanted = {f"{prefix}{name}": name for name in ids for prefix in prefixes}
    found: dict[str, LexborNode] = {}
    for node in page.html.css(_CARRIERS):
        attributes = node.attributes
        for attribute in ID_ATTRIBUTES:
            name = wanted.get((attributes.get(attribute) or "").strip())
            if name is not None and name not in found:
                found[name] = node
    names = list(found)[:MAX_ELEMENTS]
    inner = {found[name].mem_id for name in names}
    group = group_of([found[name] for name in names])
    if any(_holds_other(node, inner) for node in group.elements):
        return {}
    return dict(zip(names, group.markup, strict=True))


def _holds_other(node: LexborNode, inner: set[int]) -> bool:
    """Whether an entry's element stands in another one's: then they are no entries."""
    parent = node.parent
    for _ in range(60):
        if parent is None:
            return False
        if parent.mem_id in inner:
            return True
        parent = parent.parent
    return False


def _prefixes(ids: Sequence[str], text: str) -> list[str]:
    """What the page writes before these ids in its attributes; a glance at the raw page.

    Pages show the newest entries, or begin with the oldest.
    """
    seen: Counter[str] = Counter()
    for name in dict.fromkeys([*ids[:_SAMPLES], *ids[-_SAMPLES:]]):
        seen.update(set(_before(name, text)))
    return [prefix for prefix, _ in seen.most_common(3)]


def _before(name: str, text: str) -> Iterator[str]:
    if len(name) < 3:
        return
    at = text.find(name)
    for _ in range(_OCCURRENCES):
        if at < 0:
            return
        end = at + len(name)
        if text[end : end + 1] in _AFTER:
            match = _BEFORE.search(text, max(0, at - 90), at)
            if match is not None and (not match[1] or _PREFIX.fullmatch(match[1])):
                yield match[1]
        at = text.find(name, end)


def _joints(
    entries: Sequence[SourceEntry], elements: dict[str, str], page: Page
) -> Iterator[tuple[str, _Joint]]:
    read: dict[str, DomEntry] = {}
    for entry in entries:
        markup = elements.get(entry.id or "")
        if markup is None or entry.id is None:
            continue
        parted = markup.count("<p") > 1 + entry.text.count("\n\n")
        whole = entry.text and not parted and not _is_cut(entry.text)
        if whole and entry.author and not _RICH.search(markup):
            continue  # nothing to gain
        reader = _read_again if len(markup) <= _LONGEST else read_element
        read[entry.id] = reader(markup, page.url.partition("#")[0])
    times = Counter(media.url for one in read.values() for media in one.body.media)
    for name, one in read.items():
        yield name, _Joint(one, tuple(m for m in one.body.media if times[m.url] <= _SHARED))


@lru_cache(maxsize=_REMEMBERED)
def _read_again(markup: str, page_url: str) -> DomEntry:
    """What `read_element` says; from one poll to the next hardly any entry changes."""
    return read_element(markup, page_url)


def _merged(
    entry: SourceEntry, joint: _Joint, snapshot: Snapshot, page: Page, *, one_author: bool
) -> SourceEntry:
    """Each field from where there is more of it.

    Where the structured data give every update the blog's author, the page tells whose it is.
    """
    shown = joint.shown
    title, body = settle(shown.title, shown.body, snapshot.title, page.url.partition("#")[0])
    media = _media(entry, joint)
    if not _is_better(body, entry):
        body = Body(entry.html, entry.text, entry.links)
    if entry.title:
        title = entry.title
    elif title and plain(body.text).startswith(title):
        title = ""
    return replace(
        entry,
        text=body.text,
        html=body.html,
        links=body.links,
        title=title,
        author=(shown.author or entry.author) if one_author else (entry.author or shown.author),
        key_event=entry.key_event or shown.key_event,
        pinned=entry.pinned or shown.pinned,
        media=media,
    )


def _is_better(body: Body, entry: SourceEntry) -> bool:
    """Whether the page shows the same words in full; other words are another text."""
    if _reads_the_same(entry.text, body.text):
        return _WORD.search(body.text) is not None
    ours, theirs = _words(entry.text), _words(body.text)
    if not theirs or not ours:
        return bool(theirs)
    if _is_cut(entry.text):
        ours = ours[:-1]
    if theirs[: len(ours)] == ours:
        return True
    both = sum((Counter(ours) & Counter(theirs)).values())
    return both >= 0.9 * len(ours) and len(theirs) <= 2 * len(ours) + 80


def _reads_the_same(one: str, other: str) -> bool:
    """Whether two texts differ at most in where their lines and paragraphs break."""
    if one == other or one.replace("\n\n", " ") == other.replace("\n\n", " "):
        return True
    return plain(one) == plain(other)


def _is_cut(text: str) -> bool:
    """Whether a text says that it goes on elsewhere."""
    return text.rstrip().endswith(_CUT)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _media(entry: SourceEntry, joint: _Joint) -> tuple[Media, ...]:
    """The page's pictures, and those of the structured data that it does not show."""
    names = {_file(media.url) for media in joint.media}
    return (*joint.media, *(media for media in entry.media if _file(media.url) not in names))


def _file(url: str) -> str:
    """What names a picture whatever its size: the end of its path without size and format."""
    return url.partition("?")[0].rpartition("/")[2].rpartition(".")[0] or url
