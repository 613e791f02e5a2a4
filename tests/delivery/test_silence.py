"""bot.delivery.silence: when a chat's alerts wait, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.silence import next_hold
from bot.store.silences import Hold, Silence

BERLIN = Silence("Europe/Berlin")
MINUTE = timedelta(minutes=1)
NEW_YEAR = datetime(2031, 1, 1, tzinfo=UTC)


def utc(text: str) -> datetime:
    """An instant of 2031."""
    text = text if text.startswith("2031") else f"2031-{text}"
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


QUIET = replace(BERLIN, quiet="22:00-07:00")
HOURLY = replace(BERLIN, digest="hourly")
DAILY = replace(BERLIN, digest="daily 08:00")
EARLY = replace(BERLIN, digest="daily 02:30")


@pytest.mark.parametrize(
    ("silence", "now", "start", "end"),
    [
        (QUIET, "01-10T12:00", "01-10T21:00", "01-11T06:00"),
        (QUIET, "01-10T23:00", "01-10T23:00", "01-11T06:00"),
        (replace(BERLIN, quiet="13:00-14:00"), "01-10T12:30", "01-10T12:30", "01-10T13:00"),
        (HOURLY, "01-10T12:20", "01-10T12:20", "01-10T13:00"),
        (HOURLY, "01-10T13:00", "01-10T13:00", "01-10T14:00"),
        (Silence("Asia/Kolkata", digest="hourly"), "01-10T12:20", "01-10T12:20", "01-10T12:30"),
        (DAILY, "01-10T12:00", "01-10T12:00", "01-11T07:00"),
        (DAILY, "01-10T05:00", "01-10T05:00", "01-10T07:00"),
        # A digest that would come in quiet hours comes when they end.
        (replace(QUIET, digest="hourly"), "01-10T20:30", "01-10T20:30", "01-11T06:00"),
        # The night in which the clocks go forward is an hour shorter, the other an hour longer.
        (QUIET, "03-29T22:00", "03-29T22:00", "03-30T05:00"),
        (QUIET, "10-25T21:00", "10-25T21:00", "10-26T06:00"),
        # 02:30 is skipped on that day: the digest comes at 03:30.
        (EARLY, "03-29T23:00", "03-29T23:00", "03-30T01:30"),
        # 02:30 comes twice on that day: the first one counts, and only that.
        (EARLY, "10-25T23:00", "10-25T23:00", "10-26T00:30"),
        (EARLY, "10-26T00:40", "10-26T00:40", "10-27T01:30"),
    ],
)
def test_holds(silence: Silence, now: str, start: str, end: str) -> None:
    """Quiet hours and digests of a chat's own clock, also where the clocks change."""
    assert next_hold(silence, utc(now)) == Hold(utc(start), utc(end))


def test_a_mute_lasts_and_goes_over_into_quiet_hours() -> None:
    """Muted until after the night began means until the night ends."""
    now = utc("2031-01-10T12:00")
    muted = replace(BERLIN, muted_until=utc("2031-01-10T21:30"))
    assert next_hold(muted, now) == Hold(now, utc("2031-01-10T21:30"))
    assert next_hold(replace(muted, quiet="22:00-07:00"), now) == Hold(now, utc("2031-01-11T06:00"))
    assert next_hold(muted, utc("2031-01-10T21:30")) is None


def test_without_a_choice_nothing_waits() -> None:
    """Alerts come at once, at any time."""
    assert next_hold(BERLIN, utc("2031-01-10T23:00")) is None
    assert next_hold(Silence("No/Such"), utc("2031-01-10T23:00")) is None


CLOCK = st.times(max_value=time(23, 59)).map(lambda at: at.replace(second=0, microsecond=0))


@given(
    st.sampled_from(
        ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
    ),
    CLOCK,
    CLOCK,
    st.timedeltas(timedelta(), timedelta(days=365)).map(lambda after: NEW_YEAR + after),
    st.none() | st.timedeltas(timedelta(), timedelta(days=2)),
)
def test_a_hold_covers_what_shall_be_quiet(
    zone: str, start: time, end: time, now: datetime, muted: timedelta | None
) -> None:
    """By the minute: within the hold all is quiet or muted, from its end and before it nothing."""
    if start == end:
        return
    now = now.replace(second=0, microsecond=0)
    until = now if muted is None else now + timedelta(minutes=muted // MINUTE)
    silence = Silence(zone, until if muted else None, f"{start:%H:%M}-{end:%H:%M}")
    hold = next_hold(silence, now)
    assert hold is not None

    def is_quiet(at: datetime) -> bool:
        clock = at.astimezone(ZoneInfo(zone)).time()
        within = start <= clock < end if start < end else clock >= start or clock < end
        return within or at < until

    assert hold.start >= now
    changes = timedelta(hours=1)  # on the night of a change a skipped time counts an hour later
    for minute in range(0, (hold.end - hold.start) // MINUTE, 7):
        at = hold.start + minute * MINUTE
        assert is_quiet(at) or is_quiet(at - changes) or is_quiet(at + changes)
    assert not is_quiet(hold.end) or not is_quiet(hold.end + changes)
    for minute in range(0, (hold.start - now) // MINUTE, 7):
        at = now + minute * MINUTE
        assert not is_quiet(at) or not is_quiet(at - changes) or not is_quiet(at + changes)
