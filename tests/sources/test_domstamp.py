"""The line in which an entry shows when it was made."""

from __future__ import annotations

import pytest

from bot.sources.dates import DayMark
from bot.sources.domstamp import Spelling, is_stamp, read_stamp


@pytest.mark.parametrize(
    ("text", "minute", "day", "ago"),
    [
        ("12:41", 761, None, None),
        ("Posted at 15:05", 905, None, None),
        ("05.03.2024 • 11:15 Uhr", 675, DayMark(3, 5, 2024), None),
        ("12:41 05.03.2024", 761, DayMark(3, 5, 2024), None),
        ("March 5, 2024 - 12:41 PM", 761, DayMark(3, 5, 2024), None),
        ("Le 04 mars à 21:12", 1272, DayMark(3, 4), None),
        ("Mittwoch, 12:41 Uhr", 761, DayMark(weekday=2), None),
        ("Hier à 23:40", 1420, None, 1),
        ("Вчера, 23:40", 1420, None, 1),
        ("heute um 9.05 Uhr", 545, None, 0),
        ("4m ago", None, None, None),
        ("Last updated", None, None, None),
    ],
)
def test_what_a_stamp_says(
    text: str, minute: int | None, day: DayMark | None, ago: int | None
) -> None:
    """Clock time, day and "yesterday" are told apart, in the spellings of several newsrooms."""
    stamp = read_stamp(text)
    assert stamp is not None
    assert (stamp.clock.clock.minute if stamp.clock else None) == minute
    assert (stamp.day, stamp.ago) == (day, ago)


def test_an_american_date() -> None:
    """A date in figures is read as the page's country writes it."""
    swapped = read_stamp("03/05/2024 12:41", Spelling(month_first=True))
    plain = read_stamp("03/05/2024 12:41")
    assert swapped is not None
    assert plain is not None
    assert (swapped.day, plain.day) == (DayMark(3, 5, 2024), DayMark(5, 3, 2024))


def test_hours_without_minutes() -> None:
    """An hour alone is a time of day where a language writes so, and an age elsewhere."""
    age, clock = read_stamp("15h"), read_stamp("15h", Spelling(bare_hours=True))
    assert age is not None
    assert age.clock is None
    assert clock is not None
    assert clock.clock is not None
    assert clock.clock.clock.minute == 15 * 60


@pytest.mark.parametrize(
    "text",
    [
        "Ferries stay in port",
        "2.50 million",
        "12:41 The ferries stay",
        "45+2'",
        "",
        "—",
        "at the quay",
    ],
)
def test_what_is_no_stamp(text: str) -> None:
    """A line that says more than a time is no stamp, and neither is a minute of a match."""
    assert not is_stamp(text)
