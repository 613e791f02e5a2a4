"""The transaction of a poll: silent at first, whole or not at all, true to what intake decided."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from bot.errors import StoreError
from bot.model import Change, ChangeKind, Decision, Link, Media, SourceEntry
from bot.store import entries, polls, sources
from bot.store.engine import Database
from bot.store.schema import entries as entry_table
from bot.store.schema import entry_topics, fanouts, revisions
from bot.store.schema import sources as source_table
from bot.store.sources import PollMark
from tests.store.rows import HOUR, commit, count, later, new, revised, rows, withdrawn
from tests.support.store import add_source, add_topic, stored_entry, utc_now

NOON = datetime(2024, 3, 5, 12, 0, tzinfo=UTC)


async def test_first_poll_is_silent(db: Database) -> None:
    """What stands on the page when a source is added is stored, and not to be told (promise 8)."""
    source = await add_source(db, primed=False)
    assert await commit(db, source, new("a"), new("b")) == 0
    assert await count(db, entry_table) == 2
    assert await count(db, fanouts) == 0
    assert await commit(db, source, new("c")) == 1
    assert [row.kind for row in await rows(db, fanouts)] == ["new"]


async def test_an_empty_first_poll_primes_too(db: Database) -> None:
    """A live blog that was empty when it was added tells its first entry."""
    source = await add_source(db, primed=False)
    await commit(db, source)
    assert await commit(db, source, new("a")) == 1


async def test_silent_changes_are_stored_only(db: Database) -> None:
    """A change that is to be silent is stored without a fan-out."""
    source = await add_source(db)
    entry = SourceEntry(id="old", published_at=NOON, text="old")
    change = Change(ChangeKind.NEW, "old", entry, content_hash="h", silent=True)
    assert await commit(db, source, change) == 0
    assert await count(db, entry_table) == 1


async def test_everything_of_an_entry_is_kept(db: Database) -> None:
    """Every field of an entry comes back as it was read."""
    source = await add_source(db)
    entry = SourceEntry(
        id="e",
        published_at=NOON,
        text="Gates close at noon.\n\n• 🌊 high water",
        html="<p>Gates close at noon.</p>",
        title="Harbour",
        updated_at=NOON + HOUR,
        url="https://news.example/live#e",
        author="The harbour desk",
        key_event=True,
        pinned=True,
        media=(Media("photo", "https://news.example/p.jpg", "The gate"),),
        links=(Link("Tide table", "https://news.example/tides"),),
    )
    now = utc_now()
    await commit(db, source, Change(ChangeKind.NEW, "e", entry, content_hash="h"), now=now)
    stored = await stored_entry(db, 1)
    for name in ("published_at", "text", "html", "title", "updated_at", "url", "author"):
        assert getattr(stored, name) == getattr(entry, name), name
    for name in ("key_event", "pinned", "media", "links"):
        assert getattr(stored, name) == getattr(entry, name), name
    assert (stored.identity, stored.revision, stored.withdrawn) == ("e", 1, False)
    assert (stored.first_seen_at, stored.revised_at) == (now, None)


@pytest.mark.parametrize("failing", ["third entry", "mark", "topic"])
async def test_all_or_nothing(db: Database, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    """A failure in the middle leaves entries, fan-outs, validators and schedule untouched."""
    source = await add_source(db)
    await commit(db, source, new("old"), mark=PollMark(NOON, NOON + HOUR, 10, etag='"1"'))
    before = await rows(db, source_table), await rows(db, entry_table), await rows(db, fanouts)

    changes = [new("a"), revised("old", "reworded"), new("b")]
    topics: dict[str, list[int]] = {}
    if failing == "third entry":
        broken = SourceEntry(id="b", published_at=NOON, text=None)  # type: ignore[arg-type]
        changes[2] = Change(ChangeKind.NEW, "b", broken, content_hash="h")
    elif failing == "topic":
        topics = {"b": [999]}
    else:

        async def fail(*_: object) -> None:
            raise StoreError("the disk is gone")

        monkeypatch.setattr(polls, "mark_polled", fail)
    mark = PollMark(NOON + HOUR, NOON + 2 * HOUR, 20, etag='"2"', wire_hash="new")
    with pytest.raises(StoreError):
        await commit(db, source, *changes, missing={"old": 1}, topics=dict(topics), mark=mark)
    after = await rows(db, source_table), await rows(db, entry_table), await rows(db, fanouts)
    assert after == before
    assert await count(db, entry_topics) == 0
    assert await count(db, revisions) == 0


async def test_the_mark_is_kept(db: Database) -> None:
    """Validators, schedule, adapter and page facts stand on the source after the poll."""
    source = await add_source(db)
    mark = PollMark(
        polled_at=NOON,
        next_poll_at=NOON + HOUR,
        interval=12.5,
        etag='W/"x"',
        last_modified="Tue, 05 Mar 2024 12:00:00 GMT",
        wire_hash="abc",
        adapter="feed",
        title="Storm, live",
        timezone="Europe/Berlin",
        language="de",
        closing=True,
    )
    await commit(db, source, new("a"), mark=mark, now=NOON)
    async with db.read() as connection:
        found = await sources.get(connection, source)
    assert found is not None
    assert found.last_polled_at == NOON
    assert found.last_entry_at == NOON
    for name in (
        "next_poll_at",
        "interval",
        "etag",
        "last_modified",
        "wire_hash",
        "adapter",
        "title",
        "timezone",
        "language",
        "closing",
    ):
        assert getattr(found, name) == getattr(mark, name), name


async def test_what_is_stored_already_is_ignored(db: Database) -> None:
    """The same decision twice (two processes polled) stores, revises and tells once."""
    source = await add_source(db)
    assert await commit(db, source, new("a"), new("b")) == 2
    assert await commit(db, source, new("a"), new("b")) == 0
    assert await commit(db, source, revised("a", "A!")) == 1
    assert await commit(db, source, revised("a", "A!")) == 0
    assert await commit(db, source, withdrawn("b")) == 1
    assert await commit(db, source, withdrawn("b")) == 0
    assert [row.revision for row in await rows(db, entry_table)] == [2, 2]
    assert await commit(db, source, revised("stranger", "x"), withdrawn("stranger")) == 0


async def test_identities_belong_to_their_source(db: Database) -> None:
    """Two sources may use the same ids."""
    first = await add_source(db)
    second = await add_source(db, "https://other.example/live")
    await commit(db, first, new("1", "harbour"))
    assert await commit(db, second, new("1", "bridge")) == 1
    async with db.read() as connection:
        assert [item.text for item in await entries.known(connection, second)] == ["bridge"]


async def test_history(db: Database) -> None:
    """Each revision, withdrawal and return keeps what was replaced, and is told with its number."""
    source = await add_source(db)
    await commit(db, source, new("a", "one"))
    await commit(db, source, revised("a", "two", material=False))
    await commit(db, source, withdrawn("a"))
    entry = await stored_entry(db, 1)
    assert (entry.revision, entry.withdrawn, entry.text) == (3, True, "two")
    await commit(db, source, revised("a", "two"))  # as it was: it is back
    entry = await stored_entry(db, 1)
    assert (entry.revision, entry.withdrawn, entry.text) == (4, False, "two")
    assert entry.revised_at is not None
    assert [(row.revision, row.text) for row in await rows(db, revisions)] == [
        (1, "one"),
        (2, "two"),
        (3, "two"),
    ]
    assert [(row.kind, row.revision, row.material) for row in await rows(db, fanouts)] == [
        ("new", 1, True),
        ("revised", 2, False),
        ("withdrawn", 3, True),
        ("revised", 4, True),
    ]


async def test_missing_polls(db: Database) -> None:
    """Absences are counted on the entry, and end with its return."""
    source = await add_source(db)
    await commit(db, source, new("a"))
    await commit(db, source, missing={"a": 1})
    async with db.read() as connection:
        assert [item.missing_polls for item in await entries.known(connection, source)] == [1]
    await commit(db, source, missing={"a": 0})
    async with db.read() as connection:
        assert [item.missing_polls for item in await entries.known(connection, source)] == [0]


async def test_topics_are_stored(db: Database) -> None:
    """An entry gets its topics, each once; a revision adds those its new words belong to."""
    source = await add_source(db)
    storm, harbour = await add_topic(db, "storm"), await add_topic(db, "harbour")
    await commit(db, source, new("a"), topics={"a": [storm, storm]})
    assert [tuple(row) for row in await rows(db, entry_topics)] == [(1, storm)]
    await commit(db, source, revised("a", "harbour"), topics={"a": [storm, harbour]})
    async with db.read() as connection:
        assert await entries.topics_of(connection, [1]) == {1: [storm, harbour]}


async def test_adopted_entries_get_their_new_identity(db: Database) -> None:
    """When a page changes its format, its entries go on under their new ids, untold."""
    source = await add_source(db)
    await commit(db, source, new("12:00/abc", "text"))
    async with db.write() as connection:
        queued = await polls.commit_poll(
            connection,
            source,
            Decision(adopted={"12:00/abc": ("post-7", "hash")}),
            PollMark(NOON, NOON, 10),
            topic_ids={},
            now=NOON,
        )
    assert queued == 0
    async with db.read() as connection:
        known = await entries.known(connection, source)
    assert [(item.identity, item.content_hash, item.text) for item in known] == [
        ("post-7", "hash", "text")
    ]


async def test_shown_at(db: Database) -> None:
    """Entries without a time are ordered by when they were first seen, and stay there."""
    source = await add_source(db)
    undated = SourceEntry(id="u", published_at=None, text="u")
    await commit(db, source, Change(ChangeKind.NEW, "u", undated, content_hash="1"), now=NOON)
    await commit(
        db, source, Change(ChangeKind.REVISED, "u", undated, content_hash="2"), now=later(hours=1)
    )
    async with db.read() as connection:
        assert await connection.scalar(sa.select(entry_table.c.shown_at)) == NOON
