"""A poll that takes longer than its lease: whoever has the source by then has the say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import HttpStatusError
from bot.intake.poller import LEASE
from bot.store import sources
from tests.intake.test_poller import Desk, Site
from tests.support.store import temp_database

AFTER_LEASE = timedelta(seconds=LEASE + 1)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A source that was polled once, with a poll under way that waits at the site's gate."""
    async with temp_database(tmp_path) as db:
        made = Desk(db, Site({"a": "The gates are closed"}))
        made.source_id = await made.watch()
        await made.tick()
        made.site.posts["b"] = "The ferry stays in port"
        made.site.gate = asyncio.Event()
        made.now += timedelta(seconds=await made.wait())
        made.poller.wake()
        await made.poller.tick()
        yield made


async def _take_over(desk: Desk, *, finish: bool) -> None:
    """Another process claims the source once the lease has ended, and may be done with it."""
    desk.now += AFTER_LEASE
    async with desk.db.write() as connection:
        (source,) = await sources.claim_due(connection, "other", desk.now, limit=1, lease=LEASE)
        if finish:
            mark = sources.PollMark(desk.now, desk.now + AFTER_LEASE, 5.0, wire_hash="theirs")
            assert await sources.mark_polled(connection, source.id, mark, owner="other")


async def _let_through(desk: Desk) -> None:
    assert desk.site.gate is not None
    desk.site.gate.set()
    await desk.poller.stop()


@pytest.mark.parametrize("finished", [False, True], ids=["polling", "done"])
async def test_a_poll_that_was_taken_over_commits_nothing(desk: Desk, finished: bool) -> None:
    """Neither entries nor marks, whether the other is still at it or done: no double poll."""
    await _take_over(desk, finish=finished)
    before = await desk.source()
    await _let_through(desk)
    assert list(await desk.stored()) == ["a"]
    assert (await desk.fanned_out(), desk.planned) == ([], 0)
    assert await desk.source() == before
    if not finished:  # the other's lease holds
        async with desk.db.write() as connection:
            assert not await sources.claim_due(connection, "x", desk.now, limit=1, lease=1)


async def test_a_slow_poll_keeps_its_source(desk: Desk) -> None:
    """As long as its process lives nobody else takes it up, however long the site takes."""
    for _ in range(10):
        desk.now += timedelta(seconds=LEASE / 2)
        await desk.poller.tick()
        async with desk.db.write() as connection:
            assert not await sources.claim_due(connection, "x", desk.now, limit=1, lease=1)
    await _let_through(desk)
    assert list(await desk.stored()) == ["a", "b"]
    assert len(desk.site.asked) == 2


async def test_an_unchanged_page_leaves_the_others_marks(desk: Desk) -> None:
    """Also what says "nothing new" says it too late."""
    del desk.site.posts["b"]
    await _take_over(desk, finish=True)
    before = await desk.source()
    await _let_through(desk)
    assert await desk.source() == before


async def test_a_failure_is_not_the_others(desk: Desk) -> None:
    """What failed here may have gone well there: it is neither counted nor reported."""
    desk.site.error = HttpStatusError("Bad gateway.", status=502)
    await _take_over(desk, finish=False)
    await _let_through(desk)
    assert (await desk.source()).failures == 0


async def test_a_process_that_slept_goes_on_with_its_own_poll(desk: Desk) -> None:
    """After a sleep longer than the lease the source is not polled a second time beside it."""
    desk.now += AFTER_LEASE
    desk.poller.wake()
    await desk.poller.tick()
    await asyncio.sleep(0.05)
    assert len(desk.site.asked) == 2
    await _let_through(desk)
    assert len(desk.site.asked) == 2
    assert list(await desk.stored()) == ["a", "b"]
    assert await desk.fanned_out() == ["new"]
    await desk.until_due()
    assert len(desk.site.asked) == 3
