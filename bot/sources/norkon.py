"""Norkon's Live Center, embedded by newspapers in the Nordic countries, Britain and Canada.

See https://support.livecenter.com/get-started-with-api. Of ``/BulletinFeed/<tenant>/<channel>/``,
``Initial/`` gives the newest posts and ``EarlierObj/<id>/`` those before one. Answers begin with a
byte order mark; times are Unix seconds. What was removed is told to those who listen only, so a
removal is seen by a post's absence.
"""

from __future__ import annotations

import html
import re

from bot.model import SourceEntry
from bot.sources import jsonapi
from bot.sources.base import Hints, Page, Request
from bot.sources.characters import escape, escape_attribute
from bot.sources.embedded import MAX_PAGES, Told, wanted_more
from bot.sources.escaped import read_escaped, read_title
from bot.sources.headline import settle
from bot.sources.instants import read_instant
from bot.sources.jsonapi import Asking
from bot.sources.jsonld import Object, objects
from bot.sources.pictures import absolute_url

_HOST = "https://livecentercdn.norkon.net"
_SIGNS = ("norkon", "BulletinFeed/", "NcPosts")
_NAME = r"[A-Za-z0-9][\w-]{0,60}"
_FEED = re.compile(
    rf"(?P<host>https?://[\w.-]{{4,120}})?/BulletinFeed/(?P<tenant>{_NAME})/(?P<channel>\d{{1,12}})"
)
_FRAME = re.compile(
    rf"(?:livecenter[\w.-]{{0,60}}|norkon\.net)/(?:frame|scroll|embed)/(?P<tenant>{_NAME})"
    r"/(?P<channel>\d{1,12})",
    re.IGNORECASE,
)
_SET_CONTENT = re.compile(
    rf"setJsonContent\(\s*['\"](?P<tenant>{_NAME})['\"]\s*,\s*['\"]?(?P<channel>\d{{1,12}})"
)
_CHANNEL = re.compile(
    r"(?:data-norkon-channel-id|\bdata-nc-channel-id|\bchannelId)[\"']?\s?[=:]\s?[\"']?(\d{1,12})\b"
)
_TENANT = re.compile(
    rf"(?:\btenantKey|data-norkon-tenant(?:-key)?|\bdata-nc-tenant)[\"']?\s?[=:]\s?[\"']({_NAME})[\"']"
    rf"|/LiveCenter/Extension(?:Js|Css)/({_NAME})"
)
_TENANTS = {"skysports.com": "sky-sports-prod"}
"""Hosts whose pages name the channel only -> their tenant."""

_ENDING = re.compile(r"(?:Initial|Changes|EarlierObj|Earlier|Latest)(?:/[\d/]{0,40})?/?\Z")
_EMBED = re.compile(
    r"<ncpost-content\b(?P<attributes>[^<>]{0,4000})>(?P<inner>(?:[^<]|<(?!/ncpost-content)){0,20000}+)"
    r"</ncpost-content>",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"([\w-]{1,40})\s?=\s?(?:\"([^\"]{0,2000})\"|'([^']{0,2000})')")


class Norkon:
    """How Live Center is embedded, and how its API is read."""

    name = "norkon"
    label = "Norkon's Live Center"

    def embed(self, page: Page) -> str | None:
        """Look for the feed's address, a frame, or a script's tenant and channel."""
        text = page.text
        if not any(sign in text for sign in _SIGNS):
            return None
        for pattern in (_FEED, _FRAME, _SET_CONTENT):
            if match := pattern.search(text):
                host = match["host"] if pattern is _FEED else None
                return _feed(host or _HOST, match["tenant"], match["channel"])
        channel, tenant = _CHANNEL.search(text), _TENANT.search(text)
        name = (tenant[1] or tenant[2]) if tenant else ""
        host = jsonapi.origin(page.url).rpartition("//")[2].lower()
        name = name or next((t for end, t in _TENANTS.items() if host.endswith(end)), "")
        return _feed(_HOST, name, channel[1]) if channel and name else None

    def count(self, page: Page) -> int | None:
        """Look for the lists of an answer."""
        posts = _posts(jsonapi.answer(page))
        if posts is None or not (posts or "/BulletinFeed/" in page.url):
            return None
        return len(posts)

    def telling(self, api: str, first: Page | None, hints: Hints, url: str) -> Asking[Told | None]:
        """Read the newest posts, and earlier ones as far as none is known."""
        feed = _ENDING.sub("", api)
        if first is None:
            (first,) = yield [Request(f"{feed}Initial/")]
        answer = jsonapi.answer(first)
        posts = _posts(answer)
        if posts is None:
            return None
        found = {_key(post): post for post in posts}
        more = _has_more(answer)
        for _ in range(MAX_PAGES):
            entries = [_entry(post, url) for post in posts]
            oldest = min((int(key) for key in found if key and key.isdigit()), default=0)
            if not (more and oldest and wanted_more(entries, hints)):
                break
            (page,) = yield [Request(f"{feed}EarlierObj/{oldest}/")]
            answer = jsonapi.answer(page)
            posts = [post for post in _posts(answer) or [] if _key(post) not in found]
            if not posts:
                break
            found |= {_key(post): post for post in posts}
            more = _has_more(answer)
        ordered = sorted(found.values(), key=lambda post: -(jsonapi.number(post, "created") or 0))
        return Told([_entry(post, url) for post in ordered], complete=not more)


def _feed(host: str, tenant: str, channel: str) -> str:
    return f"{host}/BulletinFeed/{tenant}/{channel}/"


def _posts(value: object) -> list[Object] | None:
    """The posts of an answer, wrapped or not; None where it is none."""
    result = value.get("result", value) if isinstance(value, dict) else value
    if isinstance(result, dict):
        names = ("addedOrChanged", "bulletins", "added")
        result = next((result[name] for name in names if isinstance(result.get(name), list)), None)
        return [post for post in objects(result) if _key(post)] if result is not None else None
    posts = [post for post in objects(result) if _key(post)] if isinstance(result, list) else []
    return [post for post in posts if "created" in post and "content" in post] or None


def _has_more(value: object) -> bool:
    return jsonapi.flag(jsonapi.part(value, "result"), "hasMore")


def _key(post: Object) -> str | None:
    return jsonapi.identifier(post.get("id"))


def _entry(post: Object, url: str) -> SourceEntry:
    content = jsonapi.part(post, "content")
    markup = jsonapi.text(content, "html") or jsonapi.text(post, "html")
    body = read_escaped(_EMBED.sub(_embedded, markup) + _linked(content), url)
    title, body = settle(read_title(jsonapi.text(post, "title")), body, "", url)
    created, updated = (read_instant(post.get(name)) for name in ("created", "updated"))
    name = _key(post)
    return SourceEntry(
        id=name,
        published_at=created.at if created else None,
        updated_at=updated.at if updated and created and updated.at > created.at else None,
        title=title,
        text=body.text,
        html=body.html,
        url=f"{url}#{name}" if url else "",
        author=read_title(jsonapi.text(post, "authorName")),
        key_event=(jsonapi.number(post, "importance") or 0) > 0,
        pinned=any(jsonapi.flag(post, one) for one in ("pinned", "isPinned", "sticky")),
        media=body.media,
        links=body.links,
    )


def _embedded(match: re.Match[str]) -> str:
    """An embed of a post as plain markup: a picture, a film, or a post of another network."""
    found = {m[1].lower(): html.unescape(m[2] or m[3] or "") for m in _ATTRIBUTE.finditer(match[1])}
    kind = found.get("data-type", "").upper()
    source = found.get("data-src") or found.get("data-url") or found.get("data-href") or ""
    caption = found.get("data-caption") or found.get("data-text") or ""
    if kind in ("BILDE", "IMAGE", "PICTURE", "PHOTO") and source:
        words = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
        return f'<figure><img src="{escape_attribute(source)}">{words}</figure>'
    number = found.get("data-id") or found.get("data-tweet-id") or ""
    if kind in ("TWEET", "TWITTER") and not source and number.isascii() and number.isdigit():
        source = f"https://twitter.com/i/status/{number}"
    if source:
        return f'{match["inner"]}<iframe src="{escape_attribute(source)}"></iframe>'
    return match["inner"]


def _linked(content: Object) -> str:
    """The page that a post links to below its words."""
    about = jsonapi.part(content, "linkMeta")
    address = absolute_url(jsonapi.text(about, "url"), "")
    title = read_title(jsonapi.text(about, "title"))
    if address is None or not title:
        return ""
    return f'<p><a href="{escape_attribute(address)}">{escape(title)}</a></p>'
