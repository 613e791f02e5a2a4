"""Opens the database and hands out transactions; the only module that knows SQLite from PostgreSQL.

SQLite runs in WAL mode with one writing connection: every writing transaction starts with
``BEGIN IMMEDIATE``, because a plain ``BEGIN`` that reads first and writes later fails with
"database is locked" whatever the busy timeout (https://www.sqlite.org/isolation.html).
``synchronous=NORMAL`` survives any crash of the process; after a loss of power the last commits
may be gone, which polling finds again.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import (
    ConfigError,
    InUseError,
    NotADatabaseError,
    StorageFullError,
    StoreError,
)

BUSY_TIMEOUT = 10.0  # seconds another process (the command line, a backup) may hold the write lock
POOL_TIMEOUT = 60  # seconds to wait for a connection
READERS = 4  # connections for reading
_MAGIC = b"SQLite format 3\x00"  # https://www.sqlite.org/fileformat.html#the_database_header
_NO_BEGIN = "no_begin"  # execution option: this connection's statements stand alone


class Database:
    """A database that is open: hands out reading and writing transactions.

    Use `open_database`; call `close` always, since aiosqlite's threads outlive the program
    otherwise.
    """

    def __init__(self, url: URL, reader: AsyncEngine, writer: AsyncEngine) -> None:
        self.url = url
        self._reader = reader
        self._writer = writer
        self._lock: _FileLock | None = None

    @property
    def is_sqlite(self) -> bool:
        """Whether one file holds everything."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def label(self) -> str:
        """The file, or the address without a password, for people."""
        if self.path is not None:
            return str(self.path)
        return self.url.render_as_string(hide_password=True)

    @property
    def path(self) -> Path | None:
        """The SQLite file; None for a server or a database in memory."""
        return sqlite_path(self.url)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A reading transaction: one consistent state of the database.

        Raises:
            StoreError: as `mapped` says.
        """
        with _Mapped(self.label):
            async with self._reader.connect() as connection, connection.begin():
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A writing transaction, committed at the end, rolled back by any exception.

        Raises:
            StorageFullError: no space is left, or the disk is read-only.
            StoreError: anything else the database refuses.
        """
        with _Mapped(self.label):
            async with self._writer.begin() as connection:
                yield connection

    @asynccontextmanager
    async def copying(self) -> AsyncIterator[AsyncConnection]:
        """A connection outside any transaction, as ``VACUUM`` wants it.

        Raises:
            StoreError: as `read`.
        """
        with _Mapped(self.label):
            async with self._reader.connect() as connection:
                yield await connection.execution_options(**{_NO_BEGIN: True})

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
            self._lock = _FileLock(path)

    async def close(self) -> None:
        """Close every connection and end their threads."""
        await self._reader.dispose()
        if self._writer is not self._reader:
            await self._writer.dispose()
        if self._lock is not None:
            self._lock.release()
            self._lock = None


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
        raise ConfigError(
            f"database.url: {text!r} is not a database address; "
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


def sqlite_path(url: URL) -> Path | None:
    """The file of a SQLite address; None for memory or a server."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))


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
        _prepare_file(path)
    try:
        database = _connect_sqlite(url) if url.get_backend_name() == "sqlite" else _connect(url)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigError(
            "database.url: the PostgreSQL driver is not installed; "
            "pip install 'liverelay[postgres]'"
        ) from error
    try:
        async with database.read() as connection:
            await connection.execute(sa.text("SELECT 1"))
    except BaseException:
        await database.close()
        raise
    return database


def _connect_sqlite(url: URL) -> Database:
    in_memory = sqlite_path(url) is None
    writer = create_async_engine(
        url,
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        pool_size=1,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT,
        connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False},
        poolclass=sa.pool.AsyncAdaptedQueuePool,
    )
    _configure_sqlite(writer, "BEGIN IMMEDIATE")
    if in_memory:  # a second connection would see another, empty database
        return Database(url, writer, writer)
    reader = create_async_engine(
        url,
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        pool_size=READERS,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT,
        connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False},
        poolclass=sa.pool.AsyncAdaptedQueuePool,
    )
    _configure_sqlite(reader, "BEGIN")
    return Database(url, reader, writer)


def _connect(url: URL) -> Database:
    engine = create_async_engine(
        url, json_serializer=_dumps, json_deserializer=orjson.loads, pool_pre_ping=True
    )
    return Database(url, engine, engine)


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()


def _configure_sqlite(engine: AsyncEngine, begin: str) -> None:
    @sa.event.listens_for(engine.sync_engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        # The driver's own transaction control would begin late and commit before DDL.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        if not connection.get_execution_options().get(_NO_BEGIN):
            connection.exec_driver_sql(begin)


def _prepare_file(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFullError(
            f"database.url: the folder {path.parent} cannot be made: {error.strerror}"
        ) from error
    try:
        _look_at_file(path)
    except OSError as error:
        raise StoreError(
            f"database.url: {path} cannot be read: {error.strerror}; check its permissions"
        ) from error


def _look_at_file(path: Path) -> None:
    if path.is_dir():
        raise NotADatabaseError(f"database.url: {path} is a folder; name a file in it")
    exists = path.exists()
    if exists and path.stat().st_size > 0:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
        if head != _MAGIC:
            raise NotADatabaseError(
                f"database.url: {path} is not a SQLite database; "
                "name another file, or move this one away"
            )
    if not os.access(path if exists else path.parent, os.W_OK):
        raise StorageFullError(
            f"database.url: {path} cannot be written (read-only disk or missing permission)"
        )


class _FileLock:
    """A lock on a file beside the database, freed by the kernel when the process ends."""

    def __init__(self, database: Path) -> None:
        path = database.with_name(database.name + ".lock")
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StorageFullError(
                f"database.url: {path} cannot be written: {error.strerror}"
            ) from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(self._handle, 32).decode(errors="replace").strip() or "?"
            os.close(self._handle)
            raise InUseError(
                f"{database} is in use by another LiveRelay (process {holder}); "
                "one SQLite file serves one process. Stop that one, or set database.url"
            ) from error
        os.ftruncate(self._handle, 0)
        os.write(self._handle, str(os.getpid()).encode())

    def release(self) -> None:
        """Let go; the file stays, since removing it would race with the next holder."""
        os.close(self._handle)


class _Mapped:
    """Turns the driver's errors into ours, in one place."""

    def __init__(self, label: str) -> None:
        self._label = label

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, DBAPIError):
            raise self._translate(str(error.orig)) from error
        if isinstance(error, sqlite3.Error):
            raise self._translate(str(error)) from error
        if isinstance(error, PoolTimeoutError):
            raise StoreError(
                f"the database {self._label} is too busy: no connection came free in "
                f"{POOL_TIMEOUT} seconds"
            ) from error
        if isinstance(error, (ConnectionError, TimeoutError)):
            raise StoreError(f"the database {self._label} does not answer: {error}") from error

    def _translate(self, text: str) -> StoreError:
        for words, kind, sentence in _MEANINGS:
            if any(word in text for word in words):
                return kind(f"{self._label} {sentence}")
        return StoreError(f"the database {self._label} refused: {text}")


_MEANINGS: tuple[tuple[tuple[str, ...], type[StoreError], str], ...] = (
    (
        ("disk is full", "disk I/O error", "No space left"),
        StorageFullError,
        "has no space left; make room, nothing was half-written",
    ),
    (
        ("readonly database", "read-only"),
        StorageFullError,
        "cannot be written (read-only disk or missing permission)",
    ),
    (
        ("not a database", "malformed"),
        NotADatabaseError,
        "is not a (whole) SQLite database; restore a backup",
    ),
    (
        ("unable to open",),
        StorageFullError,
        "cannot be opened; check that its folder exists and is writable",
    ),
    (("is locked",), StoreError, "is locked by another process for too long"),
)
