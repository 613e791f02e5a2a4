"""What a format has to tell the replay: its documents, and what of a view they show."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from tests.support.replay.newsroom import Habits
from tests.support.replay.view import Order, Shown, View

TITLE = "Storm over the harbour – live updates"


@dataclass(frozen=True, slots=True)
class Answer:
    """A document."""

    body: str
    content_type: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(value: object) -> Answer:
    """A document of JSON."""
    return Answer(json.dumps(value), "application/json")


def as_page(body: str, head: str = "", title: str = TITLE) -> Answer:
    """A page with this inside."""
    return Answer(
        f'<!DOCTYPE html><html lang="en"><head><title>{title}</title>{head}</head>'
        f"<body><h1>{title}</h1>{body}</body></html>"
    )


def name(post: Shown) -> str:
    """An id of 24 hex digits, the first eight of which are the second the post was begun in."""
    return f"{int(post.begun.timestamp()):08x}a1b2c3d4e5{post.number:06x}"


class Writer:
    """Writes a live blog down in one format.

    Attributes:
        adapter: that is to read it.
        url: the address that is polled.
        habits: what its people do.
        options: of the source.
        withdrawals: how they are told: "row" (the format says so at once), "absence" (it lists all
            posts between its oldest and its newest), or "" (it cannot tell).
        polls: so many in a replay: more for one format of each way to tell entries apart.
        delay: polls after which a state that lasted must be stored.
    """

    adapter: ClassVar[str]
    url: ClassVar[str] = "https://news.example/live/storm"
    habits: ClassVar[Habits] = Habits()
    options: ClassVar[Mapping[str, str]] = {}
    withdrawals: ClassVar[str] = ""
    delay: ClassVar[int] = 1
    polls: ClassVar[int] = 80

    def answer(self, url: str, view: View) -> Answer | None:
        """The document at an address, None where there is none."""
        return self.page(view) if url == self.url else None

    def page(self, view: View) -> Answer:
        """The document at `url`."""
        raise NotImplementedError

    def visible(self, view: View) -> Iterator[tuple[Shown, tuple[str, ...]]]:
        """The posts that a poll must find, each with the words it may be stored with."""
        for post in view.page():
            yield post, (self.words(post),)

    def glimpsed(self, view: View) -> Iterator[tuple[Shown, tuple[str, ...]]]:
        """The posts that a poll may find besides."""
        del view
        return iter(())

    def tells(self, view: View, gone: Shown, times: Sequence[datetime]) -> bool:
        """Whether a poll shows that a post was taken back.

        Args:
            view: of the page.
            gone: the post.
            times: of the posts on the page, the pinned one left out.
        """
        if self.withdrawals == "absence":
            return view.order in (Order.NEWEST_FIRST, Order.OLDEST_FIRST) and (
                bool(times) and min(times) < gone.at < max(times)
            )
        return bool(self.withdrawals)

    def words(self, post: Shown) -> str:
        """A post's title and text as they are to be stored."""
        return f"{post.title} {post.text}"

    def empty(self, view: View) -> Answer | None:
        """The first document when it lists no posts; None where that is no document at all."""
        del view
        return None
