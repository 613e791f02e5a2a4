"""How much the sender claims at once, and what it does when others stand in its way."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.delivery.pacer import Rates
from bot.delivery.paid import PaidFor, PaidPolicy
from bot.delivery.recorder import Recorder
from bot.errors import ContendedError, StoreError
from bot.model import Follow
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.server import SandboxServer
from bot.store.engine import TRIES, Database
from bot.store.schema import destinations, topics
from tests.store.rows import count
from tests.support.refusing import Refusing
from tests.support.relaying import all_sent, plan, readers, relaying, until
from tests.support.store import add_entries, add_private_chats, add_source

CHATS = 90
FREE = 20  # messages a second


async def under_way(db: Database) -> int:
    """Destinations that are claimed."""
    async with db.read() as connection:
        count = sa.select(sa.func.count()).where(destinations.c.lease_owner.is_not(None))
        return int(await connection.scalar(count) or 0)


@pytest.mark.parametrize(
    ("paid_for", "key", "all_at_once"),
    [
        (PaidFor.OFF, True, False),
        (PaidFor.KEY, False, False),
        (PaidFor.KEY, True, True),
        (PaidFor.ALL, False, True),
    ],
)
async def test_claims_as_much_as_may_be_paid_for(
    db: Database, server: SandboxServer, paid_for: PaidFor, key: bool, all_at_once: bool
) -> None:
    """Where turns can be bought for what waits, more is claimed than leaves for free."""
    await readers(db, server, CHATS)
    source = await add_source(db)
    server.faults.add(Fault(FaultKind.HANG, times=CHATS))
    rates, paid = Rates(FREE, 10, 20), PaidPolicy(paid_for, 1000.0, 10_000)
    async with relaying(db, server, rates=rates, paid=paid, read_timeout=20, grace=0.1) as relay:
        relay.pacer.paid.booked = 5_000
        await add_entries(db, source, ["The harbour is closed"], key_event=key)
        relay.planner.wake()

        async def claimed() -> bool:
            return await under_way(db) > 0

        await until(claimed, 10)
        await asyncio.sleep(1.0)
        number = await under_way(db)
        assert number == CHATS if all_at_once else number <= 3 * FREE


async def test_paid_turns_are_not_filled_with_what_waits_for_free_ones(
    db: Database, server: SandboxServer
) -> None:
    """Beyond the free rate only key events are claimed: the next one need not wait for the rest."""
    few = 30
    harbour, coast = await add_source(db), await add_source(db, "https://coast.example/live")
    ids = server.world.add_bulk(CHATS)
    await add_private_chats(db, few, first=ids[0], follow=Follow.SOURCE, target=harbour)
    await add_private_chats(db, CHATS - few, first=ids[few], follow=Follow.SOURCE, target=coast)
    await add_entries(db, harbour, ["The harbour is closed"], key_event=True)
    await add_entries(db, coast, ["Rain is expected"])
    await plan(db)
    server.faults.add(Fault(FaultKind.HANG, times=CHATS))
    rates, paid = Rates(FREE, 10, 20), PaidPolicy(PaidFor.KEY, 1000.0, 10_000)
    async with relaying(db, server, rates=rates, paid=paid, read_timeout=20, grace=0.1) as relay:
        relay.pacer.paid.booked = 5_000

        async def claimed() -> bool:
            return await under_way(db) >= few

        await until(claimed, 10)
        await asyncio.sleep(0.2)
        assert await under_way(db) <= few + FREE


async def test_a_claim_that_clashes_is_no_pause(db: Database, server: SandboxServer) -> None:
    """What other processes stood in the way of is done again at once; nobody is told of a pause."""
    await readers(db, server, 10)
    source = await add_source(db)
    await add_entries(db, source, ["One"])
    await plan(db)
    clashing = Refusing(db)
    clashing.error, clashing.times = ContendedError("others were at it"), TRIES - 1
    with capture_logs() as logs:
        async with relaying(clashing, server) as relay:
            await until(all_sent(db, 10))
    assert clashing.times == 0
    assert relay.troubles == []
    assert [one for one in logs if one["log_level"] == "error"] == []
    assert server.world.duplicates() == 0


async def test_a_record_that_clashes_is_no_pause(db: Database) -> None:
    """It is stored whole, once, at the next try."""
    topic = topics.insert().values(slug="storm", names={}, emoji="", rule={}, origin="admin")
    clashing = Refusing(db)
    clashing.error, clashing.times = ContendedError("others were at it"), TRIES - 1
    told: list[StoreError] = []
    recorder = Recorder(
        clashing,
        "test",
        on_trouble=told.append,
        on_recovery=lambda: None,
        on_settled=lambda: None,
    )
    running = asyncio.create_task(recorder.run())
    try:
        async with asyncio.timeout(5):
            await recorder.do(lambda connection: connection.execute(topic))
    finally:
        running.cancel()
    assert clashing.times == 0
    assert told == []
    assert await count(db, topics) == 1
