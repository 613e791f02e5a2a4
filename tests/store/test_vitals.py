"""How the whole is doing and what it did, on both databases."""

from __future__ import annotations

from datetime import timedelta

from bot.store import announcements, drafts, fanouts, latencies, statistics, vitals, web_keys
from bot.store.announcements import Outcome, Result, State
from bot.store.engine import Database
from bot.store.vitals import Beat, nearly_full
from tests.support.store import add_chat, add_entries, add_source, utc_now


async def test_processes_come_and_go(db: Database) -> None:
    """Each has one row; one that fell silent is gone, one that ended is not there."""
    now = utc_now()
    first = Beat("a:1", "all", "0.1", now, now, rate=2.5, errors=1, last_error="x")
    second = Beat("b:2", "send", "0.1", now, now - timedelta(minutes=5))
    async with db.write() as connection:
        for one in (first, first, second):
            await vitals.beat(connection, one)
        assert [each.owner for each in await vitals.beats(connection, now)] == ["a:1"]
        await vitals.farewell(connection, "a:1")
        assert await vitals.beats(connection, now) == []


async def test_what_waits(db: Database) -> None:
    """The whole at a glance: what waits and since when, late polls, the size."""
    await add_chat(db, 11)
    source_id = await add_source(db)
    await add_entries(db, source_id, ["One", "Two"])
    async with db.write() as connection:
        while await fanouts.plan_chunk(connection, size=100, now=utc_now()) is not None:
            pass
    found = await vitals.look(db, utc_now() + timedelta(seconds=90))
    assert found.waiting == 2
    assert 85 < found.oldest < 120
    assert found.poll_lag > 80
    assert found.database > 10_000
    assert (found.disk_free is not None) == db.is_sqlite


def test_a_disk_nearly_full() -> None:
    """A twentieth of a small disk, half a gigabyte of a large one; a server's is not ours."""
    assert nearly_full(400_000_000, 1_000_000_000_000)
    assert not nearly_full(600_000_000, 1_000_000_000_000)
    assert not nearly_full(200_000_000, 2_000_000_000)
    assert not nearly_full(None, None)


async def test_numbers_over_time(db: Database) -> None:
    """Entries, deliveries and their percentiles fall into their steps."""
    await add_chat(db, 11)
    source_id = await add_source(db)
    ids = await add_entries(db, source_id, ["One", "Two"])
    start = utc_now() - timedelta(minutes=90)
    async with db.write() as connection:
        await latencies.add(connection, [(ids[0], 0.5), (ids[0], 0.5), (ids[1], 2.0)])
        found = await statistics.over(connection, start, timedelta(hours=1), 2)
    assert (found.entries, found.deliveries, found.chats) == ((0, 2), (0, 3), (0, 1))
    assert found.active == 1
    assert found.p50[0] is None
    assert found.overall is not None


async def test_an_announcement_step_by_step(db: Database) -> None:
    """Taken up in batches, counted, finished; a chat is tried again when its time has come."""
    now = utc_now()
    for number in (11, 12, 13):
        await add_chat(db, number)
    async with db.write() as connection:
        begun = await announcements.start(
            connection,
            user_id=7,
            telegram_id=7,
            message_id=1,
            language="en",
            text="x",
            entities=[],
            now=now,
        )
        assert begun.total == 3
        claimed = await announcements.claim(connection, "one", now, lease=60)
        assert claimed is not None
        assert await announcements.claim(connection, "two", now, lease=60) is None
        batch, _left = await announcements.next_batch(connection, begun.id, 2, now)
        later = now + timedelta(minutes=1)
        await announcements.record(
            connection,
            begun.id,
            {
                batch[0].destination_id: Result(Outcome.SENT),
                batch[1].destination_id: Result(Outcome.LATER, not_before=later),
            },
            now,
        )
        rest, _left = await announcements.next_batch(connection, begun.id, 5, now)
        assert [each.chat_id for each in rest] == [13]
        again, _left = await announcements.next_batch(connection, begun.id, 5, later)
        assert [(each.chat_id, each.attempts) for each in again] == [(12, 1), (13, 0)]
        await announcements.record(
            connection, begun.id, {each.destination_id: Result(Outcome.SENT) for each in again}, now
        )
        assert await announcements.next_batch(connection, begun.id, 5, later) == ([], False)
        await announcements.finish(connection, begun.id, later)
        await announcements.close(connection, begun.id)
        found = await announcements.get(connection, begun.id)
        assert found is not None
        assert (found.state, found.sent) == (State.DONE, 3)
        assert not await announcements.is_any_open(connection)
        assert not await announcements.alerts_wait(connection, later)


async def test_drafts_and_keys(db: Database) -> None:
    """A draft is settled once; a link opens once, a session until its end."""
    now = utc_now()
    async with db.write() as connection:
        number = await drafts.add(connection, "topic", {"slug": "x"}, user_id=7, now=now)
        assert await drafts.settle(connection, number, "saved")
        assert not await drafts.settle(connection, number, "dropped")
        assert await drafts.get(connection, number, "announcement") is None
        link = await web_keys.make(connection, web_keys.LINK, 7, now)
        assert await web_keys.whose(connection, link, now) is None
        assert await web_keys.use(connection, link, now) == 7
        assert await web_keys.use(connection, link, now) is None
        session = await web_keys.make(connection, web_keys.SESSION, 7, now)
        assert await web_keys.use(connection, session, now) is None
        assert await web_keys.whose(connection, session, now) == 7
        assert await web_keys.whose(connection, session, now + timedelta(hours=12)) is None
