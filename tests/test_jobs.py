"""Timed jobs when the clock is set."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from bot import jobs
from bot.jobs import Jobs


async def test_jobs_go_on_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour back: what runs several times a second is not silent for an hour."""
    monkeypatch.setattr(jobs, "CLOCK_EVERY", 0.05)
    ran = asyncio.Event()

    async def job() -> None:
        ran.set()

    timed = Jobs()
    timed.every(0.05, job)
    with time_machine.travel(datetime(2031, 3, 4, 12, tzinfo=UTC)) as traveller:
        timed.start()
        await asyncio.wait_for(ran.wait(), 30)
        traveller.shift(-timedelta(hours=1))
        for _ in range(3):
            ran.clear()
            await asyncio.wait_for(ran.wait(), 30)
        await timed.stop(1)
