"""Waiting before trying again."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.backoff import FIRST, LONGEST, backoff


@given(st.integers(1, 10_000), st.integers())
def test_waits_double_up_to_a_limit(attempts: int, seed: int) -> None:
    """Between half of the full wait and the whole, and never beyond ten minutes."""
    full = min(LONGEST, FIRST * 2.0 ** min(attempts - 1, 40))
    assert full / 2 <= backoff(attempts, chance=random.Random(seed)) <= full


def test_failures_do_not_return_together() -> None:
    """A hundred chats that failed at the same time are tried at different times."""
    assert len({backoff(3) for _ in range(100)}) > 90
