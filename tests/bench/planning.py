"""A fan-out to a million destinations, against one bare statement that makes as many rows."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.planner import Planner
from bot.store import fanouts
from bot.store.engine import Database, open_database
from bot.store.schema import deliveries
from tests.bench.databases import postgres_address
from tests.bench.figures import Options, Row, Spent, Watch, percentile, settle
from tests.bench.rig import seed_readers, words
from tests.support.store import add_entries, add_source, temp_database, utc_now

DESTINATIONS = 1_000_000
ON_POSTGRES = 200_000
ROUNDS, ALL_ROUNDS = 1, 3
TIME_GOAL = 1.5
TRANSACTION_GOAL = 0.05  # seconds
LOOK = 0.05  # seconds between two looks whether it is done
LONGEST = 60.0  # seconds; then planning is cut off, and what was planned is compared

T = TypeVar("T")

_BARE = """
INSERT INTO deliveries (entry_id, destination_id, state, priority, due_at)
SELECT :entry, destination_id, 0, 1, 1 FROM subscriptions WHERE follow = 'all' AND target_id = 0
"""


async def rows(options: Options) -> list[Row]:
    """Times of the whole and of the longest transaction."""
    seeded = options.folder / "million.db"
    source = await seed(str(seeded), DESTINATIONS)
    bare: list[Spent] = []
    ours: list[Spent] = []
    transactions: list[float] = []
    for number in range(ALL_ROUNDS if options.full else ROUNDS):
        async with _copy(seeded, options.folder / f"bare{number}.db") as db:
            bare.append(await _bare(db, source, DESTINATIONS))
        async with _copy(seeded, options.folder / f"planner{number}.db") as db:
            timed = TimedDatabase(db)
            ours.append(await _planned(timed, source, DESTINATIONS))
            transactions += timed.writes
    found = _compared(_least(bare), _least(ours), transactions, "SQLite")
    with postgres_address() as place:
        if place is None:
            return [*found, Row("fan-out (PostgreSQL): no server for this machine")]
        source = await seed(place, ON_POSTGRES)
        db = await open_database(place)
        try:
            timed = TimedDatabase(db)
            planned = await _planned(timed, source, ON_POSTGRES)
            async with db.write() as connection:
                await connection.execute(sa.text("DELETE FROM deliveries"))
            reference = await _bare(db, source, ON_POSTGRES)
        finally:
            await db.close()
    return found + _compared(reference, planned, timed.writes, "PostgreSQL")


async def seed(place: str, destinations: int) -> int:
    """A database with so many readers who follow everything; returns its source's id."""
    async with temp_database(place) as db:
        await seed_readers(db, destinations)
        return await add_source(db)


class TimedDatabase(Database):
    """Notes how long each writing transaction kept the others waiting.

    Attributes:
        writes: seconds, from the beginning to the end of the commit.
    """

    def __init__(self, db: Database) -> None:
        self.__dict__.update(db.__dict__)
        self.writes: list[float] = []

    async def once(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """As `Database.once`."""
        began = time.perf_counter()
        result = await super().once(work)
        self.writes.append(time.perf_counter() - began)
        return result


@asynccontextmanager
async def _copy(seeded: Path, to: Path) -> AsyncIterator[Database]:
    shutil.copyfile(seeded, to)
    db = await open_database(str(to))
    try:
        yield db
    finally:
        await db.close()
        to.unlink()


async def _bare(db: Database, source: int, count: int) -> Spent:
    (entry,) = await add_entries(db, source, [words(0)])
    settle()
    watch = Watch()
    async with db.write() as connection:
        made = await connection.execute(sa.text(_BARE), {"entry": entry})
    if made.rowcount != count:
        raise RuntimeError(f"{made.rowcount} rows, not {count}")
    return watch.spent(count)


async def _planned(db: TimedDatabase, source: int, count: int) -> Spent:
    await add_entries(db, source, [words(1)])
    stop = asyncio.Event()
    planner = Planner(db, now=utc_now, on_planned=lambda: None)
    settle()
    db.writes.clear()
    watch = Watch()
    planning = asyncio.create_task(planner.run(stop))
    while not planning.done() and watch.spent(1).wall < LONGEST:
        await asyncio.sleep(LOOK)
        async with db.read() as connection:
            if not await fanouts.open_count(connection):
                break
    spent = watch.spent(count)
    stop.set()
    await planning
    async with db.read() as connection:
        made = await connection.scalar(sa.select(sa.func.count()).select_from(deliveries))
    return replace(spent, count=made or 0)


def _compared(bare: Spent, ours: Spent, transactions: list[float], kind: str) -> list[Row]:
    ratio = ours.wall / ours.count / (bare.wall / bare.count)
    whole = "" if ours.count == bare.count else f" for the first {ours.count:,}"
    longest = max(transactions)
    return [
        Row(
            f"fan-out of one entry to {bare.count:,} destinations ({kind})",
            f"one bare INSERT … SELECT: {bare.wall:.2f} s",
            f"{ours.wall:.2f} s in {len(transactions)} chunks{whole}",
            ratio,
            f"≤ {TIME_GOAL}",
            ratio <= TIME_GOAL and not whole,
            {"bare": bare.wall, "planner": ours.wall, "bare_cpu": bare.cpu, "cpu": ours.cpu},
        ),
        Row(
            f"its longest transaction ({kind})",
            measured=f"{longest * 1e3:.0f} ms; median {percentile(transactions, 0.5) * 1e3:.0f} ms",
            goal=f"≤ {TRANSACTION_GOAL * 1e3:.0f} ms",
            met=longest <= TRANSACTION_GOAL,
            data={"longest": longest, "p95": percentile(transactions, 0.95)},
        ),
    ]


def _least(rounds: list[Spent]) -> Spent:
    """The round that other work on the machine disturbed least."""
    return min(rounds, key=lambda spent: spent.wall)
