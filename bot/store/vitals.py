"""How the whole is doing: processes, polls, what waits, how large the database is."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Source
from bot.store import outbox, sources
from bot.store.engine import Database
from bot.store.schema import DUE, deliveries, processes

ALIVE = timedelta(minutes=1)  # a process that was silent for longer is gone
KEPT = timedelta(days=1)
FULL = 0.05  # of a disk free, below which it is nearly full
FULL_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Beat:
    """What a process says of itself.

    Attributes:
        roles: for people.
        rate: messages a second it sent lately.
        errors: in its log within an hour.
        last_error: what the last of them was, "" for none.
    """

    owner: str
    roles: str
    version: str
    started_at: datetime
    seen_at: datetime
    rate: float = 0.0
    errors: int = 0
    last_error: str = ""
    last_error_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Vitals:
    """How the whole is doing.

    Attributes:
        alive: the processes that run.
        sources: what is watched.
        poll_lag: seconds by which the most overdue poll is late.
        waiting: deliveries that wait.
        oldest: seconds that the oldest one that is due has waited.
        database: bytes.
        disk_free: bytes where the file is; None for a server.
        disk_total: bytes there; None for a server.
    """

    alive: tuple[Beat, ...]
    sources: tuple[Source, ...]
    poll_lag: float
    waiting: int
    oldest: float
    database: int
    disk_free: int | None
    disk_total: int | None

    @property
    def failing(self) -> list[Source]:
        """The sources that cannot be read at present."""
        return [source for source in self.sources if source.failures]

    @property
    def rate(self) -> float:
        """Messages a second, in all."""
        return sum(beat.rate for beat in self.alive)

    @property
    def errors(self) -> int:
        """Errors in the logs within an hour."""
        return sum(beat.errors for beat in self.alive)

    @property
    def disk_is_nearly_full(self) -> bool:
        """Whether the database's disk has hardly any space left."""
        return nearly_full(self.disk_free, self.disk_total)


def nearly_full(free: int | None, total: int | None) -> bool:
    """Whether a disk has hardly any space left; a server's own is not ours to judge. Pure."""
    return free is not None and total is not None and free < min(FULL_BYTES, FULL * total)


async def beat(connection: AsyncConnection, one: Beat) -> None:
    """Write down that a process runs; forget those that ended long ago."""
    values = {
        "roles": one.roles,
        "version": one.version,
        "started_at": one.started_at,
        "seen_at": one.seen_at,
        "rate": one.rate,
        "errors": one.errors,
        "last_error": one.last_error,
        "last_error_at": one.last_error_at,
    }
    found = await connection.execute(
        processes.update().where(processes.c.owner == one.owner).values(values)
    )
    if not found.rowcount:
        await connection.execute(processes.insert().values(owner=one.owner, **values))
        await connection.execute(processes.delete().where(processes.c.seen_at < one.seen_at - KEPT))


async def farewell(connection: AsyncConnection, owner: str) -> None:
    """A process ends."""
    await connection.execute(processes.delete().where(processes.c.owner == owner))


async def beats(connection: AsyncConnection, now: datetime) -> list[Beat]:
    """The processes that run."""
    rows = await connection.execute(
        sa.select(processes)
        .where(processes.c.seen_at >= now - ALIVE)
        .order_by(processes.c.started_at)
    )
    return [Beat(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for it


async def look(db: Database, now: datetime) -> Vitals:
    """See how everything is doing."""
    async with db.read() as connection:
        alive = await beats(connection, now)
        listed = await sources.listed(connection)
        due = await sources.next_due(connection)
        waiting = await outbox.waiting_count(connection)
        oldest: datetime | None = await connection.scalar(
            sa.select(sa.func.min(deliveries.c.due_at, type_=deliveries.c.due_at.type)).where(
                DUE, deliveries.c.due_at <= now
            )
        )
        size = await _size(connection)
    free, total = await asyncio.to_thread(disk_of, db)
    return Vitals(
        alive=tuple(alive),
        sources=tuple(listed),
        poll_lag=_since(due, now),
        waiting=waiting,
        oldest=_since(oldest, now),
        database=size,
        disk_free=free,
        disk_total=total,
    )


def disk_of(db: Database) -> tuple[int | None, int | None]:
    """Bytes that are free, and all bytes, on the disk of the database's file."""
    if db.path is None:
        return None, None
    usage = shutil.disk_usage(db.path.resolve().parent)
    return usage.free, usage.total


async def _size(connection: AsyncConnection) -> int:
    if connection.dialect.name == "postgresql":
        query = "SELECT pg_database_size(current_database())"
        return int(await connection.scalar(sa.text(query)) or 0)
    pages: Sequence[int] = [
        int(await connection.scalar(sa.text(f"PRAGMA {name}")) or 0)
        for name in ("page_count", "page_size")
    ]
    return pages[0] * pages[1]


def _since(then: datetime | None, now: datetime) -> float:
    return 0.0 if then is None else max(0.0, (now - then).total_seconds())
