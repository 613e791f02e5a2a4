"""Moving a SQLite database to PostgreSQL: every row, or nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from bot.errors import ConfigError, InUseError, NewerSchemaError, NotADatabaseError, StoreError
from bot.model import Follow, Media, Retraction
from bot.store import copying, latencies, migrate, rate, retractions, stories
from bot.store.columns import Instant, metadata
from bot.store.copying import Copied, copy
from bot.store.engine import Database, open_database
from bot.store.rate import Learnt
from bot.store.schema import chats, deliveries, entries, topics
from tests.store.rows import (
    claim,
    commit,
    count,
    new,
    plan,
    record,
    revised,
    rows,
    send_all,
    sent,
    withdrawn,
)
from tests.support.postgres import PostgresServer
from tests.support.store import (
    add_chat,
    add_entries,
    add_private_chats,
    add_source,
    add_topic,
    utc_now,
)


@pytest.fixture
async def source(sqlite_address: str) -> AsyncIterator[Database]:
    """An empty, migrated SQLite database."""
    database = await open_database(sqlite_address)
    yield database
    await database.close()


@pytest.fixture
async def target(postgres: PostgresServer) -> AsyncIterator[Database]:
    """A PostgreSQL database without tables."""
    with postgres.fresh_database() as address:
        database = await open_database(address)
        yield database
        await database.close()


async def fill(db: Database) -> None:
    """Rows in every table, in many states."""
    topic = await add_topic(db, "storm")
    one = await add_source(db)
    await add_source(db, "https://other.example/live", name="Küstenbote 🌊", primed=False)
    await add_chat(db, 7, follow=Follow.TOPIC, target=topic)
    await add_chat(db, -1001, thread_id=5, follow=Follow.SOURCE, target=one)
    await add_private_chats(db, 20)
    picture = Media("image", "https://news.example/a.jpg", "High water")
    await add_entries(db, one, ["a", "b"], topic_ids=[topic], media=[picture])
    await plan(db)
    await send_all(db)
    await commit(db, one, revised("a", "“A”, corrected 🏴󠁧󠁢󠁳󠁣󠁴󠁿"), withdrawn("b"), new("c"))
    await plan(db, size=4)
    await commit(db, one, new("d"))
    await claim(db, "gone", limit=3)
    await record(db, [sent(3, 2)])
    now = utc_now()
    async with db.write() as connection:
        await retractions.retract(connection, 3, Retraction.STRIKE, now)
        await stories.begin(connection, (1, one), 55)
        await latencies.add(connection, [(1, 0.5), (1, 700.0)])
        await rate.learn(connection, Learnt(0.5, now, now))
    for table in metadata.sorted_tables:
        if not await count(db, table):
            async with db.write() as connection:
                row = {column.name: _value(column) for column in table.c}
                await connection.execute(table.insert().values(row))


def _value(column: sa.Column[Any]) -> object:
    """Something that fits: the first row of another table, or a word."""
    if isinstance(column.type, Instant):
        return utc_now()
    if isinstance(column.type, sa.Boolean):
        return True
    return 1 if isinstance(column.type, (sa.Integer, sa.Float)) else "news"


async def test_every_row_arrives(source: Database, target: Database) -> None:
    """All tables hold the same rows afterwards, and the work goes on where it was."""
    await fill(source)
    told: list[Copied] = []
    done = await copy(source, target, told=told.append)
    assert told == done
    assert {each.table for each in done} == set(metadata.tables)
    for each in done:
        table = metadata.tables[each.table]
        expected = await rows(source, table)
        assert expected
        assert [row._asdict() for row in await rows(target, table)] == [
            row._asdict() for row in expected
        ]
        assert each.rows == len(expected)
    for column in deliveries.c:
        nulls = sa.select(sa.func.count()).where(column.is_(sa.null()))
        async with source.read() as reading, target.read() as copied:
            assert await copied.scalar(nulls) == await reading.scalar(nulls), column.name
    assert await migrate.upgrade(target) == []
    assert await plan(target) == await plan(source) > 0
    assert len(await claim(target)) == len(await claim(source)) > 0


async def test_numbers_go_on(source: Database, target: Database) -> None:
    """New rows get numbers above those that were copied, also in tables that were empty."""
    await fill(source)
    await copy(source, target)
    highest = max(row.id for row in await rows(target, entries))
    assert await add_entries(target, 1, ["new"]) == [highest + 1]
    assert (await add_chat(target, 99)).id == await count(source, chats) + 1


async def test_many_batches(
    source: Database, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many rows a table has, a few are in memory at a time."""
    monkeypatch.setattr(copying, "BATCH", 7)
    await add_private_chats(source, 100)
    done = await copy(source, target)
    assert Copied("chats", 100) in done
    assert await count(target, chats) == 100


async def test_an_empty_database(source: Database, target: Database) -> None:
    """Nothing is a thing that can be copied, too."""
    assert {each.rows for each in await copy(source, target)} == {0}
    assert await add_source(target) == 1


async def test_rows_in_the_target(source: Database, target: Database) -> None:
    """A database that is in use already is left as it is."""
    await migrate.upgrade(target)
    await add_topic(target, "precious")
    await add_topic(source, "storm")
    with pytest.raises(ConfigError, match=r"not empty.*topics.*createdb"):
        await copy(source, target)
    assert [row.slug for row in await rows(target, topics)] == ["precious"]


async def test_somebody_works_on_the_target(source: Database, target: Database) -> None:
    """While another process holds its tables, nothing is copied."""
    await migrate.upgrade(target)
    async with target.write() as connection:
        await connection.execute(topics.delete())
        with pytest.raises(StoreError, match="locked by another process"):
            await copy(source, target)


async def test_the_source_is_in_use(
    source: Database, target: Database, sqlite_address: str
) -> None:
    """While LiveRelay runs on the file, what it stores would be missing: it is to be stopped."""
    running = await open_database(sqlite_address)
    running.hold()
    try:
        with pytest.raises(InUseError, match="Stop that one"):
            await copy(source, target)
    finally:
        await running.close()


async def test_the_wrong_way_round(source: Database, target: Database) -> None:
    """From PostgreSQL, or to another file, is refused."""
    for one, other in ((target, source), (source, source)):
        with pytest.raises(ConfigError, match="not the other way round"):
            await copy(one, other)


async def test_an_old_source(source: Database, target: Database) -> None:
    """A file of another version is to be upgraded first; the target is not touched."""
    async with source.write() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(NewerSchemaError, match="db upgrade"):
        await copy(source, target)
    assert await migrate.current(target) is None


async def test_no_database(target: Database, tmp_path: object) -> None:
    """A file that holds nothing is named."""
    empty = await open_database(f"{tmp_path}/empty.db")
    try:
        with pytest.raises(NotADatabaseError, match=r"empty\.db holds no LiveRelay"):
            await copy(empty, target)
    finally:
        await empty.close()


async def test_a_foreign_target(source: Database, target: Database) -> None:
    """A database of another program is refused."""
    async with target.write() as connection:
        await connection.execute(sa.text("CREATE TABLE recipes (id INTEGER PRIMARY KEY)"))
    with pytest.raises(NotADatabaseError, match="recipes"):
        await copy(source, target)


async def test_a_row_that_does_not_fit(source: Database, target: Database) -> None:
    """What PostgreSQL cannot hold is named, and the target stays empty."""
    await add_topic(source, "storm")
    async with source.write() as connection:
        await connection.execute(topics.update().values(emoji="\0"))
    with pytest.raises(StoreError, match=r"rows 1 to 1 of the table topics.*nothing was copied"):
        await copy(source, target)
    assert await count(target, topics) == 0
