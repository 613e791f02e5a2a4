"""What an admin announces reaches every chat once, behind the alerts, through restarts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from bot.delivery.announcer import Announcer
from bot.delivery.pacer import Pacer, Rates
from bot.delivery.telegram import HttpRequest, Transport
from bot.model import ChatKind
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from bot.store import announcements, chats, fanouts, schema
from bot.store.announcements import Announcement, State
from bot.store.engine import Database
from tests.support.relaying import readers
from tests.support.store import add_chat, add_entries, add_source, utc_now

TEXT = "The service moves on Sunday."
BOLD = {"type": "bold", "offset": 4, "length": 7}


@dataclass
class Desk:
    """An announcer that is driven by hand."""

    db: Database
    server: SandboxServer
    pacer: Pacer
    transport: Transport
    shown: list[Announcement] = field(default_factory=list)

    def announcer(self, owner: str = "one") -> Announcer:
        """A process."""
        return Announcer(
            self.db, self.transport, self.pacer, owner=owner, now=utc_now, show=self._show
        )

    async def begin(self) -> int:
        """An admin confirms."""
        async with self.db.write() as connection:
            begun = await announcements.start(
                connection,
                user_id=7,
                telegram_id=7,
                message_id=1,
                language="en",
                text=TEXT,
                entities=[BOLD],
                now=utc_now(),
            )
        return begun.id

    async def stands(self, number: int) -> Announcement:
        """How it goes."""
        async with self.db.read() as connection:
            found = await announcements.get(connection, number)
        assert found is not None
        return found

    def told(self, chat_id: int) -> list[str]:
        """What a chat was sent."""
        return [message.text for message in self.server.world.messages(chat_id)]

    async def _show(self, found: Announcement) -> None:
        self.shown.append(found)


@pytest.fixture
async def desk(db: Database) -> AsyncIterator[Desk]:
    """Everything but the announcer."""
    async with at_desk(db) as made:
        yield made


@asynccontextmanager
async def at_desk(db: Database) -> AsyncIterator[Desk]:
    """A sandbox without limits and a pacer without any."""
    server = await SandboxServer(limits=Limits.off()).start()
    request = HttpRequest(read_timeout=2.0)
    await request.initialize()
    try:
        transport = Transport(request, server.token, api_root=server.api_root)
        yield Desk(db, server, Pacer(Rates.off()), transport)
    finally:
        await request.shutdown()
        await server.stop()


async def test_every_chat_is_told_once(desk: Desk) -> None:
    """With its formatting; then there is nothing left to do, and no row is left."""
    people = await readers(desk.db, desk.server, 250)
    number = await desk.begin()
    announcer = desk.announcer()
    while await announcer.step():
        pass
    assert [desk.told(person) for person in people] == [[TEXT]] * 250
    [message] = desk.server.world.messages(people[0])
    assert message.entities == [BOLD]
    stands = await desk.stands(number)
    assert (stands.state, stands.sent, stands.total) == (State.DONE, 250, 250)
    assert desk.shown[0].state is State.RUNNING
    assert desk.shown[-1].state is State.DONE
    async with desk.db.read() as connection:
        assert (await connection.execute(sa.select(schema.announcing))).all() == []


async def test_another_process_goes_on(desk: Desk) -> None:
    """What was recorded is not sent again by the one that takes over."""
    people = await readers(desk.db, desk.server, 150)
    number = await desk.begin()
    await desk.announcer("one").step()
    assert (await desk.stands(number)).sent == 100
    other = desk.announcer("two")
    assert not await other.step()  # the first one has the lease
    async with desk.db.write() as connection:
        await connection.execute(schema.announcements.update().values(lease_until=utc_now()))
    while await other.step():
        pass
    assert [len(desk.told(person)) for person in people] == [1] * 150
    assert (await desk.stands(number)).sent == 150


async def test_a_batch_that_was_not_recorded_is_sent_again(desk: Desk) -> None:
    """A crash after taking chats up loses none of them."""
    people = await readers(desk.db, desk.server, 30)
    number = await desk.begin()
    async with desk.db.write() as connection:
        batch, left = await announcements.next_batch(connection, number, 20, utc_now())
    assert (len(batch), left) == (20, True)
    announcer = desk.announcer()
    while await announcer.step():
        pass
    assert [len(desk.told(person)) for person in people] == [1] * 30


async def test_who_blocked_the_bot_is_counted_and_switched_off(desk: Desk) -> None:
    """The others are told all the same."""
    people = await readers(desk.db, desk.server, 3)
    chat = desk.server.world.chat(people[1])
    assert chat is not None
    assert chat.user is not None
    desk.server.world.block(chat.user)
    number = await desk.begin()
    announcer = desk.announcer()
    while await announcer.step():
        pass
    stands = await desk.stands(number)
    assert (stands.sent, stands.blocked, stands.failed) == (2, 1, 0)
    async with desk.db.read() as connection:
        met = await chats.find(connection, people[1], None)
    assert met is not None
    assert not met.active


async def test_a_chat_that_asks_to_wait_is_told_later(desk: Desk) -> None:
    """A 429 of one chat loses nothing and stops no other."""
    people = await readers(desk.db, desk.server, 3)
    desk.server.faults.add(
        Fault(FaultKind.FLOOD, times=1, chat_id=people[0], retry_after=1, scope="call")
    )
    number = await desk.begin()
    announcer = desk.announcer()
    await announcer.step()
    assert (await desk.stands(number)).sent == 2
    async with desk.db.write() as connection:  # the second has passed
        await connection.execute(schema.announcing.update().values(not_before=utc_now()))
    desk.pacer = Pacer(Rates.off())
    announcer = desk.announcer()
    while await announcer.step():
        pass
    assert (await desk.stands(number)).sent == 3
    assert len(desk.told(people[0])) == 1


async def test_stopping_tells_no_more(desk: Desk) -> None:
    """A press on "Stop" counts from the next batch on; the report says how far it came."""
    people = await readers(desk.db, desk.server, 150)
    number = await desk.begin()
    announcer = desk.announcer()
    await announcer.step()
    async with desk.db.write() as connection:
        assert await announcements.cancel(connection, number, utc_now())
        assert not await announcements.cancel(connection, number, utc_now())
    while await announcer.step():
        pass
    assert sum(len(desk.told(person)) for person in people) == 100
    assert desk.shown[-1].state is State.CANCELLED
    assert not await desk.announcer("two").step()


async def test_a_chat_with_several_topics_is_told_once(desk: Desk) -> None:
    """And one that is silent at this time hears no sound."""
    owner = desk.server.world.add_user("Owner")
    group = desk.server.world.add_group("Forum", admins=[owner], forum=True)
    first = await add_chat(desk.db, group.id, kind=ChatKind.SUPERGROUP)
    await add_chat(desk.db, group.id, kind=ChatKind.SUPERGROUP, thread_id=5)
    [person] = await readers(desk.db, desk.server, 1)
    async with desk.db.write() as connection:
        table = schema.destinations
        await connection.execute(
            table.update()
            .where(table.c.id != first.id)
            .values(held_until=utc_now().replace(year=9000))
        )
        assert await announcements.audience(connection) == 2
    await desk.begin()
    announcer = desk.announcer()
    while await announcer.step():
        pass
    assert desk.told(group.id) == [TEXT]
    [message] = desk.server.world.messages(person)
    assert message.silent


async def test_alerts_go_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """While alerts are due it waits, but not for ever: a chat that refuses must not starve it."""
    monkeypatch.setattr("bot.delivery.announcer.YIELD_AT_MOST", 0.3)
    monkeypatch.setattr("bot.delivery.announcer.YIELD_LOOK", 0.01)
    [person] = await readers(desk.db, desk.server, 1)
    source_id = await add_source(desk.db)
    await add_entries(desk.db, source_id, ["One"])
    async with desk.db.write() as connection:
        while await fanouts.plan_chunk(connection, size=100, now=utc_now()) is not None:
            pass
    await desk.begin()
    before = desk.pacer.now()
    await desk.announcer().step()
    assert desk.pacer.now() - before >= 0.3
    assert desk.told(person) == [TEXT]
