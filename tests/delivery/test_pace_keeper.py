"""What pacing learns and books, over restarts, on a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.delivery.chat_pace import Rates
from bot.delivery.pace_keeper import PaceKeeper
from bot.delivery.pace_setup import together
from bot.delivery.pacer import Pacer
from bot.delivery.paid import PaidFor, PaidPolicy
from bot.store import rate, slow_chats
from bot.store.engine import Database
from tests.support.relaying import until

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


@dataclass
class Process:
    """One life of a pacer and its keeper.

    Attributes:
        now: UTC, moved by the test.
        told: the admins.
    """

    pacer: Pacer
    now: datetime
    told: list[str] = field(default_factory=list)

    async def report(self, text: str) -> None:
        self.told.append(text)


@asynccontextmanager
async def process(
    db: Database, *, daily: int = 10_000, now: datetime = NOON, crash: bool = False
) -> AsyncIterator[Process]:
    """Start it, let it run, stop it cleanly or not."""
    policy = PaidPolicy(PaidFor.ALL, 2_000.0, daily)
    one = Process(Pacer(Rates(global_rate=10), paid=policy), now)
    keeper = PaceKeeper(db, one.pacer, now=lambda: one.now, report=one.report)
    await keeper.load()
    running = asyncio.create_task(keeper.run())
    try:
        yield one
    finally:
        running.cancel()
        await asyncio.wait([running])
        if not crash:
            await keeper.close()


async def send(pacer: Pacer, count: int) -> int:
    """One alert to each of so many chats; how many were paid for."""
    slots = await asyncio.gather(*(pacer.slot(chat, group=False) for chat in range(1, count + 1)))
    return sum(slot.paid for slot in slots)


def flood(pacer: Pacer) -> None:
    """Five chats in a row refuse."""
    for chat in range(5):
        pacer.flooded(chat, 1.0, group=False)


async def test_what_was_learnt_is_there_after_a_stop(db: Database) -> None:
    """The next start is as slow, and leaves the same chats alone."""
    async with process(db) as one:
        one.pacer.flooded(77, 500.0, group=False)
        flood(one.pacer)
        low = one.pacer.rate
        assert low < 10
    async with process(db, now=NOON + timedelta(seconds=1)) as one:
        assert one.pacer.rate == pytest.approx(low)
        assert 490 < one.pacer.next_free(77, group=False) < 500


async def test_what_was_learnt_is_there_after_a_crash(db: Database) -> None:
    """It is written down at once, not only at the stop."""
    async with process(db, crash=True) as one:
        flood(one.pacer)

        async def written() -> bool:
            async with db.read() as connection:
                return (await rate.learnt(connection)).factor < 1

        await until(written)
        low = one.pacer.rate
    async with process(db) as one:
        assert one.pacer.rate == pytest.approx(low)


async def test_it_is_written_down_at_most_once_a_second(db: Database) -> None:
    """A thousand refusals are a few writings, and the last is in them."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    async with process(db) as one:
        for chat in range(1000):
            one.pacer.flooded(chat, 60.0 + chat, group=False)
            one.now += timedelta(milliseconds=1)
            await asyncio.sleep(0)
    async with db.read() as connection:
        found = await slow_chats.saved(connection)
    times = sorted({each.saved_at for each in found.values()})
    assert len(times) <= 2 + (loop.time() - started)
    assert next(iter(found)) == 999


async def test_a_refusing_database_is_tried_again(db: Database) -> None:
    """What could not be written at the stop is only logged; nothing fails."""
    async with process(db) as one:
        flood(one.pacer)
        await db.close()


async def test_the_budget_survives_a_restart_and_its_end_is_told_once(db: Database) -> None:
    """300 messages a day: over two lives 300 are paid for, and the admins hear of it once."""
    async with process(db, daily=300) as first:
        paid = await send(first.pacer, 100)
        assert paid > 90
        assert first.told == []
    async with process(db, daily=300) as second:
        paid += await send(second.pacer, 300 - paid)
        await send(second.pacer, 3)
        paid += await send(second.pacer, 30)
        await until(lambda: bool(second.told))
        await send(second.pacer, 5)
    assert paid <= 300
    assert len(second.told) == 1
    assert "300 paid messages is used up" in second.told[0]
    async with process(db, daily=300) as third:
        assert await send(third.pacer, 10) + paid <= 300
        assert third.told == []


async def test_a_new_day_has_a_new_budget(db: Database) -> None:
    """At midnight UTC paying goes on by itself."""
    async with process(db, daily=50, now=NOON) as one:
        assert 40 <= await send(one.pacer, 55) <= 50
        one.now += timedelta(days=1)
        assert 30 <= await send(one.pacer, 45) <= 50


async def test_a_crash_never_spends_a_budget_twice(db: Database) -> None:
    """What was booked and not used is lost for the day, not sent again."""
    async with process(db, daily=1200, crash=True) as one:
        first = await send(one.pacer, 60)
    async with process(db, daily=1200) as two:
        second = await send(two.pacer, 60)
    assert first > 40
    assert second > 40
    async with db.write() as connection:
        booked, left = await rate.book_paid(connection, NOON.date(), 5000, daily=1200)
    assert (booked, left) == (200 - second, 0)


async def test_two_processes_share_one_rate_on_a_real_database(db: Database) -> None:
    """Two pacers on one row: at most 100 a second together, half of it on the busiest machine."""
    left: list[float] = []
    made = [together(db, Rates(global_rate=100), PaidPolicy(), now=lambda: NOON) for _ in range(2)]
    running = [asyncio.create_task(turns.run()) for each in made for turns in each.shared]

    async def one(pacer: Pacer, chat: int) -> None:
        left.append((await pacer.slot(chat, group=False)).taken)

    await asyncio.gather(*(one(each.pacer, chat) for each in made for chat in range(150)))
    for task in running:
        task.cancel()
    left.sort()
    assert (
        max(sum(at <= other < at + 1.0 for other in left) for at in left) <= 105
    )  # tasks wake late
    assert len(left) >= 0.5 * 100 * (left[-1] - left[0])
