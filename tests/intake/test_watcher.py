"""Entries that polls bring are matched with the watches there are at that moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.intake.watcher import RENEWED, Watcher
from bot.model import Change, ChangeKind, Decision, Follow, SourceEntry, Topic, TopicRule
from bot.store import schema, sources, subscriptions, topics, watches
from bot.store.engine import Database
from bot.watches.form import to_form
from bot.watches.grammar import Grammar
from tests.intake.test_poller import Desk, Site
from tests.support.store import add_chat, add_source, temp_database, utc_now

GRAMMAR = Grammar()


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database."""
    async with temp_database(tmp_path) as opened:
        yield opened


async def watch(db: Database, destination_id: int, text: str) -> None:
    """Watch for an expression."""
    found = GRAMMAR.parse(text)
    async with db.write() as connection:
        await watches.add(
            connection, destination_id, found.text, to_form(found.node), most=99, now=utc_now()
        )


async def match(watcher: Watcher, db: Database, source_id: int, **entry: Any) -> list[str]:
    """The expressions an entry matches."""
    change = Change(ChangeKind.NEW, "x", SourceEntry("x", None, **entry))
    gone = Change(ChangeKind.WITHDRAWN, "y", None)
    async with db.read() as connection:
        listed = await topics.listed(connection)
        source = await sources.get(connection, source_id)
        rows = await connection.execute(sa.select(schema.watches))
        names = {row.id: row.expression for row in rows}
    assert source is not None
    found = await watcher.match(
        Decision((change, gone)),
        language="en",
        origin=(source, None),
        topics=listed,
        topic_ids={"x": [topic.id for topic in listed]},
    )
    return [names.get(number, "forgotten") for number in found.get("x", [])]


async def test_a_poll_notes_what_its_entries_match(db: Database) -> None:
    """New entries, by words, topic, source and author; whoever watches is told."""
    desk = Desk(db, Site({"a": "The gates are closed"}))
    desk.source_id = await desk.watch()
    async with db.write() as connection:
        await topics.save(connection, Topic(0, "sea", {}, "", TopicRule(any=("ferry",))))
    reader = await add_chat(db, 1, follow=None)
    for text in ("gate", "ferries topic:sea source:gazette", "ferry NOT sail"):
        await watch(db, reader.id, text)
    await desk.tick()
    desk.site.posts["b"] = "The ferry sails at six"
    await desk.until_due()
    async with db.read() as connection:
        rows = await connection.execute(
            sa.select(schema.entry_watches.c.entry_id, schema.watches.c.expression).join(
                schema.watches, schema.watches.c.id == schema.entry_watches.c.watch_id
            )
        )
    assert sorted(map(tuple, rows)) == [
        (1, "gate"),
        (2, 'ferries AND topic:sea AND source:"gazette"'),
    ]


async def test_watches_added_by_anybody_count_from_then_on(db: Database) -> None:
    """Also those another process added; one that was removed has no audience any more."""
    source = await add_source(db)
    reader = await add_chat(db, 1, follow=None)
    watcher = Watcher(db)
    assert await match(watcher, db, source, text="A storm") == []
    await watch(db, reader.id, "storms")
    assert await match(watcher, db, source, text="A storm") == ["storms"]
    await watch(db, reader.id, "author:lee")
    assert await match(watcher, db, source, text="Rain", author="Ann Lee") == ['author:"lee"']
    async with db.write() as connection:
        for mine in await watches.of(connection, reader.id):
            await subscriptions.remove(connection, reader.id, (Follow.WATCH, mine.id))
        await watches.prune(connection, utc_now())
    await watch(db, reader.id, "rain")
    found = await match(watcher, db, source, text="A storm, and rain", author="Ann Lee")
    assert found == ["forgotten", "", "rain"]  # the first two have no audience


async def test_the_index_is_built_anew_once_a_day(db: Database) -> None:
    """What was forgotten leaves the memory; what is there stays."""
    now = [0.0]
    source = await add_source(db)
    reader = await add_chat(db, 1, follow=None)
    watcher = Watcher(db, clock=lambda: now[0])
    for text in ("flood", "storm"):
        await watch(db, reader.id, text)
    assert await match(watcher, db, source, text="storm and flood") == ["flood", "storm"]
    assert len(watcher._index) == 2
    async with db.write() as connection:
        flood = (await watches.of(connection, reader.id))[0]
        await watches.remove(connection, reader.id, flood.id)
        await watches.prune(connection, utc_now())
    now[0] = RENEWED + 1
    assert await match(watcher, db, source, text="storm and flood") == ["storm"]
    assert len(watcher._index) == 1


async def test_a_watch_of_a_newer_version_is_left_out(db: Database) -> None:
    """A condition this version does not know stops nothing."""
    source = await add_source(db)
    reader = await add_chat(db, 1, follow=None)
    async with db.write() as connection:
        for number, form in enumerate((["mood", "bad"], ["word"], [], ["and", "x"])):
            await watches.add(connection, reader.id, f"new {number}", form, most=99, now=utc_now())
    await watch(db, reader.id, "storm")
    assert await match(Watcher(db), db, source, text="storm") == ["storm"]
