"""Watches: kept, shared, forgotten, and planned with everything else that is followed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.model import Change, ChangeKind, Decision, Follow, SourceEntry
from bot.store import (
    chats,
    fanouts,
    polls,
    retention,
    schema,
    spreading,
    subscriptions,
    watches,
)
from bot.store.engine import Database
from bot.store.sources import PollMark
from bot.store.watches import Added
from tests.support.store import add_chat, add_source, delivery_rows, utc_now

MOST = 3


async def watch(db: Database, destination_id: int, expression: str) -> Added:
    """Watch for one word."""
    form = ["word", expression]
    async with db.write() as connection:
        return await watches.add(
            connection, destination_id, expression, form, most=MOST, now=utc_now()
        )


async def watched(db: Database, destination_id: int) -> list[str]:
    """What a destination watches for."""
    async with db.read() as connection:
        return [each.expression for each in await watches.of(connection, destination_id)]


async def ids(db: Database) -> dict[str, int]:
    """The ids of all expressions."""
    async with db.read() as connection:
        rows = await connection.execute(sa.select(schema.watches.c.expression, schema.watches.c.id))
    return {row.expression: row.id for row in rows}


async def publish(db: Database, source: int, text: str, *matched: int) -> int:
    """A new entry that matches these watches; its id."""
    entry = SourceEntry(id=text, published_at=utc_now(), text=text)
    change = Change(ChangeKind.NEW, text, entry, content_hash=text)
    now = utc_now()
    async with db.write() as connection:
        await polls.commit_poll(
            connection,
            source,
            Decision((change,)),
            PollMark(polled_at=now, next_poll_at=now, interval=10),
            topic_ids={},
            watch_ids={text: matched},
            now=now,
        )
        found = await connection.scalar(
            sa.select(schema.entries.c.id).where(schema.entries.c.identity == text)
        )
    assert found is not None
    return int(found)


async def plan(db: Database, size: int = 100) -> None:
    """Expand every fan-out."""
    while True:
        async with db.write() as connection:
            if await fanouts.plan_chunk(connection, size=size, now=utc_now()) is None:
                return


async def test_a_watch_is_kept_once_and_up_to_the_limit(db: Database) -> None:
    """The same expression again changes nothing; too many are refused; a removed one is gone."""
    reader = await add_chat(db, 1, follow=None)
    assert await watch(db, reader.id, "storm") is Added.NEW
    assert await watch(db, reader.id, "storm") is Added.KNOWN
    assert await watch(db, reader.id, "flood") is Added.NEW
    assert await watch(db, reader.id, "ferry") is Added.NEW
    assert await watch(db, reader.id, "fog") is Added.FULL
    assert await watched(db, reader.id) == ["storm", "flood", "ferry"]
    number = (await ids(db))["flood"]
    async with db.write() as connection:
        gone = await watches.remove(connection, reader.id, number)
        again = await watches.remove(connection, reader.id, number)
    assert gone is not None
    assert gone.expression == "flood"
    assert again is None
    assert await watch(db, reader.id, "fog") is Added.NEW
    async with db.write() as connection:
        assert await watches.clear(connection, reader.id) == 3
    assert await watched(db, reader.id) == []


async def test_an_expression_is_stored_once_for_all_who_watch_for_it(db: Database) -> None:
    """Processes read each once, with its tree, on from what they know."""
    for number in (1, 2):
        reader = await add_chat(db, number, follow=None)
        await watch(db, reader.id, "storm")
        await watch(db, reader.id, f"town{number}")
    async with db.read() as connection:
        first = await watches.since(connection, 0, 2)
        rest = await watches.since(connection, first[-1][0], 100)
    assert [form for _, form in first + rest] == [
        ["word", "storm"],
        ["word", "town1"],
        ["word", "town2"],
    ]


async def test_watches_of_several_at_once(db: Database) -> None:
    """Many chats that choose the same and other expressions at the same moment all have theirs."""
    readers = [await add_chat(db, number, follow=None) for number in range(1, 7)]
    await asyncio.gather(
        *(watch(db, reader.id, word) for reader in readers for word in ("storm", f"w{reader.id}"))
    )
    for reader in readers:
        assert sorted(await watched(db, reader.id)) == ["storm", f"w{reader.id}"]


async def test_matched_watches_are_planned_with_what_else_is_followed(db: Database) -> None:
    """Who watches gets the entry, once, also if it follows everything; nobody else does."""
    source = await add_source(db)
    await add_chat(db, 1)
    both = await add_chat(db, 2)
    only = await add_chat(db, 3, follow=None)
    await add_chat(db, 4, follow=None)
    for reader in (both, only):
        await watch(db, reader.id, "storm")
    await watch(db, only.id, "flood")
    known = await ids(db)
    entry = await publish(db, source, "a storm", known["storm"], known["flood"])
    await publish(db, source, "calm")
    await plan(db, size=1)
    rows = [(row.telegram_id, row.entry_id == entry) for row in await delivery_rows(db)]
    assert sorted(rows) == [(1, False), (1, True), (2, False), (2, True), (3, True)]
    async with db.read() as connection:
        matched = await watches.matched(connection, entry, only.id)
        assert [each.expression for each in matched] == ["storm", "flood"]
        assert await watches.matched(connection, entry + 1, only.id) == []


async def test_many_matched_watches_are_planned_in_small_chunks(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a watch is one of few, a large one or one of very many, each chat gets its entry."""
    monkeypatch.setattr(spreading, "MANY", 4)
    source = await add_source(db)
    readers = [await add_chat(db, number, follow=None) for number in range(1, 31)]
    for reader in readers:
        await watch(db, reader.id, f"town{reader.id}")
        if reader.id % 2:
            await watch(db, reader.id, "storm")
    known = await ids(db)
    bystander = known.pop(f"town{readers[-1].id}")
    await publish(db, source, "everywhere", *known.values())
    await publish(db, source, "one town", bystander)
    await plan(db, size=4)
    rows = [(row.telegram_id, row.entry_id) for row in await delivery_rows(db)]
    assert sorted(rows) == [(number, 1) for number in range(1, 30)] + [(30, 2)]
    async with db.read() as connection:
        found = await spreading.watched_by(connection, 1)
        assert found == spreading.Watched(1, (known["storm"],), scattered=True)


async def test_what_was_gathered_for_planning_is_forgotten_afterwards(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an entry that is still being planned it stays."""
    monkeypatch.setattr(retention, "CHUNK", 5)
    source = await add_source(db)
    for number in range(1, 14):
        reader = await add_chat(db, number, follow=None)
        await watch(db, reader.id, f"town{number}")
    known = await ids(db)
    await publish(db, source, "everywhere", *known.values())
    await plan(db)
    await publish(db, source, "everywhere again", *known.values())
    while True:  # until it is in the middle
        async with db.write() as connection:
            planned = await fanouts.plan_chunk(connection, size=4, now=utc_now())
        assert planned is not None
        if planned.deliveries:
            break

    async def gathered() -> dict[int, int]:
        table = schema.entry_watchers
        async with db.read() as connection:
            rows = await connection.execute(
                sa.select(table.c.entry_id, sa.func.count()).group_by(table.c.entry_id)
            )
            return dict(rows.all())

    age = timedelta(days=1)
    assert await gathered() == {1: 13, 2: 13}
    await retention.prune(db, now=utc_now(), edit_window=age, entry_age=age)
    assert await gathered() == {2: 13}
    await plan(db, size=4)
    await retention.prune(db, now=utc_now(), edit_window=age, entry_age=age)
    assert await gathered() == {}
    assert len(await delivery_rows(db)) == 26


async def test_a_chat_that_migrates_keeps_its_watches(db: Database) -> None:
    """A group that became a supergroup, which was met already, has the watches of both."""
    old, new = await add_chat(db, -5, follow=None), await add_chat(db, -1005, follow=None)
    await watch(db, old.id, "storm")
    await watch(db, new.id, "storm")
    await watch(db, new.id, "flood")
    async with db.write() as connection:
        await chats.migrate(connection, -5, -1005)
        found = await chats.find(connection, -1005, None)
    assert found is not None
    assert await watched(db, found.id) == ["storm", "flood"]


async def test_a_revision_may_match_more(db: Database) -> None:
    """What an entry matched before stays noted; what its new words match is added."""
    source = await add_source(db)
    reader = await add_chat(db, 1, follow=None)
    for word in ("storm", "flood"):
        await watch(db, reader.id, word)
    known = await ids(db)
    entry = await publish(db, source, "a storm", known["storm"])
    async with db.write() as connection:
        await watches.note(connection, entry, [known["storm"], known["flood"]])
        found = await watches.matched(connection, entry, reader.id)
    assert [each.expression for each in found] == ["storm", "flood"]


async def test_what_nobody_watches_for_is_forgotten(db: Database) -> None:
    """An expression stays while somebody has it, and for a while after it was last chosen."""
    reader = await add_chat(db, 1, follow=None)
    for word in ("storm", "flood", "fog"):
        await watch(db, reader.id, word)
    known = await ids(db)
    async with db.write() as connection:
        for word in ("flood", "fog"):
            await watches.remove(connection, reader.id, known[word])
    week = timedelta(days=7)
    # The row of the newest one stays, so that its id is never given to another.
    for now, left in ((utc_now(), set(known)), (utc_now() + week, {"storm", ""})):
        await retention.prune(db, now=now, edit_window=week, entry_age=week * 9)
        assert set(await ids(db)) == left
    await watch(db, reader.id, "flood")
    assert await watched(db, reader.id) == ["storm", "flood"]
    assert (await ids(db))["flood"] > known["fog"]


async def test_old_entries_forget_what_they_matched(db: Database) -> None:
    """With an entry's words goes what they matched."""
    source = await add_source(db)
    reader = await add_chat(db, 1, follow=None)
    await watch(db, reader.id, "storm")
    await publish(db, source, "a storm", (await ids(db))["storm"])
    age = timedelta(days=1)
    await retention.prune(db, now=utc_now() + 9 * age, edit_window=age, entry_age=age)
    async with db.read() as connection:
        left = await connection.scalar(sa.select(sa.func.count()).select_from(schema.entry_watches))
    assert left == 0


async def test_watches_are_not_among_what_is_chosen_by_name(db: Database) -> None:
    """The pickers show topics and sources; a watch has its own list."""
    reader = await add_chat(db, 1, follow=Follow.ALL)
    await watch(db, reader.id, "storm")
    async with db.read() as connection:
        assert await subscriptions.of(connection, reader.id) == {(Follow.ALL, 0)}
