"""Chats: met once, kept through blocks, and one chat again after any migration."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.model import ChatKind, Destination, Follow
from bot.store import chats, fanouts, subscriptions
from bot.store.columns import DeliveryState as State
from bot.store.engine import Database
from bot.store.outbox import Outcome
from bot.store.schema import chats as chat_table
from bot.store.schema import deliveries, destinations
from tests.store.rows import claim, commit, count, new, plan, record, revised, rows, send_all, sent
from tests.support.store import add_chat, add_entries, add_source, add_topic, utc_now

GROUP, SUPERGROUP = -55, -1_001_000_055


async def meet(
    db: Database,
    telegram_id: int,
    *,
    thread_id: int | None = None,
    kind: ChatKind = ChatKind.GROUP,
    title: str = "Harbour watch",
    language: str = "en",
    timezone: str = "UTC",
) -> Destination:
    """Meet a chat."""
    async with db.write() as connection:
        return await chats.meet(
            connection,
            telegram_id=telegram_id,
            thread_id=thread_id,
            kind=kind,
            title=title,
            language=language,
            timezone=timezone,
            now=utc_now(),
        )


async def migrate(db: Database, old: int = GROUP, new_id: int = SUPERGROUP) -> bool:
    """Announce a migration."""
    async with db.write() as connection:
        return await chats.migrate(connection, old, new_id)


async def only(db: Database, telegram_id: int = SUPERGROUP) -> Destination:
    """The one destination there is, in this chat."""
    async with db.read() as connection:
        found = await chats.of_chat(connection, telegram_id)
    assert await count(db, destinations) == await count(db, chat_table) == len(found) == 1
    return found[0]


async def follows(db: Database, destination: Destination) -> set[tuple[Follow, int]]:
    """What a destination follows."""
    async with db.read() as connection:
        return await subscriptions.of(connection, destination.id)


async def test_met_twice(db: Database) -> None:
    """The second meeting finds the first: new title and kind, but the language and zone chosen."""
    first = await meet(db, GROUP, language="de", timezone="Europe/Berlin")
    assert (first.chat_id, first.thread_id, first.active, first.edits) == (GROUP, None, True, "all")
    second = await meet(db, GROUP, title="Renamed", language="fr", timezone="Asia/Tokyo")
    assert second.id == first.id
    assert (second.title, second.language, second.timezone) == ("Renamed", "de", "Europe/Berlin")
    assert await only(db, GROUP) == second


async def test_threads_are_destinations(db: Database) -> None:
    """A chat and its forum topics are several destinations of one chat, with one title."""
    whole = await meet(db, SUPERGROUP, kind=ChatKind.SUPERGROUP)
    thread = await meet(db, SUPERGROUP, thread_id=7, kind=ChatKind.SUPERGROUP, title="Forum")
    assert thread.thread_id == 7
    assert thread.id != whole.id
    async with db.read() as connection:
        found = await chats.of_chat(connection, SUPERGROUP)
        assert [(d.id, d.title) for d in found] == [(whole.id, "Forum"), (thread.id, "Forum")]
        assert await chats.find(connection, SUPERGROUP, 7) == thread
        assert await chats.find(connection, SUPERGROUP, 8) is None
        assert await chats.get(connection, thread.id) == thread
        assert await chats.get(connection, 999) is None
    assert await count(db, chat_table) == 1


async def test_switched_off_and_on(db: Database) -> None:
    """What waited is dropped, what is followed stays, and after the return news come again."""
    source = await add_source(db)
    chat = await add_chat(db, 1)
    await add_entries(db, source, ["a"])
    await plan(db)
    async with db.write() as connection:
        await chats.switch_off_chat(connection, 1, reason="blocked", now=utc_now())
    (row,) = await rows(db, deliveries)
    assert (row.state, row.error) == (State.DROPPED, "blocked")
    assert await follows(db, chat) == {(Follow.ALL, 0)}
    (stored,) = await rows(db, destinations)
    assert (stored.active, stored.off_reason, stored.off_at is None) == (False, "blocked", False)

    async with db.write() as connection:
        assert await chats.switch_on_chat(connection, 1)
        assert not await chats.switch_on_chat(connection, 1)
    (stored,) = await rows(db, destinations)
    assert (stored.active, stored.off_reason, stored.off_at) == (True, "", None)
    assert await claim(db) == []
    await add_entries(db, source, ["b"])
    await plan(db)
    assert len(await claim(db)) == 1


async def test_corrections_after_a_return(db: Database) -> None:
    """An edit that waited when the chat went is not pushed then, but the next one after it is."""
    source = await add_source(db)
    chat = await add_chat(db, 1)
    await add_entries(db, source, ["a"])
    await plan(db)
    await send_all(db)
    await commit(db, source, revised("a", "b"))
    await plan(db)
    async with db.write() as connection:
        await chats.switch_off(connection, chat.id, reason="blocked", now=utc_now())
    assert [row.state for row in await rows(db, deliveries)] == [State.SENT]
    async with db.write() as connection:
        await chats.switch_on(connection, chat.id)
    await commit(db, source, revised("a", "c"))
    assert await plan(db) == 1


async def test_migrated(db: Database) -> None:
    """The group's row gets the new id; settings, subscriptions and what waits stay with it."""
    source = await add_source(db)
    chat = await add_chat(db, GROUP, kind=ChatKind.GROUP, language="de", edits="none")
    await add_entries(db, source, ["a"])
    await plan(db)
    assert await migrate(db)
    after = await only(db)
    assert (after.id, after.chat_id, after.kind) == (chat.id, SUPERGROUP, ChatKind.SUPERGROUP)
    assert (after.language, after.edits) == ("de", "none")
    assert await follows(db, after) == {(Follow.ALL, 0)}
    (batch,) = await claim(db)
    assert batch.destination.chat_id == SUPERGROUP


async def test_announced_three_times(db: Database) -> None:
    """The second and third announcement change nothing."""
    await add_chat(db, GROUP, kind=ChatKind.GROUP)
    assert await migrate(db)
    assert not await migrate(db)
    assert not await migrate(db)
    assert (await only(db)).chat_id == SUPERGROUP


async def test_a_group_never_met(db: Database) -> None:
    """A migration of a strange group is nothing."""
    assert not await migrate(db)
    assert await count(db, chat_table) == 0


async def test_supergroup_met_first(db: Database) -> None:
    """A message in the supergroup came before the announcement: the people's settings win."""
    topic = await add_topic(db, "storm")
    group = await add_chat(
        db, GROUP, kind=ChatKind.GROUP, language="de", edits="none", follow=Follow.ALL
    )
    await add_chat(
        db, SUPERGROUP, kind=ChatKind.SUPERGROUP, follow=Follow.TOPIC, target=topic, language="en"
    )
    assert await migrate(db)
    after = await only(db)
    assert after.id == group.id
    assert (after.language, after.edits) == ("de", "none")
    assert await follows(db, after) == {(Follow.ALL, 0), (Follow.TOPIC, topic)}


async def test_the_old_group_met_once_more(db: Database) -> None:
    """A late message of the old group makes no second chat, once announced again."""
    group = await add_chat(db, GROUP, kind=ChatKind.GROUP, language="de")
    await migrate(db)
    await add_chat(db, GROUP, kind=ChatKind.GROUP, follow=None)
    assert await migrate(db)
    after = await only(db)
    assert (after.id, after.language) == (group.id, "de")
    assert await follows(db, after) == {(Follow.ALL, 0)}


async def test_both_follow_the_same(db: Database) -> None:
    """Subscriptions of both are joined, each once; forum topics move along."""
    await add_chat(db, GROUP, kind=ChatKind.GROUP)
    await add_chat(db, SUPERGROUP, kind=ChatKind.SUPERGROUP)
    thread = await add_chat(db, SUPERGROUP, kind=ChatKind.SUPERGROUP, thread_id=9)
    assert await migrate(db)
    async with db.read() as connection:
        found = await chats.of_chat(connection, SUPERGROUP)
    assert [destination.thread_id for destination in found] == [None, 9]
    assert found[1].id == thread.id
    for destination in found:
        assert await follows(db, destination) == {(Follow.ALL, 0)}


@pytest.mark.parametrize("group_off", [True, False])
@pytest.mark.parametrize("supergroup_off", [True, False])
async def test_active_if_either_was(db: Database, *, group_off: bool, supergroup_off: bool) -> None:
    """The bot "left" the old group by the migration itself: that does not switch off the new."""
    await add_chat(db, GROUP, kind=ChatKind.GROUP)
    await add_chat(db, SUPERGROUP, kind=ChatKind.SUPERGROUP)
    async with db.write() as connection:
        for off, chat in ((group_off, GROUP), (supergroup_off, SUPERGROUP)):
            if off:
                await chats.switch_off_chat(connection, chat, reason="left", now=utc_now())
    await migrate(db)
    assert (await only(db)).active == (not (group_off and supergroup_off))


SENT, QUEUED, DROPPED = State.SENT, State.QUEUED, State.DROPPED


@pytest.mark.parametrize(
    ("group", "supergroup", "expected", "messages"),
    [
        (SENT, QUEUED, SENT, [10]),
        (QUEUED, SENT, SENT, [20]),
        (SENT, SENT, SENT, [10]),
        (QUEUED, QUEUED, QUEUED, None),
        (DROPPED, QUEUED, QUEUED, None),
        (QUEUED, DROPPED, QUEUED, None),
        (DROPPED, SENT, SENT, [20]),
    ],
)
async def test_both_have_the_entry(
    db: Database, group: State, supergroup: State, expected: State, messages: list[int] | None
) -> None:
    """An entry that one of both was sent is not sent again; one that waits in either still goes."""
    source = await add_source(db)
    old = await add_chat(db, GROUP, kind=ChatKind.GROUP)
    young = await add_chat(db, SUPERGROUP, kind=ChatKind.SUPERGROUP)
    (entry,) = await add_entries(db, source, ["a"])
    await plan(db)
    for destination, state, message in ((old, group, 10), (young, supergroup, 20)):
        if state is SENT:
            await record(db, [sent(entry, destination.id, message=message)])
        else:
            await record(db, [Outcome(entry, destination.id, state, utc_now())])
    await migrate(db)
    (row,) = await rows(db, deliveries)
    assert (row.state, row.message_ids, row.destination_id) == (expected, messages, old.id)


@pytest.mark.parametrize("planned", range(5))
async def test_in_the_middle_of_a_fanout(db: Database, planned: int) -> None:
    """However far the planner is, a joined group gets the entry once, and the plan goes on."""
    source = await add_source(db)
    topic = await add_topic(db, "storm")
    await add_chat(db, 1)
    await add_chat(db, GROUP, kind=ChatKind.GROUP, follow=None)
    await add_chat(db, 2)
    await add_chat(db, SUPERGROUP, kind=ChatKind.SUPERGROUP, follow=Follow.TOPIC, target=topic)
    await add_chat(db, 3)
    await commit(db, source, new("a"), topics={"a": [topic]})

    for _ in range(planned):
        async with db.write() as connection:
            await fanouts.plan_chunk(connection, size=1, now=utc_now())
    await migrate(db)
    await plan(db, size=1)
    async with db.read() as connection:
        told = list(
            await connection.scalars(
                sa.select(chat_table.c.telegram_id)
                .select_from(deliveries)
                .join(destinations, destinations.c.id == deliveries.c.destination_id)
                .join(chat_table, chat_table.c.id == destinations.c.chat_id)
                .order_by(chat_table.c.telegram_id)
            )
        )
    assert told == [SUPERGROUP, 1, 2, 3]
