"""Connections to a SQLite file, the file itself, and the lock that keeps it to one process.

WAL mode with one writing connection: every writing transaction starts with ``BEGIN IMMEDIATE``,
because a plain ``BEGIN`` that reads first and writes later fails with "database is locked" whatever
the busy timeout (https://www.sqlite.org/isolation.html). ``synchronous=NORMAL`` survives any crash
of the process; after a loss of power the last commits may be gone, which polling finds again.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import InUseError, NotADatabaseError, StorageFullError, StoreError
from bot.store import checkpoints, refusals
from bot.store.sqlite_visits import READING, WRITING, OneVisitConnection, use_one_visit

BUSY_TIMEOUT = 10.0  # seconds another process (the command line, a backup) may hold the write lock
READERS = 4  # connections for reading
NO_BEGIN = "no_begin"  # execution option: this connection's statements stand alone
_MAGIC = b"SQLite format 3\x00"  # https://www.sqlite.org/fileformat.html#the_database_header


def is_sqlite(url: URL) -> bool:
    """Whether the address is that of a SQLite database."""
    return url.get_backend_name() == "sqlite"


def sqlite_path(url: URL) -> Path | None:
    """The file of a SQLite address; None for memory or a server."""
    if not is_sqlite(url) or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))


def connect_sqlite(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """The engines for reading and for writing; one and the same for a database in memory."""
    writer = _engine(url, connections=1, begin=WRITING)
    if sqlite_path(url) is None:  # a second connection would see another, empty database
        return writer, writer
    return _engine(url, connections=READERS, begin=READING), writer


def _engine(url: URL, *, connections: int, begin: str) -> AsyncEngine:
    engine = create_async_engine(
        url,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=refusals.POOL_TIMEOUT,
        connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False},
        poolclass=sa.pool.AsyncAdaptedQueuePool,
    )

    use_one_visit(engine.sync_engine)

    @sa.event.listens_for(engine.sync_engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        # The driver's own transaction control would begin late and commit before DDL.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.execute(f"PRAGMA wal_autocheckpoint={checkpoints.BACKSTOP}")
        cursor.execute(f"PRAGMA journal_size_limit={checkpoints.SIZE_LIMIT}")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        if not connection.get_execution_options().get(NO_BEGIN):
            driver: object = connection.connection.dbapi_connection
            assert isinstance(driver, OneVisitConnection)
            driver.begin(begin)

    return engine


def prepare_file(path: Path) -> None:
    """Make the folders above a database, and look whether it can be one.

    Raises:
        NotADatabaseError: it is something else.
        StorageFullError: it, or its folder, cannot be written.
        StoreError: it cannot be read.
    """
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


class FileLock:
    """A lock on a file beside the database, freed by the kernel when the process ends.

    Raises:
        InUseError: another process has it.
        StorageFullError: the file cannot be made.
    """

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
