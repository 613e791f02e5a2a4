"""Sourcefabric's Live Blog 3, by both of its public APIs.

See https://github.com/liveblog/liveblog (``client_modules.py``). A page names blog and host in
``window.LB``; the posts come from ``{host}/api/client_blogs/<id>/posts``. The first API also gives
deleted and withdrawn posts, so that it is the one that is polled, last changed first: a change of
an old post shows on the first page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from bot.errors import NoLiveBlogError, UnreadableError
from bot.model import Snapshot, SourceEntry
from bot.sources import jsonapi
from bot.sources.base import NOT_MINE, Hints, Page, Reading, Recognition, Request
from bot.sources.escaped import read_title
from bot.sources.instants import read_instant
from bot.sources.jsonapi import Asking
from bot.sources.jsonld import Object, objects
from bot.sources.masthead import page_language
from bot.sources.pagetitle import page_title
from bot.sources.pictures import absolute_url
from bot.sources.sourcefabricitems import read_items
from bot.wording import Wording

PER_PAGE = 100
"""Posts; the second API refuses more."""

MAX_PAGES = 10
"""Of posts, in one reading."""

_QUERY = quote('{"sort":[{"_updated":{"order":"desc"}}]}', safe="")
_SIGNS = re.compile(r"\bwindow\.LB\b|\bLB_BLOG_ID\b|\bLB\s*=\s*\{|\bLB\.api_host\b")
_HOST = re.compile(r"""\b(?:api_host|LB_API_HOST)["']?\s*[:=]\s*["']([^"'<>\s]{0,500})["']""")
_BLOG = re.compile(r"""\bblog["']?\s*[:=]\s*(?=\{)""")
_BLOG_ID = re.compile(r"""\b(?:LB_BLOG_ID|blog_?[iI]d)["']?\s*[:=]\s*["']([0-9a-f]{24})["']""")
_ANY_ID = re.compile(r"""["']?\b_id["']?\s*:\s*["']([0-9a-f]{24})["']""")
_API = re.compile(
    r"(?P<root>.*?)/?api/(?P<v2>v2/)?client_blogs/(?P<blog>[0-9a-f]{24})(?:/[0-9a-f]{24})?"
    r"(?P<posts>/posts)?(?:[/?#].*)?",
    re.DOTALL,
)
_PAGE = re.compile(r"(?<=[?&])page=\d{0,9}")
_OPEN = ("open", "")


@dataclass(frozen=True, slots=True)
class _Blog:
    """Which blog it is, and what is told of it.

    Attributes:
        root: address under which its API lies, without a slash at the end; "" where unknown.
        id: 24 hexadecimal digits.
        item: the blog's own properties, empty where not told.
        url: where readers find it.
    """

    root: str
    id: str
    item: Object
    url: str
    title: str = ""
    language: str = ""

    def posts_url(self) -> str:
        """The first page of all posts, in the API that tells of withdrawn ones."""
        return (
            f"{self.root}/api/client_blogs/{self.id}/posts"
            f"?max_results={PER_PAGE}&page=1&source={_QUERY}"
        )

    def newer_posts_url(self) -> str:
        """The first page of the posts that stand, in the second API."""
        return (
            f"{self.root}/api/v2/client_blogs/{self.id}/posts"
            f"?ordering=newest_first&limit={PER_PAGE}&page=1"
        )


class Sourcefabric:
    """Reads Live Blog 3; its pages need a browser to show more than the first posts."""

    @property
    def name(self) -> str:
        """Stored with the source."""
        return "sourcefabric"

    def recognises(self, page: Page) -> Recognition:
        """Look for ``window.LB`` in a page, or for an answer of the API."""
        if page.is_html:
            blog = _blog_of_page(page)
            if blog is None:
                return NOT_MINE
            return Recognition(0.95, Wording("a Live Blog 3 page (window.LB)"), blog.posts_url())
        if not jsonapi.looks_like_json(page):
            return NOT_MINE
        value = jsonapi.answer(page)
        posts, blog = _posts(value), _blog_of_answer(page, value)
        if posts is None:
            if not blog or "blog_status" not in blog.item:
                return NOT_MINE
            return Recognition(
                0.95, Wording("a Live Blog 3 blog"), blog.posts_url() if blog.root else None
            )
        if blog is None and not any(map(_is_post, posts)):
            return NOT_MINE
        return Recognition(
            0.95,
            Wording.counted(
                "Live Blog 3's API with {n} post", "Live Blog 3's API with {n} posts", len(posts)
            ),
            _lasting_url(page, blog),
        )

    def asks_each_poll(self, page: Page) -> bool:
        """A page holds none of the entries, so that it need not change with them."""
        return page.is_html

    def read(self, page: Page, hints: Hints) -> Snapshot:
        """Read the posts of one answer; a page's own are drawn by its script."""
        return jsonapi.unanswered(self.reading(page, hints))

    def reading(self, page: Page, hints: Hints) -> Reading:
        """Read the posts, as many pages as are new, and what the API tells of the blog."""
        value = jsonapi.answer(page)
        blog = _blog_of_page(page) if page.is_html else _blog_of_answer(page, value)
        posts = _posts(value)
        first: Page | None = page
        if blog is not None and posts is None:
            first = yield from _first_page(blog)
            posts = _posts(jsonapi.answer(first))
            if posts is None:
                raise UnreadableError(
                    Wording(
                        "The blog's posts come from {address}, which did not answer. It is tried "
                        "again at the next poll.",
                        address=f"{blog.root}/api/client_blogs/{blog.id}/posts",
                    )
                )
        if first is None or posts is None or not (blog or any(map(_is_post, posts)) or not posts):
            raise NoLiveBlogError(Wording("The address holds no Live Blog 3 any more."))
        posts, complete = yield from _further(first, posts, hints)
        if blog is None:
            blog = _Blog("", "", jsonapi.EMPTY, page.url)
        elif blog.root and not blog.item:
            (about,) = yield [Request(f"{blog.root}/api/client_blogs/{blog.id}")]
            blog = _described(blog, jsonapi.answer(about))
        return _snapshot(blog, posts, complete=complete, now=page.fetched_at)


# -- which blog ---------------------------------------------------------------------------------


def _blog_of_page(page: Page) -> _Blog | None:
    text = page.text
    if "api_host" not in text and "LB_API_HOST" not in text:
        return None  # without the host there is nothing to ask; this is cheap for other pages
    if not _SIGNS.search(text):
        return None
    host = _HOST.search(text)
    item = _blog_item(text)
    identifier = _identifier(item)
    if not identifier:
        match = _BLOG_ID.search(text) or _ANY_ID.search(text, host.start() if host else 0)
        match = match or _ANY_ID.search(text)
        identifier = match[1] if match else ""
    root = absolute_url((host[1].replace("\\/", "/") or "/") if host else None, page.url)
    if root is None or not identifier:
        return None
    blog = _Blog(
        root=root.rstrip("/"),
        id=identifier,
        item=jsonapi.EMPTY,
        url=page.url,
        title=page_title(page),
        language=page_language(page),
    )
    return _described(blog, item)


def _blog_item(text: str) -> Object:
    for match in _BLOG.finditer(text):
        try:
            value, _ = json.JSONDecoder(strict=False).raw_decode(text, match.end())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and _identifier(value):
            return value
    return jsonapi.EMPTY


def _identifier(item: Object) -> str:
    value = item.get("_id")
    name = jsonapi.text(value, "$oid") if isinstance(value, dict) else value
    return name if isinstance(name, str) and re.fullmatch("[0-9a-f]{24}", name) else ""


def _blog_of_answer(page: Page, value: object) -> _Blog | None:
    """The blog an answer is about: by its address, else by the link to itself in it."""
    item = value if isinstance(value, dict) and "blog_status" in value else jsonapi.EMPTY
    own = jsonapi.text(jsonapi.part(value, "_links", "self"), "href")
    for url in (page.url, f"/api/{own.lstrip('/')}"):
        match = _API.fullmatch(url)
        if match:
            root = match["root"] if "://" in match["root"] else ""
            blog = _Blog(root.rstrip("/"), match["blog"], jsonapi.EMPTY, page.url)
            return _described(blog, item)
    return None


def _described(blog: _Blog, item: object) -> _Blog:
    """The blog with what its own properties tell."""
    if not isinstance(item, dict) or not item:
        return blog
    preferences = jsonapi.part(item, "blog_preferences")
    return _Blog(
        root=blog.root,
        id=blog.id,
        item=item,
        url=absolute_url(jsonapi.text(item, "public_url"), blog.url) or blog.url,
        title=read_title(jsonapi.text(item, "title")) or blog.title,
        language=blog.language or jsonapi.text(preferences, "language")[:35],
    )


def _lasting_url(page: Page, blog: _Blog | None) -> str | None:
    """What to poll instead of a pasted address, which may name a page or a span of time."""
    if blog is None or not blog.root:
        return None
    url = blog.newer_posts_url() if _is_second(page) else blog.posts_url()
    return url if url != page.url else None


def _is_second(page: Page) -> bool:
    match = _API.fullmatch(page.url)
    return bool(match and match["v2"])


# -- requests -----------------------------------------------------------------------------------


def _first_page(blog: _Blog) -> Asking[Page | None]:
    for url in (blog.posts_url(), blog.newer_posts_url()):
        (page,) = yield [Request(url)]
        if page is not None and _posts(jsonapi.answer(page)) is not None:
            return page
    return None


def _further(first: Page, posts: list[Object], hints: Hints) -> Asking[tuple[list[Object], bool]]:
    """The posts of the pages that follow: all at the first poll, later as far as they are new.

    Returns:
        The posts, and whether they are all the blog has.
    """
    meta = jsonapi.part(jsonapi.answer(first), "_meta")
    total = jsonapi.number(meta, "total")
    size = jsonapi.number(meta, "max_results") or len(posts)
    found = {_key(post): post for post in posts}
    number = jsonapi.number(meta, "page") or 1
    page = posts
    while page and total is not None and number * size < total and number < MAX_PAGES:
        if hints.known and any(_key(post) in hints.known for post in page):
            break
        number += 1
        (more,) = yield [Request(_numbered(first.url, number))]
        page = _posts(jsonapi.answer(more)) or []
        for post in page:
            found.setdefault(_key(post), post)
    whole = total is not None and len(found) >= total
    if _is_second(first) and first.url:
        # The second API lists the posts pinned on top apart from the others.
        (more,) = yield [Request(_numbered(first.url, 1) + "&sticky=1")]
        pinned = _posts(jsonapi.answer(more))
        whole = whole and pinned is not None
        found = {_key(post): post for post in pinned or []} | found
    return list(found.values()), whole


def _numbered(url: str, number: int) -> str:
    if _PAGE.search(url):
        return _PAGE.sub(f"page={number}", url)
    return f"{url}{'&' if '?' in url else '?'}page={number}"


# -- posts --------------------------------------------------------------------------------------


def _posts(value: object) -> list[Object] | None:
    """The posts of an answer; None where it is none."""
    found = value.get("_items") if isinstance(value, dict) else None
    return objects(found) if isinstance(found, list) else None


def _is_post(post: Object) -> bool:
    return "_id" in post and ("groups" in post or "items" in post) and "post_status" in post


def _key(post: Object) -> str | None:
    return jsonapi.identifier(post.get("_id")) or jsonapi.identifier(post.get("guid"))


def _snapshot(blog: _Blog, posts: Iterable[Object], *, complete: bool, now: datetime) -> Snapshot:
    shown = [post for post in posts if not _is_scheduled(post, now)]
    shown.sort(key=_order)
    return Snapshot(
        adapter="sourcefabric",
        title=blog.title,
        url=blog.url,
        entries=tuple(_entry(post, blog) for post in shown),
        language=blog.language,
        complete=complete,
        ended=jsonapi.text(blog.item, "blog_status").strip().lower() == "closed",
    )


def _order(post: Object) -> float:
    """Where the newsroom put it; the API's numbers grow towards the top."""
    value = post.get("order")
    return -float(value) if isinstance(value, int | float) and -1e15 < value < 1e15 else 0.0


def _is_scheduled(post: Object, now: datetime) -> bool:
    published = _instant(post, "published_date")
    return published is not None and published > now


def _instant(post: Object, *names: str) -> datetime | None:
    for name in names:
        found = read_instant(post.get(name))
        if found:
            return found.at
    return None


def _entry(post: Object, blog: _Blog) -> SourceEntry:
    body = read_items(post, blog.url)
    status = jsonapi.text(post, "post_status").strip().lower()
    return SourceEntry(
        id=_key(post),
        published_at=_instant(post, "published_date", "firstcreated", "_created"),
        updated_at=_instant(post, "content_updated_date", "_updated"),
        title=read_title(jsonapi.text(post, "headline")),
        text=body.text,
        html=body.html,
        url=blog.url,
        author=_author(post),
        key_event=jsonapi.flag(post, "lb_highlight") or jsonapi.flag(post, "highlight"),
        pinned=jsonapi.flag(post, "sticky"),
        media=body.media,
        links=body.links,
        withdrawn=jsonapi.flag(post, "deleted") or status not in _OPEN,
    )


def _author(post: Object) -> str:
    people: Sequence[Object] = [
        jsonapi.part(post, "publisher"),
        jsonapi.part(post, "original_creator"),
    ]
    names = (read_title(jsonapi.text(person, "display_name", "byline")) for person in people)
    return next((name for name in names if name), "")
