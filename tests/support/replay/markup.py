"""Pages read by their markup: AMP live lists, repeated elements, an admin's selectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from tests.support.replay.newsroom import Habits
from tests.support.replay.view import Order, Shown, View
from tests.support.replay.writer import Answer, Writer, as_page, name

NEARLY = (Order.NEWEST_FIRST, Order.NEARLY)


class Amp(Writer):
    """An ``<amp-live-list>``: ids, times, and tombstones of what was taken back."""

    adapter = "amp"
    withdrawals = "row"

    def page(self, view: View) -> Answer:
        """The page; a list of as many items as it may hold is not all there is."""
        posts = view.page()
        oldest = min((post.at for post in posts), default=view.now)
        items = [self._item(post) for post in posts]
        items += [self._tombstone(post) for post in view.gone if post.at >= oldest]
        return self._list("".join(items))

    def empty(self, view: View) -> Answer:
        """A list without items."""
        del view
        return self._list("")

    def tells(self, view: View, gone: Shown, times: Sequence[datetime]) -> bool:
        """As long as its tombstone stands."""
        del view
        return bool(times) and gone.at >= min(times)

    def _list(self, items: str) -> Answer:
        return as_page(
            '<amp-live-list id="live" data-poll-interval="15000" data-max-items-per-page="30">'
            f"<button update>more</button><div items>{items}</div></amp-live-list>"
        )

    @staticmethod
    def _item(post: Shown) -> str:
        title = f"<h2>{post.title}</h2>" if post.title else ""
        return (
            f'<div id="item-{name(post)}" data-sort-time="{int(post.at.timestamp())}"'
            f' data-update-time="{int(post.changed.timestamp())}">{title}{post.html}</div>'
        )

    @staticmethod
    def _tombstone(post: Shown) -> str:
        return (
            f'<div id="item-{name(post)}" data-sort-time="{int(post.at.timestamp())}"'
            f' data-update-time="{int(post.changed.timestamp())}" data-tombstone></div>'
        )


class DomNamed(Writer):
    """Elements that repeat with a time each, and carry their ids."""

    adapter = "dom"
    withdrawals = "absence"
    habits: ClassVar[Habits] = Habits(orders=NEARLY)

    def page(self, view: View) -> Answer:
        """The page."""
        entries = "".join(map(self.entry, view.page()))
        return as_page(f'<main><div class="live-blog">{entries}</div></main>')

    def empty(self, view: View) -> Answer:
        """The page before its first entry."""
        del view
        return as_page('<main><div class="live-blog"></div></main>')

    def entry(self, post: Shown) -> str:
        """One entry."""
        title = f"<h3>{post.title}</h3>" if post.title else ""
        return (
            f'<article class="entry"{self.mark(post)}><time datetime="{post.at.isoformat()}">'
            f"{post.at:%H:%M}</time>{title}{post.html}</article>"
        )

    def mark(self, post: Shown) -> str:
        """What names it."""
        return f' data-post-id="{name(post)}"'


class DomNameless(DomNamed):
    """The same without ids."""

    polls = 200
    habits: ClassVar[Habits] = Habits(named=False, orders=NEARLY)

    def mark(self, post: Shown) -> str:
        """Nothing names it."""
        del post
        return ""


class Selected(Writer):
    """A page that no format fits, read by an admin's selectors."""

    adapter = "selectors"
    withdrawals = "absence"
    habits: ClassVar[Habits] = Habits(orders=NEARLY)
    options: ClassVar[Mapping[str, str]] = {
        "entry": "//div[@class='zz']",
        "title": "b",
        "text": "i",
        "time": "@data-q",
        "id": "@data-n",
    }

    def page(self, view: View) -> Answer:
        """The page."""
        return as_page("".join(map(self._entry, view.page())))

    @staticmethod
    def _entry(post: Shown) -> str:
        words = "".join(f"<i>{one}</i>" for one in post.paragraphs)
        return (
            f'<div class="zz" data-q="{post.at.isoformat()}" data-n="{name(post)}">'
            f"<b>{post.title}</b>{words}<u>Share</u></div>"
        )
