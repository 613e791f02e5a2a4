"""A clock that jumps while live blogs are polled and alerts wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.store import fanouts, outbox
from tests.intake.test_poller import Desk, Site
from tests.support.store import add_private_chats, temp_database

HOUR = timedelta(hours=1)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A source that was polled twice, and an alert that is planned and not sent."""
    async with temp_database(tmp_path) as db:
        made = Desk(db, Site({"a": "The gates are closed"}))
        made.source_id = await made.watch()
        await add_private_chats(db, 3)
        await made.tick()
        made.site.posts["b"] = "The ferry stays in port"
        await made.until_due()
        await _plan(made)
        yield made


async def _plan(desk: Desk) -> None:
    async with desk.db.write() as connection:
        await fanouts.plan_chunk(connection, size=100, now=desk.now)


async def _claimed(desk: Desk) -> int:
    async with desk.db.write() as connection:
        batches = await outbox.claim(connection, "sender", desk.now, limit=9, lease=60)
        for batch in batches:
            release = outbox.Release(batch.destination.id, desk.now + timedelta(seconds=1))
            await outbox.record(connection, "sender", [], [release])
        return len(batches)


async def _ticks(desk: Desk, seconds: float) -> None:
    """The poller's own looks at the clock, as often as it is asked; nobody wakes it."""
    for _ in range(int(seconds)):
        desk.now += timedelta(seconds=1)
        await desk.poller.tick()
        await desk.poller.stop()


async def test_a_clock_that_was_set_back(desk: Desk) -> None:
    """What is due is polled and sent within a poll's interval, not an hour later."""
    assert await _claimed(desk) == 3  # and may be written to again after a second
    asked = len(desk.site.asked)
    desk.now -= HOUR
    desk.site.posts["c"] = "The pilots are back"
    await _ticks(desk, 61)
    assert list(await desk.stored()) == ["a", "b", "c"]
    assert len(desk.site.asked) - asked <= 61 / desk.bounds.minimum + 2
    assert await _claimed(desk) == 3
    await _plan(desk)
    assert await desk.fanned_out() == ["new", "new"]


async def test_a_clock_that_was_set_back_during_a_poll(desk: Desk) -> None:
    """The poll's mark stands on the new clock; what waits on the old one is sent all the same."""
    assert await _claimed(desk) == 3
    desk.site.gate = asyncio.Event()
    desk.now += timedelta(seconds=await desk.wait())
    await desk.poller.tick()
    desk.now -= HOUR
    desk.site.gate.set()
    await desk.poller.stop()
    await _ticks(desk, 61)
    assert await _claimed(desk) == 3


async def test_a_clock_that_was_set_forward(desk: Desk) -> None:
    """One poll for all that seem to have been missed."""
    asked = len(desk.site.asked)
    desk.now += HOUR
    await _ticks(desk, 3)
    assert len(desk.site.asked) == asked + 1
    assert await _claimed(desk) == 3
