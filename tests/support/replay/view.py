"""A live blog at one moment, before any format has written it down."""

from __future__ import annotations

import enum
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime


class Order(enum.Enum):
    """How a page sorts its posts."""

    NEWEST_FIRST = "newest first"
    OLDEST_FIRST = "oldest first"
    NEARLY = "newest first, neighbours exchanged"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Shown:
    """A post as it is at present.

    Attributes:
        number: from 1; what a format makes its ids of.
        begun: when it was begun, UTC.
        at: when it was published, as the page says; may be corrected.
        changed: when it was last changed.
        title: "" without one.
        text: paragraphs joined by a blank line.
        version: 1, and one more with each correction.
    """

    number: int
    begun: datetime
    at: datetime
    changed: datetime
    title: str
    text: str
    version: int

    @property
    def paragraphs(self) -> list[str]:
        """Of its text."""
        return self.text.split("\n\n")

    @property
    def html(self) -> str:
        """Its text as markup."""
        return "".join(f"<p>{one}</p>" for one in self.paragraphs)


@dataclass(frozen=True, slots=True)
class View:
    """A live blog at one moment.

    Attributes:
        now: UTC.
        posts: all that stand, oldest first.
        gone: all that were taken back.
        limit: posts on a page, the newest.
        order: of a page.
        shuffle: 0 to 1, decides in which disorder.
        pinned: number of the post that stands on top.
        doubled: number of a post that stands on the page twice.
        part: of the page that is left, "newest" or "oldest" half, "" for all of it.
    """

    now: datetime
    posts: tuple[Shown, ...]
    gone: tuple[Shown, ...]
    limit: int
    order: Order
    shuffle: float
    pinned: int | None
    doubled: int | None
    part: str = ""

    def page(self, limit: int | None = None) -> list[Shown]:
        """The posts of the page in its order: pinned on top, one perhaps twice."""
        return list(self._doubled(self._pinned(self.listed(limit))))

    def listed(self, limit: int | None = None) -> list[Shown]:
        """The posts of the page in its order, each once, none pinned."""
        posts = list(self.posts[-(limit or self.limit) :])
        page = self.posts[-self.limit :]
        half = page[len(page) // 2].at  # whatever a document lists, it breaks at the same time
        if self.part == "newest":
            posts = [post for post in posts if post.at >= half]
        elif self.part == "oldest":
            posts = [post for post in posts if post.at <= half]
        chance = random.Random(self.shuffle)
        if self.order is Order.ANY:
            chance.shuffle(posts)
        elif self.order is not Order.OLDEST_FIRST:
            posts.reverse()
        if self.order is Order.NEARLY:
            for place in range(0, len(posts) - 1, 2):
                if chance.random() < 0.5:
                    posts[place : place + 2] = posts[place : place + 2][::-1]
        return posts

    def _pinned(self, posts: list[Shown]) -> list[Shown]:
        newest = max((post.at for post in posts), default=self.now)  # of an old copy: of its time
        top = [post for post in self.posts if post.number == self.pinned and post.at <= newest]
        return [*top, *(post for post in posts if post.number != self.pinned)]

    def _doubled(self, posts: list[Shown]) -> list[Shown]:
        twice = [post for post in posts[:-1] if post.number == self.doubled]
        place = int(self.shuffle * len(posts))  # never the end, which tells how far it goes back
        return [*posts[:place], *twice, *posts[place:]]

    def map(self, change: Callable[[Shown], Shown]) -> View:
        """The same with each post changed."""
        return replace(self, posts=tuple(map(change, self.posts)))
