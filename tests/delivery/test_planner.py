"""The planner on a real database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from bot.delivery.planner import GIVE_WAY, SMALLEST, SMALLEST_ON_SERVER, Planner
from bot.errors import ContendedError, StorageFullError
from bot.model import Follow
from bot.store.columns import DeliveryState as State
from bot.store.engine import TRIES, Database
from tests.support.refusing import Refusing
from tests.support.relaying import until
from tests.support.store import (
    add_entries,
    add_private_chats,
    add_source,
    add_topic,
    state_counts,
    temp_database,
    utc_now,
)

T = TypeVar("T")


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database."""
    async with temp_database(tmp_path) as opened:
        yield opened


@asynccontextmanager
async def planning(db: Any, *, chunk: int = 1000) -> AsyncIterator[tuple[Planner, list[int]]]:
    """A planner at work; how often it said that there is work to send."""
    told: list[int] = []
    planner = Planner(db, chunk=chunk, now=utc_now, on_planned=lambda: told.append(1))
    stop = asyncio.Event()
    task = asyncio.create_task(planner.run(stop))
    try:
        yield planner, told
    finally:
        stop.set()
        await asyncio.wait_for(task, 5)


async def test_an_entry_is_queued_for_all_who_follow_it(db: Database) -> None:
    """Followers of everything and of its topic get it, others do not."""
    flood, sport = await add_topic(db, "flood"), await add_topic(db, "sport")
    await add_private_chats(db, 30, first=1000)
    await add_private_chats(db, 20, first=2000, follow=Follow.TOPIC, target=flood)
    await add_private_chats(db, 10, first=3000, follow=Follow.TOPIC, target=sport)
    source = await add_source(db)
    await add_entries(db, source, ["One"], topic_ids=[flood])
    async with planning(db, chunk=7) as (_, told):

        async def planned() -> bool:
            return await state_counts(db) == {State.QUEUED: 50}

        await until(planned)
        await until(lambda: bool(told))


async def test_chunks_grow_while_they_are_quick(db: Database) -> None:
    """From a small first chunk to larger ones, each a short transaction."""
    await add_private_chats(db, 10_000)
    source = await add_source(db)
    await add_entries(db, source, ["One"])
    timed = _Timed(db)
    async with planning(timed, chunk=100) as (planner, _):

        async def planned() -> bool:
            return await state_counts(db) == {State.QUEUED: 10_000}

        await until(planned, 20)
        assert planner.chunk >= SMALLEST_ON_SERVER
    assert median(timed.took) < 0.25  # far above the aim: the machine may be busy


async def test_a_chunk_waits_for_a_person_but_not_for_long(db: Database) -> None:
    """While a command is handled no chunk follows another at once; the plan still goes on."""
    await add_private_chats(db, 20)
    source = await add_source(db)
    await add_entries(db, source, ["One"])
    with db.precedence.held():
        began = time.monotonic()
        async with planning(db, chunk=10) as (_, told):
            await until(lambda: bool(told))
            assert time.monotonic() - began >= GIVE_WAY
    assert await state_counts(db) == {State.QUEUED: 20}


async def test_chunks_shrink_when_commits_are_slow(db: Database) -> None:
    """The commit counts too, for others wait for it; but not to chunks that are all overhead."""
    await add_private_chats(db, 12_000)
    source = await add_source(db)
    await add_entries(db, source, ["One"])
    async with planning(_Timed(db, commit=0.1), chunk=6_000) as (planner, _):

        async def planned() -> bool:
            return await state_counts(db) == {State.QUEUED: 12_000}

        await until(planned, 20)
        assert planner.chunk == (SMALLEST if db.is_sqlite else SMALLEST_ON_SERVER)


async def test_planning_goes_on_when_the_database_is_well_again(db: Database) -> None:
    """Refused commits lose nothing and repeat nothing."""
    await add_private_chats(db, 500)
    source = await add_source(db)
    await add_entries(db, source, ["One"])
    refusing = Refusing(db)
    refusing.error = StorageFullError("no space is left; make room")
    async with planning(refusing, chunk=100):
        await until(lambda: refusing.refused > 0)
        refusing.error = None

        async def planned() -> bool:
            return await state_counts(db) == {State.QUEUED: 500}

        await until(planned)


async def test_processes_in_each_others_way_are_no_pause(db: Database) -> None:
    """A chunk that clashes with others' work is planned again at once, and counted once."""
    await add_private_chats(db, 50)
    source = await add_source(db)
    await add_entries(db, source, ["One"])
    clashing = Refusing(db)
    clashing.error, clashing.times = ContendedError("others were at it"), TRIES - 1
    with capture_logs() as logs:
        async with planning(clashing):

            async def planned() -> bool:
                return await state_counts(db) == {State.QUEUED: 50}

            await until(planned)
    assert clashing.refused == TRIES - 1
    assert logs == []


class _Timed(Database):
    """A database that remembers how long its writing transactions took.

    Args:
        db: the real one.
        commit: seconds by which each commit is slower.
    """

    def __init__(self, db: Database, *, commit: float = 0.0) -> None:
        self._db = db
        self.precedence = db.precedence
        self._commit = commit
        self.took: list[float] = []

    @property
    def is_sqlite(self) -> bool:
        return self._db.is_sqlite

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        async with self._db.read() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        loop = asyncio.get_running_loop()
        async with self._db.write() as connection:
            started = loop.time()
            yield connection
            await asyncio.sleep(self._commit)
        self.took.append(loop.time() - started)

    async def once(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        async with self.write() as connection:
            return await work(connection)
