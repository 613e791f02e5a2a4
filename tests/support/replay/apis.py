"""Formats with an API beside the page: WordPress Liveblog, Sourcefabric, Al Jazeera, Reddit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import orjson

from bot.sources.wordpress import FAR
from tests.support.replay.newsroom import Habits
from tests.support.replay.view import Order, Shown, View
from tests.support.replay.writer import TITLE, Answer, Writer, as_json, as_page, name

PER_PAGE = 20
SORTED = (Order.NEWEST_FIRST,)
Accepted = Iterator[tuple[Shown, tuple[str, ...]]]


def page_of(posts: Sequence[Any], number: int) -> list[Any]:
    """One page of a list; numbers count from 1."""
    return list(posts[PER_PAGE * (number - 1) : PER_PAGE * number])


class Api(Writer):
    """An API that lists all posts, page by page."""

    habits: ClassVar[Habits] = Habits(titles=False, limit=400, orders=SORTED, doubles=False)

    def visible(self, view: View) -> Accepted:
        """The posts on the first page."""
        for post in page_of(self.listed(view), 1):
            yield post, (self.words(post),)

    def glimpsed(self, view: View) -> Accepted:
        """Those on the pages that follow; they are asked for when none of the first is known."""
        for post in view.page():
            yield post, (self.words(post),)

    def listed(self, view: View) -> list[Shown]:
        """The posts in the API's order."""
        return view.page()

    def pages(self, view: View) -> int:
        """How many pages there are."""
        return -(-len(self.listed(view)) // PER_PAGE)


class WordPressSpan(Api):
    """WordPress Liveblog, asked for all its rows: new, update, delete."""

    adapter = "wordpress"
    withdrawals = "row"
    base: ClassVar[str] = "https://valley.example/wp-json/liveblog/v1/4711/"
    url: ClassVar[str] = f"{base}entries/0/{FAR}/"
    post: ClassVar[str] = "https://valley.example/2024/03/dam/"

    def answer(self, url: str, view: View) -> Answer | None:
        """The rows, or the post's own page."""
        if url == self.post:
            return as_page('<div id="wpcom-liveblog-container" class="4711"></div>')
        return super().answer(url, view)

    def page(self, view: View) -> Answer:
        """All rows there are."""
        rows = [row for post in view.page() for row in self.rows(post)]
        rows += [row for post in view.gone for row in (*self.rows(post), self.row(post, "delete"))]
        return as_json({"entries": rows, "latest_timestamp": None})

    def empty(self, view: View) -> Answer:
        """No rows."""
        del view
        return as_json({"entries": [], "latest_timestamp": None})

    def visible(self, view: View) -> Accepted:
        """All of them."""
        return Writer.visible(self, view)

    def rows(self, post: Shown) -> list[dict[str, object]]:
        """A post, and its last correction."""
        rows = [self.row(post, "new")]
        if post.version > 1:
            rows[0]["content"] = "<p>As it was at first.</p>"
            rows.append(self.row(post, "update"))
        return rows

    def row(self, post: Shown, kind: str) -> dict[str, object]:
        """One row."""
        moment = post.at if kind == "new" else post.changed
        return {
            "id": str(900 + post.number),
            "type": kind,
            "content": "" if kind == "delete" else post.html,
            "timestamp": int(moment.timestamp()),
            "entry_time": int(post.at.timestamp()),
            "authors": [],
            "share_link": f"{self.post}?lbup={900 + post.number}",
            "key_event": False,
        }


class WordPressPaged(WordPressSpan):
    """A site that answers the paged form only, which lists what stands."""

    url: ClassVar[str] = WordPressSpan.post
    withdrawals = "absence"
    habits: ClassVar[Habits] = Habits(
        titles=False, corrects_times=False, limit=400, orders=SORTED, doubles=False, pins=False
    )

    def answer(self, url: str, view: View) -> Answer | None:
        """The page, which is always the same, or a page of rows."""
        head, _, rest = url.partition("get-entries/")
        if head == self.base and rest:
            number = int(rest.partition("/")[0])
            rows = [self.row(post, "new") for post in page_of(self.listed(view), number)]
            return as_json({"entries": rows, "page": number, "pages": self.pages(view)})
        if url == self.post:
            return as_page('<div id="wpcom-liveblog-container" class="4711"></div>')
        return None

    def visible(self, view: View) -> Accepted:
        """The first page."""
        return Api.visible(self, view)


class SourcefabricFirst(Api):
    """Live Blog 3's first API: all posts, the last changed first, taken back ones as well."""

    adapter = "sourcefabric"
    withdrawals = "row"
    root: ClassVar[str] = "https://lb.coast.example/api"
    blog: ClassVar[str] = "client_blogs/5f1a2b3c4d5e6f7a8b9c0d1e"
    url: ClassVar[str] = f"{root}/{blog}/posts?max_results=100&page=1"

    def answer(self, url: str, view: View) -> Answer | None:
        """A page of posts, or what is told of the blog."""
        parts = urlsplit(url)
        if parts.path.endswith("/posts"):
            query = parse_qs(parts.query)
            return self.posts(view, int(query["page"][0]), sticky="sticky" in query)
        return as_json({"_id": self.blog[-24:], "title": TITLE, "blog_status": "open"})

    def posts(self, view: View, number: int, *, sticky: bool) -> Answer:
        """A page of posts."""
        del sticky
        gone = {post.number for post in view.gone}
        listed = self.all(view)
        items = [
            self.item(post, view, gone=post.number in gone) for post in page_of(listed, number)
        ]
        return self.listing(items, number, len(listed))

    def all(self, view: View) -> list[Shown]:
        """The last changed first."""
        posts = (*view.page(), *view.gone)
        unique = {post.number: post for post in posts}.values()
        return sorted(unique, key=lambda post: (post.changed, post.number), reverse=True)

    def listed(self, view: View) -> list[Shown]:
        """Those on the first page that stand."""
        gone = {post.number for post in view.gone}
        return [post for post in page_of(self.all(view), 1) if post.number not in gone]

    def tells(self, view: View, gone: Shown, times: Sequence[datetime]) -> bool:
        """When its change is among the last."""
        del times
        return gone in page_of(self.all(view), 1)

    def listing(self, items: list[dict[str, object]], number: int, total: int) -> Answer:
        """An answer of the API."""
        meta = {"page": number, "max_results": PER_PAGE, "total": total}
        return as_json({"_items": items, "_meta": meta})

    def empty(self, view: View) -> Answer:
        """No posts."""
        del view
        return self.listing([], 1, 0)

    def item(self, post: Shown, view: View, *, gone: bool) -> dict[str, object]:
        """One post; half of what is taken back is deleted, the other half is a draft again."""
        deleted = gone and post.number % 2 == 0
        return {
            "_id": f"urn:newsml:coast:{name(post)}",
            "_updated": post.changed.isoformat(),
            "published_date": post.at.isoformat(),
            "content_updated_date": post.changed.isoformat(),
            "order": post.number,
            "sticky": post.number == view.pinned,
            "lb_highlight": False,
            "deleted": deleted,
            "post_status": "draft" if gone and not deleted else "open",
            "groups": [
                {"id": "root", "refs": [{"idRef": "main"}]},
                {"id": "main", "refs": [{"item": {"item_type": "text", "text": post.html}}]},
            ],
        }


class SourcefabricSecond(SourcefabricFirst):
    """Live Blog 3's second API: what stands, the newest first, the pinned post apart."""

    withdrawals = "absence"
    url: ClassVar[str] = (
        f"{SourcefabricFirst.root}/v2/{SourcefabricFirst.blog}/posts"
        "?ordering=newest_first&limit=100&page=1"
    )

    def posts(self, view: View, number: int, *, sticky: bool) -> Answer:
        """A page of posts, or the pinned one."""
        if sticky:
            top = [post for post in view.posts if post.number == view.pinned]
            return self.listing([self.item(post, view, gone=False) for post in top], 1, len(top))
        listed = self.all(view)
        items = [self.item(post, view, gone=False) for post in page_of(listed, number)]
        return self.listing(items, number, len(listed))

    def all(self, view: View) -> list[Shown]:
        """All but the pinned one."""
        return [post for post in view.page() if post.number != view.pinned]

    def listed(self, view: View) -> list[Shown]:
        """The first page."""
        return page_of(self.all(view), 1)

    def visible(self, view: View) -> Accepted:
        """The first page, and the pinned post."""
        yield from super().visible(view)
        for post in view.posts:
            if post.number == view.pinned:
                yield post, (self.words(post),)

    def tells(self, view: View, gone: Shown, times: Sequence[datetime]) -> bool:
        """Only as long as all posts stand on one page."""
        return len(self.all(view)) <= PER_PAGE and Writer.tells(self, view, gone, times)


class AlJazeera(Api):
    """Al Jazeera: a list of ids, and one request for each update that is wanted."""

    adapter = "aljazeera"
    url: ClassVar[str] = "https://www.aljazeera.com/news/liveblog/2024/3/5/storm"
    withdrawals = "absence"
    delay = 130  # old updates are read again in turn
    habits: ClassVar[Habits] = Habits(limit=400, orders=SORTED, doubles=False, pins=False)

    def answer(self, url: str, view: View) -> Answer | None:
        """The page, the list, what is told of the blog, or one update."""
        if url == self.url:
            return as_page("<div>Al Jazeera</div>")
        query = parse_qs(urlsplit(url).query)
        variables = orjson.loads(query["variables"][0])
        if "postID" in variables:
            return self._update(view, variables["postID"])
        ids = [9_000_000 + post.number for post in view.page()]
        meta = [
            {"id": str(9_000_000 + post.number), "publishedTime": str(int(post.at.timestamp()))}
            for post in view.page()
        ]
        article: dict[str, object] = {"children": ids, "__typename": "Post"}
        if "postName" not in variables:
            article |= {"title": TITLE, "isLive": True, "childrenMeta": meta}
        return as_json({"data": {"article": article}})

    def visible(self, view: View) -> Accepted:
        """All of them, sooner or later."""
        return Writer.visible(self, view)

    @staticmethod
    def _update(view: View, number: int) -> Answer | None:
        for post in view.posts:
            if 9_000_000 + post.number == number:
                update = {
                    "id": str(number),
                    "postType": "liveblog-update",
                    "content": post.html,
                    "title": post.title,
                    "shouldDisplayTitle": bool(post.title),
                    "date": f"{post.at:%Y-%m-%dT%H:%M:%S}",
                    "modified_gmt": f"{post.changed:%Y-%m-%dT%H:%M:%S}",
                }
                return as_json({"data": {"posts": update}})
        return as_json({"data": {"posts": None}})


class RedditStricken(Api):
    """A Reddit thread, in which updates can be stricken but not corrected."""

    adapter = "reddit"
    withdrawals = "row"
    thread: ClassVar[str] = "https://www.reddit.com/live/1abc2def3ghi"
    url: ClassVar[str] = f"{thread}.json?limit=100"
    habits: ClassVar[Habits] = Habits(
        titles=False,
        edits=False,
        corrects_times=False,
        limit=400,
        orders=SORTED,
        doubles=False,
        pins=False,
    )

    def answer(self, url: str, view: View) -> Answer | None:
        """A page of updates, or what is told of the thread."""
        if url == f"{self.thread}/about.json":
            return as_json({"kind": "LiveUpdateEvent", "data": {"title": TITLE, "state": "live"}})
        after = parse_qs(urlsplit(url).query).get("after", [""])[0]
        updates = [self._update(post, gone=post in view.gone) for post in self.all(view)]
        start = 0
        for place, update in enumerate(updates):
            if update["name"] == after:
                start = place + 1
        found = updates[start : start + PER_PAGE]
        more = found[-1]["name"] if start + PER_PAGE < len(updates) else None
        return self._listing(found, more)

    def all(self, view: View) -> list[Shown]:
        """What stands, and what is stricken, the newest first."""
        posts = {post.number: post for post in (*view.page(), *view.gone)}
        return sorted(posts.values(), key=lambda post: (post.at, post.number), reverse=True)

    def listed(self, view: View) -> list[Shown]:
        """Those on the first page that stand."""
        return [post for post in page_of(self.all(view), 1) if post not in view.gone]

    def tells(self, view: View, gone: Shown, times: Sequence[datetime]) -> bool:
        """While it stands on the first page."""
        del times
        return gone in page_of(self.all(view), 1)

    def empty(self, view: View) -> Answer:
        """No updates."""
        del view
        return self._listing([], None)

    @staticmethod
    def _listing(updates: list[dict[str, object]], after: object) -> Answer:
        children = [{"kind": "LiveUpdate", "data": update} for update in updates]
        return as_json({"kind": "Listing", "data": {"after": after, "children": children}})

    @staticmethod
    def _update(post: Shown, *, gone: bool) -> dict[str, object]:
        number = f"{post.number:08x}-0000-11ee-8000-000000000000"
        return {
            "id": number,
            "name": f"LiveUpdate_{number}",
            "author": "pier_cam",
            "body": post.text,
            "body_html": f'<div class="md">{post.html}</div>',
            "created_utc": post.at.timestamp(),
            "stricken": gone,
            "embeds": [],
            "mobile_embeds": [],
        }


class RedditDeleted(RedditStricken):
    """A Reddit thread from which updates are deleted."""

    polls = 200
    withdrawals = "absence"

    def all(self, view: View) -> list[Shown]:
        """What stands, the newest first."""
        posts = {post.number: post for post in view.page()}
        return sorted(posts.values(), key=lambda post: (post.at, post.number), reverse=True)

    def tells(self, view: View, gone: Shown, times: Sequence[datetime]) -> bool:
        """When it is missing from the first page."""
        del view
        return bool(times) and min(times) < gone.at < max(times)
