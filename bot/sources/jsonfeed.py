"""JSON Feed, versions 1 and 1.1. See https://www.jsonfeed.org/version/1.1/."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from bot.sources.feeditem import Channel, Item
from bot.sources.jsonld import Object, first_string, objects
from bot.sources.pictures import absolute_url

_SIGN = "jsonfeed.org/version/"


def is_json_feed(text: str) -> bool:
    """Whether a document says that it is a JSON Feed."""
    return text.lstrip("\ufeff \t\r\n")[:1] == "{" and _SIGN in text


def read_json_feed(text: str, base_url: str) -> Channel | None:
    """Read a JSON Feed; None where the document is none."""
    try:
        feed = orjson.loads(text.lstrip("\ufeff"))
    except (ValueError, UnicodeEncodeError):
        return None
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        return None
    if _SIGN not in first_string(feed, "version"):
        return None
    return Channel(
        title=first_string(feed, "title"),
        url=absolute_url(first_string(feed, "home_page_url"), base_url) or base_url,
        language=first_string(feed, "language"),
        items=tuple(_item(item, base_url) for item in objects(feed["items"])),
        older=absolute_url(first_string(feed, "next_url"), base_url),
    )


def _item(item: Object, base_url: str) -> Item:
    identifier = item.get("id")
    return Item(
        id=str(identifier) if isinstance(identifier, str | int | float) else "",
        url=first_string(item, "url", "external_url"),
        title=first_string(item, "title"),
        body=first_string(item, "content_html", "content_text", "summary"),
        base=base_url,
        published=first_string(item, "date_published"),
        updated=first_string(item, "date_modified"),
        author=", ".join(_authors(item)),
        media=tuple(_media(item)),
    )


def _authors(item: Object) -> Iterator[str]:
    for author in objects(item.get("authors")) or objects(item.get("author")):
        if name := first_string(author, "name").strip():
            yield name


def _media(item: Object) -> Iterator[tuple[str, str]]:
    for name in ("image", "banner_image"):
        if url := first_string(item, name):
            yield "photo", url
    for attachment in objects(item.get("attachments")):
        kind = first_string(attachment, "mime_type").partition("/")[0]
        if kind in ("image", "video"):
            yield ("photo" if kind == "image" else "video"), first_string(attachment, "url")
