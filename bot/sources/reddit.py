"""Reddit live threads: ``/live/<id>`` and its JSON.

See https://www.reddit.com/dev/api/#section_live. A listing holds at most 100 updates, newest
first; an update cannot be edited, only stricken or deleted.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.errors import NoLiveBlogError, UnreadableError
from bot.model import Media, Snapshot, SourceEntry
from bot.sources import jsonapi
from bot.sources.base import NOT_MINE, Hints, Page, Reading, Recognition, Request
from bot.sources.canonical import Body, read_body
from bot.sources.characters import escape
from bot.sources.escaped import read_title
from bot.sources.instants import read_instant
from bot.sources.jsonapi import Asking
from bot.sources.jsonld import Object, objects
from bot.sources.pictures import absolute_url
from bot.wording import Wording

PER_PAGE = 100
"""Updates; Reddit gives no more at once."""

MAX_PAGES = 9
"""In one reading."""

_HOME = "https://www.reddit.com"
_THREAD = re.compile(r"/live/(?!create\b)([a-z0-9]{6,20})(?:[/.].*)?")
_UPDATE = re.compile(r"LiveUpdate_[0-9a-f-]{8,40}")
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp)\Z", re.IGNORECASE)
_MARKDOWN_LINK = re.compile(r"\[([^\[\]]{1,300})\]\((https?://[^\s()<>]{1,1000})\)")
_BLANK_LINES = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class _Thread:
    """Which thread it is.

    Attributes:
        origin: scheme and host that answer for it.
        id: as in its address.
    """

    origin: str
    id: str

    @property
    def url(self) -> str:
        """Where readers find it."""
        return f"{self.origin}/live/{self.id}"

    @property
    def poll_url(self) -> str:
        """The newest updates."""
        return f"{self.url}.json?limit={PER_PAGE}"


class Reddit:
    """Reads live threads; their page is drawn by a script."""

    @property
    def name(self) -> str:
        """Stored with the source."""
        return "reddit"

    def recognises(self, page: Page) -> Recognition:
        """Look at the address of a page, or for a listing of updates."""
        thread = _thread(page.url)
        if page.is_html:
            if thread is None or not (_is_reddit(page.url) or "liveupdate" in page.text.lower()):
                return NOT_MINE
            return Recognition(0.95, Wording("a Reddit live thread"), thread.poll_url)
        if not jsonapi.looks_like_json(page):
            return NOT_MINE
        value = jsonapi.answer(page)
        updates = _updates(value)
        about = jsonapi.text(value, "kind") if isinstance(value, dict) else ""
        if thread is not None and (updates is not None or about == "LiveUpdateEvent"):
            poll_url = thread.poll_url if thread.poll_url != page.url else None
            count = len(updates or ())
            return Recognition(0.95, _with_updates(count), poll_url)
        if updates:
            return Recognition(0.95, _with_updates(len(updates)))
        return NOT_MINE

    def asks_each_poll(self, page: Page) -> bool:
        """A page holds none of the entries, so that it need not change with them."""
        return page.is_html

    def read(self, page: Page, hints: Hints) -> Snapshot:
        """Read the updates of one listing."""
        return jsonapi.unanswered(self.reading(page, hints))

    def reading(self, page: Page, hints: Hints) -> Reading:
        """Read the newest updates, older ones as far as they are new, and the thread's title."""
        thread = _thread(page.url)
        first: Page | None = page
        updates = _updates(jsonapi.answer(page))
        if updates is None and thread is not None and self.recognises(page) is not NOT_MINE:
            (first,) = yield [Request(thread.poll_url)]
            updates = _updates(jsonapi.answer(first))
            if updates is None:
                raise UnreadableError(
                    Wording(
                        "The thread's updates come from {address}, which did not answer. It is "
                        "tried again at the next poll.",
                        address=thread.poll_url,
                    )
                )
        if first is None or updates is None or not (thread or updates):
            raise NoLiveBlogError(Wording("The address holds no Reddit live thread any more."))
        about = jsonapi.EMPTY
        if thread is not None:
            updates = yield from _older(thread, first, updates, hints)
            (answer,) = yield [Request(f"{thread.url}/about.json")]
            about = jsonapi.part(jsonapi.answer(answer), "data")
        return _snapshot(thread, updates, about)


def _with_updates(count: int) -> Wording:
    return Wording.counted(
        "a Reddit live thread with {n} update", "a Reddit live thread with {n} updates", count
    )


def _is_reddit(url: str) -> bool:
    host = (urlsplit(url).hostname or "").lower() if jsonapi.origin(url) else ""
    return host == "reddit.com" or host.endswith(".reddit.com")


def _thread(url: str) -> _Thread | None:
    root = jsonapi.origin(url)
    match = _THREAD.fullmatch(urlsplit(url).path) if root else None
    return _Thread(_HOME if _is_reddit(url) else root, match[1]) if match else None


def _updates(value: object) -> list[Object] | None:
    """The updates of a listing; None where it is a listing of something else, or none."""
    if not isinstance(value, dict) or value.get("kind") != "Listing":
        return None
    children = jsonapi.part(value, "data").get("children")
    if not isinstance(children, list):
        return None
    found = [child for child in objects(children) if child.get("kind") == "LiveUpdate"]
    if children and not found:
        return None
    return [jsonapi.part(child, "data") for child in found]


def _older(
    thread: _Thread, first: Page, updates: list[Object], hints: Hints
) -> Asking[list[Object]]:
    """The updates of the pages that follow: all at the first poll, later as far as they are new."""
    after = jsonapi.text(jsonapi.part(jsonapi.answer(first), "data"), "after")
    newest = updates
    seen = {_id(update) for update in updates}
    for _ in range(1, MAX_PAGES):
        known = hints.known and any(_id(update) in hints.known for update in newest)
        if known or not _UPDATE.fullmatch(after):
            break
        (page,) = yield [Request(f"{thread.poll_url}&after={after}")]
        value = jsonapi.answer(page)
        newest = [update for update in _updates(value) or [] if _id(update) not in seen]
        if not newest:
            break
        seen.update(map(_id, newest))
        updates = [*updates, *newest]
        after = jsonapi.text(jsonapi.part(value, "data"), "after")
    return updates


def _id(update: Object) -> str | None:
    name = jsonapi.identifier(update.get("name"))
    bare = jsonapi.identifier(update.get("id"))
    return name or (f"LiveUpdate_{bare}" if bare else None)


def _snapshot(thread: _Thread | None, updates: Sequence[Object], about: Object) -> Snapshot:
    url = thread.url if thread else _HOME
    return Snapshot(
        adapter="reddit",
        title=read_title(jsonapi.text(about, "title")),
        url=url,
        entries=tuple(_entry(update, thread) for update in updates),
        # A listing holds everything between its newest and its oldest update.
        complete=True,
        ended=jsonapi.text(about, "state").strip().lower() == "complete",
    )


def _entry(update: Object, thread: _Thread | None) -> SourceEntry:
    name = _id(update)
    body = _body(update)
    published = read_instant(update.get("created_utc"))
    media = {one.url: one for one in (*_embeds(update), *body.media)}
    bare = (name or "").removeprefix("LiveUpdate_")
    return SourceEntry(
        id=name,
        published_at=published.at if published else None,
        text=body.text,
        html=body.html,
        url=f"{thread.url}/updates/{bare}" if thread and bare else "",
        author=read_title(jsonapi.text(update, "author")),
        media=tuple(media.values()),
        links=body.links,
        withdrawn=jsonapi.flag(update, "stricken"),
    )


def _body(update: Object) -> Body:
    """The words, from their markup; it is escaped once more unless the API was asked not to."""
    markup = jsonapi.text(update, "body_html").strip()
    if markup:
        return read_body(html.unescape(markup) if markup.startswith("&lt;") else markup, _HOME)
    words = escape(html.unescape(jsonapi.text(update, "body")))
    linked = _MARKDOWN_LINK.sub(r'<a href="\2">\1</a>', words)
    return read_body("".join(f"<p>{part}</p>" for part in _BLANK_LINES.split(linked)), _HOME)


def _embeds(update: Object) -> Iterator[Media]:
    """What the thread shows below the words: pictures as such, the rest as a card."""
    titles = {
        jsonapi.text(card, "original_url", "url"): read_title(jsonapi.text(card, "title"))
        for card in objects(update.get("mobile_embeds"))
    }
    urls = [jsonapi.text(embed, "url") for embed in objects(update.get("embeds"))]
    for written in dict.fromkeys([*urls, *titles]):
        url = absolute_url(html.unescape(written), _HOME)
        if url is not None:
            kind = "photo" if _PICTURE.search(urlsplit(url).path) else "embed"
            yield Media(kind, url, titles.get(written, ""))
