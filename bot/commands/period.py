"""From when to when people mean: "2h", "today", "since 14:00". Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.commands.spans import read_clock, read_span

LONGEST = timedelta(days=60)
_TODAY = (
    "today heute aujourd'hui aujourd’hui hoy hoje oggi dzisiaj dziś dzis сьогодні сегодня bugün"
    " bugun اليوم امروز"
)
_YESTERDAY = "yesterday gestern hier ayer ontem ieri wczoraj вчора вчера dün dun أمس امس دیروز"
_SINCE = "since from seit ab depuis desde da dal od з із від с со от itibaren منذ از"


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time, UTC; `end` is the instant behind it."""

    start: datetime
    end: datetime


def read_period(text: str, now: datetime, zone: ZoneInfo) -> Period | None:
    """The stretch a text means, at most `LONGEST` back; None for anything else.

    Args:
        text: "2h", "90m", "since 14:00", "14:00", "today", "yesterday", "since yesterday".
        now: UTC.
        zone: in which days and clock times are meant. A clock time is the last such one; one that
            the clock skipped in spring is taken as if it had not been skipped.
    """
    words = text.casefold().split()
    if len(words) > 1 and words[0] in _SINCE.split():
        return _since(" ".join(words[1:]), now, zone)
    said = " ".join(words)
    today = now.astimezone(zone).date()
    if said in _TODAY.split():
        return Period(midnight(today, zone), now)
    if said in _YESTERDAY.split():
        return Period(midnight(today - timedelta(days=1), zone), midnight(today, zone))
    if said.isdecimal():  # hours, a clock time, a number of entries: that would be a guess
        return None
    return _since(said, now, zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins in a zone, UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _since(said: str, now: datetime, zone: ZoneInfo) -> Period | None:
    try:
        span = read_span(said)
    except OverflowError:
        span = LONGEST
    if span is not None:
        return Period(now - min(span, LONGEST), now) if span > timedelta() else None
    today = now.astimezone(zone).date()
    if said in _TODAY.split() or said in _YESTERDAY.split():
        days = 0 if said in _TODAY.split() else 1
        return Period(midnight(today - timedelta(days=days), zone), now)
    clock = read_clock(said)
    if clock is None:
        return None
    starts = (
        datetime.combine(today - timedelta(days=days), clock, zone).astimezone(UTC)
        for days in range(3)
    )
    return Period(next(start for start in starts if start < now), now)
