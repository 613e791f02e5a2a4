"""bot.commands.haste: how much one person may ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.commands.haste import BURST, EVERY, PEOPLE, Haste, Pace

NOON = datetime(2031, 1, 10, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def test_a_burst_is_fine_a_stream_is_not() -> None:
    """Who goes on is told once and ignored then; after a while all is well again."""
    clock = Clock()
    haste = Haste(clock)
    assert [haste.asked(1) for _ in range(BURST)] == [Pace.FINE] * BURST
    assert [haste.asked(1) for _ in range(3)] == [Pace.TOO_FAST, Pace.IGNORED, Pace.IGNORED]
    assert haste.asked(2) is Pace.FINE
    clock.now += EVERY
    assert haste.asked(1) is Pace.FINE
    assert haste.asked(1) is Pace.IGNORED
    clock.now += BURST * EVERY
    assert haste.asked(1) is Pace.FINE


def test_who_was_calm_is_told_anew() -> None:
    """The next flood begins with a word again."""
    clock = Clock()
    haste = Haste(clock)
    for _ in range(BURST + 2):
        haste.asked(1)
    clock.now += timedelta(minutes=5)
    answers = [haste.asked(1) for _ in range(BURST + 1)]
    assert answers[-1] is Pace.TOO_FAST


@given(st.lists(st.floats(0, 10), max_size=200))
def test_never_more_than_the_rate(waits: list[float]) -> None:
    """Whatever somebody does, a burst and one every so often is answered, no more."""
    clock = Clock()
    haste = Haste(clock)
    fine = 0
    for wait in waits:
        clock.now += timedelta(seconds=wait)
        fine += haste.asked(1) is Pace.FINE
    assert fine <= BURST + (clock.now - NOON) / EVERY + 1


def test_a_million_people_leave_no_trace() -> None:
    """Those heard of longest ago are forgotten."""
    haste = Haste(Clock())
    for person in range(PEOPLE + 50):
        haste.asked(person)
    assert len(haste._until) == PEOPLE  # memory is what the test is about
