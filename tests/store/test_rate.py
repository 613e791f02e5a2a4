"""The bot-wide rate: no turn twice, no turn too early, and what was learnt outlives the process."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.store import rate, slow_chats
from bot.store.engine import Database, open_database
from bot.store.rate import SECOND, Learnt, Turns
from bot.store.slow_chats import SlowChat
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
    young = Learnt(0.5, utc_now(), utc_now() + timedelta(seconds=1), ceiling=0.7, climb=20.0)
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


async def test_a_clock_that_was_set_back(db: Database) -> None:
    """Turns and pauses written down a year ahead do not silence the bot for a year."""
    await take(db, 1, per_second=10, now=NOON + timedelta(days=365))
    assert (await take(db, 1, per_second=10, now=NOON)).wait <= 60.0
    async with db.write() as connection:
        await rate.learn(connection, Learnt(0.7, NOON, NOON + timedelta(days=365)))
    assert (await take(db, 1, per_second=10, now=NOON)).wait <= 3600.0


async def book(db: Database, day: date, count: int, daily: int = 1500) -> tuple[int, int]:
    """Book paid messages in a transaction of their own."""
    async with db.write() as connection:
        return await rate.book_paid(connection, day, count, daily=daily)


async def test_a_day_s_budget(db: Database) -> None:
    """Booked until it is used up, renewed the next day, and what is given back can be used."""
    today = NOON.date()
    assert await book(db, today, 1000) == (1000, 500)
    assert await book(db, today, 1000) == (500, 0)
    assert await book(db, today, 1000) == (0, 0)
    assert await book(db, today, -300) == (-300, 300)
    assert await book(db, today, 1000) == (300, 0)
    assert await book(db, today, 1000, daily=100) == (0, 0)  # a budget that was cut
    tomorrow = today + timedelta(days=1)
    assert await book(db, tomorrow, 1000) == (1000, 500)
    assert await book(db, today, 1000) == (500, 0)  # a clock that is a little behind
    assert await book(db, tomorrow + timedelta(days=1), -10) == (0, 1500)


async def test_a_budget_is_shared(db: Database, address: str) -> None:
    """However many processes book at the same time, no more than the budget is given."""
    others = [await open_database(address) for _ in range(3)]
    try:
        booked = await asyncio.gather(
            *(book(each, NOON.date(), 70) for each in (db, *others) for _ in range(6))
        )
    finally:
        for other in others:
            await other.close()
    assert sum(count for count, _ in booked) == 1500


def test_which_day_s_budget() -> None:
    """A clock set back across midnight renews nothing; one wrong by years does not stop it all."""
    assert rate.budget_day(100, 7, 101) == (101, 0)
    assert rate.budget_day(100, 7, 100) == (100, 7)
    assert rate.budget_day(100, 7, 99) == (100, 7)
    assert rate.budget_day(9000, 7, 100) == (100, 7)


async def test_slow_chats(db: Database, address: str) -> None:
    """What was learnt of chats is there at the next start, the last refusal first, then gone."""
    first = SlowChat(NOON + timedelta(seconds=9), 4.0, NOON)
    second = SlowChat(NOON + timedelta(seconds=30), 0.0, NOON)
    async with db.write() as connection:
        await slow_chats.save(connection, {7: first, -8: first}, NOON)
        await slow_chats.save(connection, {-8: second}, NOON)
    other = await open_database(address)
    try:
        async with other.write() as connection:
            assert list((await slow_chats.saved(connection)).items()) == [(-8, second), (7, first)]
            await slow_chats.save(connection, {}, NOON + timedelta(hours=3))
            assert await slow_chats.saved(connection) == {}
    finally:
        await other.close()


@settings(deadline=None)  # compares all pairs of turns
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
    assume(sum(count for _, count in moments) / per_second < 50)  # nobody takes so many ahead
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
