"""The arithmetic of rates."""

from __future__ import annotations

from bisect import bisect_right

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.pacing import NEVER, PENDING, Gcra, Window

PAUSES = st.lists(st.floats(0, 3, allow_nan=False), min_size=1, max_size=200)


def most_in(times: list[float], period: float) -> int:
    """The most turns found in any `period`, its start not counted in."""
    times = sorted(times)
    return max(bisect_right(times, at) - bisect_right(times, at - period) for at in times)


@given(PAUSES, st.integers(1, 40), st.floats(0.1, 5))
def test_a_window_never_lets_more_than_its_limit_through(
    pauses: list[float], limit: int, period: float
) -> None:
    """However the callers come, no period of that length holds more turns than allowed."""
    window, now, used = Window(limit, period), 0.0, []
    for pause in pauses:
        now = max(now + pause, window.free_at())
        window.take(now)
        used.append(now)
    # Floating-point: a turn exactly one period old is out.
    assert most_in(used, period - 1e-9) <= limit


@given(PAUSES, st.integers(1, 10), st.lists(st.floats(0, 0.5), min_size=200, max_size=200))
def test_a_window_counts_turns_when_they_are_used(
    pauses: list[float], limit: int, delays: list[float]
) -> None:
    """Turns used later than granted still never exceed the limit, measured at their use."""
    window, now, used = Window(limit, 1.0), 0.0, []
    for pause, delay in zip(pauses, delays, strict=False):
        now = max(now + pause, window.free_at())
        window.take(now)
        window.move(now, now + delay)
        used.append(now + delay)
        now += delay
    assert most_in(used, 1.0 - 1e-9) <= limit


def test_a_pending_turn_counts_at_every_moment() -> None:
    """A turn that is granted and not used yet holds its place for as long as it takes."""
    window = Window(2, 1.0)
    window.take(PENDING)
    window.take(0.0)
    assert window.free_at() == 1.0
    window.take(1.0)
    assert window.free_at() == 2.0
    window.move(PENDING, 1.5)
    assert window.free_at() == 2.0
    window.take(2.0)
    assert window.free_at() == 2.5


def test_a_window_takes_back_what_was_not_used() -> None:
    """A turn given back can be used by somebody else."""
    window = Window(1, 1.0)
    window.take(5.0)
    window.give_back(5.0)
    assert window.free_at() == NEVER


@given(PAUSES, st.floats(0.2, 500), st.floats(0, 2))
def test_an_even_rate_is_never_exceeded_by_more_than_its_credit(
    pauses: list[float], rate: float, tolerance: float
) -> None:
    """Over any t seconds at most 1 + (tolerance + t) × rate turns are taken."""
    even, now, used = Gcra(rate, tolerance), 0.0, []
    for pause in pauses:
        now = max(now + pause / rate, even.free_at())
        even.take(now)
        used.append(now)
    for first in range(len(used)):
        for last in range(first, len(used)):
            allowed = 1 + (tolerance + used[last] - used[first]) * rate
            assert last - first + 1 <= allowed + 1e-6


@given(st.floats(1, 1000), st.lists(st.floats(0, 0.05), min_size=300, max_size=300))
def test_a_steady_backlog_uses_the_rate_in_spite_of_late_timers(
    rate: float, lateness: list[float]
) -> None:
    """Timers that fire up to 50 ms late cost less than 1 % of the turns."""
    even, now, count = Gcra(rate, 0.1), 0.0, 0
    for late in lateness:
        now = max(now, even.free_at()) + late
        while even.free_at() <= now:
            even.take(now)
            count += 1
    assert count >= 0.99 * rate * now - 1


@given(st.integers(1, 1000))
def test_a_steady_backlog_uses_a_whole_window(limit: int) -> None:
    """Whoever always waits gets limit turns in each period."""
    window, now = Window(limit, 1.0), 0.0
    for _ in range(3 * limit):
        now = max(now, window.free_at())
        window.take(now)
    assert now == 2.0
