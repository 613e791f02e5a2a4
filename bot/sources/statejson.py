r"""The JSON from which a page's script starts: what it holds besides the page's own markup.

Found as whole scripts of JSON (``__NEXT_DATA__``), as assignments (``Fusion.globalContent={…}``,
``window.__APOLLO_STATE__ = {…}``), also as JSON in a string (``__INITIAL_DATA__ = "{\"…"``).
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator

import orjson

from bot.sources.base import Page
from bot.sources.jsonld import Object

LONGEST = 5_000_000
"""Characters of one script that are looked at."""

_ASSIGNED = re.compile(r"(?:[\w$\])]|['\"]\])\s{0,4}=\s{0,4}(?:JSON\.parse\(\s{0,4})?(?=[{\[\"'])")
_VALUES = 400  # of one script
_NODES = 300_000  # looked at in one value
_SHORT = 200  # characters; shorter values hold no posts


def values(page: Page) -> Iterator[object]:
    """Every JSON value in the page's scripts that is long enough to hold posts."""
    for node in page.html.css("script:not([src])")[:400]:
        kind = (node.attributes.get("type") or "").lower()
        if "ld+json" in kind or "template" in kind:
            continue
        text = node.text()
        if not _SHORT <= len(text) <= LONGEST:
            continue
        if "json" in kind:
            yield _loads(text)
        else:
            yield from _assigned(text)


def _assigned(text: str) -> Iterator[object]:
    decoder = json.JSONDecoder(strict=False)
    at = 0
    for _ in range(_VALUES):
        match = _ASSIGNED.search(text, at)
        if match is None:
            return
        at = match.end()
        if text[at] == "'":
            end = text.find("'", at + 1)
            value: object = text[at + 1 : end] if end > at else None
            at = max(end, at) + 1
        else:
            try:
                value, at = decoder.raw_decode(text, at)
            except (ValueError, RecursionError):
                continue
        if isinstance(value, str):
            value = _loads(value) if len(value) >= _SHORT and value[:1] in "{[" else None
        if isinstance(value, dict | list):
            yield value


def lists(value: object) -> Iterator[tuple[str, list[Object]]]:
    """Every list of objects in a value, with the names it lies under.

    Objects of one kind that a cache keeps side by side under their ids count as a list, too.
    """
    todo: list[tuple[str, object]] = [("", value)]
    left = _NODES
    while todo and left > 0:
        left -= 1
        path, item = todo.pop()
        if isinstance(item, list):
            found: list[Object] = [one for one in item if isinstance(one, dict)]
            if len(found) >= 2:
                yield path, found
            todo.extend((path, one) for one in reversed(item) if isinstance(one, dict | list))
        elif isinstance(item, dict):
            yield from _cached(path, item)
            todo.extend(
                (f"{path}.{key}"[-200:], one)
                for key, one in reversed(item.items())
                if isinstance(one, dict | list)
            )


def _cached(path: str, item: Object) -> Iterator[tuple[str, list[Object]]]:
    kinds: dict[str, list[Object]] = defaultdict(list)
    for value in item.values():
        if isinstance(value, dict) and isinstance(kind := value.get("__typename"), str):
            kinds[kind].append(value)
    for kind, found in kinds.items():
        if len(found) >= 2:
            yield f"{path}.{kind}", found


def _loads(text: str) -> object:
    try:
        return orjson.loads(text)
    except (ValueError, UnicodeEncodeError):
        return None
