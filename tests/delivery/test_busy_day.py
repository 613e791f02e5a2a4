"""A day of a busy live blog, a fiftieth of its chats at a fiftieth of the rate."""

from __future__ import annotations

import pytest

from tests.bench.day import Day, simulate

SMALL = Day(chats=100, rate=0.6)


@pytest.mark.parametrize("seed", range(2))
def test_nobody_is_ever_more_than_one_round_behind(seed: int) -> None:
    """500 entries, 150 edits, 5 withdrawals: all arrive, in order, within a round of the chats."""
    told = simulate(SMALL, seed)
    assert told.in_order
    assert len(told.waits) >= (SMALL.entries - SMALL.withdrawals) * SMALL.chats
    assert max(told.waits) <= SMALL.round + 2 / SMALL.rate
    assert told.messages < len(told.waits)
    assert told.edited > 0.5 * SMALL.edits * SMALL.chats
