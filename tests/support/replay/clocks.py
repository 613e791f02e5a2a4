"""Pages whose entries start with a clock time and have no ids."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from tests.support.replay.newsroom import Habits
from tests.support.replay.view import Order, Shown, View
from tests.support.replay.writer import Answer, Writer, as_page

EVENING = datetime(2024, 3, 5, 22, 10, tzinfo=UTC)
"""Two hundred polls from here on cross midnight."""


class Clock(Writer):
    """The newest first, under a line that names date and zone."""

    polls = 200
    adapter = "timestamped"
    withdrawals = "absence"
    zone: ClassVar[ZoneInfo] = ZoneInfo("UTC")
    habits: ClassVar[Habits] = Habits(
        named=False,
        titles=False,
        minutes=True,
        orders=(Order.NEWEST_FIRST, Order.NEARLY),
    )

    def page(self, view: View) -> Answer:
        """The page."""
        entries = "".join(map(self.entry, view.page()))
        return as_page(f"{self.dateline(view)}{entries}")

    def empty(self, view: View) -> Answer:
        """The page before its first entry."""
        return as_page(self.dateline(view))

    def dateline(self, view: View) -> str:
        """When it is from: the day it was begun."""
        del view
        return "<p>March 5, 2024. All times in UTC.</p>"

    def entry(self, post: Shown) -> str:
        """One entry."""
        first, *more = post.paragraphs
        rest = "".join(f"<p>{one}</p>" for one in more)
        return f"<p><b>{post.at.astimezone(self.zone):%H:%M}</b> {first}</p>{rest}"


class ClockOldestFirst(Clock):
    """The oldest first; all of the page stays."""

    polls = 80
    habits: ClassVar[Habits] = Habits(
        named=False, titles=False, minutes=True, orders=(Order.OLDEST_FIRST,), limit=400, pins=False
    )


class ClockDays(Clock):
    """A heading for each day."""

    polls = 80
    habits: ClassVar[Habits] = Habits(
        named=False, titles=False, minutes=True, orders=(Order.NEWEST_FIRST,), pins=False
    )

    def page(self, view: View) -> Answer:
        """The page."""
        parts, day = [], None
        for post in view.page():
            if post.at.date() != day:
                day = post.at.date()
                parts.append(f"<h2>{day:%A}, {day:%B} {day.day}, {day.year}</h2>")
            parts.append(self.entry(post))
        return as_page(f"<p>All times in UTC.</p>{''.join(parts)}")
