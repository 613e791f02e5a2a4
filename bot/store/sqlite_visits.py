"""Makes a statement one visit to the SQLite connection's thread.

aiosqlite runs a connection in a thread of its own, and SQLAlchemy asks that thread for a cursor,
lets it run the statement, fetches the rows, and closes the cursor, each in its turn. While a
broadcast keeps the event loop busy, every visit waits for a round of the loop, and a transaction of
ten statements holds the write lock for forty of them. Here a statement is one visit, a transaction
begins in the visit of its first one, and whole transactions can be done inside one
(`bot.store.sqlite_queue`).
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

READING = "BEGIN"  # the statement of a transaction that only reads
WRITING = "BEGIN IMMEDIATE"
T = TypeVar("T")


class OneVisitConnection(AsyncAdapt_aiosqlite_connection):
    """What SQLAlchemy takes for a connection of the driver.

    Attributes:
        inside: the connection itself, while its thread does whole transactions.
    """

    __slots__ = ("_begin", "_begun", "_reads", "inside")

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self.inside: sqlite3.Connection | None = None
        self._begin = ""  # the statement a transaction begins with, as long as it has not
        self._begun = False
        self._reads = False

    def begin(self, statement: str) -> None:
        """Begin a transaction with the next visit."""
        self._begin, self._reads = statement, statement == READING

    @contextmanager
    def used_inside(self, raw: sqlite3.Connection) -> Iterator[None]:
        """While its thread does whole transactions, or several statements of one."""
        self.inside = raw
        try:
            yield
        finally:
            self.inside = None

    async def visit(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something in the connection's thread."""
        if self._begin:
            work = partial(_beginning, statement=self._begin, work=work)
            self._begin, self._begun = "", True
        if self.inside is not None:
            return work(self.inside)
        # The driver has no public way to have several calls done at once; SQLAlchemy's own adapter
        # reaches for the same members.
        driver: Any = self._connection
        result: T = await driver._execute(work, driver._conn)  # noqa: SLF001 - see above
        return result

    def commit(self) -> None:
        """Commit, if there is anything; what cannot be committed is still to be rolled back."""
        self._end("commit", super().commit)

    def rollback(self) -> None:
        """Roll back, if there is anything: the pool asks for it after every transaction.

        A connection on which a beginning was cut off is not used again: SQLAlchemy sees to that.
        """
        self._end("rollback", super().rollback)

    def _end(self, ending: str, by_visit: Callable[[], None]) -> None:
        self._begin = ""  # one that has not begun will not
        if not self._begun or self._connection._connection is None:  # noqa: SLF001 - as its own
            return
        if self.inside is not None:
            getattr(self.inside, ending)()
        elif self._reads:
            self._let_go(ending)
        else:
            by_visit()
        self._begun = False

    def _let_go(self, ending: str) -> None:
        """End a transaction that only read, waiting for nothing: the next visit comes after it."""
        driver: Any = self._connection
        driver._tx.put_nowait((None, getattr(driver._conn, ending)))  # noqa: SLF001 - see above


class OneVisitCursor(AsyncAdapt_aiosqlite_cursor):
    """A cursor that exists only while a statement runs."""

    __slots__ = ()

    _cursor: Any  # a _Told
    _adapt_connection: OneVisitConnection

    def _make_new_cursor(self, connection: Any) -> Any:
        return _Told()

    def _aenter_cursor(self, cursor: Any) -> Any:
        return cursor

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._ask(partial(_run, operation=operation, parameters=parameters))

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        await self._ask(partial(_run_each, operation=operation, parameters=seq_of_parameters))

    async def _ask(self, work: Callable[[sqlite3.Connection], _Told]) -> None:
        async with self._adapt_connection._execute_mutex:  # noqa: SLF001 - as the base class does
            self._take(await self._adapt_connection.visit(work))

    def _take(self, told: _Told) -> None:
        self._cursor = told
        self._rows = told.rows


# Named here, not in the class: the two refer to each other.
OneVisitConnection._cursor_cls = OneVisitCursor  # noqa: SLF001 - SQLAlchemy's name for it


class _Told:
    """What the driver's cursor said of its statement, when it was closed."""

    def __init__(self, cursor: sqlite3.Cursor | None = None, rows: Iterable[Any] = ()) -> None:
        self.description = None if cursor is None else cursor.description
        self.rowcount = -1 if cursor is None else cursor.rowcount
        self.lastrowid = None if cursor is None else cursor.lastrowid
        self.rows = deque(rows)
        self.arraysize = 1

    async def close(self) -> None:
        """It is closed."""


def _beginning(
    connection: sqlite3.Connection, statement: str, work: Callable[[sqlite3.Connection], T]
) -> T:
    connection.execute(statement).close()
    return work(connection)


def _run(connection: sqlite3.Connection, operation: Any, parameters: Any) -> _Told:
    with closing(connection.execute(operation, () if parameters is None else parameters)) as cursor:
        rows = cursor.fetchall() if cursor.description else ()
        return _Told(cursor, rows)  # once they are fetched: only then rows of RETURNING are counted


def _run_each(connection: sqlite3.Connection, operation: Any, parameters: Any) -> _Told:
    with closing(connection.executemany(operation, parameters)) as cursor:
        return _Told(cursor)


async def visit(connection: AsyncConnection, work: Callable[[sqlite3.Connection], T]) -> T:
    """Do several statements in one visit; what SQLite refuses is raised as SQLAlchemy would."""
    driver = await adapted(connection)
    assert driver is not None
    try:
        return await driver.visit(work)
    except sqlite3.Error as error:
        raise DBAPIError.instance("", None, error, sqlite3.Error) from error


async def whole(connection: AsyncConnection, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """Do the work on SQLite's connection in one visit; on a server's as it is.

    Args:
        connection: in a transaction.
        work: awaits nothing but the connection.
    """
    driver = await adapted(connection)
    if driver is None:
        return await work(connection)

    def inside(raw: sqlite3.Connection) -> T:
        with driver.used_inside(raw):
            return result_of(work(connection))

    return await driver.visit(inside)


def result_of(work: Awaitable[T]) -> T:
    """The result of what waits for nothing."""
    waiting = work.__await__()
    try:
        next(waiting)
    except StopIteration as end:
        result: T = end.value
        return result
    waiting.close()
    raise RuntimeError("a transaction that is done at once waits for something else")


async def adapted(connection: AsyncConnection) -> OneVisitConnection | None:
    """SQLite's connection as SQLAlchemy has it; None for a server's."""
    raw = await connection.get_raw_connection()
    found: object = raw.dbapi_connection
    return found if isinstance(found, OneVisitConnection) else None


def use_one_visit(engine: sa.Engine) -> None:
    """Have all connections of an engine work so."""

    @sa.event.listens_for(engine, "do_connect")
    def _connect(dialect: Any, _record: object, args: Any, options: Any) -> OneVisitConnection:
        connected = dialect.dbapi.connect(*args, **options)
        return OneVisitConnection(dialect.dbapi, connected.driver_connection)
