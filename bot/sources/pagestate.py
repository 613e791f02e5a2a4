"""Live blogs that a script draws: their posts in the state that the page's script starts from.

A page that calls itself a live blog plainly, and holds a list of objects which have each a time of
its own, an id and words of some length. Lists of links, comments and archives look like that, too,
and are told apart as on pages of markup (`domjudge`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from bot.errors import NoLiveBlogError
from bot.model import Snapshot, SourceEntry
from bot.sources import identity, statejson
from bot.sources.base import NOT_MINE, Hints, Page, Recognition
from bot.sources.dom import is_ended
from bot.sources.domentry import leads_away
from bot.sources.headline import settle
from bot.sources.jsonld import Object
from bot.sources.masthead import Masthead, read_masthead
from bot.sources.pictures import absolute_url
from bot.sources.statepost import Post, read_post
from bot.wording import Wording

NEEDED = 3
"""Posts."""

_SIGNS = re.compile(
    r"application/json|__NEXT_DATA__|__NUXT__|Fusion\.|[_.][A-Z_]{0,20}(?:STATE|DATA|PROPS)\w{0,10}\s?="
    r"|window\.[\w$.]{1,60}\s?=\s?[{\"']"
)
_TOLD = re.compile(r'"liveBlogUpdate"\s{0,9}:\s{0,9}\[?\s{0,9}\{')  # structured data tell more
_LIVE = re.compile(
    r"live|ticker|updat|posts?\b|entr(?:y|ies)|timeline|stream|message|bulletin|elements",
    re.IGNORECASE,
)
_TALK = re.compile(r"comment|repl(?:y|ies)|discussion|forum|review", re.IGNORECASE)
_LINKS = re.compile(
    r"related|teaser|recommend|mostread|trending|navigation|menu|promo", re.IGNORECASE
)
_TALKS = frozenset({"replies", "replycount", "upvotes", "downvotes", "commentid", "parentcomment"})
_WORDS = 40  # characters of a report
_SUMMARY = 400  # characters; what leads away and says less is a link to another page
_APART = timedelta(hours=20)
_AHEAD = timedelta(minutes=30)
_MOST = 1_500  # posts of one list


@dataclass(frozen=True, slots=True)
class _Found:
    """A list of posts, and the names it lies under."""

    path: str
    posts: Sequence[Post]

    @property
    def size(self) -> int:
        """Characters of all posts."""
        return sum(len(post.body.text) + len(post.title) for post in self.posts)


class PageState:
    """Reads the posts in the state of a page."""

    @property
    def name(self) -> str:
        """Stored with the source."""
        return "pagestate"

    def recognises(self, page: Page) -> Recognition:
        """Look for a list of posts on a page that calls itself a live blog plainly."""
        if not page.is_html or _TOLD.search(page.text) or not _SIGNS.search(page.text):
            return NOT_MINE
        if _masthead(page).cue < 2:
            return NOT_MINE
        found = _best(page)
        if found is None:
            return NOT_MINE
        sure = 0.75 if _LIVE.search(found.path) else 0.6
        return Recognition(
            sure,
            Wording.counted(
                "{n} post in the state of the page's script",
                "{n} posts in the state of the page's script",
                len(found.posts),
            ),
        )

    def read(self, page: Page, hints: Hints) -> Snapshot:
        """Read the posts in their order."""
        del hints
        found = _best(page) if page.is_html else None
        if found is None:
            raise NoLiveBlogError(
                Wording("The page's script starts from no list of posts (any more).")
            )
        masthead = _masthead(page)
        ids = identity.reliable([post.id for post in found.posts])
        entries = tuple(
            _entry(post, name, masthead) for post, name in zip(found.posts, ids, strict=True)
        )
        return Snapshot(
            adapter=self.name,
            title=masthead.title,
            url=masthead.url,
            entries=entries,
            language=masthead.language,
            complete=False,
            ended=is_ended(masthead.title, entries),
        )


def _masthead(page: Page) -> Masthead:
    return read_masthead(page, page.blocks, min(len(page.blocks), 40), len(page.blocks))


def _entry(post: Post, name: str | None, masthead: Masthead) -> SourceEntry:
    title, body = settle(post.title, post.body, masthead.title, masthead.url)
    own = absolute_url(post.address, masthead.url) if post.address else None
    changed = post.updated
    return SourceEntry(
        id=name,
        published_at=post.published,
        updated_at=changed if changed and post.published and changed > post.published else None,
        title=title,
        text=body.text,
        html=body.html,
        url=own if own and not leads_away(own, masthead.url) else masthead.url,
        author=post.author,
        key_event=post.key_event,
        pinned=post.pinned,
        media=body.media,
        links=body.links,
    )


def _best(page: Page) -> _Found | None:
    """The list with most words that is like a live blog's."""
    best: _Found | None = None
    for value in statejson.values(page):
        for path, items in statejson.lists(value):
            found = _read(path, items, page)
            if found is not None and (best is None or found.size > best.size):
                best = found
    return best


def _read(path: str, items: Sequence[Object], page: Page) -> _Found | None:
    last = path.rpartition(".")[2]
    if len(items) < NEEDED or _TALK.search(path) or _LINKS.search(last):
        return None
    if sum(bool(_TALKS & {name.lower() for name in item}) for item in items[:20]) * 2 > min(
        len(items), 20
    ):
        return None
    url = page.url.partition("#")[0]
    # A look at the first few saves reading lists of other things.
    if not any(_is_post(read_post(item, url)) for item in items[:6]):
        return None
    posts = [post for item in items[:_MOST] if _is_post(post := read_post(item, url))]
    posts = list({post.id or number: post for number, post in enumerate(posts)}.values())
    return _Found(path, posts) if _is_live(posts, page) else None


def _is_post(post: Post) -> bool:
    return post.published is not None and bool(post.title or post.body.text)


def _is_live(posts: Sequence[Post], page: Page) -> bool:
    count = len(posts)
    if count < NEEDED:
        return False
    times = sorted(post.published for post in posts if post.published)
    if len(set(times)) * 2 < count or times[-1] > page.fetched_at + _AHEAD:
        return False
    steps = sorted(later - earlier for earlier, later in pairwise(times))
    if steps[len(steps) // 2] > _APART:
        return False
    lengths = sorted(len(post.body.text) for post in posts)
    if lengths[count // 2] < _WORDS:
        return False
    away = sum(
        leads_away(address, page.url)
        for post in posts
        if post.address and (address := absolute_url(post.address, page.url))
    )
    return away * 2 < count or lengths[count // 2] > _SUMMARY
