"""Arena (arena.im), embedded by news agencies, broadcasters and magazines.

``https://cached-api.arena.im/v1/liveblog/<publisher>/<event>`` gives the event and its posts, the
newest first; times are Unix milliseconds. Blogs of European publishers lie under ``eu.arena.im``.
"""

from __future__ import annotations

import html
import re

from bot.model import SourceEntry
from bot.sources import jsonapi
from bot.sources.base import Hints, Page, Request
from bot.sources.characters import escape, escape_attribute
from bot.sources.embedded import Told
from bot.sources.escaped import read_escaped, read_title
from bot.sources.headline import settle
from bot.sources.instants import read_instant
from bot.sources.jsonapi import Asking
from bot.sources.jsonld import Object, objects
from bot.sources.pictures import absolute_url

_NAME = r"[\w.-]{1,100}"
_SIGNS = ("arena.im", "arena-live")
_SCRIPT = re.compile(
    rf"//[\w.-]{{0,60}}arena\.im/public/js/arenalib\.js\?p=(?P<p>{_NAME})&(?:amp;|#0?38;)?e=(?P<e>{_NAME})"
)
_FRAME = re.compile(
    rf"//[\w.-]{{0,60}}arena\.im/(?:embed|liveblog|live)/(?P<p>{_NAME})/(?P<e>{_NAME})"
)
_ELEMENT = re.compile(
    r"<[a-z]+\s(?=[^<>]{0,600}\barena-live(?:blog)?\b)"
    rf"(?=[^<>]{{0,600}}\bdata-publisher=[\"']?(?P<p>{_NAME}))"
    rf"(?=[^<>]{{0,600}}\bdata-event=[\"']?(?P<e>{_NAME}))"
)
_LISTS = ("pinnedPosts", "pinned", "posts")
_OVER = frozenset({"ended", "finished", "closed", "past", "archived", "over"})


class Arena:
    """How Arena is embedded, and how its API is read."""

    name = "arena"
    label = "Arena"

    def embed(self, page: Page) -> str | None:
        """Look for the vendor's script, its frame, or the element that it fills."""
        text = page.text
        if not any(sign in text for sign in _SIGNS):
            return None
        for pattern in (_SCRIPT, _ELEMENT, _FRAME):
            if match := pattern.search(text):
                region = "eu." if ".eu.arena.im" in text else ""
                publisher, event = html.unescape(match["p"]), html.unescape(match["e"])
                return f"https://cached-api.{region}arena.im/v1/liveblog/{publisher}/{event}"
        return None

    def count(self, page: Page) -> int | None:
        """Look for the event and its posts."""
        value = jsonapi.answer(page)
        posts = _posts(value)
        known = isinstance(value, dict) and isinstance(value.get("eventInfo"), dict)
        return len(posts) if posts is not None and known else None

    def telling(self, api: str, first: Page | None, hints: Hints, url: str) -> Asking[Told | None]:
        """Read the one answer there is."""
        del hints
        if first is None:
            (first,) = yield [Request(api)]
        value = jsonapi.answer(first)
        posts = _posts(value)
        if posts is None:
            return None
        event = jsonapi.part(value, "eventInfo")
        limit = jsonapi.number(event, "pagination")
        return Told(
            [_entry(post, url) for post in posts],
            complete=limit is not None and len(posts) < limit,
            ended=jsonapi.text(event, "status").strip().lower() in _OVER,
            title=read_title(jsonapi.text(event, "name")),
            language=jsonapi.text(event, "language")[:35],
        )


def _posts(value: object) -> list[Object] | None:
    """The posts of an answer, the pinned ones among them; None where it is none."""
    if not isinstance(value, dict) or not isinstance(value.get("posts"), list):
        return None
    found: dict[str, Object] = {}
    for name in _LISTS:
        for post in objects(value.get(name)):
            key = _key(post)
            if key:
                found.setdefault(key, {**post, "pinned": True} if name != "posts" else post)
    return list(found.values())


def _key(post: Object) -> str | None:
    return jsonapi.identifier(post.get("key")) or jsonapi.identifier(post.get("_id"))


def _entry(post: Object, url: str) -> SourceEntry:
    name = _key(post)
    message = jsonapi.part(post, "message") or jsonapi.part(post, "content")
    markup = jsonapi.text(message, "text") + _media(jsonapi.part(message, "media"))
    body = read_escaped(markup, url)
    title, body = settle(read_title(jsonapi.text(message, "title")), body, "", url)
    created, changed = (read_instant(post.get(key)) for key in ("createdAt", "updatedAt"))
    sender = jsonapi.part(post, "sender")
    return SourceEntry(
        id=name,
        published_at=created.at if created else None,
        updated_at=changed.at if changed and created and changed.at > created.at else None,
        title=title,
        text=body.text,
        html=body.html,
        url=f"{url}#{name}" if url else "",
        author=read_title(jsonapi.text(sender, "displayName", "label", "name")),
        key_event=any(jsonapi.flag(post, key) for key in ("summary", "isSummary", "highlight")),
        pinned=jsonapi.flag(post, "pinned") or jsonapi.flag(post, "isPinned"),
        media=body.media,
        links=body.links,
    )


def _media(media: Object) -> str:
    """What a post shows below its words, as markup."""
    address = absolute_url(jsonapi.text(media, "url"), "")
    if address is None:
        return ""
    caption = escape(read_title(jsonapi.text(media, "description", "title")))
    words = f"<figcaption>{caption}</figcaption>" if caption else ""
    kind = jsonapi.text(media, "type").lower()
    if kind in ("photo", "image", "picture"):
        return f'<figure><img src="{escape_attribute(address)}">{words}</figure>'
    own = jsonapi.text(media, "html")
    if "<blockquote" in own:
        return own
    return f'<figure><iframe src="{escape_attribute(address)}"></iframe>{words}</figure>'
