"""When to poll next: always within the bounds, and never sooner than a server asks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.schedule import BACKOFF_AT_MOST, after_failure, after_success

SECONDS = st.floats(0.01, 86_400)
MAX_AGES = st.none() | st.floats(0, 1e9)
DAY = 24 * 3600.0


@given(SECONDS, st.booleans(), SECONDS, SECONDS, MAX_AGES)
def test_success_within_bounds(
    interval: float,
    changed: bool,
    minimum: float,
    maximum: float,
    max_age: float | None,
) -> None:
    """Whatever was before and whatever the server says, the bounds hold."""
    found = after_success(
        interval, changed=changed, minimum=minimum, maximum=maximum, max_age=max_age
    )
    assert minimum <= found <= max(minimum, maximum)


@given(SECONDS, SECONDS, SECONDS)
def test_a_hot_blog_is_polled_at_once(interval: float, minimum: float, maximum: float) -> None:
    """A poll that found something brings the shortest interval."""
    assert after_success(interval, changed=True, minimum=minimum, maximum=maximum) == minimum


def test_a_quiet_blog_slows_down() -> None:
    """Without news the interval grows step by step to the longest, and stays there."""
    interval, seen = 5.0, []
    for _ in range(40):
        interval = after_success(interval, changed=False, minimum=5, maximum=60)
        seen.append(interval)
    assert seen == sorted(seen)
    assert 5 < seen[0] < 10
    assert seen[-1] == 60


@pytest.mark.parametrize(("max_age", "expected"), [(None, 5), (3, 5), (30, 30), (3_600, 60)])
def test_freshness_is_respected(max_age: float | None, expected: float) -> None:
    """A copy that stays fresh is not asked for sooner, but never later than the bound."""
    found = after_success(5, changed=True, minimum=5, maximum=60, max_age=max_age)
    assert found == expected


@given(st.integers(1, 10_000), SECONDS, SECONDS, st.none() | st.floats(-10, 1e9))
def test_failure_within_bounds(
    failures: int, minimum: float, maximum: float, retry_after: float | None
) -> None:
    """At least what the server asks (a day at most) and the shortest interval; never endless."""
    found = after_failure(failures, minimum=minimum, maximum=maximum, retry_after=retry_after)
    assert found >= min(retry_after or 0, DAY)
    assert found >= minimum
    assert found <= max(BACKOFF_AT_MOST, maximum, minimum, DAY if retry_after else 0)


@given(st.integers(1, 100), SECONDS, SECONDS)
def test_failures_back_off(failures: int, minimum: float, maximum: float) -> None:
    """One more failure never means a shorter wait."""
    one = after_failure(failures, minimum=minimum, maximum=maximum)
    assert after_failure(failures + 1, minimum=minimum, maximum=maximum) >= one


def test_failures_double() -> None:
    """From twice the shortest interval on, doubling."""
    waits = [after_failure(n, minimum=5, maximum=60) for n in range(1, 10)]
    assert waits == [10, 20, 40, 80, 160, 320, 640, 900, 900]
