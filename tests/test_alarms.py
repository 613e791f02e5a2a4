"""Admins hear once of a flood, and once of its end."""

from __future__ import annotations

import pytest

from bot.alarms import FloodAlarm
from bot.delivery.pacer import Pacer, Rates


@pytest.mark.parametrize("leads", [True, False])
async def test_a_flood_is_told_once_and_its_end(leads: bool) -> None:
    """However often it is looked at; by one of several processes that share the rate."""
    clock = [1_000.0]
    pacer = Pacer(Rates(global_rate=30.0), clock=lambda: clock[0])
    reports: list[str] = []

    async def report(text: str) -> None:
        reports.append(text)

    async def is_leader() -> bool:
        return leads

    alarm = FloodAlarm(pacer, leads=is_leader, report=report)
    await alarm.look()
    assert reports == []
    for chat_id in range(1, 30):
        pacer.flooded(chat_id, 3.0, group=False)
    assert pacer.rate < 27.0
    for _ in range(3):
        await alarm.look()
    clock[0] += 7_200.0
    assert pacer.rate == pytest.approx(30.0, rel=0.01)
    for _ in range(3):
        await alarm.look()
    if leads:
        assert len(reports) == 2
        assert "slow down (429)" in reports[0]
        assert "takes 30 messages a second again" in reports[1]
    else:
        assert reports == []
