"""News that several live blogs tell, when the one that a chat has is withdrawn, or comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.delivery.why import explain_delivery, explain_entry
from bot.model import Destination, Follow, Retraction
from bot.store import (
    chats,
    duplicates,
    evidence,
    outbox,
    retractions,
    schema,
    silences,
    subscriptions,
)
from bot.store.columns import DeliveryState as State
from bot.store.engine import Database
from bot.store.outbox import Release
from bot.store.silences import Hold, Silence
from tests.store.rows import HOUR, claim, commit, new, plan, record, revised, sent, withdrawn
from tests.support.store import add_chat, add_source, delivery_rows, utc_now

NAMES = ("Gazette", "Courier", "Herald")


@dataclass
class Desk:
    """Newsrooms that tell the same flash, each entry named by its newsroom."""

    db: Database
    sources: dict[str, int] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)

    async def tell(self, name: str, *, key_event: bool = False) -> None:
        """A newsroom tells the flash; every one but the first repeats the first."""
        if name not in self.sources:
            url = f"https://{name.lower()}.example/live"
            self.sources[name] = await add_source(self.db, url, name=name)
        same_as = {name: next(iter(self.ids.values()))} if self.ids else None
        await commit(self.db, self.sources[name], new(name), same_as=same_as)
        async with self.db.write() as connection:
            entries = schema.entries
            found = await connection.scalar(
                sa.select(entries.c.id).where(entries.c.identity == name)
            )
            assert found is not None
            self.ids[name] = found
            if key_event:
                await connection.execute(
                    entries.update().where(entries.c.id == found).values(key_event=True)
                )

    async def all_tell(self) -> None:
        """Each newsroom in turn; all is sent but what is kept back."""
        for name in NAMES:
            await self.tell(name)
            await self.work()

    async def withdraw(self, name: str) -> None:
        """A newsroom takes its entry back."""
        await commit(self.db, self.sources[name], withdrawn(name))

    async def restore(self, name: str) -> None:
        """The entry stands on its page again."""
        await commit(self.db, self.sources[name], revised(name, f"{name} again"))

    async def work(self) -> None:
        """Plan and send all; what is sent shows the present revision."""
        await plan(self.db, size=1)
        for batch in await claim(self.db):
            entry_ids = [one.entry_id for one in batch.deliveries]
            async with self.db.read() as connection:
                revisions = await outbox.revisions(connection, entry_ids)
            here = batch.destination.id
            outcomes = [sent(id_, here, revision=revisions[id_]) for id_ in entry_ids]
            await record(self.db, outcomes, [Release(here, utc_now() - HOUR)])

    async def waits(self, telegram_id: int = 1) -> list[str]:
        """What is queued for a chat as a new alert."""
        return await self._in(telegram_id, State.QUEUED)

    async def has(self, telegram_id: int = 1) -> list[str]:
        """What a chat was sent."""
        return await self._in(telegram_id, State.SENT, State.EDIT)

    async def _in(self, telegram_id: int, *states: State) -> list[str]:
        names = {id_: name for name, id_ in self.ids.items()}
        rows = await delivery_rows(self.db, telegram_id)
        return [names[row.entry_id] for row in rows if row.state in states]


@pytest.fixture
def desk(db: Database) -> Desk:
    """Newsrooms that told nothing yet."""
    return Desk(db)


async def change(db: Database, chat: Destination, **values: object) -> None:
    """Set columns of a destination."""
    async with db.write() as connection:
        table = schema.destinations
        await connection.execute(table.update().where(table.c.id == chat.id).values(values))


async def test_a_withdrawn_original_lets_the_next_one_go(db: Database, desk: Desk) -> None:
    """Every chat that had the first is told by the second, at once, and only by it."""
    for number in (1, 2, 3):
        await add_chat(db, number)
    await desk.all_tell()
    assert await desk.has() == ["Gazette"]
    await desk.withdraw("Gazette")
    await plan(db, size=1)
    for number in (1, 2, 3):
        assert await desk.waits(number) == ["Courier"]
    released = [row for row in await delivery_rows(db) if row.state == State.QUEUED]
    assert {(row.priority, row.error, row.attempts) for row in released} == {(1, None, 0)}
    assert all(row.due_at <= utc_now() for row in released)


async def test_one_after_the_other(db: Database, desk: Desk) -> None:
    """When the second is withdrawn, too, the third is told."""
    await add_chat(db, 1)
    await desk.all_tell()
    await desk.withdraw("Gazette")
    await desk.work()
    await desk.withdraw("Courier")
    await plan(db)
    assert await desk.has() == ["Gazette", "Courier"]
    assert await desk.waits() == ["Herald"]


async def test_what_was_withdrawn_itself_is_not_let_go(db: Database, desk: Desk) -> None:
    """The next one that stands is; one that returns when nothing else stands, then."""
    await add_chat(db, 1)
    await desk.all_tell()
    await desk.withdraw("Courier")
    await desk.withdraw("Gazette")
    await desk.work()
    assert await desk.has() == ["Gazette", "Herald"]
    await desk.withdraw("Herald")
    await desk.work()
    assert await desk.waits() == []
    await desk.restore("Courier")
    await plan(db)
    assert await desk.waits() == ["Courier"]


async def test_restored_while_the_other_waits(db: Database, desk: Desk) -> None:
    """What was let go and has not left is kept back again, and let go again if need be."""
    await add_chat(db, 1)
    await desk.all_tell()
    await desk.withdraw("Gazette")
    await plan(db)
    await desk.restore("Gazette")
    await desk.work()
    assert await desk.waits() == []
    assert await desk.has() == ["Gazette"]
    await desk.withdraw("Gazette")
    await plan(db)
    assert await desk.waits() == ["Courier"]


async def test_restored_after_the_other_was_sent(db: Database, desk: Desk) -> None:
    """Both stay; nothing else is sent."""
    await add_chat(db, 1)
    await desk.all_tell()
    await desk.withdraw("Gazette")
    await desk.work()
    await desk.restore("Gazette")
    await desk.work()
    assert await desk.has() == ["Gazette", "Courier"]
    assert await desk.waits() == []


async def test_an_original_that_was_never_sent_stays_back(db: Database, desk: Desk) -> None:
    """Taken back unsent and restored after the other was sent, it would be news twice."""
    await add_chat(db, 1)
    await desk.tell("Gazette")
    await desk.tell("Courier")
    await plan(db)
    await desk.withdraw("Gazette")
    await desk.work()
    assert await desk.has() == ["Courier"]
    await desk.restore("Gazette")
    await desk.work()
    assert await desk.has() == ["Courier"]
    assert await desk.waits() == []
    await desk.withdraw("Courier")
    await plan(db)
    assert await desk.waits() == ["Gazette"]


@pytest.mark.parametrize("planned", [True, False])
async def test_withdrawn_in_the_same_moment(db: Database, desk: Desk, planned: bool) -> None:
    """The second is told once, also if the first goes before the second was planned."""
    await add_chat(db, 1)
    await add_chat(db, 2)
    await desk.tell("Gazette")
    await desk.work()
    await desk.tell("Courier")
    if planned:
        await plan(db, size=1)
    await desk.withdraw("Gazette")
    await desk.work()
    for number in (1, 2):
        assert await desk.has(number) == ["Gazette", "Courier"]


@pytest.mark.parametrize("retraction", list(Retraction))
async def test_an_admin_takes_the_original_back(
    db: Database, desk: Desk, retraction: Retraction
) -> None:
    """The other newsroom is told, also where corrections are switched off."""
    await add_chat(db, 1)
    await add_chat(db, 2, edits="none")
    await desk.all_tell()
    async with db.write() as connection:
        assert await retractions.retract(connection, desk.ids["Gazette"], retraction, utc_now())
    await plan(db)
    assert await desk.waits(1) == ["Courier"]
    assert await desk.waits(2) == ["Courier"]


async def test_a_chat_that_reads_on_undisturbed_gets_nothing(db: Database, desk: Desk) -> None:
    """Where the withdrawal is not shown the first one is still read: the second would be twice."""
    await add_chat(db, 1, edits="none")
    await desk.all_tell()
    await desk.withdraw("Gazette")
    await plan(db)
    assert await desk.waits() == []


async def test_who_gets_nothing_any_more(db: Database, desk: Desk) -> None:
    """Chats switched off, chats that want key events only, chats that unfollowed it meanwhile."""
    off, key_only, gone, partly = [await add_chat(db, number) for number in (1, 2, 3, 4)]
    await desk.all_tell()
    await change(db, off, active=False)
    await change(db, key_only, importance="key")
    async with db.write() as connection:
        for chat in (gone, partly):
            await subscriptions.clear(connection, chat.id)
        herald = (Follow.SOURCE, desk.sources["Herald"])
        await subscriptions.add(connection, partly.id, herald, utc_now())
    await desk.withdraw("Gazette")
    await plan(db)
    assert [await desk.waits(number) for number in (1, 2, 3, 4)] == [[], [], [], ["Herald"]]


async def test_what_was_refused_is_not_tried_again(db: Database, desk: Desk) -> None:
    """An entry that failed for a reason of its own was not kept back for another."""
    await add_chat(db, 1)
    await desk.tell("Gazette")
    await desk.work()
    await desk.tell("Courier")
    await desk.work()
    async with db.write() as connection:
        table = schema.deliveries
        second = table.c.entry_id == desk.ids["Courier"]
        await connection.execute(table.update().where(second).values(error="refused"))
    await desk.withdraw("Gazette")
    await plan(db)
    assert await desk.waits() == []


async def test_a_chat_that_was_switched_off(db: Database, desk: Desk) -> None:
    """Nothing is queued for it, also where the first one had not been sent."""
    chat = await add_chat(db, 1)
    await desk.tell("Gazette")
    await desk.tell("Courier")
    await plan(db)
    await change(db, chat, active=False)
    await desk.withdraw("Gazette")
    await plan(db)
    assert await desk.waits() == []


async def test_key_events_reach_who_wants_only_those(db: Database, desk: Desk) -> None:
    """A key event that was kept back is one when it is let go."""
    await add_chat(db, 1)
    key_only = await add_chat(db, 2)
    await desk.tell("Gazette", key_event=True)
    await desk.work()
    await desk.tell("Courier", key_event=True)
    await desk.work()
    await change(db, key_only, importance="key")
    await desk.withdraw("Gazette")
    await plan(db)
    assert await desk.waits(2) == ["Courier"]


@pytest.mark.parametrize(("key_event", "held"), [(False, True), (True, False)])
async def test_a_hold_is_kept(db: Database, desk: Desk, key_event: bool, held: bool) -> None:
    """Who is asleep is not woken, but by a key event where these may."""
    chat = await add_chat(db, 1)
    await desk.tell("Gazette")
    await desk.work()
    await desk.tell("Courier", key_event=key_event)
    await desk.work()
    now = utc_now()
    async with db.write() as connection:
        silence = Silence("UTC", muted_until=now + HOUR, breaks=True)
        await silences.put(connection, chat.id, silence, Hold(now, now + HOUR), now)
    await desk.withdraw("Gazette")
    await plan(db)
    [row] = [row for row in await delivery_rows(db) if row.state == State.QUEUED]
    assert (row.due_at > now + timedelta(minutes=59)) == held


async def test_who_wants_all_of_it_has_all_of_it(db: Database, desk: Desk) -> None:
    """Where repetitions are sent nothing is left to let go, nor kept back when one returns."""
    chat = await add_chat(db, 1)
    async with db.write() as connection:
        await chats.prefer(connection, chat.id, duplicates=False)
    await desk.all_tell()
    assert await desk.has() == list(NAMES)
    await desk.withdraw("Gazette")
    await desk.work()
    await desk.restore("Gazette")
    await desk.work()
    assert await desk.has() == list(NAMES)
    assert await desk.waits() == []


async def test_later_repetitions_are_those_of_the_one_that_stands(db: Database, desk: Desk) -> None:
    """What comes next is compared with the one that was let go, and is kept back for it."""
    await add_chat(db, 1)
    await desk.tell("Gazette")
    await desk.work()
    await desk.tell("Courier")
    await desk.work()
    await desk.withdraw("Gazette")
    await desk.work()
    async with db.read() as connection:
        told = await duplicates.told_lately(connection, 99, utc_now() - HOUR)
    assert [entry_id for entry_id, _, _ in told] == [desk.ids["Courier"]]
    await desk.tell("Herald")  # noted as a repetition of the first one, in the last moment
    await desk.work()
    assert await desk.has() == ["Gazette", "Courier"]
    async with db.read() as connection:
        also = await duplicates.also(connection, [desk.ids["Courier"]])
    assert "Herald" in [name for name, _ in also[desk.ids["Courier"]]]


async def test_why(db: Database, desk: Desk) -> None:
    """It is told with whom an entry shares its news, why it was kept back and why it came after."""
    await add_chat(db, 1)
    await desk.tell("Gazette")
    await desk.work()
    await desk.tell("Courier")
    await desk.work()
    assert "Last word: the same news were sent from another source" in await why(desk)
    await desk.withdraw("Gazette")
    await desk.work()
    said = await why(desk)
    first = desk.ids["Gazette"]
    assert f"It tells the same news as entry {first} of Gazette, which was withdrawn." in said
    assert "Until then it was kept back" in said
    assert "State: sent." in said


async def why(desk: Desk) -> str:
    """What is told of the second newsroom's entry in the first chat."""
    async with desk.db.read() as connection:
        entry = await evidence.of_entry(connection, desk.ids["Courier"])
        assert entry is not None
        [record] = await evidence.of_chat(connection, desk.ids["Courier"], 1)
    lines = [*explain_entry(entry), *explain_delivery(entry, record, utc_now())]
    return "\n".join(lines)
