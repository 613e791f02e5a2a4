"""A statement is one visit to the database's thread, and one that is cut off leaves no trace."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiosqlite
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StoreError
from bot.store.engine import Database
from bot.store.schema import topics
from bot.store.sqlite_visits import visit

# Takes a good part of a second, in the database's thread.
_SLOW = """
INSERT INTO topics (slug, names, emoji, rule, origin)
WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 3000000)
SELECT 'slow', '{}', '', '{}', 'chat' FROM counted WHERE n = 3000000
"""


@pytest.fixture
def address(sqlite_address: str) -> str:
    """The thread is SQLite's."""
    return sqlite_address


@pytest.fixture
async def visits(db: Database, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the database's threads were asked to do since it was connected; grows."""
    for transaction in (db.read, db.write):
        async with transaction() as connection:
            await connection.execute(sa.select(topics.c.id))
    found: list[object] = []
    own: Any = aiosqlite.Connection._execute

    async def noted(
        self: aiosqlite.Connection, work: object, *args: object, **named: object
    ) -> object:
        found.append(work)
        return await own(self, work, *args, **named)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", noted)
    return found


def _topic(slug: str) -> dict[str, object]:
    return {"slug": slug, "names": {}, "emoji": "", "rule": {}, "origin": "chat"}


async def _slugs(db: Database) -> list[str]:
    async with db.read() as connection:
        return list(await connection.scalars(sa.select(topics.c.slug).order_by(topics.c.id)))


async def _cut_off(task: asyncio.Task[None]) -> None:
    """Cancel it in the middle."""
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def _write_tide(db: Database) -> None:
    async with db.write() as connection:
        await connection.execute(topics.insert().values(_topic("tide")))


async def test_a_transaction_takes_a_visit_for_each_statement(
    db: Database, visits: list[object]
) -> None:
    """Three statements, committing: four visits, for rows or none, one row or many."""
    visits.clear()
    async with db.write() as connection:
        await connection.execute(topics.insert(), [_topic("storm"), _topic("tide")])
        changed = await connection.execute(topics.update().values(emoji="x"))
        assert changed.rowcount == 2
        assert (await connection.execute(sa.select(topics.c.emoji))).scalars().all() == ["x", "x"]
    assert len(visits) == 4


async def test_a_transaction_that_only_reads_takes_no_visit_besides(
    db: Database, visits: list[object]
) -> None:
    """It begins with its first statement, and nobody waits for its end; it saw one state."""
    visits.clear()
    async with db.read() as connection:
        assert (await connection.scalars(sa.select(topics.c.slug))).all() == []
        before = len(visits)
        await _write_tide(db)
        written = len(visits) - before
        assert (await connection.scalars(sa.select(topics.c.slug))).all() == []
    assert len(visits) - written == 2
    assert await _slugs(db) == ["tide"]


@pytest.mark.parametrize("at_once", [False, True])
async def test_what_could_not_be_committed_is_rolled_back(db: Database, *, at_once: bool) -> None:
    """A commit that SQLite refuses leaves no transaction open: the next one begins and is kept."""

    async def dangling(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        await connection.execute(topics.insert().values(_topic("storm")))
        await connection.exec_driver_sql("INSERT INTO entry_topics VALUES (77, 78)")

    async def by_statements() -> None:
        async with db.write() as connection:
            await dangling(connection)

    with pytest.raises(StoreError, match="FOREIGN KEY"):
        await (db.transact(dangling) if at_once else by_statements())
    await _write_tide(db)
    assert await _slugs(db) == ["tide"]


async def test_what_is_read_by_a_function_is_one_visit(db: Database, visits: list[object]) -> None:
    """Several statements, one state of the database; an error among them spoils no later one."""
    await _write_tide(db)

    async def work(connection: AsyncConnection) -> list[str]:
        count = await connection.scalar(sa.select(sa.func.count()).select_from(topics))
        return [*await connection.scalars(sa.select(topics.c.slug)), str(count)]

    async def wrong(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql("SELECT nonsense FROM nowhere")

    async def elsewhere(_: AsyncConnection) -> None:
        await asyncio.sleep(0)

    visits.clear()
    assert await db.look(work) == ["tide", "1"]
    assert len(visits) == 1
    with pytest.raises(StoreError, match="nowhere"):
        await db.look(wrong)
    with pytest.raises(RuntimeError, match="waits for something else"):
        await db.look(elsewhere)
    assert await db.look(work) == ["tide", "1"]


async def test_a_transaction_without_a_statement_is_none(
    db: Database, visits: list[object]
) -> None:
    """Who finds that there is nothing to write has waited for nobody."""
    visits.clear()
    async with db.write():
        pass
    async with db.read():
        pass
    assert visits == []


async def test_a_transaction_that_is_a_function_is_one_visit(
    db: Database, visits: list[object]
) -> None:
    """From its beginning to its commit, and what it read is given back."""

    async def work(connection: AsyncConnection) -> list[str]:
        await connection.execute(topics.insert(), [_topic("storm"), _topic("tide")])
        await connection.execute(topics.update().values(emoji="x"))
        return list(await connection.scalars(sa.select(topics.c.slug).order_by(topics.c.id)))

    visits.clear()
    assert await db.transact(work) == ["storm", "tide"]
    assert len(visits) == 1
    assert await _slugs(db) == ["storm", "tide"]


async def test_a_transaction_that_fails_is_undone_whole(db: Database) -> None:
    """An error in the middle, ours or SQLite's, leaves nothing, and the next one can write."""

    async def ours(connection: AsyncConnection) -> None:
        await connection.execute(topics.insert().values(_topic("storm")))
        raise ValueError("no")

    async def theirs(connection: AsyncConnection) -> None:
        await connection.execute(topics.insert().values(_topic("storm")))
        await connection.execute(topics.insert().values(_topic("storm")))

    async def good(connection: AsyncConnection) -> None:
        await connection.execute(topics.insert().values(_topic("tide")))

    with pytest.raises(ValueError, match="no"):
        await db.transact(ours)
    with pytest.raises(StoreError, match="UNIQUE"):
        await db.transact(theirs)
    await db.transact(good)
    assert await _slugs(db) == ["tide"]


async def test_a_transaction_that_waits_for_something_else_is_refused(db: Database) -> None:
    """The thread has no event loop: who awaits one there is told so, and nothing is stored."""

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(topics.insert().values(_topic("storm")))
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="waits for something else"):
        await db.transact(work)
    assert await _slugs(db) == []


async def test_a_transaction_whose_task_is_cancelled_ends_first(db: Database) -> None:
    """Nobody else gets the connection before; what it wrote is whole."""

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(topics.insert().values(_topic("storm")))
        await connection.exec_driver_sql(_SLOW)

    task = asyncio.create_task(db.transact(work))
    await _cut_off(task)
    await _write_tide(db)
    assert await _slugs(db) == ["storm", "slow", "tide"]


async def test_a_statement_that_is_cut_off_is_undone(db: Database) -> None:
    """A task that is cancelled in a statement leaves nothing behind, and the next one can write."""

    async def write() -> None:
        async with db.write() as connection:
            await connection.exec_driver_sql(_SLOW)

    task = asyncio.create_task(write())
    await _cut_off(task)
    await _write_tide(db)
    assert await _slugs(db) == ["tide"]


async def test_a_beginning_that_is_cut_off_holds_no_lock(db: Database) -> None:
    """A task that is cancelled while the thread has not begun its transaction leaves none open."""

    async def write() -> None:
        async with db.write() as connection:
            await connection.execute(sa.select(topics.c.id))
            await asyncio.sleep(10)

    async with db.write() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
    driver._tx.put_nowait((None, lambda: time.sleep(0.2)))  # the thread is busy
    task = asyncio.create_task(write())
    await _cut_off(task)
    await _write_tide(db)
    assert await _slugs(db) == ["tide"]


async def test_what_sqlite_refuses_in_a_visit_is_an_error_of_the_store(db: Database) -> None:
    """A wrong statement in a visit of several is told like any other."""

    def work(raw: sqlite3.Connection) -> None:
        raw.execute("SELECT nonsense FROM nowhere")

    with pytest.raises(StoreError, match="nowhere"):
        async with db.write() as connection:
            await visit(connection, work)


async def test_transactions_that_wait_are_done_in_a_row(db: Database, visits: list[object]) -> None:
    """Each has its own result, in their order, and several take one visit."""
    order: list[int] = []

    def numbered(number: int) -> Callable[[AsyncConnection], Awaitable[int]]:
        async def work(connection: AsyncConnection) -> int:
            await connection.execute(topics.insert().values(_topic(f"t{number}")))
            order.append(number)
            return number

        return work

    visits.clear()
    found = await asyncio.gather(*(db.transact(numbered(number)) for number in range(20)))
    assert found == order == list(range(20))
    assert len(visits) == 1
    assert len(await _slugs(db)) == 20


async def test_one_that_fails_spoils_no_other(db: Database) -> None:
    """Of several that wait only the one with the error is told it."""

    async def add(connection: AsyncConnection) -> None:
        await connection.execute(topics.insert().values(_topic("storm")))

    async def other(connection: AsyncConnection) -> int | None:
        return await connection.scalar(sa.select(sa.func.count()).select_from(topics))

    found = await asyncio.gather(
        db.transact(add), db.transact(add), db.transact(other), return_exceptions=True
    )
    assert found[0] is None
    assert isinstance(found[1], StoreError)
    assert found[2] == 1


async def test_one_that_has_not_begun_can_be_called_off(db: Database) -> None:
    """It is not done, its task goes on at once, and what waits behind it is done."""

    async def slow(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql(_SLOW)

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(topics.insert().values(_topic("storm")))

    first = asyncio.create_task(db.transact(slow))
    await asyncio.sleep(0.05)
    second, third = asyncio.create_task(db.transact(work)), asyncio.create_task(_write_tide(db))
    await _cut_off(second)
    assert not first.done()
    await asyncio.gather(first, third)
    assert await _slugs(db) == ["slow", "tide"]


async def test_statements_have_their_turn_between_transactions(db: Database) -> None:
    """Who writes statement by statement waits for one transaction, not for all that are in line."""

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(topics.update().values(emoji="x"))
        time.sleep(0.005)  # noqa: ASYNC251 - a long one, in the thread

    line = [asyncio.create_task(db.transact(work)) for _ in range(200)]
    await asyncio.sleep(0.05)
    await asyncio.wait_for(_write_tide(db), 5)
    assert sum(task.done() for task in line) < len(line) // 2
    await asyncio.gather(*line)
    assert await _slugs(db) == ["tide"]
