"""The newsroom: a seeded model of people who write, correct, pin and take back posts."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.support.replay.view import Order, Shown, View
from tests.support.replay.words import reworded, sentence


@dataclass(frozen=True, slots=True)
class Habits:
    """What the people of one format do, as far as a reader could tell what happened.

    Attributes:
        named: posts have ids, so that all words of one may be exchanged and any minute used again.
        titles: posts may have a title.
        edits: posts are corrected.
        corrects_times: the time of a post may be corrected, too.
        minutes: times are full minutes.
        limit: posts on the page, the newest.
        orders: in which the page may stand at a poll, the usual one first.
        pins: an old post may stand on top for a while.
        doubles: a post may stand on the page twice.
    """

    named: bool = True
    titles: bool = True
    edits: bool = True
    corrects_times: bool = True
    minutes: bool = False
    limit: int = 30
    orders: tuple[Order, ...] = (Order.NEWEST_FIRST, Order.OLDEST_FIRST, Order.ANY)
    pins: bool = True
    doubles: bool = True


@dataclass(eq=False)
class _Post:
    number: int
    begun: datetime
    at: datetime
    changed: datetime
    title: str
    text: str
    gone: bool = False
    version: int = 1

    def shown(self) -> Shown:
        return Shown(
            self.number, self.begun, self.at, self.changed, self.title, self.text, self.version
        )


class Newsroom:
    """Writes a live blog.

    Args:
        seed: decides everything that happens.
        habits: of the format.
        begun: when it begins, UTC; a few posts were written in the hour before.
    """

    def __init__(self, seed: int, habits: Habits, begun: datetime) -> None:
        self.random = random.Random(seed)
        self.habits = habits
        self.now = begun
        self._posts: list[_Post] = []
        self._pinned: _Post | None = None
        for minutes in range(50, 0, -5):
            self._write(begun - timedelta(minutes=minutes))

    # -- what happens ---------------------------------------------------------------------------

    def turn(self, now: datetime) -> None:
        """What happens until `now`."""
        past, self.now = self.now, now
        for _ in range(self.random.choice((0, 0, 0, 1, 1, 2, 3))):
            self._write(past + self.random.random() * (now - past))
        for _ in range(self.random.choice((0, 0, 0, 1, 2)) if self.habits.edits else 0):
            self._correct()
        if self.random.random() < 0.1:
            self._take_back()
        if self.habits.corrects_times and self.random.random() < 0.05:
            self._correct_time()
        if self.habits.pins and self.random.random() < 0.05:
            self._pinned = self.random.choice(self._page()) if self._pinned is None else None

    def _write(self, when: datetime) -> None:
        """A post: now, in the very minute of the last one, or dated back in between."""
        chance = self.random.random()
        last = max((post.at for post in self._posts), default=when)
        if chance < 0.2 and self._posts:
            when = last
        elif chance > 0.8 and self._posts:
            when -= timedelta(minutes=self.random.uniform(3, 60))
            when = max(when, min(post.at for post in self._posts) + timedelta(minutes=1))
        at = when.replace(second=0 if self.habits.minutes else when.second, microsecond=0)
        if not self.habits.named and at in {post.at for post in self._posts if post.gone}:
            return  # in the minute of one taken back it might pass for its rewording
        title = sentence(self.random, 5).rstrip(".") if self._has_title() else ""
        text = sentence(self.random)
        if self.random.random() < 0.3:
            text += f"\n\n{sentence(self.random)}"
        self._posts.append(_Post(len(self._posts) + 1, self.now, at, self.now, title, text))

    def _has_title(self) -> bool:
        return self.habits.titles and self.random.random() < 0.4

    def _correct(self) -> None:
        """A slip mended, a word exchanged, a sentence more, or (where ids tell) all of it."""
        page = self._page()
        post = self.random.choice(page[-15:] if self.random.random() < 0.8 else page)
        if self.habits.named and self.random.random() < 0.3:
            post.text = sentence(self.random)
        else:
            first, *more = post.text.split("\n\n")
            post.text = "\n\n".join((reworded(self.random, first), *more))
        post.changed = self.now
        post.version += 1

    def _correct_time(self) -> None:
        """To another one that is still well on the page, where a reader can see it."""
        page = self._page()
        post = self.random.choice(page)
        at = post.at - timedelta(minutes=self.random.randint(1, 20))
        if at > page[len(page) // 3].at and all(other.at != at for other in self._posts):
            post.at, post.changed = at, self.now

    def _take_back(self) -> None:
        """One post with older and newer ones around it."""
        page = self._page()
        times = [post.at for post in page]
        inside = [post for post in page if min(times) < post.at < max(times)]
        if not self.habits.named:
            inside = [post for post in inside if times.count(post.at) == 1]
        if inside:
            post = self.random.choice(inside)
            post.gone, post.changed = True, self.now
            if self._pinned is post:
                self._pinned = None

    # -- what can be seen -----------------------------------------------------------------------

    def _standing(self) -> list[_Post]:
        return sorted(
            (post for post in self._posts if not post.gone), key=lambda post: (post.at, post.number)
        )

    def _page(self) -> list[_Post]:
        return self._standing()[-self.habits.limit :]

    def view(self) -> View:
        """The live blog as it stands."""
        chance = self.random.random()
        orders = self.habits.orders
        order = self.random.choice(orders) if chance < 0.25 else orders[0]
        page = self._page()
        doubled = None
        if self.habits.doubles and self.random.random() < 0.1:
            doubled = self.random.choice(page).number
        return View(
            now=self.now,
            posts=tuple(post.shown() for post in self._standing()),
            gone=tuple(post.shown() for post in self._posts if post.gone),
            limit=self.habits.limit,
            order=order,
            shuffle=self.random.random(),
            pinned=self._pinned.number if self._pinned else None,
            doubled=doubled,
        )
