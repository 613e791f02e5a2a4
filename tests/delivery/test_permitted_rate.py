"""How much of the permitted rate is used, on lines and machines as they are.

The limits are the sandbox's, whose windows are strict; its tolerance of 20 ms is switched off.
"""

from __future__ import annotations

from itertools import count

import pytest

from bot.delivery.pacer import Pacer, Rates
from bot.sandbox.limits import Limits
from tests.support.line import Line, Traffic
from tests.support.virtual_time import run_virtual

LINES = {
    "near": Line(),
    "far": Line(prepare=0.0005, travel=0.04, jitter=0.001),
    "a busy machine": Line(prepare=0.001, stall=0.005),
    "a far end that stalls": Line(prepare=0.0005, far_stall=0.01),
    "a far end that stalls long": Line(prepare=0.0005, far_stall=0.05, far_between=1.0),
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
@pytest.mark.parametrize("rate", [30, 1000])
def test_the_permitted_rate_is_used_and_kept(rate: int, line: Line) -> None:
    """At least 99 % of the permitted rate arrives, no second holds more than it, and no 429."""

    async def work() -> Traffic:
        traffic = Traffic(line, Limits(global_per_second=rate, tolerance=0.0))
        await traffic.broadcast(Pacer(Rates(global_rate=rate)), count(1), 40 if rate == 30 else 6)
        return traffic

    traffic = run_virtual(work())
    assert traffic.refused == []
    assert traffic.limiter.counters.peak_per_second == rate
    assert traffic.used(rate) >= 0.99


def test_a_restless_line_learns_to_allow_for_it() -> None:
    """Where messages stray by more than was thought, a few 429 later there are none any more."""
    line = Line(travel=0.03, jitter=0.03)

    async def work() -> tuple[int, int, float]:
        traffic = Traffic(line, Limits(global_per_second=30, tolerance=0.0))
        pacer = Pacer(Rates(global_rate=30))
        await traffic.broadcast(pacer, count(1), 60)
        first = len(traffic.refused)
        await traffic.broadcast(pacer, count(10_000), 60)
        return first, len(traffic.refused) - first, len(traffic.arrived) / (30 * traffic.now())

    first, second, used = run_virtual(work())
    assert second <= first
    assert used > 0.8
