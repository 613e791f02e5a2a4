"""RSS 0.9 to 2.0, RDF and Atom, through feedparser.

feedparser is given a stream, never a string or bytes: it takes those for an address or a file
name and opens it. The text was decoded and checked before, so that what was checked is what it
parses.
"""

from __future__ import annotations

import calendar
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

import feedparser

from bot.errors import UnreadableError
from bot.sources.feeditem import Channel, Item
from bot.sources.markup import is_hostile
from bot.sources.pictures import absolute_url
from bot.wording import Wording

_ROOT = re.compile(  # possessive: what was read is never read another way, whatever follows
    r"\A(?>\s+|\ufeff|<\?.{0,2000}?\?>|<!--.{0,20000}?-->"
    r"|<!DOCTYPE[^\[>]{0,500}(?:\[.{0,20000}?\]\s*)?>)*+"
    r"<(?:\w{1,20}:)?(rss|feed|RDF)\b",
    re.DOTALL,
)
_ENTITY = re.compile(r"<!ENTITY\b", re.IGNORECASE)
_HEAD = 64 * 1024  # characters in which a declaration may stand
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,500}\?>")
_END = re.compile(r"</(?:\w{1,20}:)?(?:rss|feed|RDF)\s*>", re.IGNORECASE)
_ITEM = re.compile(r"<(?:item|entry)[\s>]")
_HEADERS = {"content-type": "application/xml; charset=utf-8"}


def is_xml_feed(text: str) -> bool:
    """Whether a document's root element is a feed's."""
    return _ROOT.match(text[:_HEAD]) is not None


def count_items(text: str) -> int:
    """About how many items a feed has, without reading it."""
    return len(_ITEM.findall(text))


def read_xml_feed(text: str, base_url: str) -> Channel:
    """Read a feed as far as it is whole.

    Raises:
        UnreadableError: it declares entities, or is built to exhaust whoever reads it.
    """
    if _ENTITY.search(text[:_HEAD]):
        raise UnreadableError(
            Wording(
                "The feed declares XML entities of its own, which can be made to swell without "
                "limit; it is not read."
            )
        )
    if is_hostile(text):
        raise UnreadableError(
            Wording("The feed's XML is nested beyond all measure, so it is not read.")
        )
    parsed = feedparser.parse(
        io.BytesIO(_DECLARATION.sub("", text).encode("utf-8", "replace")),
        response_headers=_HEADERS,  # no address: it would be put before ids as well
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    items = [_item(entry, base_url) for entry in parsed["entries"]]
    warnings = []
    if items and not _END.search(text[-2000:]):
        del items[-1]
        warnings.append(Wording("The feed breaks off; its last item was left out."))
    feed = parsed["feed"]
    return Channel(
        title=_string(feed, "title"),
        url=absolute_url(_string(feed, "link"), base_url) or base_url,
        language=_string(feed, "language"),
        items=tuple(items),
        warnings=tuple(warnings),
        older=_older(feed, base_url),
    )


def _older(feed: Mapping[str, Any], base_url: str) -> str | None:
    """The next page of a paged or archived feed (RFC 5005, sections 3 and 4)."""
    for relation in ("next", "prev-archive"):
        for link in feed.get("links", ()):
            if link.get("rel") == relation and link.get("href"):
                return absolute_url(link["href"], base_url)
    return None


def _item(entry: Mapping[str, Any], base_url: str) -> Item:
    body, base = _body(entry)
    stamp = _plain(entry, "published_parsed") or _plain(entry, "updated_parsed")
    return Item(
        id=_string(entry, "id"),
        url=_string(entry, "link"),
        title=_string(entry, "title"),
        body=body,
        base=absolute_url(base, base_url) or base_url,
        published=_string(entry, "published"),
        updated=_string(entry, "updated"),
        fallback=calendar.timegm(stamp) if stamp else None,
        author=_string(entry, "author"),
        media=tuple(_media(entry)),
    )


def _plain(entry: Mapping[str, Any], name: str) -> Any:
    """A value as parsed; feedparser's own look-up would answer with other keys, and warn."""
    return dict.get(entry, name) if isinstance(entry, dict) else None


def _string(entry: Mapping[str, Any], name: str) -> str:
    value = _plain(entry, name)
    return value.strip() if isinstance(value, str) else ""


def _body(entry: Mapping[str, Any]) -> tuple[str, str]:
    """The longest content, markup before plain text, else the summary; and its base address."""
    contents = [item for item in _plain(entry, "content") or () if _string(item, "value")]
    if contents:
        best = max(contents, key=lambda item: ("html" in _string(item, "type"), len(item["value"])))
        return _string(best, "value"), _string(best, "base")
    detail = _plain(entry, "summary_detail") or {}
    return _string(entry, "summary"), _string(detail, "base")


def _media(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    pictures: list[tuple[int, str]] = []
    for item in [*(_plain(entry, "media_content") or ()), *(_plain(entry, "enclosures") or ())]:
        url = _string(item, "url") or _string(item, "href")
        kind = _string(item, "medium") or _string(item, "type").partition("/")[0]
        if kind == "video":
            yield "video", url
        elif kind == "image" or re.search(r"\.(?:jpe?g|png|webp)(?:\?|\Z)", url, re.IGNORECASE):
            pictures.append((_number(_string(item, "width")), url))
    if not pictures:
        thumbnails = _plain(entry, "media_thumbnail") or ()
        pictures = [(_number(_string(item, "width")), _string(item, "url")) for item in thumbnails]
    pictures.sort(key=lambda pair: -pair[0])
    for _, url in pictures:
        yield "photo", url


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
