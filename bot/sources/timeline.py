"""Clock times in a row -> instants: the order of a page, its midnights and its days.

A clock-time page says "14:50" and leaves the day to the reader, who takes it from the page's date,
from day headings and from the order of the entries. A step of more than 12 hours against the
order has crossed midnight; a smaller one is an entry slightly out of order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from bot.sources.clock import ClockTime, happens_twice, instant
from bot.sources.dates import DayMark
from bot.sources.dayanchor import Anchors, Course, day_in, first_day, shift

DAY = 24 * 60
HALF_DAY = 12 * 60
TELLING = 8 * 60
"""Minutes; a longer step between neighbours says nothing about the order."""

JITTER = 30
"""Minutes; an entry this far out of order is out of order even where midnight lies between."""

PINNED = 4 * 60
"""Minutes; so far may an entry be out of order that stands on top, or alone behind a midnight."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The time of one entry as the page shows it.

    Attributes:
        clock: the time of day.
        day: the day where the entry itself names one.
        exact: the instant where the markup carries one; then nothing has to be worked out.
    """

    clock: ClockTime
    day: DayMark | None = None
    exact: datetime | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A day's heading between entries.

    Attributes:
        before: index of the entry that follows it (the number of entries if none does).
        mark: the day it names.
    """

    before: int
    mark: DayMark


@dataclass(frozen=True, slots=True)
class Timeline:
    """Where entries lie in time.

    Attributes:
        instants: UTC, one for each tick.
        newest_first: the order of the page.
        anchored: False if no date was found and the time of fetching had to serve.
    """

    instants: tuple[datetime, ...]
    newest_first: bool
    anchored: bool


def is_newest_first(minutes: Sequence[int], headings: Sequence[Heading] = ()) -> bool:
    """The order of a page.

    The days that headings name decide; else the steps from entry to entry, each taken the shorter
    way round the clock, short ones counting most; else the plain majority of rises and falls. A
    page that says nothing is newest first.
    """
    named = _heading_order([heading.mark for heading in headings])
    if named:
        return named < 0
    breaks = {heading.before for heading in headings}
    pull, rises = 0.0, 0
    for index in range(1, len(minutes)):
        if index in breaks:
            continue  # across a day's heading the clock says nothing
        step = minutes[index] - minutes[index - 1]
        rises += (step > 0) - (step < 0)
        short = (step + HALF_DAY) % DAY - HALF_DAY
        if 0 < abs(short) < TELLING:
            weight = 1 - abs(short) / TELLING
            pull += weight if short > 0 else -weight
    if abs(pull) > 1e-9:
        return pull < 0
    return rises <= 0


def _heading_order(marks: Sequence[DayMark]) -> int:
    """Positive if the days named by headings rise, negative if they fall, 0 if neither."""
    order = 0
    for earlier, later in pairwise(marks):
        if earlier.day is not None and later.day is not None and earlier.month and later.month:
            before = (earlier.year or later.year or 0, earlier.month, earlier.day)
            after = (later.year or earlier.year or 0, later.month, later.day)
            turned = abs(earlier.month - later.month) > 6  # New Year lies between
            order += ((after > before) - (after < before)) * (-1 if turned else 1)
        elif earlier.weekday is not None and later.weekday is not None:
            apart = (later.weekday - earlier.weekday + 3) % 7 - 3
            order += (apart > 0) - (apart < 0)
    return order


def place(
    ticks: Sequence[Tick], headings: Sequence[Heading], zone: str, anchors: Anchors
) -> Timeline:
    """Work out the instant of every entry.

    Args:
        ticks: in the page's order.
        headings: day headings in the page's order.
        zone: IANA name, for entries that name none.
        anchors: what is known of the days.
    """
    if not ticks:
        return Timeline((), newest_first=True, anchored=True)
    guess = _anchor_day(anchors, zone) or day_in(anchors.fetched_at, zone)
    minutes = [_page_minute(tick.clock, zone, guess) for tick in ticks]
    newest_first = is_newest_first(minutes, headings)
    governing = _governing(headings, len(ticks))
    breaks = {heading.before for heading in governing}
    course = Course(minutes, _offsets(minutes, breaks, newest_first), zone, newest_first)
    own = [Heading(index, tick.day) for index, tick in enumerate(ticks) if tick.day is not None]
    marks = sorted([*governing, *own], key=lambda mark: mark.before)
    days, anchored = _days(course, marks, anchors)
    placed = [
        tick.exact or _instant(day, minute, tick.clock, zone)
        for tick, day, minute in zip(ticks, days, minutes, strict=True)
    ]
    _settle_doubled_hour(ticks, days, placed, zone, newest_first)
    exact = any(tick.exact for tick in ticks)
    return Timeline(tuple(placed), newest_first, anchored or exact)


def _anchor_day(anchors: Anchors, zone: str) -> date | None:
    moment = anchors.published or anchors.modified
    return anchors.shown or (day_in(moment, zone) if moment else None)


def _page_minute(clock: ClockTime, zone: str, day: date) -> int:
    """The clock time as the page's own zone would show it."""
    if clock.zone is None or clock.zone == zone:
        return clock.minute
    apart = instant(day, clock.minute, clock.zone) - instant(day, clock.minute, zone)
    return (clock.minute + int(apart.total_seconds()) // 60) % DAY


def _offsets(minutes: Sequence[int], breaks: set[int], newest_first: bool) -> list[int]:
    """Days between the first entry and each, by midnights crossed and day headings passed."""
    forward = -1 if newest_first else 1
    stray = newest_first  # the entry before: it may be pinned, or out of order by itself
    offsets = [0]
    for index in range(1, len(minutes)):
        day = offsets[-1]
        against = -(minutes[index] - minutes[index - 1]) * forward
        crosses = against > HALF_DAY
        if index in breaks or crosses:
            day += forward
        elif DAY + against <= (PINNED if stray else JITTER):
            day -= forward  # 23:58, 00:01, 23:57 with the newest first: 00:01 is out of order
        stray = crosses
        offsets.append(day)
    return offsets


def _governing(headings: Sequence[Heading], count: int) -> list[Heading]:
    """Headings moved to the entries they speak of: some pages write the day after its entries."""
    after = bool(headings) and headings[-1].before >= count and headings[0].before > 0
    if not after:
        return [heading for heading in headings if heading.before < count]
    starts = [0, *(heading.before for heading in headings[:-1])]
    return [
        Heading(start, heading.mark)
        for start, heading in zip(starts, headings, strict=True)
        if start < count
    ]


def _days(course: Course, marks: Sequence[Heading], anchors: Anchors) -> tuple[list[date], bool]:
    """The day of each entry in the page's zone, and whether the page told a date."""
    start, anchored = _start(course, marks, anchors)
    days = [shift(start, offset) for offset in course.offsets]
    moved = position = 0
    for index, day in enumerate(days):
        while position < len(marks) and marks[position].before <= index:
            named = marks[position].mark.near(shift(day, moved))
            if named is not None:
                moved = (named - day).days
            position += 1
        days[index] = shift(day, moved)
    return days, anchored


def _start(course: Course, marks: Sequence[Heading], anchors: Anchors) -> tuple[date, bool]:
    """The day of the first entry: by a heading that names a date, else by the page's anchors."""
    near = _anchor_day(anchors, course.zone) or day_in(anchors.fetched_at, course.zone)
    for mark in marks:
        named = mark.mark.near(near) if mark.mark.day is not None else None
        if named is not None:
            return shift(named, -course.offsets[mark.before]), True
    start, anchored = first_day(course, anchors)
    for mark in marks:
        # A weekday alone moves the anchor by at most three days.
        named = mark.mark.near(shift(start, course.offsets[mark.before]))
        if named is not None:
            return shift(named, -course.offsets[mark.before]), anchored
    return start, anchored


def _instant(day: date, minute: int, clock: ClockTime, zone: str) -> datetime:
    """The instant of an entry; one with a zone of its own may be of the neighbouring day there."""
    expected = instant(day, minute, zone)
    if clock.zone is None or clock.zone == zone:
        return expected
    return min(
        (instant(shift(day, step), clock.minute, clock.zone) for step in (0, -1, 1)),
        key=lambda found: abs(found - expected),
    )


def _settle_doubled_hour(
    ticks: Sequence[Tick],
    days: Sequence[date],
    placed: list[datetime],
    zone: str,
    newest_first: bool,
) -> None:
    """In the hour that the clocks show twice, take the passing that keeps the order."""
    order = range(len(ticks) - 1, -1, -1) if newest_first else range(len(ticks))
    latest: datetime | None = None
    for index in order:
        clock = ticks[index].clock
        own = clock.zone or zone
        if latest is not None and placed[index] < latest and ticks[index].exact is None:
            day = days[index] if own == zone else day_in(placed[index], own)
            if happens_twice(day, clock.minute, own):
                again = instant(day, clock.minute, own, second_pass=True)
                if again - latest < timedelta(hours=1):
                    placed[index] = again
        latest = placed[index]
