"""Several processes on one database, each with connections of its own: nothing twice, in order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from bot.model import ChatKind, Follow, Retraction, Topic, TopicRule
from bot.store import chats, fanouts, outbox, retractions, sources, subscriptions, topics
from bot.store.columns import DeliveryState as State
from bot.store.engine import Database, open_database
from bot.store.fanout_turns import TOGETHER
from bot.store.fanouts import Planned
from bot.store.outbox import Release
from bot.store.schema import chats as chat_table
from bot.store.schema import deliveries, destinations
from bot.store.schema import entries as entry_table
from bot.store.schema import subscriptions as subscription_table
from bot.store.schema import topics as topic_table
from tests.store.rows import (
    claim,
    commit,
    count,
    later,
    new,
    plan,
    record,
    revised,
    rows,
    send_all,
    sent,
)
from tests.support.store import (
    add_chat,
    add_entries,
    add_private_chats,
    add_source,
    state_counts,
    utc_now,
)

PROCESSES = 4


@pytest.fixture
async def processes(address: str) -> AsyncIterator[list[Database]]:
    """The same database, opened several times."""
    opened = [await open_database(address) for _ in range(PROCESSES)]
    yield opened
    for database in opened:
        await database.close()


@pytest.fixture
def server_only(db: Database) -> None:
    """For what cannot happen where one writer is alone."""
    if db.is_sqlite:
        pytest.skip("SQLite has one writer at a time")


async def test_senders_share_the_work(db: Database, processes: list[Database]) -> None:
    """No destination is held by two at once, each delivery is sent once, and in order."""
    source = await add_source(db)
    await add_private_chats(db, 40)
    await add_entries(db, source, ["a", "b", "c"])
    await plan(db)
    held: set[int] = set()
    told: dict[int, list[int]] = defaultdict(list)
    workers: set[str] = set()

    async def work(database: Database, owner: str) -> None:
        while await outbox_waits(database):
            for batch in await claim(database, owner, limit=7, each=1):
                id_ = batch.destination.id
                assert id_ not in held, "held by two"
                held.add(id_)
                workers.add(owner)
                (delivery,) = batch.deliveries
                told[id_].append(delivery.entry_id)
                await asyncio.sleep(0)
                held.remove(id_)
                outcome = sent(delivery.entry_id, id_)
                await record(database, [outcome], [Release(id_, utc_now())], owner=owner)

    await asyncio.gather(*(work(p, f"sender {n}") for n, p in enumerate(processes)))
    assert set(map(tuple, told.values())) == {(1, 2, 3)}
    assert len(told) == 40
    assert await state_counts(db) == {State.SENT: 120}
    assert len(workers) > 1


async def plan_later(db: Database, after: asyncio.Task[int]) -> None:
    """Plan as soon as something was committed."""
    await after
    await plan(db)


async def settled(db: Database, task: asyncio.Task[Any], *, others: int = 0) -> None:
    """Return when a task has ended, or waits for a lock, beside so many that do so already."""
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while not task.done():
        async with db.read() as connection:
            if await connection.scalar(waiting) > others:
                return
        await asyncio.sleep(0.01)


async def outbox_waits(db: Database) -> int:
    """How many deliveries wait."""
    async with db.read() as connection:
        return await outbox.waiting_count(connection)


async def test_a_killed_claim_leaves_nothing(db: Database, processes: list[Database]) -> None:
    """What a process was claiming when it was killed is free at once."""
    source = await add_source(db)
    await add_private_chats(db, 3)
    await add_entries(db, source, ["a"])
    await plan(db)

    async def killed() -> None:
        async with processes[0].write() as connection:
            now = later(seconds=1)
            assert await outbox.claim(connection, "killed", now, limit=9, lease=60)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await killed()
    assert len(await claim(processes[1], "next")) == 3


@pytest.mark.usefixtures("server_only")
async def test_a_claim_does_not_wait_for_another(db: Database, processes: list[Database]) -> None:
    """While one sender is claiming, another takes what is left at once."""
    source = await add_source(db)
    await add_private_chats(db, 5)
    await add_entries(db, source, ["a", "b"])
    await plan(db)
    async with processes[0].write() as connection:
        first = await outbox.claim(connection, "one", later(seconds=1), limit=2, lease=60)
        second = await asyncio.wait_for(claim(processes[1], "two"), 5)
    taken = [[batch.destination.id for batch in batches] for batches in (first, second)]
    assert [len(ids) for ids in taken] == [2, 3]
    assert len({*taken[0], *taken[1]}) == 5


async def test_planners_keep_the_order(db: Database, processes: list[Database]) -> None:
    """At no instant has any destination a later entry and lacks an earlier one; none is lost."""
    source = await add_source(db)
    ids = await add_private_chats(db, 60)
    await add_entries(db, source, ["e0"])
    done = asyncio.Event()
    looks = 0

    async def work(database: Database) -> int:
        queued = 0
        while True:
            async with database.write() as connection:
                planned = await fanouts.plan_chunk(connection, size=7, now=utc_now())
            if planned is not None:
                queued += planned.deliveries
            elif done.is_set():
                return queued
            await asyncio.sleep(0)

    async def tell() -> None:
        for number in range(1, 6):
            await add_entries(db, source, [f"e{number}"])
        done.set()

    async def watch() -> None:
        nonlocal looks
        while not done.is_set() or not looks:
            async with db.read() as connection:
                found = await connection.execute(
                    sa.select(deliveries.c.destination_id, deliveries.c.entry_id)
                )
            of: dict[int, set[int]] = defaultdict(set)
            for destination, entry in found:
                of[destination].add(entry)
            assert all(got == set(range(1, len(got) + 1)) for got in of.values())
            looks += 1

    *queued, _, _ = await asyncio.gather(*map(work, processes), tell(), watch())
    assert sum(each or 0 for each in queued) == 6 * len(ids)
    assert await state_counts(db) == {State.QUEUED: 6 * len(ids)}


@pytest.mark.usefixtures("server_only")
async def test_planners_wait_for_each_other(db: Database, processes: list[Database]) -> None:
    """A planner that comes while another ends some fan-outs goes on with the next one."""
    source = await add_source(db)
    await add_chat(db, 1)
    await add_entries(db, source, [f"e{number}" for number in range(TOGETHER + 1)])
    async with processes[0].write() as connection:
        planned = await fanouts.plan_chunk(connection, size=99, now=utc_now())
        assert planned == Planned(tuple(range(1, TOGETHER + 1)), TOGETHER, crowded=True)
        planning = asyncio.create_task(plan(processes[1]))
        await settled(db, planning)
        assert not planning.done()
    assert await planning == 1


async def test_a_killed_planner_is_taken_over(db: Database, processes: list[Database]) -> None:
    """A chunk that was being planned by a process that died is planned by the next one."""
    source = await add_source(db)
    await add_private_chats(db, 10)
    await add_entries(db, source, ["a"])

    async def killed() -> None:
        async with processes[0].write() as connection:
            await fanouts.plan_chunk(connection, size=5, now=utc_now())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await killed()
    assert await plan(processes[1], size=4) == 10


async def test_pollers_share_the_sources(db: Database, processes: list[Database]) -> None:
    """A due source is claimed by one poller, and by the next one when the lease has ended."""
    for number in range(20):
        await add_source(db, f"https://news.example/{number}", primed=False)

    async def work(database: Database, owner: str) -> list[int]:
        found: list[int] = []
        for _ in range(4):
            async with database.write() as connection:
                due = await sources.claim_due(connection, owner, later(), limit=3, lease=60)
            found += [source.id for source in due]
        return found

    claims = await asyncio.gather(*(work(p, f"poller {n}") for n, p in enumerate(processes)))
    assert sorted(id_ for claimed in claims for id_ in claimed) == list(range(1, 21))
    async with db.write() as connection:
        due = await sources.claim_due(connection, "next", later(seconds=61), limit=50, lease=60)
    assert len(due) == 20


async def test_a_lost_lease_stores_nothing(db: Database) -> None:
    """A poller that was taken over stores neither entries nor marks, and frees nothing."""
    source = await add_source(db)
    async with db.write() as connection:
        await sources.claim_due(connection, "slow", later(), limit=1, lease=1)
        await sources.claim_due(connection, "next", later(seconds=5), limit=1, lease=60)
    assert await commit(db, source, new("late"), owner="slow") == 0
    async with db.write() as connection:
        failures = await sources.mark_failed(
            connection, source, error="x", now=later(), next_poll_at=later(), owner="slow"
        )
    assert failures == 0
    assert await count(db, entry_table) == 0
    async with db.write() as connection:
        assert (
            await sources.claim_due(connection, "third", later(seconds=9), limit=1, lease=1) == []
        )
    assert await commit(db, source, new("a"), owner="next") == 1
    assert await commit(db, source, new("late"), owner="slow") == 0


async def test_the_same_poll_twice(db: Database, processes: list[Database]) -> None:
    """Entries that several processes found at the same time are stored and told once."""
    source = await add_source(db)
    queued = await asyncio.gather(
        *(commit(process, source, new("a"), new("b"), new("c")) for process in processes)
    )
    assert sorted(queued) == [0, 0, 0, 3]
    queued = await asyncio.gather(
        *(
            commit(process, source, revised("c", "C"), revised("a", f"A{n}"))
            for n, process in enumerate(processes)
        )
    )
    assert sum(queued) == 1 + PROCESSES
    assert [row.revision for row in await rows(db, entry_table)] == [1 + PROCESSES, 1, 2]


async def test_retracted_and_revised_at_once(db: Database, processes: list[Database]) -> None:
    """An admin and the source change an entry at the same moment: the admin's word stays."""
    source = await add_source(db)
    (entry,) = await add_entries(db, source, ["a"])

    async def retract(database: Database) -> bool:
        async with database.write() as connection:
            return await retractions.retract(connection, entry, Retraction.STRIKE, utc_now())

    done = await asyncio.gather(
        commit(processes[0], source, revised("a", "b")),
        retract(processes[1]),
        retract(processes[2]),
    )
    assert sorted(done[1:]) == [False, True]
    (row,) = await rows(db, entry_table)
    assert (row.withdrawn, row.retracted) == (True, "strike")
    assert row.revision == 2 + done[0]


async def test_everybody_meets_the_same_chat(processes: list[Database], db: Database) -> None:
    """A chat, its subscription and a topic that several processes add at once are there once."""

    async def meet(database: Database) -> bool:
        async with database.write() as connection:
            met = await chats.meet(
                connection,
                telegram_id=5,
                thread_id=None,
                kind=ChatKind.PRIVATE,
                title="x",
                language="en",
                timezone="UTC",
                now=utc_now(),
            )
            await topics.save(connection, Topic(0, "storm", {}, "", TopicRule()))
            return await subscriptions.add(connection, met.id, (Follow.ALL, 0), utc_now())

    added = await asyncio.gather(*map(meet, processes))
    assert sorted(added) == [False, False, False, True]
    for table in (chat_table, destinations, subscription_table, topic_table):
        assert await count(db, table) == 1


@pytest.mark.usefixtures("server_only")
async def test_a_revision_while_recording(db: Database, processes: list[Database]) -> None:
    """A correction that comes while a sender records the first version follows it."""
    source = await add_source(db)
    chat = await add_chat(db, 1)
    (entry,) = await add_entries(db, source, ["a"])
    await plan(db)
    await claim(db, "one")
    async with processes[0].write() as connection:
        await outbox.record(connection, "one", [sent(entry, chat.id)], [])
        rewording = asyncio.create_task(commit(processes[1], source, revised("a", "b")))
        planning = asyncio.create_task(plan_later(processes[2], rewording))
        await settled(db, planning)
    await planning
    assert await state_counts(db) == {State.EDIT: 1}


@pytest.mark.usefixtures("server_only")
async def test_recording_while_planning(db: Database, processes: list[Database]) -> None:
    """What is recorded while the correction is being planned is corrected, too."""
    source = await add_source(db)
    chat = await add_chat(db, 1)
    (entry,) = await add_entries(db, source, ["a"])
    await plan(db)
    await claim(db, "one")
    await commit(db, source, revised("a", "b"))
    async with processes[0].write() as connection:
        await fanouts.plan_chunk(connection, size=9, now=utc_now())
        recording = asyncio.create_task(record(processes[1], [sent(entry, chat.id)]))
        await settled(db, recording)
    await recording
    assert await state_counts(db) == {State.EDIT: 1}


@pytest.mark.usefixtures("server_only")
async def test_a_revision_while_recording_waits(db: Database, processes: list[Database]) -> None:
    """A group of records that waits for one of its rows knows what happened to others meanwhile."""
    source = await add_source(db)
    chat = await add_chat(db, 1)
    await add_entries(db, source, ["a", "b"])
    await plan(db)
    await claim(db, "one")
    async with processes[0].write() as connection:
        await connection.execute(
            sa.select(deliveries).where(deliveries.c.entry_id == 1).with_for_update()
        )
        recording = asyncio.create_task(record(processes[1], [sent(1, chat.id), sent(2, chat.id)]))
        await settled(db, recording)
        rewording = asyncio.create_task(commit(processes[2], source, revised("b", "B")))
        planning = asyncio.create_task(plan_later(processes[3], rewording))
        await settled(db, planning, others=1)
        assert not recording.done()
    await asyncio.gather(recording, planning)
    states = {row.entry_id: State(row.state) for row in await rows(db, deliveries)}
    assert states == {1: State.SENT, 2: State.EDIT}


async def test_corrections_under_load(db: Database, processes: list[Database]) -> None:
    """However sending, rewording and planning fall together, each chat ends at the last words."""
    source = await add_source(db)
    await add_private_chats(db, 12)
    await add_entries(db, source, ["a", "b"])
    done = False

    async def reword(database: Database) -> None:
        nonlocal done
        for number in range(6):
            changes = (revised(identity, f"{identity}{number}") for identity in ("b", "a"))
            await commit(database, source, *changes)
            await asyncio.sleep(0.01)
        done = True

    async def work(database: Database) -> None:
        while not done:
            await plan(database, size=5)
            await asyncio.sleep(0)

    async def send(database: Database, owner: str) -> None:
        while not done:
            await asyncio.gather(*(one(database, owner) for _ in range(2)))

    async def one(database: Database, owner: str) -> None:
        for batch in await claim(database, owner, limit=4):
            ids = [delivery.entry_id for delivery in batch.deliveries]
            async with database.read() as connection:
                newest = await outbox.revisions(connection, ids)
            id_ = batch.destination.id
            outcomes = [sent(entry, id_, revision=newest[entry]) for entry in ids]
            await record(database, outcomes, [Release(id_, utc_now())], owner=owner)

    await asyncio.gather(
        reword(processes[0]),
        work(processes[1]),
        send(processes[2], "one"),
        send(processes[3], "two"),
    )
    for _ in range(2):
        await plan(db)
        await send_all(db, revision=7)
    found = await rows(db, deliveries)
    assert len(found) == 24
    assert {(row.state, row.revision_sent) for row in found} == {(State.SENT, 7)}
