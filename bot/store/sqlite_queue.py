"""Does writing transactions one after the other in the SQLite connection's thread.

A transaction that is written as a function which awaits nothing but its connection runs in that
thread from its beginning to its commit. Those that come meanwhile wait in line there, and the next
one begins as soon as one has ended: while a broadcast keeps the event loop busy, handing the
connection over through the loop would take longer than most transactions do.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.sqlite_visits import OneVisitConnection, adapted, result_of

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Waiting:
    work: Callable[[AsyncConnection], Awaitable[Any]]
    ended: asyncio.Future[Any] = field(default_factory=asyncio.Future)

    def end(self, result: object, error: BaseException | None) -> None:
        if self.ended.done():  # whoever waited was cancelled
            return
        if error is None:
            self.ended.set_result(result)
        else:
            self.ended.set_exception(error)


class SqliteQueue:
    """The transactions that wait for the one writing connection.

    Args:
        engine: of that connection.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._waiting: deque[_Waiting] = deque()
        self._running: asyncio.Task[None] | None = None
        self._others = 0

    @contextmanager
    def giving_way(self) -> Iterator[None]:
        """While another waits for the connection, it is next: to write statement by statement."""
        self._others += 1
        try:
            yield
        finally:
            self._others -= 1

    @property
    def idle(self) -> bool:
        """Whether nothing waits or is under way."""
        return self._running is None

    async def do(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Do a whole transaction.

        Who is cancelled goes on when it has ended; where it has not begun, it is not done.
        """
        one = _Waiting(work)
        self._waiting.append(one)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        try:
            result: T = await asyncio.shield(one.ended)
        except asyncio.CancelledError:
            try:
                self._waiting.remove(one)
            except ValueError:  # it is under way, and may use what its caller has
                await _over(one.ended)
            raise
        return result

    def refuse(self, error: Exception) -> None:
        """Do nothing of what waits; each is told the error."""
        while self._waiting:
            self._waiting.popleft().end(None, error)

    async def _run(self) -> None:
        """Do what waits, until nothing does."""
        try:
            while self._waiting:
                try:
                    async with self._engine.connect() as connection:
                        await self._some(connection)
                except Exception as error:  # noqa: BLE001 - told to those who wait
                    self.refuse(error)
        finally:
            self._running = None

    async def _some(self, connection: AsyncConnection) -> None:
        """Do some of them in one visit; after an error the pool has a look at the connection."""
        loop = asyncio.get_running_loop()
        driver = await adapted(connection)
        assert driver is not None

        def run(raw: sqlite3.Connection) -> None:
            error: BaseException | None = None
            while error is None:
                try:
                    one = self._waiting.popleft()
                except IndexError:
                    return
                result, error = _whole(driver, raw, connection, one)
                loop.call_soon_threadsafe(one.end, result, error)
                if self._others:
                    return

        visit = asyncio.ensure_future(driver.visit(run))
        try:
            await asyncio.shield(visit)
        except asyncio.CancelledError:
            await _over(visit)  # nobody else may use the connection meanwhile
            raise


async def _over(work: asyncio.Future[Any]) -> None:
    """Wait until something has ended, whatever becomes of it."""
    await asyncio.gather(asyncio.shield(work), return_exceptions=True)


def _whole(
    driver: OneVisitConnection, raw: sqlite3.Connection, connection: AsyncConnection, one: _Waiting
) -> tuple[object, BaseException | None]:
    """A transaction from its beginning to its commit, in the thread: its result, or its error."""

    async def transaction() -> object:
        async with connection.begin():
            return await one.work(connection)

    try:
        with driver.used_inside(raw):
            return result_of(transaction()), None
    except BaseException as error:  # noqa: BLE001 - the one who waits for it is told
        return None, error
