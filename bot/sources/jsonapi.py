"""Answers of JSON APIs: parsed, and their fields read without trusting any."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

import orjson

from bot.model import Snapshot
from bot.sources.base import Page, Reading, Request
from bot.sources.identity import shortened
from bot.sources.jsonld import Object

T = TypeVar("T")

Asking = Generator[Sequence[Request], Sequence[Page | None], T]
"""A part of a reading: it asks as the whole does, and has its own result."""

EMPTY: Object = {}


def answer(page: Page | None) -> object:
    """What an API answered; None for a page, for broken JSON, and for no answer."""
    if page is None or page.is_html:
        return None
    return parsed(page.text)


def parsed(text: str) -> object:
    """What a JSON text holds; None where it is broken."""
    try:
        return orjson.loads(text.lstrip("\ufeff"))
    except (ValueError, UnicodeEncodeError):
        return None


def looks_like_json(page: Page) -> bool:
    """Whether it is worth parsing a document that may be an API's answer."""
    return not page.is_html and page.text[:64].lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def part(value: object, *names: str) -> Object:
    """The object that lies under some names, one within the other; empty where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else EMPTY


def text(item: Object, *names: str) -> str:
    """The first of some fields that holds words or a number, as text; "" without one."""
    for name in names:
        value = item.get(name)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return ""


def number(item: Object, name: str) -> int | None:
    """A whole number, also where it is written as text."""
    value = item.get(name)
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        return int(value.strip()[:15])
    if isinstance(value, int | float) and math.isfinite(value):
        return int(value)
    return None


def flag(item: Object, name: str) -> bool:
    """A yes or no, in any spelling PHP, Python or JavaScript gives it."""
    value = item.get(name)
    if isinstance(value, str):
        return value.strip().lower() in ("1", "true", "yes", "on")
    return isinstance(value, int | float) and value != 0


def identifier(value: object) -> str | None:
    """An id of bounded length, from text or a number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    name = str(value).strip()
    return shortened(name) if name else None


def origin(url: str) -> str:
    """Scheme and host of an address; "" where it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""


def unanswered(reading: Reading) -> Snapshot:
    """What an adapter makes of its first document alone: no request of it is answered."""
    pages: Sequence[Page | None] | None = None
    while True:
        try:
            asked = next(reading) if pages is None else reading.send(pages)
        except StopIteration as stop:
            snapshot: Snapshot = stop.value
            return snapshot
        pages = [None] * len(asked)
