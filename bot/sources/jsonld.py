"""JSON-LD as publishers really write it: found in a page, cleaned, parsed, if need be repaired."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import json_repair
import orjson

from bot.sources.base import Page
from bot.sources.crowded import refuse_crowded_scripts
from bot.sources.scripts import scripts_with

MAX_REPAIR = 2_000_000
"""Characters; repairing runs at about 1.5 million characters a second."""

MAX_NODES = 500_000
"""Objects and lists looked at in one page."""

_KIND = "ld+json"
_OPENING = re.compile(r"(?:\s|\ufeff|<!--|//|/\*|\*/|<!\[CDATA\[)+")
_CLOSING = ("-->", "//", "/*", "*/", "]]>", ";", "\ufeff")

_BEFORE_NAME = re.compile(r".*[/#:]", re.DOTALL)
_CONTAINERS = (dict, list)

Object = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Block:
    """One ``script`` of JSON-LD.

    Attributes:
        value: what it holds.
        repaired: the JSON was broken; what it holds is the likeliest reading.
        cut: it breaks off, so that its last object may be half.
    """

    value: object
    repaired: bool = False
    cut: bool = False


def blocks(page: Page, wanted: str) -> Iterator[Block]:
    """The blocks of a page whose text contains `wanted`.

    Raises:
        bot.errors.UnreadableError: the page is built to exhaust whoever reads it.
    """
    for text in _texts(page, wanted):
        if (block := read_block(text)) is None:
            continue
        if block.repaired:
            unclosed = page.text[-200:].rstrip().endswith(text[-20:].rstrip())
            block = replace(block, cut=block.cut or unclosed)
        yield block


def _texts(page: Page, wanted: str) -> Iterable[str]:
    """The scripts themselves; the page's tree is not made for them unless it is needed."""
    if not page.is_parsed:
        refuse_crowded_scripts(page.text)
        found = scripts_with(page.text, wanted, _KIND)
        if found is not None:
            return found
    nodes = page.html.css("script[type]")
    typed = (node for node in nodes if _KIND in (node.attributes.get("type") or "").lower())
    return (text for node in typed if wanted in (text := node.text()))


def read_block(text: str) -> Block | None:
    """Read the text of one block; None where nothing can be made of it."""
    try:
        return Block(orjson.loads(text))
    except (ValueError, UnicodeEncodeError):
        text = _unwrapped(text)  # and once more, then what Python's parser tolerates, then repair
    if text.startswith(("{&quot;", "[{&quot;", "{ &quot;")) or (
        '"' not in text and "&quot;" in text
    ):
        text = html.unescape(text)
    try:
        return Block(orjson.loads(text))
    except (ValueError, UnicodeEncodeError):
        pass
    try:
        return Block(json.loads(text, strict=False))
    except (ValueError, RecursionError):
        pass
    if len(text) > MAX_REPAIR:
        return None
    try:
        value = json_repair.repair_json(text, return_objects=True, skip_json_loads=True)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict | list) or not value:
        return None
    return Block(value, repaired=True, cut=text[-1:] not in ("}", "]"))


def _unwrapped(text: str) -> str:
    """The JSON without the comments and CDATA marks that old templates put round scripts."""
    if opening := _OPENING.match(text):
        text = text[opening.end() :]
    text = text.rstrip()
    while text.endswith(_CLOSING):
        closing = next(sign for sign in _CLOSING if text.endswith(sign))
        text = text.removesuffix(closing).rstrip()
    return text


def walk(value: object) -> Iterator[Object]:
    """Every object in a JSON value, outermost first, in the order it was written."""
    todo = [value]
    left = MAX_NODES
    while todo and left:
        left -= 1
        item = todo.pop()
        if isinstance(item, dict):
            yield item
            inner = [child for child in item.values() if isinstance(child, _CONTAINERS)]
            if inner:
                todo.extend(reversed(inner))
        elif isinstance(item, list):
            todo.extend(reversed(item))


def types(item: Object) -> set[str]:
    """The bare names of an object's types: "LiveBlogPosting" for any spelling of it."""
    return {_BEFORE_NAME.sub("", name) for name in strings(item.get("@type"))}


def is_a(item: Object, name: str) -> bool:
    """Whether an object is of that type; the bare name is given."""
    value = item.get("@type")
    if isinstance(value, str):
        return value == name or (value.endswith(name) and value[-len(name) - 1] in "/#:")
    return value is not None and name in types(item)


def strings(value: object) -> list[str]:
    """The strings a property holds: itself, its "@value", or those of its list."""
    if isinstance(value, str):
        return [value]
    if value is None:
        return []
    found = []
    for item in value if isinstance(value, list) else [value]:
        inner = item.get("@value") if isinstance(item, dict) else item
        if isinstance(inner, str):
            found.append(inner)
    return found


def objects(value: object) -> list[Object]:
    """The objects a property holds, whether it is one, or a list."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def first_string(item: Object, *names: str) -> str:
    """The first non-empty string among some properties, "" without one."""
    for name in names:
        value = item.get(name)
        if value is None:
            continue
        for text in (value,) if isinstance(value, str) else strings(value):
            if text and not text.isspace():
                return text
    return ""
