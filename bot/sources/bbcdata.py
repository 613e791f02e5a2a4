"""The data of a BBC live page: where it stands in the page, and the stream of posts in it.

Three spellings: ``Morph.setPayload('/data/bbc-morph-lx-commentary-data-paged/…', {…})`` (2016 to
2023), ``__NEXT_DATA__`` (the World Service since 2023, https://github.com/bbc/simorgh) and
``window.__INITIAL_DATA__ = "…"`` (bbc.co.uk and bbc.com since 2023). Each may also come alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

import orjson

from bot.sources.base import Page
from bot.sources.jsonld import Object, first_string, objects, walk

MAX_POSTS = 2_000
"""Of one document; a page holds 20 to 40."""

_MORPH = "bbc-morph-lx-commentary-data-paged"
_HEAD = "bbc-morph-lx-page-component-data"
_PAYLOAD = re.compile(r"setPayload\(\s*['\"](/data/([a-z-]{1,80})/[^'\"]{0,2000})['\"]\s*,\s*")
_INITIAL = re.compile(r"__INITIAL_DATA__\s*=\s*")
_ASSET = re.compile(r"/assetUri/([^/'\"]{1,500})/")
_OVER = frozenset({"CATCHUP", "CATCH_UP", "ENDED", "COMPLETE", "COMPLETED", "FINISHED", "OVER"})
_HINTS = (_MORPH, "liveTextStream", "__INITIAL_DATA__", '"results"')


@dataclass(frozen=True, slots=True)
class Stream:
    """One page of a stream of posts.

    Attributes:
        posts: as the data has them, in the page's order.
        pages: how many pages there are.
        current: which one this is, from 1.
        title: the live page's headline, "" where the data has none.
        path: the live page's path on the site, "" where the data has none.
        over: the data says that coverage has ended.
    """

    posts: tuple[Object, ...]
    pages: int = 1
    current: int = 1
    title: str = ""
    path: str = ""
    over: bool = False


def find_stream(page: Page) -> Stream | None:
    """The stream in a page's data, or in a document that is such data; None without one."""
    text = page.text
    if not any(hint in text for hint in _HINTS):
        return None
    if not page.is_html:
        return _from_document(text)
    stream: Stream | None = None
    for path, name, value in _payloads(text):
        if name == _MORPH:
            found = _best(value)
            if found and (stream is None or len(found.posts) > len(stream.posts)):
                stream = replace(found, path=_path(path))
    if stream is not None:
        return _headed(stream, text)
    return next((found for value in _page_data(page) if (found := _best(value))), None)


def _from_document(text: str) -> Stream | None:
    if text.lstrip("\ufeff \t\r\n")[:1] not in ("{", "["):
        return None
    value = _loads(text.lstrip("\ufeff"))
    found = _best(value)
    if found is None:
        return None
    address = _ASSET.search(text)
    return replace(found, path=found.path or (_path(address[0]) if address else ""))


def _payloads(text: str) -> Iterator[tuple[str, str, object]]:
    """Address, name and value of each of the payloads that are of interest."""
    decoder = json.JSONDecoder()
    for match in _PAYLOAD.finditer(text):
        if match[2] not in (_MORPH, _HEAD):
            continue
        try:
            value, _ = decoder.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            continue
        yield match[1], match[2], value


def _headed(stream: Stream, text: str) -> Stream:
    """The stream with what the page's header says of it."""
    for _, name, value in _payloads(text):
        if name != _HEAD:
            continue
        for item in walk(value):
            statuses = item.get("statuses")
            if isinstance(statuses, dict):
                state = first_string(statuses, "overall", "scheduled").upper()
                return replace(stream, title=first_string(item, "title"), over=state in _OVER)
    return stream


def _page_data(page: Page) -> Iterator[object]:
    node = page.html.css_first("script#__NEXT_DATA__")
    if node is not None:
        yield _loads(node.text())
    for match in _INITIAL.finditer(page.text):
        try:
            value, _ = json.JSONDecoder().raw_decode(page.text, match.end())
        except (ValueError, RecursionError):
            continue
        yield _loads(value) if isinstance(value, str) else value


def _best(value: object) -> Stream | None:
    """The list of posts somewhere in the data: the longest one, with its paging."""
    best: Object | None = None
    posts: list[Object] = []
    title, over = "", False
    for item in walk(value):
        found = [one for one in objects(item.get("results")) if is_post(one)]
        if len(found) > len(posts):
            best, posts = item, found
        if isinstance(item.get("liveTextStream"), dict):
            title = title or first_string(item, "title", "headline")
            over = over or item.get("isLive") is False
        else:
            over = over or _header_says_over(item)
    if best is None:
        return None
    paging = best.get("page")
    modern: Mapping[str, object] = paging if isinstance(paging, dict) else {}
    pages = _number(best.get("numberOfPages")) or _number(modern.get("total")) or 1
    current = _number(best.get("currentPage")) or _number(modern.get("index")) or 1
    return Stream(tuple(posts[:MAX_POSTS]), pages, current, title, over=over)


def is_post(item: Object) -> bool:
    """Whether an object is a post of a stream, in either spelling."""
    named = any(isinstance(item.get(key), str) for key in ("assetId", "urn", "locator"))
    return named and (
        isinstance(item.get("body"), list) or any(key in item for key in ("content", "header"))
    )


def _header_says_over(item: Object) -> bool:
    """Whether a container named after the live page's header says that it is not live."""
    for key, value in item.items():
        if key.startswith(("live-header", "liveHeader")) and isinstance(value, dict):
            data = value.get("data")
            if isinstance(data, dict) and data.get("isLive") is False:
                return True
    return False


def _path(address: str) -> str:
    match = _ASSET.search(address)
    path = unquote(match[1]) if match else ""
    return f"/{path.lstrip('/')}" if path else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) and 0 < value < 100_000 else 0


def _loads(text: str) -> object:
    try:
        return orjson.loads(text)
    except (ValueError, UnicodeEncodeError):
        return None
