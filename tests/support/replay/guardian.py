"""The Guardian: its page, and its page model as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from tests.support.replay.newsroom import Habits
from tests.support.replay.view import Order, Shown, View
from tests.support.replay.writer import TITLE, Answer, Writer, as_json, name

PER_PAGE = 20
Accepted = Iterator[tuple[Shown, tuple[str, ...]]]


class GuardianPage(Writer):
    """Blocks on pages of twenty; the pinned one stands above them as a copy, wherever it is."""

    adapter = "guardian"
    withdrawals = "absence"
    url: ClassVar[str] = "https://www.theguardian.com/uk-news/live/2024/mar/05/storm-live"
    habits: ClassVar[Habits] = Habits(limit=400, orders=(Order.NEWEST_FIRST,), doubles=False)

    def answer(self, url: str, view: View) -> Answer | None:
        """The page, or an older one, named by the block it begins with."""
        head, _, block = url.partition("?page=with:block-")
        if not head.startswith(GuardianPage.url):
            return None
        blocks = view.listed()
        names = [name(post) for post in blocks]
        start = names.index(block) if block in names else 0
        rest = blocks[start + PER_PAGE :]
        older = f"?page=with:block-{name(rest[0])}" if rest else ""
        return self.part(blocks[start : start + PER_PAGE], self.top(view), older)

    def part(self, blocks: Sequence[Shown], pinned: Shown | None, older: str) -> Answer:
        """One page."""
        links = f'<a href="{older}">Older</a>' if older else ""
        copy = f'<div id="pinned-post">{self._article(pinned, "")}</div>' if pinned else ""
        shown = "".join(self._article(post, f' id="block-{name(post)}"') for post in blocks)
        return Answer(
            f'<html lang="en"><head><title>{TITLE}</title></head><body><script>window.guardian = '
            f'{{"isLive":true,"isLiveBlog":true}}</script><h1>{TITLE}</h1>{copy}'
            f'<div id="liveblog-body">{shown}</div>{links}</body></html>'
        )

    def empty(self, view: View) -> Answer:
        """A live blog that has not begun."""
        del view
        return self.part([], None, "")

    def visible(self, view: View) -> Accepted:
        """The first page and the pinned block."""
        top = self.top(view)
        for post in {*view.listed()[:PER_PAGE], *([top] if top else [])}:
            yield post, (self.words(post),)

    def glimpsed(self, view: View) -> Accepted:
        """The older pages, asked for where none of the first is known."""
        return Writer.visible(self, view)

    def tells(self, view: View, gone: Shown, times: Sequence[datetime]) -> bool:
        """Only as long as there is one page, and no copy above it."""
        alone = len(view.listed()) <= PER_PAGE and self.top(view) is None
        return alone and super().tells(view, gone, times)

    @staticmethod
    def top(view: View) -> Shown | None:
        """The pinned block."""
        return next((post for post in view.page() if post.number == view.pinned), None)

    @staticmethod
    def _article(post: Shown, mark: str) -> str:
        heading = f"<h2>{post.title}</h2>" if post.title else ""
        return (
            f'<article{mark} class="block"><header><a href="?page=with:block-{name(post)}'
            f'#block-{name(post)}"><time datetime="{post.at.isoformat()}">now</time></a>{heading}'
            f"</header>{post.html}<footer></footer></article>"
        )


class GuardianModel(GuardianPage):
    """The same as JSON."""

    url: ClassVar[str] = f"{GuardianPage.url}.json?dcr=true"

    def answer(self, url: str, view: View) -> Answer | None:
        """The model, or that of an older page."""
        wanted = url.replace(".json", "").replace("dcr=true", "").replace("?&", "?").rstrip("?&")
        return super().answer(wanted, view)

    def part(self, blocks: Sequence[Shown], pinned: Shown | None, older: str) -> Answer:
        """One page's model."""
        pages: dict[str, object] = {"currentPage": 1, "totalPages": 2 if older else 1}
        if older:
            pages["older"] = older
        model: dict[str, object] = {
            "webTitle": TITLE,
            "webURL": GuardianPage.url,
            "blocks": [self._block(post) for post in blocks],
            "pagination": pages,
        }
        if pinned:
            model["pinnedPost"] = self._block(pinned)
        return as_json(model)

    def empty(self, view: View) -> Answer:
        """A model without blocks."""
        del view
        return self.part([], None, "")

    @staticmethod
    def _block(post: Shown) -> dict[str, object]:
        kind = "model.dotcomrendering.pageElements.TextBlockElement"
        return {
            "id": name(post),
            "title": post.title,
            "elements": [{"_type": kind, "html": post.html}],
            "attributes": {"pinned": False, "keyEvent": False, "summary": False},
            "blockFirstPublished": int(post.at.timestamp() * 1000),
            "blockLastUpdated": int(post.changed.timestamp() * 1000),
            "contributors": [],
        }
