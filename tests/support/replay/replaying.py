"""Polls a made-up live blog hundreds of times by the real poller into a real database."""

from __future__ import annotations

import os
import random
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from bot.intake.marks import PollBounds
from bot.model import ChangeKind
from bot.store.engine import Database
from bot.store.sqlite_visits import OneVisitConnection
from tests.support.desk import Desk
from tests.support.pages import NOON
from tests.support.replay.ledger import Ledger, Row, Told, plain
from tests.support.replay.newsroom import Habits, Newsroom
from tests.support.replay.site import BAD_WEATHER, Site, Weather
from tests.support.replay.writer import Writer
from tests.support.store import temp_database

POLLS = 200
SEEDS = range(int(os.environ.get("LIVERELAY_TEST_SEEDS", "1")))
"""Each a live blog of its own; more of them take longer and find more."""

BOUNDS = PollBounds(45.0, 75.0)


class Replay:
    """One live blog and its polls.

    Args:
        desk: watches it.
        newsroom: writes it.
        seed: decides how the polls go.
    """

    def __init__(self, desk: Desk[Site], newsroom: Newsroom, seed: int) -> None:
        path = desk.db.path
        assert path is not None
        self._path = path
        self.desk = desk
        self.newsroom = newsroom
        self.ledger = Ledger(desk.site.writer)
        self.told: dict[ChangeKind, int] = defaultdict(int)
        self._chance = random.Random(seed)
        self._last = 0

    async def begin(self) -> None:
        """The first poll: what stands there is stored and told to nobody."""
        self.desk.site.show(self.newsroom.view(), Weather.FAIR, self.desk.now)
        await self.desk.tick()
        assert self._fanned_out() == []
        self.ledger.adopt(self.rows(), self.desk.site.view)
        self.ledger.poll([], self.desk.site.view, certain=True)

    async def polls(self, count: int) -> None:
        """So many polls, in all kinds of weather."""
        for number in range(1, count + 1):
            weather = Weather.FAIR
            if self._chance.random() < 0.15:
                weather = self._chance.choice(BAD_WEATHER)
            try:
                await self.poll(weather, turn=self._chance.random() > 0.1)
            except AssertionError as error:
                raise AssertionError(f"poll {number}, {weather.value}: {error}") from error

    async def poll(self, weather: Weather = Weather.FAIR, *, turn: bool = True) -> list[Told]:
        """One poll, before which the newsroom does something or nothing."""
        told = await self.look(weather, turn=turn)
        self.ledger.poll(
            told, self.desk.site.view, certain=weather.certain, cut=weather is Weather.CUT
        )
        return told

    async def look(self, weather: Weather = Weather.FAIR, *, turn: bool = True) -> list[Told]:
        """One poll that is not held against anything; what was told."""
        desk = self.desk
        wait = self._wait()
        view = desk.site.view
        if turn:
            self.newsroom.turn(_later(desk.now, wait))
            view = self.newsroom.view()
        desk.site.show(view, weather, _later(desk.now, wait))
        await desk.tick(wait)
        told = self._fanned_out()
        for one in told:
            self.told[one.kind] += 1
        return told

    async def turn_into(self, writer: Writer, *, turn: bool = False) -> list[Told]:
        """A poll that finds the page in another format; perhaps the newsroom went on, too."""
        self.desk.site.writer = self.ledger.writer = writer
        told = await self.look(turn=turn)
        self.ledger.poll(told, self.desk.site.view, certain=True, settled=False)
        return told

    async def finish(self) -> None:
        """A few calm polls; then what is stored must be what was told, and what stands."""
        for _ in range(3):
            await self.poll(turn=False)
        versions: dict[int, set[str]] = defaultdict(set)
        for entry, title, text in self._read("SELECT entry_id, title, text FROM revisions"):
            versions[entry].add(plain(f"{title} {text}"))
        self.ledger.finish(self.rows(), versions)

    def rows(self) -> list[Row]:
        """What is stored."""
        return [_row(*row) for row in self._read("SELECT id, title, text, withdrawn FROM entries")]

    def _fanned_out(self) -> list[Told]:
        """What was told since the last time."""
        rows = self._read(
            "SELECT fanouts.id, kind, entries.id, title, text, withdrawn FROM fanouts"
            f" JOIN entries ON entries.id = entry_id WHERE fanouts.id > {self._last}"
            " ORDER BY fanouts.id"
        )
        if rows:
            self._last = rows[-1][0]
        return [Told(ChangeKind(kind), _row(*row)) for _, kind, *row in rows]

    def _wait(self) -> float:
        """How long it is until the next poll, in seconds."""
        (due,) = self._read("SELECT next_poll_at FROM sources")[0]
        return max(0.0, float(due) / 1_000_000 - self.desk.now.timestamp())

    def _read(self, query: str) -> list[Any]:
        """Rows as SQLite itself gives them: this is done at every poll and must cost little."""
        with closing(sqlite3.connect(self._path)) as connection:
            return connection.execute(query).fetchall()


def _later(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)


def _row(entry: int, title: str, text: str, withdrawn: int) -> Row:
    return Row(entry, plain(f"{title} {text}"), bool(withdrawn))


@contextmanager
def undisturbed() -> Iterator[None]:
    """SQLite runs in the loop's own thread: with nobody else there, handing over costs most.

    Nor are waits spread at random, so that a replay goes the same way each time.
    """

    async def execute(
        _: aiosqlite.Connection, function: Callable[..., object], *given: object, **named: object
    ) -> object:
        return function(*given, **named)

    def let_go(connection: Any, _: str) -> None:
        connection._connection._conn.rollback()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aiosqlite.Connection, "_execute", execute)
        patch.setattr(OneVisitConnection, "_let_go", let_go)
        patch.setattr("bot.intake.poller.random", random.Random(0))
        yield


async def replay(
    path: Path, make: type[Writer], seed: int, *, begun: datetime = NOON, polls: int = 0
) -> Replay:
    """Poll a live blog through its life, and hold every poll against what it showed."""
    polls = polls or (make.polls if len(SEEDS) == 1 else POLLS)
    with undisturbed():
        async with temp_database(path) as db:
            made = await watched(db, make(), seed, begun)
            await made.begin()
            await made.polls(polls)
            await made.finish()
    return made


async def watched(
    db: Database,
    writer: Writer,
    seed: int,
    begun: datetime = NOON,
    habits: Habits | None = None,
) -> Replay:
    """A live blog that was added a moment ago and not yet polled."""
    site = Site(writer, random.Random(seed), begun, tagged=seed % 2 == 1)
    desk = Desk(db, site, begun, BOUNDS)
    desk.source_id = await desk.watch(writer.url, adapter=writer.adapter, options=writer.options)
    return Replay(desk, Newsroom(seed, habits or writer.habits, begun), seed)
