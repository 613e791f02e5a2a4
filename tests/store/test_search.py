"""The full-text index on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from bot.model import Retraction
from bot.store import migrate, retention, retractions, search
from bot.store.engine import Database, open_database
from bot.store.migrations.running import configured
from bot.store.search import Sought
from bot.store.words import read_terms
from tests.store.rows import HOUR, commit, later, new, revised, withdrawn
from tests.support.store import add_source, add_topic, utc_now


async def found(db: Database, text: str, limit: int = 50, offset: int = 0, **how: Any) -> list[str]:
    """The identities of the entries that are found, newest first."""
    sought = Sought(read_terms(text), **how)
    async with db.read() as connection:
        hits = await search.find(connection, sought, limit=limit, offset=offset)
        if not offset and limit == 50:
            assert await search.count(connection, sought) == len(hits)
    return [entry.identity for entry in hits]


async def filled(db: Database, *texts: str) -> int:
    """A source with these entries, the first one the newest; returns its id."""
    source = await add_source(db)
    now = utc_now()
    await commit(
        db,
        source,
        *(new(text, text, published=now - n * HOUR) for n, text in enumerate(texts)),
    )
    return source


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("storm", ["Storms reach the harbour"]),
        ("STORM harbour", ["Storms reach the harbour"]),
        ("harbour", ["Storms reach the harbour", "The harbour café is dry"]),
        ("cafe", ["The harbour café is dry"]),
        ('"harbour cafe"', ["The harbour café is dry"]),
        ('"cafe harbour"', []),
        ('"storm"', []),
        ("المدرسة", ["إغلاق المدرسه في الميناء"]),
        ("Київ", ["Гроза над Києвом і Київ чекає"]),
        ("京港", ["東京港で高潮"]),
        ("潮", ["東京港で高潮"]),
        ("高潮", ["東京港で高潮"]),
        ("京高", []),
        ("ท่วม", ["น้ำท่วมท่าเรือ"]),
        ("洪水", ["上海发布洪水警报"]),
        ("nothing", []),
        ("storm nothing", []),
    ],
)
async def test_what_is_found(db: Database, text: str, expected: list[str]) -> None:
    """All words must stand in an entry, by their beginnings; quotes mean exactly; any script."""
    await filled(
        db,
        "Storms reach the harbour",
        "The harbour café is dry",
        "إغلاق المدرسه في الميناء",
        "Гроза над Києвом і Київ чекає",
        "東京港で高潮",
        "น้ำท่วมท่าเรือ",
        "上海发布洪水警报",
    )
    assert await found(db, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        'NEAR("a b", 2)',
        'a* OR "b',
        "words:a",
        "a AND NOT b",
        "'; DROP TABLE entries; --",
        "a\x00b",
        "^a {b} (c",
        "a & b | !c <-> d:*",
        "\\' \\\\",
        '"' * 500,
        "x" * 10_000,
        "a " * 5_000,
        "\ud800 a",
        "ı̇ ̈ ͏ ً",
    ],
)
async def test_any_text_is_harmless(db: Database, text: str) -> None:
    """No sign of either database's query language does anything."""
    await filled(db, "a b c d and near not or")
    await found(db, text)


async def test_the_title_counts_and_revisions_move_the_index(db: Database) -> None:
    """The newest words are found, older ones are not; withdrawn entries are out, and come back."""
    source = await filled(db, "first words")
    await commit(db, source, revised("first words", "second words"))
    assert await found(db, "first") == []
    assert await found(db, "second") == ["first words"]
    await commit(db, source, withdrawn("first words"))
    assert await found(db, "second") == []
    assert await indexed(db) == 0
    await commit(db, source, revised("first words", "third words"))
    assert await found(db, "third") == ["first words"]


async def test_retracted_and_pruned_entries_are_out(db: Database) -> None:
    """What an admin took back and what was forgotten leaves nothing in the index."""
    await filled(db, "kept words", "taken back", "old words")
    async with db.write() as connection:
        assert await retractions.retract(connection, 2, Retraction.DELETE, utc_now())
    assert await indexed(db) == 2
    await retention.prune(
        db, now=later(days=40), edit_window=timedelta(days=1), entry_age=timedelta(days=30)
    )
    assert await indexed(db) == 0


async def test_filters(db: Database) -> None:
    """Topics, sources, a span, and a bound that keeps pages from moving."""
    gazette = await add_source(db, name="Gazette")
    desk = await add_source(db, "https://desk.example/live", name="Desk")
    storm, sport = await add_topic(db, "storm"), await add_topic(db, "sport")
    now = utc_now()
    await commit(
        db,
        gazette,
        *(new(f"g{n}", f"wave {n}", published=now - n * HOUR) for n in (0, 1, 2)),
        topics={"g0": [storm], "g1": [storm, sport]},
    )
    await commit(db, desk, new("d0", "wave of the desk", published=now - HOUR / 2))
    assert await found(db, "wave") == ["g0", "d0", "g1", "g2"]
    assert await found(db, "wave", topics=(sport,)) == ["g1"]
    assert await found(db, "wave", topics=(sport, storm)) == ["g0", "g1"]
    assert await found(db, "wave", sources=(desk,)) == ["d0"]
    assert await found(db, "wave", sources=(desk,), topics=(storm,)) == []
    assert await found(db, "wave", since=now - HOUR, until=now - timedelta(minutes=1)) == [
        "d0",
        "g1",
    ]
    assert await found(db, "", topics=(storm,)) == ["g0", "g1"]
    async with db.read() as connection:
        last = await search.last_id(connection)
    await commit(db, desk, new("d1", "one more wave", published=now + HOUR))
    assert await found(db, "wave", 2, last_id=last) == ["g0", "d0"]
    assert await found(db, "wave", 2, 2, last_id=last) == ["g1", "g2"]


async def test_the_vocabulary(db: Database) -> None:
    """Words by their beginning, each with the number of entries it stands in."""
    await filled(db, "storm and storms", "storm again", "calm")
    async with db.read() as connection:
        assert sorted(await search.vocabulary(connection, "s")) == [("storm", 2), ("storms", 1)]
        assert await search.vocabulary(connection, "") == []
        assert await search.vocabulary(connection, "'") == []


async def test_migration_finds_what_was_stored_before(empty_address: str) -> None:
    """A database of an older version: after the upgrade its entries are found."""
    db = await open_database(empty_address)
    try:
        await upgrade_to(db, "0010")
        async with db.write() as connection:
            await connection.execute(sa.text(SOURCE_ROW))
            for number, words, withdrawn_ in ((1, "old storm", False), (2, "gone storm", True)):
                await connection.execute(
                    sa.text(ENTRY_ROW), {"id": number, "words": words, "withdrawn": withdrawn_}
                )
        assert "0011" in await migrate.upgrade(db)
        assert await found(db, "storm") == ["old storm"]
    finally:
        await db.close()


SOURCE_ROW = (
    "INSERT INTO sources (id, url, poll_url, name, state, adapter, interval, next_poll_at, "
    "created_at) VALUES (1, 'u', 'u', 'Gazette', 'active', 'feed', 10, 0, 0)"
)
ENTRY_ROW = (
    "INSERT INTO entries (id, source_id, identity, revision, content_hash, withdrawn, "
    "first_seen_at, shown_at, title, text, html, url, author, key_event, pinned, media, links) "
    "VALUES (:id, 1, :words, 1, '', :withdrawn, 0, 0, '', :words, '', '', '', false, false, "
    "'[]', '[]')"
)


async def upgrade_to(db: Database, revision: str) -> None:
    """Bring an empty database to an older version's schema."""

    def run(connection: sa.Connection) -> None:
        command.upgrade(configured(connection), revision)

    async with db.write() as connection:
        await connection.run_sync(run)


async def test_rebuilding(db: Database) -> None:
    """The index made anew is the same."""
    source = await filled(db, *(f"storm {number}" for number in range(30)))
    await commit(db, source, withdrawn("storm 3"))
    before = await found(db, "storm")
    async with db.write() as connection:
        assert await search.rebuild(connection) == 29
    assert await found(db, "storm") == before


async def test_a_great_many_words(db: Database) -> None:
    """An entry of a million characters is stored and found by its beginning."""
    words: Sequence[str] = [f"word{number}" for number in range(120_000)]
    source = await add_source(db)
    await commit(
        db, source, new("long", " ".join(words) + " x" * 3000), new("same", "same " * 40_000)
    )
    assert await found(db, "word7999") == ["long"]
    assert await found(db, "same") == ["same"]


async def indexed(db: Database) -> int:
    """How many entries are in the index."""
    async with db.read() as connection:
        return int(await connection.scalar(sa.text("SELECT count(*) FROM entry_words")) or 0)
