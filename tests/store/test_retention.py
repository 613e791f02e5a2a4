"""Forgetting: what is old goes in small steps, and what went does not come back as news."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.intake.decide import decide
from bot.model import Snapshot, SourceEntry, SourceState
from bot.store import chats, entries, retention, sources
from bot.store.engine import Database
from bot.store.retention import Pruned
from bot.store.schema import deliveries, fanouts, revisions
from bot.store.schema import entries as entry_table
from tests.store.rows import commit, count, later, new, plan, revised, rows, send_all
from tests.support.store import (
    add_chat,
    add_entries,
    add_private_chats,
    add_source,
    add_topic,
    stored_entry,
    utc_now,
)

DAY = timedelta(days=1)
NOON = datetime(2024, 3, 5, 12, 0, tzinfo=UTC)


async def prune(
    db: Database, *, days: float, edit: timedelta = 2 * DAY, age: timedelta = 90 * DAY
) -> Pruned:
    """Prune as it would be done in so many days."""
    return await retention.prune(db, now=later(days=days), edit_window=edit, entry_age=age)


async def test_deliveries_go_when_their_edit_window_closes(db: Database) -> None:
    """Sent deliveries and their fan-outs go after the window, and not before."""
    source = await add_source(db)
    await add_private_chats(db, 7)
    await add_entries(db, source, ["a", "b"])
    await plan(db)
    await send_all(db)
    assert await prune(db, days=1.9) == Pruned(0, 0)
    assert await prune(db, days=2.1) == Pruned(14, 0)
    assert await count(db, deliveries) == await count(db, fanouts) == 0
    assert await count(db, entry_table) == 2


async def test_in_chunks(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, all go, a chunk a transaction."""
    monkeypatch.setattr(retention, "CHUNK", 3)
    monkeypatch.setattr(retention, "ENTRIES", 2)
    source = await add_source(db)
    await add_private_chats(db, 10)
    await add_entries(db, source, ["a", "b", "c", "d", "e"])
    await plan(db)
    await send_all(db)
    assert await prune(db, days=100) == Pruned(50, 5)


async def test_what_waits_stays(db: Database) -> None:
    """A delivery that waits for a flooded chat is kept with its entry's words, and goes later."""
    source = await add_source(db)
    await add_chat(db, 1)
    (entry,) = await add_entries(db, source, ["a"])
    await plan(db)
    assert await prune(db, days=100) == Pruned(0, 0)
    assert (await stored_entry(db, entry)).text == "a"
    await send_all(db)
    assert await prune(db, days=100) == Pruned(1, 1)
    assert await count(db, deliveries) == await count(db, fanouts) == 0


async def test_open_fanouts_stay(db: Database) -> None:
    """A fan-out that is not planned yet is not old, whatever its age."""
    source = await add_source(db)
    await add_chat(db, 1)
    await add_entries(db, source, ["a"])
    await prune(db, days=50)
    assert await plan(db) == 1


async def test_words_go_a_tombstone_stays(db: Database) -> None:
    """An old entry loses its words, history and topics; it is not shown any more."""
    source = await add_source(db)
    topic = await add_topic(db, "storm")
    await commit(db, source, new("a", "secret"), topics={"a": [topic]})
    await commit(db, source, revised("a", "secret, too"))
    await plan(db)
    assert await prune(db, days=91) == Pruned(0, 1)
    assert await prune(db, days=91) == Pruned(0, 0)
    (row,) = await rows(db, entry_table)
    assert (row.identity, row.pruned, row.text, row.title, row.html) == ("a", True, "", "", "")
    assert await count(db, revisions) == 0
    async with db.read() as connection:
        assert await entries.topics_of(connection, [row.id]) == {}
        assert await entries.latest(connection, [("all", 0)], 5) == []  # type: ignore[list-item]  # a plain word will do
        assert await sources.entry_counts(connection) == {}


@pytest.mark.parametrize("named", [True, False])
async def test_tombstones_do_not_come_back(db: Database, *, named: bool) -> None:
    """A page that still shows forgotten entries, even reworded, brings no news, with ids or not."""
    source = await add_source(db)
    page = [
        SourceEntry(
            id=f"e{n}" if named else None,
            published_at=NOON + timedelta(minutes=n),
            text=f"The gate number {n} of the harbour was closed by the harbour master",
        )
        for n in range(6)
    ]

    async def poll(entries_: list[SourceEntry]) -> int:
        async with db.read() as connection:
            known = await entries.known(connection, source)
        snapshot = Snapshot("timestamped", "Storm", "https://news.example/live", tuple(entries_))
        decision = decide(known, snapshot)
        return await commit(db, source, *decision.changes, missing=decision.missing)

    assert await poll(page) == 6
    await plan(db)
    await prune(db, days=91)
    assert await poll(page) == 0
    reworded = [replace(page[0], text="Quite other words about the evening"), *page[1:]]
    assert await poll(reworded) == 0
    assert await poll(page[1:3]) == 0
    late = SourceEntry(id="x" if named else None, published_at=NOON + DAY, text="High water")
    assert await poll([*page, late]) == 1


async def test_window_longer_than_age(db: Database) -> None:
    """Words are kept as long as corrections are, whatever the settings say."""
    source = await add_source(db)
    (entry,) = await add_entries(db, source, ["a"])
    await prune(db, days=5, edit=10 * DAY, age=DAY)
    assert (await stored_entry(db, entry)).text == "a"


async def test_old_proposals_go(db: Database) -> None:
    """A preview nobody confirmed is dropped after a day, also that of a source with entries."""
    url = "https://news.example/live"
    old = await add_source(db, url)
    await add_entries(db, old, ["a"])

    async def propose(address: str) -> int:
        async with db.write() as connection:
            source = await sources.propose(
                connection,
                url=address,
                poll_url=address,
                name="x",
                adapter="feed",
                title="",
                interval=1,
                added_by=None,
                now=utc_now(),
            )
        return source.id

    async with db.write() as connection:
        await sources.remove(connection, old)
    proposed = [await propose(url), await propose("https://other.example/live")]
    await prune(db, days=0.5)
    async with db.read() as connection:
        found = [await sources.get(connection, id_) for id_ in proposed]
        assert [source and source.state for source in found] == [SourceState.PROPOSED] * 2
    await prune(db, days=2)
    async with db.read() as connection:
        found = [await sources.get(connection, id_) for id_ in proposed]
        assert {source.state for source in found if source} <= {SourceState.REMOVED}
    assert await count(db, entry_table) == 1


async def test_switched_off_chats_hold_nothing_back(db: Database) -> None:
    """What was dropped for a chat that left is forgotten like the rest."""
    source = await add_source(db)
    chat = await add_chat(db, 1)
    await add_entries(db, source, ["a"])
    await plan(db)
    async with db.write() as connection:
        await chats.switch_off(connection, chat.id, reason="blocked", now=utc_now())
    assert (await prune(db, days=3)).deliveries == 1
