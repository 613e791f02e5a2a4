"""The BBC: a stream of posts on several pages, in both of its spellings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

from tests.support.replay.newsroom import Habits
from tests.support.replay.view import Order, Shown, View
from tests.support.replay.writer import TITLE, Answer, Writer, name

PER_PAGE = 20
Accepted = Iterator[tuple[Shown, tuple[str, ...]]]


class BbcPayload(Writer):
    """The stream as the payload of a script, as it was from 2016 to 2023."""

    adapter = "bbc"
    withdrawals = "absence"
    url: ClassVar[str] = "https://www.bbc.co.uk/news/live/uk-68000001"
    older: ClassVar[str] = f"{url}/page/"
    habits: ClassVar[Habits] = Habits(limit=400, orders=(Order.NEWEST_FIRST,), doubles=False)

    def answer(self, url: str, view: View) -> Answer | None:
        """A page of the stream."""
        head, _, number = url.partition(self.older)
        if head not in ("", self.url):
            return None
        return self.part(view.page(), int(number or 1))

    def part(self, posts: Sequence[Shown], number: int) -> Answer:
        """One page."""
        shown = posts[PER_PAGE * (number - 1) : PER_PAGE * number]
        results = [self.post(post) for post in shown]
        return self.around(results, number, -(-len(posts) // PER_PAGE))

    def empty(self, view: View) -> Answer:
        """A stream without posts."""
        del view
        return self.part([], 1)

    def visible(self, view: View) -> Accepted:
        """The first page."""
        for post in view.page()[:PER_PAGE]:
            yield post, (self.words(post),)

    def glimpsed(self, view: View) -> Accepted:
        """The older pages, asked for where none of the first is known."""
        return Writer.visible(self, view)

    def tells(self, view: View, gone: Shown, times: Sequence[datetime]) -> bool:
        """Only as long as there is one page."""
        return len(view.page()) <= PER_PAGE and super().tells(view, gone, times)

    def around(self, results: list[dict[str, Any]], number: int, pages: int) -> Answer:
        """The page around its posts."""
        stream = {"results": results, "numberOfPages": pages, "currentPage": number}
        written = json.dumps({"body": stream}).replace("/", "\\/")
        uri = "/data/bbc-morph-lx-commentary-data-paged/assetUri/%2Fnews%2Flive%2Fuk-68000001"
        return self.whole(f"<script>Morph.setPayload('{uri}/version/1', {written});</script>")

    @staticmethod
    def whole(script: str) -> Answer:
        """A page with that script."""
        return Answer(f'<html lang="en-gb"><body><h1>{TITLE}</h1>{script}</body></html>')

    def post(self, post: Shown) -> dict[str, Any]:
        """One post."""
        return {
            "assetId": name(post),
            "locator": f"urn:asset:{post.number}",
            "title": post.title,
            "firstPublished": post.at.isoformat(),
            "lastUpdated": post.changed.isoformat(),
            "body": [
                {"name": "paragraph", "children": [{"name": "text", "text": one}]}
                for one in post.paragraphs
            ],
        }


class BbcData(BbcPayload):
    """The stream in the page's data, as it is since 2023."""

    url: ClassVar[str] = "https://www.bbc.com/news/live/c0harbourwallt"
    older: ClassVar[str] = f"{url}?page="

    def around(self, results: list[dict[str, Any]], number: int, pages: int) -> Answer:
        """The page around its posts."""
        stream = {"results": results, "page": {"index": number, "total": pages}}
        data = {
            "title": TITLE,
            "isLive": True,
            "liveTextStream": {"id": "c0", "content": {"data": stream}},
        }
        written = json.dumps(json.dumps(data))
        return self.whole(f"<script>window.__INITIAL_DATA__={written};</script>")

    def post(self, post: Shown) -> dict[str, Any]:
        """One post."""
        headline = _block("headline", _block("text", _paragraph(post.title)))
        return {
            "urn": f"asset:0f3c7a52-1111-4222-8333-44445555{post.number:04x}",
            "type": "POST",
            "options": {"isBreakingNews": False},
            "dates": {
                "firstPublished": post.at.isoformat(),
                "lastPublished": post.changed.isoformat(),
                "curated": post.at.isoformat(),
            },
            "header": {"model": {"blocks": [headline] if post.title else []}},
            "content": {"model": {"blocks": [_paragraph(one) for one in post.paragraphs]}},
        }


def _block(kind: str, *inner: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": kind, "model": {"blocks": list(inner), **more}}


def _paragraph(text: str) -> dict[str, Any]:
    fragment = {"type": "fragment", "model": {"text": text, "attributes": []}}
    return _block("paragraph", fragment, text=text)
