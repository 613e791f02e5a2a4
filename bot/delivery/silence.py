"""When a chat wants no alerts: muted, in quiet hours, or between two digests. Pure.

What comes meanwhile is not lost: it waits until the hold ends, and leaves then as one message.
Clock times are the chat's own. A time that the clocks skip in spring counts as an hour later; of
one that comes twice in autumn the first counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.delivery.clocks import zone as zone_of
from bot.store.silences import Hold, Silence

HOURLY = "hourly"
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_QUIET = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_DAILY = re.compile(r"daily (\d\d):(\d\d)")


def next_hold(silence: Silence, now: datetime) -> Hold | None:
    """The hold that is on, or the next one; None for a chat that always gets its alerts at once.

    Args:
        silence: what the chat chose.
        now: UTC.
    """
    zone = zone_of(silence.timezone)
    if silence.digest:
        return Hold(now, _awake(silence, _next_digest(silence.digest, zone, now), zone))
    until = _awake(silence, now, zone)
    if until > now:
        return Hold(now, until)
    if not silence.quiet:
        return None
    start = min(begin for begin, _ in _nights(silence.quiet, zone, now) if begin > now)
    return Hold(start, _awake(silence, start, zone))


def _awake(silence: Silence, at: datetime, zone: ZoneInfo) -> datetime:
    """The first instant from `at` on that is neither muted nor in quiet hours."""
    if silence.muted_until is not None and silence.muted_until > at:
        at = silence.muted_until
    if silence.quiet:
        for begin, end in _nights(silence.quiet, zone, at):
            if begin <= at < end:
                return end
    return at


def _nights(quiet: str, zone: ZoneInfo, about: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Quiet hours of the days about an instant, UTC."""
    found = _QUIET.fullmatch(quiet)
    assert found is not None, quiet
    start = time(int(found[1]), int(found[2]))
    end = time(int(found[3]), int(found[4]))
    today = about.astimezone(zone).date()
    for days in range(-1, 3):
        day = today + days * _DAY
        yield _at(day, start, zone), _at(day if end > start else day + _DAY, end, zone)


def _next_digest(digest: str, zone: ZoneInfo, now: datetime) -> datetime:
    if digest == HOURLY:
        local = now.astimezone(zone)
        past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return now - past + _HOUR
    found = _DAILY.fullmatch(digest)
    assert found is not None, digest
    at = time(int(found[1]), int(found[2]))
    today = now.astimezone(zone).date()
    return min(
        instant for days in range(3) if (instant := _at(today + days * _DAY, at, zone)) > now
    )


def _at(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A clock time of a day, UTC."""
    return datetime.combine(day, at, zone).astimezone(UTC)
