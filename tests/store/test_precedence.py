"""Who waits for an answer comes first."""

from __future__ import annotations

import asyncio

import pytest

from bot.store.precedence import Precedence

LONG = 30.0  # seconds


async def test_what_can_wait_begins_when_the_last_one_has_its_answer() -> None:
    """Two people are answered before it; nobody else's time is waited for."""
    precedence, done = Precedence(), list[str]()

    async def plan() -> None:
        await precedence.free(LONG)
        done.append("planned")

    async with asyncio.TaskGroup() as group:
        with precedence.held():
            with precedence.held():
                group.create_task(plan())
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.01)
            done.append("answered")
    assert done == ["answered", "planned"]


async def test_where_nobody_waits_it_begins_at_once() -> None:
    """Not even the event loop gets a turn between."""
    work = Precedence().free(LONG)
    with pytest.raises(StopIteration):
        work.send(None)


async def test_an_answer_that_fails_holds_up_nothing() -> None:
    """An error ends the precedence, too."""
    precedence = Precedence()
    with pytest.raises(ValueError, match="no answer"), precedence.held():
        raise ValueError("no answer")
    async with asyncio.timeout(LONG / 10):
        await precedence.free(LONG)


async def test_people_without_end_do_not_starve_it() -> None:
    """It waits no longer than it has to."""
    precedence = Precedence()
    with precedence.held():
        async with asyncio.timeout(LONG / 10):
            await precedence.free(0.01)
