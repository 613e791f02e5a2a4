"""Hints reach this process at once and others soon; without them nothing stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from bot.store import hints
from bot.store.engine import Database, open_database
from bot.store.hints import Hint, Hints
from tests.support.postgres import PostgresServer


class Ear:
    """Counts hints and can be awaited."""

    def __init__(self, heard_by: Hints, hint: Hint) -> None:
        self.count = 0
        self._heard = asyncio.Event()
        heard_by.on(hint, self._hear)

    def _hear(self) -> None:
        self.count += 1
        self._heard.set()

    async def wait(self) -> None:
        """Until the next hint since the last wait."""
        async with asyncio.timeout(20):
            await self._heard.wait()
        self._heard.clear()


@asynccontextmanager
async def running(made: Hints) -> AsyncIterator[Hints]:
    """Hints that are passed on."""
    task = asyncio.create_task(made.run())
    try:
        async with asyncio.timeout(20):
            await made.wait_listening()
        yield made
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_in_one_process(db: Database) -> None:
    """A hint wakes the listeners of its kind at once, and no others."""
    async with running(Hints(db)) as own:
        plan, send = Ear(own, Hint.PLAN), Ear(own, Hint.SEND)
        own.notify(Hint.PLAN)
        assert (plan.count, send.count) == (1, 0)


async def test_between_processes(db: Database, address: str) -> None:
    """Another process hears of it; who gave it does not hear it twice."""
    if db.is_sqlite:
        pytest.skip("one process does all")
    other = await open_database(address)
    try:
        async with running(Hints(db)) as one, running(Hints(other)) as two:
            here, there = Ear(one, Hint.SEND), Ear(two, Hint.SEND)
            back = Ear(one, Hint.POLL)
            one.notify(Hint.SEND)
            await there.wait()
            two.notify(Hint.POLL)
            await back.wait()
            assert (here.count, there.count) == (1, 1)
    finally:
        await other.close()


async def test_many_are_one(db: Database, address: str) -> None:
    """A thousand hints in a moment are told once or twice: what matters is that there is work."""
    if db.is_sqlite:
        pytest.skip("one process does all")
    other = await open_database(address)
    try:
        async with running(Hints(db)) as one, running(Hints(other)) as two:
            there, last = Ear(two, Hint.PLAN), Ear(two, Hint.POLL)
            for _ in range(1_000):
                one.notify(Hint.PLAN)
            await there.wait()
            one.notify(Hint.POLL)
            await last.wait()
            assert there.count <= 2
    finally:
        await other.close()


async def test_restart(
    db: Database, postgres: PostgresServer, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the server was away, its listeners are woken for what they missed, and hear again."""
    if db.is_sqlite:
        pytest.skip("there is no server")
    monkeypatch.setattr(hints, "FIRST_RETRY", 0.05)
    other = await open_database(address)
    try:
        async with running(Hints(db)) as one, running(Hints(other)) as two:
            there = Ear(two, Hint.PLAN)
            postgres.stop()
            one.notify(Hint.PLAN)  # neither fails nor waits
            await asyncio.sleep(0.2)
            postgres.start()
            await there.wait()
            await one.wait_listening()
            await two.wait_listening()
            before = there.count
            one.notify(Hint.PLAN)
            while there.count == before:
                await there.wait()
    finally:
        await other.close()
