"""Which day the newest entry of a clock-time page belongs to.

Pages name a date that may be the day they were begun, the day they were last changed or both; a
page that was written past midnight has entries of more days than it names. The candidates are
weighed against the page's own instants, against the last poll and against the time of fetching.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bot.sources.clock import instant
from bot.sources.dates import DayMark
from bot.sources.zones import zone_info

SOON = timedelta(minutes=15)
"""How far ahead of the publisher's or our own clock an entry's time may be."""

FRESH = timedelta(hours=3)
"""A page whose newest entry is this young when it is fetched is still being written."""

EARLY = timedelta(hours=4)
"""How long before a page's publication its first entry may lie (it was published as a draft)."""

LEFT_ALONE = 2
"""Days without a change after which a page's "today" is another day than that of fetching."""


@dataclass(frozen=True, slots=True)
class Anchors:
    """What is known of the days a page speaks of.

    Attributes:
        fetched_at: UTC; nothing on the page can be later.
        published: when the page says it was first published, UTC.
        modified: when it says it was last changed, UTC.
        shown: the date it shows to readers, or that its address or metadata name.
        newest: the newest entry that an earlier poll found, UTC.
    """

    fetched_at: datetime
    published: datetime | None = None
    modified: datetime | None = None
    shown: date | None = None
    newest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """The entries of a page, in days counted from its first one.

    Attributes:
        minutes: of the day, in the page's zone.
        offsets: days between the first entry and each.
        zone: IANA name.
        newest_first: the order of the page.
    """

    minutes: Sequence[int]
    offsets: Sequence[int]
    zone: str
    newest_first: bool

    @property
    def newest(self) -> int:
        """Index of the newest entry."""
        return max(range(len(self.minutes)), key=lambda i: (self.offsets[i], self.minutes[i]))

    @property
    def oldest(self) -> int:
        """Index of the oldest entry."""
        return min(range(len(self.minutes)), key=lambda i: (self.offsets[i], self.minutes[i]))

    def at(self, index: int, first_day: date) -> datetime:
        """The instant of an entry if the first one is of `first_day`."""
        return instant(shift(first_day, self.offsets[index]), self.minutes[index], self.zone)


def first_day(course: Course, anchors: Anchors) -> tuple[date, bool]:
    """The day of the first entry on the page, and whether the page itself told it.

    Without any date the newest entry is the latest one that is not in the future.
    """
    newest, oldest = course.newest, course.oldest
    candidates = _candidates(course, anchors, newest, oldest)
    possible = [
        day for day in candidates if course.at(newest, day) <= anchors.fetched_at + SOON
    ] or candidates
    if possible:
        known = _agreeing(course, anchors.newest, possible)
        if len(known) == 1:
            return known[0], True
        if not known and (day := _going_on(course, anchors, possible)) is not None:
            return day, True
        if _speaks_for_itself(anchors, course.zone):
            return min(possible, key=lambda day: _misfit(course, anchors, day)), True
        return _by_shown_date(course, anchors, possible, newest, oldest), True
    today = day_in(anchors.fetched_at, course.zone)
    day = shift(today, -course.offsets[newest])
    if course.at(newest, day) > anchors.fetched_at + SOON:
        day = shift(day, -1)
    earlier = _agreeing(course, anchors.newest, [day, shift(day, -1), *_around(course, anchors)])
    return (earlier[0], True) if earlier else (day, False)


def day_in(moment: datetime, zone: str) -> date:
    """The day of an instant by a zone's calendar."""
    return moment.astimezone(zone_info(zone) or UTC).date()


def named_day(mark: DayMark, anchors: Anchors, zone: str) -> DayMark:
    """A mark that says "today" or "yesterday" as the date it means; any other as it is.

    A page that was left alone says "today" of the day it was last written.
    """
    if mark.ago is None or mark.day is not None or mark.weekday is not None:
        return mark
    today = day_in(anchors.fetched_at, zone)
    own = [day_in(one, zone) for one in (anchors.published, anchors.modified) if one is not None]
    if anchors.shown is not None:
        own.append(anchors.shown)
    if own and max(own) < shift(today, -LEFT_ALONE):
        today = max(own)
    day = shift(today, -mark.ago)
    return DayMark(day.month, day.day, day.year)


def shift(day: date, days: int) -> date:
    """The day so many days later, kept within the calendar."""
    return date.fromordinal(min(max(day.toordinal() + days, 2), date.max.toordinal() - 1))


def _candidates(course: Course, anchors: Anchors, newest: int, oldest: int) -> list[date]:
    """Days the first entry may be of, most likely first."""
    days: list[date] = []

    def add(day: date, index: int) -> None:
        candidate = shift(day, -course.offsets[index])
        if candidate not in days:
            days.append(candidate)

    if anchors.shown is not None:
        add(anchors.shown, newest if course.newest_first else oldest)
        add(anchors.shown, oldest if course.newest_first else newest)
    if _speaks_for_itself(anchors, course.zone):
        if anchors.modified is not None:
            last = day_in(anchors.modified, course.zone)
            add(last, newest)
            add(shift(last, -1), newest)
        if anchors.published is not None:
            begun = day_in(anchors.published, course.zone)
            add(begun, oldest)
            add(shift(begun, 1), oldest)
            add(begun, newest)
            add(shift(begun, -1), newest)
    return days


def _speaks_for_itself(anchors: Anchors, zone: str) -> bool:
    """Whether the page's instants may decide: they exist and its visible date does not differ."""
    moments = [moment for moment in (anchors.published, anchors.modified) if moment is not None]
    if anchors.shown is None or not moments:
        return bool(moments)
    return any(abs((day_in(moment, zone) - anchors.shown).days) <= 1 for moment in moments)


def _misfit(course: Course, anchors: Anchors, day: date) -> timedelta:
    """How badly a candidate fits the page's instants; the smaller the better."""
    newest, oldest = course.at(course.newest, day), course.at(course.oldest, day)
    fits = [timedelta(days=3650)]
    for last in (anchors.modified, anchors.published):
        # Some publishers renew the date of publication with every update.
        if last is not None and newest <= last + SOON:
            fits += [abs(last - newest)]
    if anchors.published is not None:
        wait = oldest - anchors.published
        fits.append(wait if wait >= timedelta() else -wait if wait >= -EARLY else -wait * 3)
    return min(fits)


def _by_shown_date(
    course: Course, anchors: Anchors, possible: list[date], newest: int, oldest: int
) -> date:
    """Between the shown date as the page's last day and as its first."""
    if course.newest_first and anchors.shown is not None:
        begun = shift(anchors.shown, -course.offsets[oldest])
        age = anchors.fetched_at - course.at(newest, begun)
        if begun in possible and -SOON <= age <= FRESH:
            return begun  # still written, past midnight of the day it was begun
    return possible[0]


def _agreeing(course: Course, newest: datetime | None, days: Sequence[date]) -> list[date]:
    """Candidates under which some entry has the very instant that was the newest last time."""
    if newest is None:
        return []
    return [
        day
        for day in days
        if any(course.at(index, day) == newest for index in range(len(course.minutes)))
    ]


def _going_on(course: Course, anchors: Anchors, possible: Sequence[date]) -> date | None:
    """The first day of a page that goes on where the last poll left it.

    A page of the newest entries may have none left of the day it names.
    """
    last, newest = anchors.newest, course.newest
    if last is None or any(course.at(newest, day) > last - FRESH for day in possible):
        return None
    first = shift(day_in(last, course.zone), -course.offsets[newest])
    days = [
        day
        for day in (first, shift(first, 1))
        if course.at(newest, day) <= anchors.fetched_at + SOON
    ]
    fresh = [day for day in days if course.at(newest, day) >= anchors.fetched_at - FRESH]
    return next(iter([*_agreeing(course, last, days), *fresh]), None)


def _around(course: Course, anchors: Anchors) -> list[date]:
    """For a page without dates that stood still: days that give an entry its known instant."""
    if anchors.newest is None:
        return []
    day = day_in(anchors.newest, course.zone)
    found = [shift(day, -course.offsets[i]) for i in {course.newest, course.oldest, 0}]
    return [d for d in found if course.at(course.newest, d) <= anchors.fetched_at + SOON]
