"""Makes a statement one visit to the SQLite connection's thread, where it is four.

aiosqlite runs a connection in a thread of its own, and SQLAlchemy asks that thread for a cursor,
lets it run the statement, fetches the rows, and closes the cursor, each in its turn. While a
broadcast keeps the event loop busy, every visit waits for a round of the loop, and a transaction of
ten statements holds the write lock for forty of them: here all that is done in one.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")


class OneVisitConnection(AsyncAdapt_aiosqlite_connection):
    """What SQLAlchemy takes for a connection of the driver."""

    __slots__ = ()

    async def visit(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something in the connection's thread."""
        # The driver has no public way to have several calls done at once; SQLAlchemy's own adapter
        # reaches for the same members.
        driver: Any = self._connection
        result: T = await driver._execute(work, driver._conn)  # noqa: SLF001 - see above
        return result

    def rollback(self) -> None:
        """Roll back, if there is anything: the pool asks for it after every transaction.

        A connection on which a beginning was cut off is not used again: SQLAlchemy sees to that.
        """
        driver: Any = self._connection
        if driver._connection is not None and driver.in_transaction:  # noqa: SLF001 - as its own
            super().rollback()


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
        def run(connection: sqlite3.Connection) -> tuple[_Told, list[Any]]:
            cursor = connection.execute(operation, () if parameters is None else parameters)
            try:
                rows = cursor.fetchall() if cursor.description else []
                return _Told(cursor.description, cursor.rowcount, cursor.lastrowid), rows
            finally:
                cursor.close()

        async with self._adapt_connection._execute_mutex:  # noqa: SLF001 - as the base class does
            self._cursor, rows = await self._adapt_connection.visit(run)
            self._rows = deque(rows)

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        def run(connection: sqlite3.Connection) -> _Told:
            cursor = connection.executemany(operation, seq_of_parameters)
            try:
                return _Told(None, cursor.rowcount, cursor.lastrowid)
            finally:
                cursor.close()

        async with self._adapt_connection._execute_mutex:  # noqa: SLF001 - as the base class does
            self._cursor = await self._adapt_connection.visit(run)


# Named here, not in the class: the two refer to each other.
OneVisitConnection._cursor_cls = OneVisitCursor  # noqa: SLF001 - SQLAlchemy's name for it


class _Told:
    """What the driver's cursor said of its statement, when it was closed."""

    def __init__(
        self,
        description: Any = None,
        rowcount: int = -1,
        lastrowid: int | None = None,
    ) -> None:
        self.description = description
        self.rowcount = rowcount
        self.lastrowid = lastrowid
        self.arraysize = 1

    async def close(self) -> None:
        """It is closed."""


async def visit(connection: AsyncConnection, work: Callable[[sqlite3.Connection], T]) -> T:
    """Do several statements in one visit; what SQLite refuses is raised as SQLAlchemy would."""
    raw = await connection.get_raw_connection()
    adapted: object = raw.dbapi_connection
    assert isinstance(adapted, OneVisitConnection)
    try:
        return await adapted.visit(work)
    except sqlite3.Error as error:
        raise DBAPIError.instance("", None, error, sqlite3.Error) from error


def use_one_visit(engine: sa.Engine) -> None:
    """Have all connections of an engine work so."""

    @sa.event.listens_for(engine, "do_connect")
    def _connect(dialect: Any, _record: object, args: Any, options: Any) -> OneVisitConnection:
        connected = dialect.dbapi.connect(*args, **options)
        return OneVisitConnection(dialect.dbapi, connected.driver_connection)
