"""24liveblog, embedded by local newsrooms and broadcasters all over the world.

Of ``https://data.24liveplus.com/v1/retrieve_server/x/event/<id>/``, ``news/`` gives the newest
posts or those before ``last_nid``; the address itself tells of the event and whether it is
closed. Times are Unix seconds; ``lastupdate`` is 0 where a post was never changed.
"""

from __future__ import annotations

import re

from bot.model import SourceEntry
from bot.sources import jsonapi
from bot.sources.base import Hints, Page, Request
from bot.sources.embedded import MAX_PAGES, Told, wanted_more
from bot.sources.escaped import read_escaped, read_title
from bot.sources.headline import settle
from bot.sources.instants import read_instant
from bot.sources.jsonapi import Asking
from bot.sources.jsonld import Object, objects
from bot.sources.pictures import absolute_url

PER_PAGE = 100
"""Posts asked for at once."""

FULL = 50
"""Posts; the API was seen to give no more at once whatever is asked for."""

_HOST = "https://data.24liveplus.com/v1/retrieve_server/x/event/"
_SIGNS = ("LB24", "24liveblog", "24liveplus")
_IDS = (
    re.compile(
        r"<[a-z-]+\s(?=[^<>]{0,600}\bid=[\"']?LB24_LIVE_CONTENT\b)[^<>]{0,600}?"
        r"\bdata-eid=[\"']?(\d{6,25})\b"
    ),
    re.compile(
        r"24live(?:blog|plus)\.com/[^\s\"'<>]{0,200}?(?:[?&]id=|/event/|/live/)(\d{6,25})\b"
    ),
    re.compile(
        r"\bid=[\"']?LB24[\"']?[^<>]{0,200}>\s{0,20}<[a-z]+\s[^<>]{0,200}?\beid=[\"']?(\d{6,25})\b"
    ),
)
_EVENT = re.compile(r"(?P<event>.{0,200}/event/\d{6,25}/)(?P<rest>.*)", re.DOTALL)


class LiveBlog24:
    """How 24liveblog is embedded, and how its API is read."""

    name = "liveblog24"
    label = "24liveblog"

    def embed(self, page: Page) -> str | None:
        """Look for the element that the vendor's script fills, or for its frame."""
        text = page.text
        if not any(sign in text for sign in _SIGNS):
            return None
        found = next((match for pattern in _IDS if (match := pattern.search(text))), None)
        return f"{_HOST}{found[1]}/" if found else None

    def count(self, page: Page) -> int | None:
        """Look for the list of an answer."""
        posts = _posts(jsonapi.answer(page))
        return len(posts) if posts is not None else None

    def telling(self, api: str, first: Page | None, hints: Hints, url: str) -> Asking[Told | None]:
        """Read the newest posts, older ones as far as none is known, and about the event."""
        match = _EVENT.match(api)
        event = match["event"] if match else ""
        about: Page | None = None
        if first is None:
            first, about = yield [Request(_news(event)), Request(event)]
        posts = _posts(jsonapi.answer(first))
        if first is None or posts is None:
            return None
        found = {_key(post): post for post in posts}
        whole = len(posts) < FULL
        for _ in range(MAX_PAGES):
            entries = [_entry(post, url) for post in posts]
            if not posts or not event or whole or not wanted_more(entries, hints):
                break
            (page,) = yield [Request(_news(event, _key(posts[-1]) or ""))]
            answer = _posts(jsonapi.answer(page))
            posts = [post for post in answer or [] if _key(post) not in found]
            found |= {_key(post): post for post in posts}
            whole = answer is not None and len(answer) < FULL
        facts = jsonapi.part(jsonapi.answer(about), "data", "event")
        shared = next(
            (share for one in found.values() if (share := jsonapi.text(one, "share"))), ""
        )
        url = (absolute_url(shared, "") if first.url == url else None) or url
        ordered = sorted(found.values(), key=lambda post: -(jsonapi.number(post, "created") or 0))
        return Told(
            [_entry(post, url) for post in ordered],
            complete=whole,
            ended=jsonapi.flag(facts, "closed"),
            title=read_title(jsonapi.text(facts, "title", "name", "event_title")),
            url=url,
        )


def _news(event: str, last: str = "") -> str:
    return f"{event}news/?inverted_order=1&last_nid={last}&limit={PER_PAGE}"


def _posts(value: object) -> list[Object] | None:
    """The posts of an answer; None where it is none."""
    news = jsonapi.part(value, "data").get("news")
    if not isinstance(news, list):
        return None
    posts = [post for post in objects(news) if _key(post)]
    return posts if posts or not news else None


def _key(post: Object) -> str | None:
    return jsonapi.identifier(post.get("nid"))


def _entry(post: Object, url: str) -> SourceEntry:
    name = _key(post)
    body = read_escaped(jsonapi.text(post, "contents"), url)
    title, body = settle(read_title(jsonapi.text(post, "newstitle")), body, "", url)
    created, changed = (read_instant(post.get(key)) for key in ("created", "lastupdate"))
    return SourceEntry(
        id=name,
        published_at=created.at if created else None,
        updated_at=changed.at if changed and created and changed.at > created.at else None,
        title=title,
        text=body.text,
        html=body.html,
        url=f"{url}#liveblog-{name}" if url else "",
        # The newsroom decides for each post whether its writer is named.
        author=read_title(jsonapi.text(post, "uname")) if jsonapi.flag(post, "editorname") else "",
        pinned=any(jsonapi.flag(post, key) for key in ("is_top", "istop", "pinned")),
        media=body.media,
        links=body.links,
    )
