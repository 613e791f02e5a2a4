"""The bot-wide rate: no turn twice, no turn too early, and what was learnt outlives the process."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store import rate
from bot.store.engine import Database, open_database
from bot.store.rate import SECOND, Learnt, Turns
from tests.support.store import utc_now

NOON = datetime(2024, 3, 5, 12, 0, tzinfo=UTC)


async def take(
    db: Database, turns: int, *, per_second: float, burst: float = 0.0, now: datetime | None = None
) -> Turns:
    """Reserve turns in a transaction of their own."""
    async with db.write() as connection:
        return await rate.reserve(connection, turns, rate=per_second, burst=burst, now=now)


def instants(taken: Turns, now: datetime) -> list[float]:
    """The turns' instants in seconds after noon."""
    return [(now - NOON).total_seconds() + wait for wait in taken.waits()]


async def test_turns_follow_each_other(db: Database) -> None:
    """Each process gets the turns after those that were given, evenly spaced."""
    first = await take(db, 5, per_second=100, now=NOON)
    assert first.waits() == pytest.approx([0.0, 0.01, 0.02, 0.03, 0.04])
    second = await take(db, 2, per_second=100, now=NOON + timedelta(milliseconds=10))
    assert second.waits() == pytest.approx([0.04, 0.05])


async def test_unused_time_is_lost(db: Database) -> None:
    """After a pause no more than the burst is made up for."""
    await take(db, 1, per_second=10, now=NOON)
    late = NOON + timedelta(seconds=60)
    assert (await take(db, 3, per_second=10, burst=0.2, now=late)).waits() == pytest.approx(
        [-0.2, -0.1, 0.0]
    )
    assert (await take(db, 1, per_second=10, burst=0.2, now=late)).wait == pytest.approx(0.1)


async def test_the_first_ever(db: Database) -> None:
    """The first turn of a new database is due at once, by the database's own clock."""
    taken = await take(db, 3, per_second=30)
    assert taken.wait == pytest.approx(0.0, abs=0.05)
    assert taken.count == 3
    assert taken.spacing == pytest.approx(1 / 30)
    assert taken.learnt == Learnt()
    again = await take(db, 1, per_second=30)
    assert 0.0 < again.wait <= 0.1


async def test_many_processes(db: Database, address: str) -> None:
    """However many take turns at the same time, no window holds more than the rate allows."""
    others = [await open_database(address) for _ in range(3)]
    given_: list[float] = []
    try:

        async def work(database: Database) -> None:
            for number in range(20):
                now = NOON + timedelta(milliseconds=number)
                given_.extend(instants(await take(database, 7, per_second=500, now=now), now))

        await asyncio.gather(*(work(database) for database in (db, *others)))
    finally:
        for other in others:
            await other.close()
    turns = sorted(given_)
    assert len(turns) == 4 * 20 * 7
    gaps = [later - earlier for earlier, later in pairwise(turns)]
    assert min(gaps) == pytest.approx(1 / 500, rel=1e-3)
    assert max(gaps) < 0.003  # and none was lost


async def test_paused(db: Database) -> None:
    """While the whole bot is to be silent, turns begin after the silence."""
    async with db.write() as connection:
        until = NOON + timedelta(seconds=2)
        await rate.learn(connection, Learnt(0.7, NOON, until))
    taken = await take(db, 2, per_second=10, now=NOON)
    assert taken.waits() == pytest.approx([2.0, 2.1])
    assert taken.learnt == Learnt(0.7, NOON, until)


async def test_what_was_learnt_stays(db: Database, address: str) -> None:
    """Another process, or the next start, knows it; an older refusal changes nothing."""
    async with db.read() as connection:
        assert await rate.learnt(connection) == Learnt()
    young = Learnt(0.5, utc_now(), utc_now() + timedelta(seconds=1))
    old = Learnt(0.9, young.lowered_at - timedelta(seconds=9), young.paused_until)
    for each in (young, old):
        async with db.write() as connection:
            await rate.learn(connection, each)
    other = await open_database(address)
    try:
        async with other.read() as connection:
            assert await rate.learnt(connection) == young
    finally:
        await other.close()


@given(
    due=st.integers(0, 10**7),
    moments=st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 50)), min_size=1),
    per_second=st.floats(0.5, 5_000),
    burst=st.integers(0, 10**6),
)
def test_never_more_than_the_rate(
    due: int, moments: list[tuple[int, int]], per_second: float, burst: int
) -> None:
    """Over any time, at most the burst's turns and one come on top of the even rate."""
    now = 0
    turns: list[int] = []
    for step, count in moments:
        now += step
        first = rate.first_turn(due, now, burst=burst, paused_until=0)
        due = first + rate.cost(count, per_second)
        turns.extend(max(now, first + rate.cost(n, per_second)) for n in range(count))
    turns.sort()
    for start, first_at in enumerate(turns):
        for end in range(start, len(turns)):
            span = (turns[end] - first_at + burst) / SECOND
            assert end - start <= span * per_second + 1 + 1e-6
