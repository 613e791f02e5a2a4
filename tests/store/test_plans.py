"""The frequent queries use their indexes, so that they stay quick however much is stored.

SQLite's own plans are read; the statements are those the functions really run.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import aiosqlite
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Follow
from bot.store import chats, entries, fanouts, forgetting, outbox, silences, sources
from bot.store.columns import DeliveryState as State
from bot.store.engine import Database
from tests.store.rows import claim, commit, plan, revised, send_all
from tests.support.store import FIRST_CHAT, add_entries, add_private_chats, add_source, utc_now

Work = Callable[[AsyncConnection], Awaitable[object]]


@pytest.fixture
def address(sqlite_address: str) -> str:
    """PostgreSQL chooses its plans by what the tables hold."""
    return sqlite_address


async def plans(db: Database, work: Work) -> dict[str, list[str]]:
    """Each statement that `work` runs, with its plan."""
    seen: list[str] = []
    async with db.write() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert isinstance(driver, aiosqlite.Connection)
        await driver.set_trace_callback(seen.append)  # with the values in their places
        try:
            await work(connection)
        finally:
            await driver.set_trace_callback(None)  # type: ignore[arg-type]  # takes it, as sqlite3 does
    found: dict[str, list[str]] = {}
    async with db.read() as connection:
        for statement in dict.fromkeys(seen):
            if statement.split()[0] in ("SELECT", "UPDATE", "INSERT", "DELETE", "WITH"):
                rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")
                found[" ".join(statement.split())] = [row.detail for row in rows]
    assert found, "nothing was run"
    return found


def scans(found: dict[str, list[str]]) -> list[str]:
    """Steps that read a whole table, without an index."""
    return [
        step
        for steps in found.values()
        for step in steps
        if step.startswith("SCAN ")
        and " USING " not in step
        and "VIRTUAL TABLE" not in step
        and not step.startswith(
            ("SCAN (", "SCAN anon_", "SCAN CONSTANT", "SCAN w", "SCAN v", "SCAN found")
        )
    ]


def steps(found: dict[str, list[str]]) -> str:
    """All steps as one text."""
    return "\n".join(step for steps in found.values() for step in steps)


async def fill(db: Database) -> int:
    """A source with entries in every state."""
    source = await add_source(db)
    await add_private_chats(db, 50)
    await add_entries(db, source, ["a", "b"])
    await plan(db)
    return source


async def test_claim(db: Database) -> None:
    """Claiming walks the due index in order and sorts nothing but the few rows it takes."""
    await fill(db)

    async def work(connection: AsyncConnection) -> None:
        assert await outbox.claim(connection, "x", utc_now(), limit=5, lease=1)

    found = await plans(db, work)
    assert scans(found) == []
    first = next(iter(found.values()))
    assert any("ix_deliveries_due" in step for step in first)
    assert not any("TEMP B-TREE" in step for step in first)
    assert "ix_deliveries_waiting" in steps(found)


async def test_claim_past_a_long_queue(db: Database) -> None:
    """Also where only the first delivery of each destination counts."""
    source = await add_source(db)
    await add_private_chats(db, 1)
    await add_entries(db, source, [f"e{n}" for n in range(9)])
    await plan(db)

    async def work(connection: AsyncConnection) -> None:
        assert await outbox.claim(connection, "x", utc_now(), limit=5, lease=1)

    found = await plans(db, work)
    assert len(found) == 4
    assert scans(found) == []
    assert steps(found).count("ix_deliveries_due") == 2


async def test_record(db: Database) -> None:
    """Recording finds each delivery and destination by its key."""
    await fill(db)
    batches = await claim(db, "x", limit=5)

    async def work(connection: AsyncConnection) -> None:
        outcome = outbox.Outcome(1, batches[0].destination.id, State.SENT, utc_now(), 1)
        release = outbox.Release(batches[0].destination.id, utc_now())
        await outbox.record(connection, "x", [outcome], [release])

    found = await plans(db, work)
    assert scans(found) == []
    assert "SEARCH deliveries USING PRIMARY KEY" in steps(found)
    assert "SEARCH destinations USING INTEGER PRIMARY KEY" in steps(found)


async def test_plan_chunk(db: Database) -> None:
    """Planning finds the open fan-out and walks the subscriptions by what they follow."""
    source = await fill(db)
    await add_entries(db, source, ["c"])

    async def work(connection: AsyncConnection) -> None:
        assert await fanouts.plan_chunk(connection, size=10, now=utc_now())

    found = await plans(db, work)
    assert scans(found) == []
    assert "ix_fanouts_open" in steps(found)
    assert "ix_subscriptions_follow_target_id_destination_id" in steps(found)
    # The end of the chunk is found by walks that stop there, and sorts nothing of the audience.
    (bound,) = (plan for statement, plan in found.items() if statement.startswith("SELECT min("))
    assert "MERGE (UNION)" in bound
    assert not any("TEMP B-TREE" in step for step in bound)


async def test_plan_edits(db: Database) -> None:
    """Planning a correction walks the entry's deliveries by their key."""
    source = await fill(db)
    await send_all(db)
    await commit(db, source, revised("a", "A"))

    async def work(connection: AsyncConnection) -> None:
        planned = await fanouts.plan_chunk(connection, size=10, now=utc_now())
        assert planned is not None
        assert planned.deliveries == 10

    found = await plans(db, work)
    assert scans(found) == []
    assert "SEARCH deliveries USING PRIMARY KEY (entry_id=? AND destination_id>?" in steps(found)


async def test_reading_queries(db: Database) -> None:
    """What is known of a source, the newest entries and due sources come by index."""
    source = await fill(db)

    async def known(connection: AsyncConnection) -> None:
        await entries.known(connection, source)

    async def latest(connection: AsyncConnection) -> None:
        follows = [(Follow.TOPIC, 1), (Follow.SOURCE, source)]
        await entries.latest(connection, follows, 5)
        await entries.latest(connection, [(Follow.ALL, 0)], 5)

    async def due(connection: AsyncConnection) -> None:
        await sources.claim_due(connection, "x", utc_now(), limit=5, lease=1)
        await sources.next_due(connection)

    found = await plans(db, known)
    assert "SEARCH entries USING INDEX" in steps(found)
    found = await plans(db, latest)
    assert scans(found) == []
    assert steps(found).count("USING INDEX ix_entries_shown_at_id") == 2
    assert "TEMP B-TREE" not in steps(found)
    found = await plans(db, due)
    assert scans(found) == []
    assert "ix_sources_state_next_poll_at" in steps(found)


async def test_one_chat_among_millions(db: Database) -> None:
    """What concerns one chat reads its own deliveries, not those of all the others."""
    source = await fill(db)
    await send_all(db)
    await add_entries(db, source, ["c"])
    await plan(db)

    async def status(connection: AsyncConnection) -> None:
        assert await outbox.last_sent_at(connection, 7) is not None
        assert await outbox.waiting_count(connection, 7) == 1

    async def silence(connection: AsyncConnection) -> None:
        await silences.put(connection, 7, silences.Silence("UTC"), hold=None, now=utc_now())

    async def forget(connection: AsyncConnection) -> None:
        assert await forgetting.forget(connection, FIRST_CHAT, utc_now())

    async def migrate(connection: AsyncConnection) -> None:
        await chats.migrate(connection, FIRST_CHAT + 1, FIRST_CHAT + 2)

    for work in (status, silence, forget, migrate):
        found = await plans(db, work)
        assert [step for step in steps(found).splitlines() if "SCAN deliveries" in step] == []
        assert not any("deliveries USING COVERING INDEX" in step for step in scans(found))
