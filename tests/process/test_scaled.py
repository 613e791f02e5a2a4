"""Several real processes on PostgreSQL: roles, kills, takeover, one rate for all."""

from __future__ import annotations

import asyncio
import random
import re
from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from bot.store.engine import Database, open_database
from bot.store.schema import DeliveryState as State
from tests.support.postgres import PostgresServer
from tests.support.relay import LiveBlog, Relay
from tests.support.store import add_private_chats, state_counts

pytestmark = [pytest.mark.process, pytest.mark.timeout(170)]
PEOPLE = 600


@pytest.fixture
def address(postgres: PostgresServer) -> Iterator[str]:
    """An empty, migrated database."""
    with postgres.database() as url:
        yield url


@pytest.fixture
async def db(address: str) -> AsyncIterator[Database]:
    """The same, open."""
    database = await open_database(address)
    yield database
    await database.close()


def processes(
    tmp_path: Path, server: SandboxServer, address: str, **settings: str
) -> Callable[[str], Relay]:
    """What makes a process of a role; all of them relay from the same database."""
    own = {"DATABASE__URL": address, "DELIVERY__LEASE": "4", **settings}

    def make(role: str) -> Relay:
        return Relay(tmp_path, server.api_root, own, ("run", "--role", role))

    return make


def told(server: SandboxServer, chat: int) -> list[list[int]]:
    """The numbers of the entries in each message of a chat."""
    return [
        [int(number) for number in re.findall(r"Bulletin (\d+)\b", message.text)]
        for message in server.world.messages(chat)
    ]


async def watch(relay: Relay, blog: LiveBlog) -> None:
    """Add the page as an operator does, and let its first poll pass."""
    blog.add("06:00", "The storm has reached the coast, the harbour office says.")
    blog.add("06:05", "A train stands still north of the town because of fallen trees.")
    blog.add("06:11", "The power company counts 400 homes without electricity.")
    printed = await relay.command("sources", "add", blog.url)
    assert "alerts begin with the next entry" in printed, printed


async def settled(db: Database, count: int, within: float) -> None:
    """Wait until so many deliveries are sent and none waits."""
    async with asyncio.timeout(within):
        while True:
            if await state_counts(db) == {State.SENT: count}:
                return
            await asyncio.sleep(0.1)


async def stored(db: Database, count: int, within: float = 20) -> None:
    """Wait until so many entries are known."""
    async with asyncio.timeout(within):
        while True:
            async with db.read() as connection:
                if await connection.scalar(sa.text("SELECT count(*) FROM entries")) == count:
                    return
            await asyncio.sleep(0.1)


async def test_killed_senders_lose_nothing_and_others_take_over(
    tmp_path: Path, db: Database, address: str
) -> None:
    """Three senders are killed at random instants of a broadcast: all is sent, in order."""
    chance = random.Random(4)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(SandboxServer(limits=Limits.off()))
        server.faults.add(Fault(FaultKind.LATENCY, seconds=0.03, jitter=0.02))
        people = list(server.world.add_bulk(PEOPLE))
        await add_private_chats(db, PEOPLE, first=people[0])
        fast = {"PACING__GLOBAL_RATE": "300", "PACING__PER_CHAT_RATE": "100"}
        make = processes(tmp_path, server, address, **fast)
        blog = await stack.enter_async_context(LiveBlog())
        desk = await stack.enter_async_context(make("poll,plan,chat"))
        senders = [await stack.enter_async_context(make("send")) for _ in range(3)]
        await watch(desk, blog)
        await stored(db, 3)
        for number in range(1, 7):
            blog.add(f"07:{number:02}", f"Bulletin {number}: the storm goes on, officials say.")
            await asyncio.sleep(chance.uniform(0.2, 1.2))
            victim = chance.choice(senders)
            await victim.kill()
            await victim.start()
        await stored(db, 9)
        await settled(db, 6 * PEOPLE, 60)
        repeats = 0
        for person in people:
            seen: set[int] = set()
            first_told: list[int] = []
            for message in told(server, person):
                repeats += bool(seen & set(message))
                first_told += [number for number in message if number not in seen]
                seen |= set(message)
            assert first_told == [1, 2, 3, 4, 5, 6], (person, told(server, person))
        # Of 300 a second, with answers after 10 to 50 ms and commits a little later, at most some
        # dozen are under way in each of three processes.
        assert repeats <= 6 * 60
        for relay in (desk, *senders):
            assert await relay.stop() == 0


async def test_the_rate_is_the_bots_and_not_each_processs(
    tmp_path: Path, db: Database, address: str
) -> None:
    """Three senders together keep the limit that Telegram sets for the bot."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(SandboxServer(limits=Limits(tolerance=0.0)))
        people = list(server.world.add_bulk(200))
        await add_private_chats(db, 200, first=people[0])
        make = processes(tmp_path, server, address)
        blog = await stack.enter_async_context(LiveBlog())
        desk = await stack.enter_async_context(make("poll,plan"))
        for _ in range(3):
            await stack.enter_async_context(make("send"))
        await watch(desk, blog)
        await stored(db, 3)
        blog.add("07:01", "Bulletin 1: the storm goes on, officials say.")
        await settled(db, 200, 40)
        times = [sent.at for sent in server.world.accepted]
        assert server.counters.floods == 0
        assert max(bisect_right(times, t) - bisect_left(times, t - 1.0) for t in times) <= 30
        assert len(times) >= 0.7 * 30 * (times[-1] - times[0])


async def test_roles_on_sqlite_are_refused_in_one_sentence(tmp_path: Path) -> None:
    """One file serves one process."""
    relay = Relay(tmp_path, "http://127.0.0.1:9", {}, ("run", "--role", "send"))
    await relay.start(until="")
    assert await relay.ended() == 2
    said = "".join(relay.output)
    assert "several processes need PostgreSQL" in said
    assert "Traceback" not in said
