"""One post in a page's state, whatever its publisher calls its fields.

Names are compared without regard to case, dashes and underscores. A body is a text, markup, or
blocks within blocks; each block says by its type what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.sources import jsonapi
from bot.sources.canonical import EMPTY, Body
from bot.sources.characters import escape, escape_attribute
from bot.sources.escaped import read_escaped, read_title
from bot.sources.instants import read_instant
from bot.sources.jsonld import Object

_IDS = ("id", "_id", "uuid", "guid", "postid", "entryid", "key", "uid", "urn", "contentid")
_PUBLISHED = (
    "firstdisplaydate", "firstpublishedat", "firstpublished", "firstpublishdate", "publishedat",
    "publishedtime", "publisheddate", "publishdate", "datepublished", "published",
    "publicationdate", "displaydate", "displaytime", "createdat", "createddate", "datecreated",
    "created", "postdate", "postedat", "timestamp", "datetime", "pubdate", "date", "time",
)  # fmt: skip
_UPDATED = (
    "lastpublishedat", "lastupdatedat", "updatedat", "updateddate", "lastmodified", "modifiedat",
    "datemodified", "lastupdateddate", "lastupdated", "modified", "updated",
)  # fmt: skip
_TITLES = ("headline", "headlines", "title", "heading", "hed", "subject")
_BODIES = (
    "contentelements", "body", "content", "contents", "articlebody", "text", "html", "message",
    "blocks", "paragraphs", "richtext", "bodyhtml", "contenthtml", "description",
)  # fmt: skip
_AUTHORS = ("author", "authors", "byline", "bylines", "credits", "contributors", "writer")
_WITHIN = (
    "html", "content", "contentelements", "body", "text", "rendered", "value", "children",
    "items", "blocks", "nodes", "data", "model", "elements", "basic", "plain",
)  # fmt: skip
_ADDRESSES = ("url", "canonicalurl", "link", "href", "permalink", "websiteurl")
_IMPORTANT = ("iskeyevent", "keyevent", "isbreaking", "isbreakingnews", "ishighlighted", "iskey")
_PINNED = ("pinned", "ispinned", "sticky", "issticky")
_TAGS = {
    "text": "p", "paragraph": "p", "p": "p", "raw": "div", "rawhtml": "div", "header": "h3",
    "heading": "h3", "subheading": "h3", "subhead": "h3", "list": "ul", "unorderedlist": "ul",
    "ul": "ul", "orderedlist": "ol", "ol": "ol", "listitem": "li", "li": "li",
    "quote": "blockquote", "blockquote": "blockquote", "pullquote": "blockquote",
}  # fmt: skip
_PICTURES = frozenset({"image", "picture", "photo", "figure", "img"})
_FRAMES = frozenset({"video", "embed", "oembed", "oembedresponse", "social", "tweet", "iframe"})
_LEFT_OUT = frozenset({
    "interstitiallink", "relatedcontent", "related", "ad", "advert", "advertisement", "newsletter",
    "divider", "promo", "link",
})  # fmt: skip
_DEPTH = 12
_BLOCKS = 500  # of one list


@dataclass(frozen=True, slots=True)
class Post:
    """What an object says, if it is a post.

    Attributes:
        id: as the publisher writes it, None without.
        address: its own, as written, "" without.
    """

    id: str | None
    published: datetime | None
    updated: datetime | None
    title: str
    body: Body
    author: str = ""
    address: str = ""
    key_event: bool = False
    pinned: bool = False


def read_post(item: Object, url: str) -> Post:
    """Read an object as a post; what it does not say is empty.

    Args:
        item: of a list in a page's state.
        url: what its links are relative to.
    """
    own = {_plain(name): value for name, value in item.items()}
    inner = own.get("additionalproperties")
    times = {**own, **({_plain(k): v for k, v in inner.items()} if isinstance(inner, dict) else {})}
    bodies = (_body(own.get(name), url) for name in _BODIES)
    body = next((one for one in bodies if one.text), EMPTY)
    return Post(
        id=next((name for key in _IDS if (name := jsonapi.identifier(own.get(_plain(key))))), None),
        published=_time(times, _PUBLISHED),
        updated=_time(times, _UPDATED),
        title=next((title for name in _TITLES if (title := _title(own.get(name)))), ""),
        body=body,
        author=next((who for name in _AUTHORS if (who := ", ".join(_names(own.get(name))))), ""),
        address=_text(own, *_ADDRESSES),
        key_event=any(own.get(name) is True for name in _IMPORTANT),
        pinned=any(own.get(name) is True for name in _PINNED),
    )


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _time(fields: dict[str, object], names: Iterable[str]) -> datetime | None:
    for name in names:
        value = fields.get(name)
        if isinstance(value, dict):
            value = value.get("iso") or value.get("utc") or value.get("value")
        if isinstance(value, str | int | float) and (found := read_instant(value)) is not None:
            return None if found.naive else found.at
    return None


def _title(value: object, depth: int = 3) -> str:
    if isinstance(value, str):
        return read_title(value)
    if not isinstance(value, dict) or not depth:
        return ""
    inner = (value[key] for key in ("basic", "rendered", "text", "default") if key in value)
    return _title(next(inner, None), depth - 1)


def _body(value: object, url: str) -> Body:
    if isinstance(value, str):
        return read_escaped(value, url)
    if not isinstance(value, dict | list):
        return EMPTY
    return read_escaped(_markup(value, _DEPTH), url)


def _markup(value: object, depth: int) -> str:
    """Blocks within blocks as markup."""
    if isinstance(value, str):
        return value if "<" in value else escape(value)
    if isinstance(value, list) and depth:
        return "".join(_markup(one, depth - 1) for one in value[:_BLOCKS])
    if not isinstance(value, dict) or not depth:
        return ""
    fields = {_plain(name): one for name, one in value.items()}
    kind = _plain(_text(value, "type", "_type", "kind"))
    if kind in _LEFT_OUT:
        return ""
    if kind in _PICTURES:
        return _figure(fields)
    inner = next((got for name in _WITHIN if (got := _markup(fields.get(name), depth - 1))), "")
    if kind in _FRAMES and "<" not in inner:
        address = _text(fields, "url", "src", "href")
        frame = f'<iframe src="{escape_attribute(address)}"></iframe>'
        return f"<figure>{frame}</figure>" if address else ""
    tag = _TAGS.get(kind, "")
    return f"<{tag}>{inner}</{tag}>" if tag and inner else inner


def _figure(fields: dict[str, object]) -> str:
    address = _text(fields, "url", "src", "href")
    if not address:
        return ""
    caption = escape(read_title(_text(fields, "caption", "subtitle", "alttext")))
    words = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f'<figure><img src="{escape_attribute(address)}">{words}</figure>'


def _text(fields: dict[str, object], *names: str) -> str:
    """The first of some fields that is a text, "" without."""
    found = (fields.get(name) for name in names)
    return next((one for one in found if isinstance(one, str)), "")


def _names(value: object, depth: int = 4) -> list[str]:
    """The names of people in a field: a text, an object with a name, or a list of either."""
    if isinstance(value, str):
        name = read_title(value)
        return [name] if name and len(name) <= 80 and not re.search(r"[/{]", name) else []
    if isinstance(value, list) and depth:
        return list(dict.fromkeys(name for one in value[:10] for name in _names(one, depth - 1)))
    if isinstance(value, dict) and depth:
        for key in ("name", "displayName", "display_name", "fullName", "by", "text", "title"):
            if found := _names(value.get(key), depth - 1):
                return found
    return []
