"""How much a crash could repeat, however slow the database or Telegram is."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from bot.delivery.pacer import Rates
from bot.delivery.turns import MOST_OPEN, most_unrecorded
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.server import SandboxServer
from bot.store.engine import Database
from bot.store.schema import destinations
from tests.support.refusing import Refusing
from tests.support.relaying import all_sent, plan, readers, relaying, until
from tests.support.store import add_entries, add_source

RATE = 400


async def test_a_database_that_stalls_holds_requests_back(
    db: Database, server: SandboxServer
) -> None:
    """While nothing can be recorded only so much is sent, and all of it once when it can."""
    chats = await readers(db, server, 350)
    await add_entries(db, await add_source(db), ["The harbour gates are closed."])
    await plan(db)
    stalling = Refusing(db)
    most = most_unrecorded(RATE)
    async with relaying(stalling, server, rates=Rates(RATE, 1000.0, 60_000), read_timeout=30.0):
        await until(lambda: server.counters.accepted > 0, 30)  # all are claimed
        stalling.going.clear()
        await until(lambda: server.counters.accepted >= most, 30)
        for _ in range(20):  # what may leave has left
            await asyncio.sleep(0.05)
            assert server.counters.accepted <= MOST_OPEN + most
        stalling.going.set()
        await until(all_sent(db, len(chats)), 60)
    assert server.counters.accepted == len(chats)


async def test_a_lease_that_runs_out_under_way_is_not_claimed_from_under_ourselves(
    db: Database, server: SandboxServer
) -> None:
    """Telegram takes longer than the lease, or the machine slept: nobody is told twice."""
    chats = await readers(db, server, 30)
    await add_entries(db, await add_source(db), ["The harbour gates are closed."])
    server.faults.add(Fault(FaultKind.LATENCY, seconds=1.0))
    async with relaying(db, server, lease=0.3, read_timeout=30.0):
        await until(all_sent(db, len(chats)), 60)
        async with db.read() as connection:
            leased = sa.select(sa.func.count()).where(destinations.c.lease_owner.is_not(None))
            assert await connection.scalar(leased) == 0
    assert server.counters.accepted == len(chats)


def test_how_much_is_unrecorded_follows_the_pace() -> None:
    """A tenth of a second's worth, within reason."""
    assert [most_unrecorded(rate) for rate in (1, 30, 400, 1000, float("inf"))] == [
        8,
        8,
        40,
        100,
        500,
    ]
