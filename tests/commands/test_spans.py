"""bot.commands.spans: lengths of time and clock times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.spans import read_clock, read_end, read_hours, read_span

NOW = datetime(2031, 1, 10, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("2h", 120),
        ("90 min", 90),
        ("1h30m", 90),
        ("1 h, 30 min.", 90),
        ("1,5 Stunden", 90),
        ("2ч", 120),
        ("٢ ساعة", 120),
        ("3 gün", 3 * 1440),
        ("1 dzień", 1440),
        ("2 weeks", 14 * 1440),
        ("2", None),
        ("0h", None),
        ("-2h", None),
        ("2h ago", None),
        ("9999999h", None),
        ("h", None),
        ("", None),
    ],
)
def test_spans(text: str, minutes: int | None) -> None:
    """Numbers with units of our languages; no guess where the unit is missing."""
    assert read_span(text) == (None if minutes is None else timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("22:00", time(22)),
        ("7", time(7)),
        ("7.30", time(7, 30)),
        ("7h30", time(7, 30)),
        ("10pm", time(22)),
        ("12 a.m.", time(0)),
        ("24:00", time(0)),
        ("25:00", None),
        ("13pm", None),
        ("7:60", None),
        ("noon", None),
    ],
)
def test_clock_times(text: str, clock: time | None) -> None:
    """With and without minutes, in halves of the day; no impossible ones."""
    assert read_clock(text) == clock


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2h", datetime(2031, 1, 10, 14, 0, tzinfo=UTC)),
        ("until 18:00", datetime(2031, 1, 10, 17, 0, tzinfo=UTC)),
        ("bis 9:15", datetime(2031, 1, 11, 8, 15, tzinfo=UTC)),
        ("jusqu'à 13h", None),
        ("until noon", None),
    ],
)
def test_ends(text: str, end: datetime | None) -> None:
    """In so long, or at the next such time of the chat's clock."""
    assert read_end(text, NOW, BERLIN) == end


@pytest.mark.parametrize("text", ["22:00-07:00", "10pm – 7am", "22 to 7", "22:00 bis 7.00"])
def test_hours(text: str) -> None:
    """From one clock time to another."""
    assert read_hours(text) == (time(22), time(7))


@pytest.mark.parametrize("text", ["22:00", "22-", "a-b", "22-23-24", ""])
def test_no_hours(text: str) -> None:
    """Two clock times are needed."""
    assert read_hours(text) is None


@given(st.text(max_size=200))
def test_anything_may_be_written(text: str) -> None:
    """Whatever people write is read or refused, never an error."""
    read_span(text)
    read_clock(text)
    read_hours(text)
    read_end(text, NOW, BERLIN)
