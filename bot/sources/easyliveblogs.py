"""Easy Liveblogs, a plugin of WordPress.

See https://github.com/jeffreyvr/easy-liveblogs (``includes/api``):
``/wp-json/easy-liveblogs/v1/liveblog/<id>`` lists all entries. Times are the site's local ones
without a zone; ``/wp-json/`` names the site's zone.
"""

from __future__ import annotations

import html
import re

from bot.model import SourceEntry
from bot.sources import jsonapi
from bot.sources.base import Hints, Page, Request
from bot.sources.embedded import Told
from bot.sources.escaped import read_escaped, read_title
from bot.sources.headline import settle
from bot.sources.instants import read_instant
from bot.sources.jsonapi import Asking
from bot.sources.jsonld import Object, objects
from bot.sources.markup import parse_fragment
from bot.sources.pictures import absolute_url
from bot.sources.zones import zone_info
from bot.wording import Wording

_ELEMENT = re.compile(
    r"<div\s(?=[^<>]{0,600}\bid=[\"']?elb-liveblog\b)[^<>]{0,600}?"
    r"\bdata-endpoint=[\"']?([^\"'<>\s]{8,500})"
)
_ROOT = re.compile(r"(?P<root>.{8,300}/wp-json/)easy-liveblogs/v\d+/liveblog/\d+")
_BY = re.compile(r"\A(?:by|von|par|por|di|door|av|af)\s+", re.IGNORECASE)


class EasyLiveblogs:
    """How the plugin marks its place in a page, and how its API is read."""

    name = "easyliveblogs"
    label = "the Easy Liveblogs plugin"

    def embed(self, page: Page) -> str | None:
        """Look for the element that the plugin's script fills."""
        if "elb-liveblog" not in page.text:
            return None
        match = _ELEMENT.search(page.text)
        return absolute_url(html.unescape(match[1]), page.url) if match else None

    def count(self, page: Page) -> int | None:
        """Look for the list of an answer."""
        posts = _posts(jsonapi.answer(page))
        return len(posts) if posts is not None else None

    def telling(self, api: str, first: Page | None, hints: Hints, url: str) -> Asking[Told | None]:
        """Read the one answer there is, and once the site's zone."""
        root = _ROOT.match(api)
        about: Page | None = None
        zone = hints.timezone if hints.timezone and zone_info(hints.timezone) else ""
        asked = [] if first is not None else [Request(api)]
        if root is not None and not zone:
            asked.append(Request(f"{root['root']}?_fields=timezone_string,gmt_offset"))
        if asked:
            answers = yield asked
            first = first or answers[0]
            about = answers[-1] if root is not None and not zone else None
        value = jsonapi.answer(first)
        posts = _posts(value)
        if posts is None or not isinstance(value, dict):
            return None
        zone = zone or _zone(jsonapi.answer(about))
        own = absolute_url(jsonapi.text(value, "url"), url) or url
        warning = Wording(
            "The site does not tell its zone: assuming UTC. Set the source's zone if wrong."
        )
        return Told(
            [_entry(post, own, zone or "UTC") for post in posts],
            complete=True,
            ended=jsonapi.text(value, "status").strip().lower() == "closed",
            title=read_title(jsonapi.text(value, "title")),
            url=own,
            timezone=zone,
            warnings=() if zone else (warning,),
        )


def _posts(value: object) -> list[Object] | None:
    """The entries of an answer; None where it is none."""
    if not isinstance(value, dict) or not isinstance(value.get("updates"), list):
        return None
    if not {"status", "last_update"} & value.keys():
        return None
    found = objects(value["updates"])
    return [post for post in found if "datetime" in post and jsonapi.identifier(post.get("id"))]


def _zone(about: object) -> str:
    """The site's zone, by its name, else by its whole hours from UTC."""
    if not isinstance(about, dict):
        return ""
    name = jsonapi.text(about, "timezone_string")
    if name and zone_info(name) is not None:
        return name
    hours = jsonapi.number(about, "gmt_offset")
    return f"Etc/GMT{-hours:+d}" if hours is not None and -12 <= hours <= 14 else ""


def _entry(post: Object, url: str, zone: str) -> SourceEntry:
    name = jsonapi.identifier(post.get("id"))
    body = read_escaped(jsonapi.text(post, "content"), url)
    title, body = settle(read_title(jsonapi.text(post, "title")), body, "", url)
    at = read_instant(jsonapi.text(post, "datetime"), zone)
    return SourceEntry(
        id=name,
        published_at=at.at if at else None,
        title=title,
        text=body.text,
        html=body.html,
        url=absolute_url(jsonapi.text(post, "permalink"), url) or f"{url}#{name}",
        author=_author(jsonapi.text(post, "html")),
        media=body.media,
        links=body.links,
    )


def _author(markup: str) -> str:
    """Who is named in the entry's own markup."""
    if "elb-liveblog-post-author" not in markup:
        return ""
    for root in parse_fragment(markup):
        node = root.css_first(".elb-liveblog-post-author")
        if node is not None:
            return _BY.sub("", read_title(node.text()))
    return ""
