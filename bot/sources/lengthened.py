"""Structured data that list only some of the entries that the page shows: the others, read from it.

Publishers cut the list to the newest ten, or leave short updates out of it. The page's elements
carry ids in one attribute; those that are not among the structured data's, on elements of the same
kind, are further entries. A later list may take them up: they have their id already.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from selectolax.lexbor import LexborNode

from bot.model import Snapshot, SourceEntry
from bot.sources.base import Page
from bot.sources.domentry import DomEntry, read_element
from bot.sources.domgroups import MAX_ELEMENTS, group_of
from bot.sources.headline import settle

_SIGN = re.compile(
    r"(?P<name>\bid|\bdata-[\w-]{1,40})\s?=\s?[\"']?(?P<prefix>(?:[\w:.-]{0,40}|https?://[^\s\"'<>#]{1,400}#))\Z"
)
_AFTER = frozenset("\"'> \t\n")
_SAMPLES = 4  # entries at either end whose ids are looked for in the raw page
_OCCURRENCES = 30
_LEAST = 2  # entries that must stand on the page
_SHARE = 0.6  # of them, whose class an entry has, unless it stands among them


def lengthened(snapshot: Snapshot, page: Page) -> Snapshot:
    """The snapshot with the entries that the page shows besides; itself where there are none.

    Args:
        snapshot: read from the page's structured data.
        page: the page.
    """
    ids = [entry.id for entry in snapshot.entries if entry.id]
    if not page.is_html or len(ids) < _LEAST:
        return snapshot
    for name, prefix in _signs(ids, page.text):
        if not _shows_others(name, prefix, set(ids), page.text):
            continue
        nodes = _carriers(name, prefix, page)
        others = _others(nodes, set(ids))
        if others:
            return _joined(snapshot, nodes, others, page)
    return snapshot


def _signs(ids: Sequence[str], text: str) -> list[tuple[str, str]]:
    """In which attributes, and behind what, the page writes these ids; the likeliest first."""
    seen: Counter[tuple[str, str]] = Counter()
    for name in dict.fromkeys([*ids[:_SAMPLES], *ids[-_SAMPLES:]]):
        seen.update(set(_before(name, text)))
    found = [sign for sign, count in seen.most_common(4) if count >= _LEAST]
    return sorted(found, key=lambda sign: sign[0] == "id")


def _before(name: str, text: str) -> Iterator[tuple[str, str]]:
    if len(name) < 3:
        return
    at = text.find(name)
    for _ in range(_OCCURRENCES):
        if at < 0:
            return
        end = at + len(name)
        if text[end : end + 1] in _AFTER:
            match = _SIGN.search(text, max(0, at - 460), at)
            if match is not None:
                yield match["name"], match["prefix"]
        at = text.find(name, end)


def _shows_others(name: str, prefix: str, ids: set[str], text: str) -> bool:
    """Whether the attribute holds other values, too; a glance at the raw page."""
    pattern = re.compile(
        rf"\b{name}\s?=\s?[\"']?{re.escape(prefix)}([\w:.~-]{{3,120}})(?=[\"'\s>])"
    )
    return any(match[1] not in ids for match in pattern.finditer(text))


def _carriers(name: str, prefix: str, page: Page) -> dict[str, LexborNode]:
    """Id -> the first element that carries it, in the page's order."""
    found: dict[str, LexborNode] = {}
    for node in page.html.css(f"[{name}]")[: 2 * MAX_ELEMENTS]:
        value = (node.attributes.get(name) or "").strip()
        tail = value[len(prefix) :]
        if value.startswith(prefix) and 3 <= len(tail) <= 120:
            found.setdefault(tail, node)
    return found


def _others(nodes: dict[str, LexborNode], ids: set[str]) -> set[str]:
    """The ids of further elements of the same kind as those that are known."""
    known = [node for name, node in nodes.items() if name in ids]
    if len(known) < _LEAST:
        return set()
    tags = {node.tag for node in known}
    times = Counter(name for node in known for name in _classes(node))
    shared = {name for name, count in times.items() if count >= _SHARE * len(known)}
    parents = {_place(node) for node in known}
    return {
        name
        for name, node in nodes.items()
        if name not in ids
        and node.tag in tags
        and (_classes(node) & shared or _place(node) in parents)
    }


def _classes(node: LexborNode) -> set[str]:
    return set((node.attributes.get("class") or "")[:300].split())


def _place(node: LexborNode) -> int | None:
    """What a node stands in, at one remove: entries may each have a wrapper."""
    parent = node.parent
    outer = parent.parent if parent is not None else None
    return outer.mem_id if outer is not None else None


def _joined(
    snapshot: Snapshot, nodes: dict[str, LexborNode], others: set[str], page: Page
) -> Snapshot:
    told = {entry.id: entry for entry in snapshot.entries}
    names = [name for name in nodes if name in told or name in others][:MAX_ELEMENTS]
    group = group_of([nodes[name] for name in names])
    url = page.url.partition("#")[0]
    entries: list[SourceEntry] = []
    for name, node, markup in zip(names, group.elements, group.markup, strict=True):
        if name in told:
            entries.append(told.pop(name))
        elif (entry := _entry(name, read_element(markup, url), node, snapshot)) is not None:
            entries.append(entry)
    return replace(snapshot, entries=(*entries, *told.values()))


def _entry(name: str, one: DomEntry, node: LexborNode, snapshot: Snapshot) -> SourceEntry | None:
    """A further entry; None for what has no time and no words of its own."""
    if one.published is None or one.published.naive or not (one.title or one.body.text):
        return None
    title, body = settle(one.title, one.body, snapshot.title, snapshot.url)
    anchor = node.attributes.get("id") or ""
    at, changed = one.published.at, one.updated.at if one.updated else None
    return SourceEntry(
        id=name,
        published_at=at,
        updated_at=changed if changed and changed > at else None,
        title=title,
        text=body.text,
        html=body.html,
        url=one.permalink or (f"{snapshot.url}#{anchor}" if anchor else snapshot.url),
        author=one.author,
        key_event=one.key_event,
        pinned=one.pinned,
        media=body.media,
        links=body.links,
    )
