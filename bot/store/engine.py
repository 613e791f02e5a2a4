"""Opens the database and hands out transactions.

What differs between the two databases stands in ``engine_sqlite`` and ``engine_postgres``.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import ConfigError, ContendedError, NotADatabaseError, StoreError
from bot.store.checkpoints import Checkpoints
from bot.store.engine_postgres import NO_DRIVER, connect_postgres, label_of
from bot.store.engine_sqlite import (
    NO_BEGIN,
    FileLock,
    connect_sqlite,
    is_sqlite,
    prepare_file,
    sqlite_path,
)
from bot.store.precedence import Precedence
from bot.store.refusals import Mapped
from bot.store.sqlite_queue import SqliteQueue
from bot.store.sqlite_visits import whole
from bot.wording import Wording

TRIES = 5  # of a transaction that others stood in the way of
CLOSE_WAIT = 5.0  # seconds that transactions under way have to end when the database is closed
T = TypeVar("T")


class Database:
    """A database that is open: hands out reading and writing transactions.

    Use `open_database`; call `close` always, since aiosqlite's threads outlive the program
    otherwise.

    Attributes:
        precedence: of those who are waited for, over what can wait.
    """

    def __init__(self, url: URL, reader: AsyncEngine, writer: AsyncEngine) -> None:
        self.url = url
        self.precedence = Precedence()
        self._reader = reader
        self._writer = writer
        self._lock: FileLock | None = None
        self._closed = False
        self._checkpoints = Checkpoints(sqlite_path(url))
        self._queue = SqliteQueue(writer) if is_sqlite(url) else None

    @property
    def is_sqlite(self) -> bool:
        """Whether one file holds everything."""
        return is_sqlite(self.url)

    @property
    def label(self) -> str:
        """The file, or the address without a password, for people."""
        if not self.is_sqlite:
            return label_of(self.url)
        return str(self.path or self.url)

    @property
    def path(self) -> Path | None:
        """The SQLite file; None for a server or a database in memory."""
        return sqlite_path(self.url)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A reading transaction: one consistent state of the database.

        Raises:
            StoreError: as ``bot.store.refusals`` says.
        """
        with self._use():
            async with self._reader.connect() as connection, connection.begin():
                yield connection

    async def look(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Do `work` in a reading transaction; SQLite does several statements in one go.

        It awaits nothing but the connection.

        Raises:
            StoreError: as `read`.
        """
        async with self.read() as connection:
            return await whole(connection, work)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A writing transaction, committed at the end, rolled back by any exception.

        Raises:
            StorageFullError: no space is left, or the disk is read-only.
            StoreError: anything else the database refuses.
        """
        with self._use():
            async with AsyncExitStack() as stack:
                with self._queue.giving_way() if self._queue is not None else nullcontext():
                    connection = await stack.enter_async_context(self._writer.begin())
                yield connection
        self._checkpoints.committed()

    async def transact(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Do `work` in a writing transaction, again where other processes stood in its way.

        The whole of it is repeated, so that it must have no effect but in the database. It awaits
        nothing but the connection: SQLite does it in one go (`bot.store.sqlite_queue`).

        Raises:
            ContendedError: they did so `TRIES` times.
            StoreError: as `write`.
        """
        for attempt in range(1, TRIES):
            try:
                return await self.once(work)
            except ContendedError:
                # Others retry at the same moment; let it not be the same moment again.
                await asyncio.sleep(random.uniform(0, 0.02 * attempt))  # noqa: S311 - no secret
        return await self.once(work)

    async def once(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """One try of `transact`.

        Raises:
            StoreError: as `write`.
        """
        with self._use():
            if self._queue is not None:
                result = await self._queue.do(work)
            else:
                async with self._writer.begin() as connection:
                    result = await work(connection)
        self._checkpoints.committed()
        return result

    @asynccontextmanager
    async def copying(self) -> AsyncIterator[AsyncConnection]:
        """A connection outside any transaction, as ``VACUUM`` wants it.

        Raises:
            StoreError: as `read`.
        """
        with self._use():
            async with self._reader.connect() as connection:
                if self.is_sqlite:
                    yield await connection.execution_options(**{NO_BEGIN: True})
                else:
                    yield await connection.execution_options(isolation_level="AUTOCOMMIT")

    async def integrity(self) -> str:
        """Read the whole database and say "ok", or raise.

        Raises:
            NotADatabaseError: a page of the file is damaged.
        """
        if not self.is_sqlite:
            return "ok"  # a server checks its own pages
        async with self.read() as connection:
            state = " ".join(str(await connection.scalar(sa.text("PRAGMA quick_check"))).split())
        if state != "ok":
            raise NotADatabaseError(f"{self.label} is damaged ({state}); restore a backup")
        return state

    def hold(self) -> None:
        """Claim the SQLite file for this process, as long as it lives.

        Raises:
            InUseError: another process relays from it.
        """
        path = self.path
        if path is not None:
            self._lock = FileLock(path)

    async def close(self) -> None:
        """Close every connection and end their threads; transactions under way end first."""
        self._closed = True
        await self._checkpoints.close()
        await self._settled()
        await self._reader.dispose()
        if self._writer is not self._reader:
            await self._writer.dispose()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _use(self) -> Mapped:
        if self._closed:  # SQLAlchemy would connect anew, and nobody would close that connection
            raise self._refusal()
        return Mapped(self.label)

    def _refusal(self) -> StoreError:
        return StoreError(Wording("the database {label} is closed", label=self.label))

    def _in_use(self, pools: Collection[sa.pool.QueuePool]) -> bool:
        waits = self._queue is not None and not self._queue.idle
        return waits or any(pool.checkedout() for pool in pools)

    async def _settled(self) -> None:
        """Wait for connections in use: an engine closes only those that lie in its pool."""
        pools = {_pool(self._reader), _pool(self._writer)}
        try:
            async with asyncio.timeout(CLOSE_WAIT):
                while self._in_use(pools):  # noqa: ASYNC110 - pools tell nobody
                    await asyncio.sleep(0.005)
        except TimeoutError:
            if self._queue is not None:
                self._queue.refuse(self._refusal())
            for pool in pools:  # those that come back late end when they come
                sa.event.listen(pool, "checkin", lambda _, record: record.invalidate())


def _pool(engine: AsyncEngine) -> sa.pool.QueuePool:
    pool = engine.sync_engine.pool
    assert isinstance(pool, sa.pool.QueuePool)
    return pool


def parse_url(text: str) -> URL:
    """The database address of a setting: a SQLAlchemy URL, or a plain path of a SQLite file.

    Raises:
        ConfigError: it is neither.
    """
    if "://" not in text:
        return URL.create("sqlite+aiosqlite", database=text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        shown = re.sub(r"//[^/?#]*@", "//…@", text)  # a password may stand there
        raise ConfigError(
            f"database.url: {shown!r} is not a database address; "
            "write a file name or postgresql://user@host/name"
        ) from error
    drivers = {
        "sqlite": "sqlite+aiosqlite",
        "postgres": "postgresql+asyncpg",
        "postgresql": "postgresql+asyncpg",
    }
    if url.drivername in drivers:
        url = url.set(drivername=drivers[url.drivername])
    if url.drivername not in drivers.values():
        raise ConfigError(
            f"database.url: {url.drivername!r} is not supported; use sqlite or postgresql"
        )
    return url


async def open_database(text: str) -> Database:
    """Open the database at an address, creating the SQLite file where it is missing.

    The schema is not touched: see ``bot.store.migrate``.

    Raises:
        ConfigError: the address is unusable.
        NotADatabaseError: the file is something else.
        StorageFullError: the file's folder cannot be written.
        StoreError: the server cannot be reached.
    """
    url = parse_url(text)
    path = sqlite_path(url)
    if path is not None:
        prepare_file(path)
    try:
        engines = connect_sqlite(url) if is_sqlite(url) else connect_postgres(url)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigError(NO_DRIVER) from error
    database = Database(url, *engines)
    try:
        async with database.read() as connection:
            await connection.execute(sa.text("SELECT 1"))
    except BaseException:
        await database.close()
        raise
    return database
