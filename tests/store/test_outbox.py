"""Claiming and recording: nobody twice at once, in order, and nothing forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from bot.model import Batch, ChatKind, DeliveryKind
from bot.store import chats, outbox
from bot.store.columns import DeliveryState as State
from bot.store.engine import Database
from bot.store.outbox import Outcome, Release
from bot.store.schema import deliveries
from tests.store.rows import (
    HOUR,
    SOON,
    claim,
    commit,
    later,
    new,
    plan,
    record,
    revised,
    rows,
    send_all,
    sent,
    withdrawn,
)
from tests.support.store import (
    add_chat,
    add_entries,
    add_private_chats,
    add_source,
    state_counts,
    utc_now,
)


def ids(batches: list[Batch]) -> list[int]:
    """The claimed destinations."""
    return [batch.destination.id for batch in batches]


async def due(db: Database) -> object:
    """When there is something to claim."""
    async with db.read() as connection:
        return await outbox.next_due(connection)


async def test_nobody_claims_twice(db: Database) -> None:
    """Two senders never hold the same destination, even when they claim at the same instant."""
    source = await add_source(db)
    await add_private_chats(db, 30)
    await add_entries(db, source, ["a", "b"])
    await plan(db)
    claims = await asyncio.gather(*(claim(db, f"s{n}", limit=8) for n in range(6)))
    held = [id_ for batches in claims for id_ in ids(batches)]
    assert len(held) == len(set(held)) == 30
    assert await claim(db, "late") == []


async def test_a_batch_is_whole(db: Database) -> None:
    """A batch names the chat as it is, and what is to be done with which entry."""
    source = await add_source(db)
    chat = await add_chat(
        db, -1001, kind=ChatKind.SUPERGROUP, thread_id=7, language="de", edits="material"
    )
    entry = (await add_entries(db, source, ["a"]))[0]
    await plan(db)
    (batch,) = await claim(db)
    assert batch.destination == chat
    (delivery,) = batch.deliveries
    assert (delivery.entry_id, delivery.destination_id) == (entry, chat.id)
    assert (delivery.kind, delivery.attempts) == (DeliveryKind.SEND, 0)
    assert (delivery.message_ids, delivery.revision_sent) == ((), None)


async def test_leases_end(db: Database) -> None:
    """What a crashed sender held is free when its lease ends, not earlier."""
    source = await add_source(db)
    await add_chat(db, 1)
    await add_entries(db, source, ["a"])
    await plan(db)
    assert len(await claim(db, "crashed", now=later(seconds=1), lease=60)) == 1
    assert await claim(db, "next", now=later(seconds=59)) == []
    assert len(await claim(db, "next", now=later(seconds=62))) == 1


async def test_the_old_owner_cannot_release(db: Database) -> None:
    """A sender whose lease was taken over does not free the destination under its successor."""
    source = await add_source(db)
    await add_chat(db, 1)
    await add_entries(db, source, ["a"])
    await plan(db)
    (batch,) = await claim(db, "slow", lease=1)
    await claim(db, "next", now=later(seconds=5), lease=60)
    await record(db, releases=[Release(batch.destination.id, utc_now())], owner="slow")
    assert await claim(db, "third", now=later(seconds=10)) == []
    await record(db, releases=[Release(batch.destination.id, utc_now())], owner="next")
    assert len(await claim(db, "third", now=later(seconds=10))) == 1


async def test_oldest_first_edits_last(db: Database) -> None:
    """A destination gets new entries oldest first, then edits, oldest first."""
    source = await add_source(db)
    await add_chat(db, 1)
    await add_entries(db, source, ["a", "b"])
    await plan(db)
    await send_all(db)
    await commit(db, source, revised("b", "B"), revised("a", "A"))
    await plan(db)
    await commit(db, source, new("c"), new("d"))
    await plan(db)
    (batch,) = await claim(db)
    assert [(each.kind, each.entry_id) for each in batch.deliveries] == [
        ("send", 3),
        ("send", 4),
        ("edit", 1),
        ("edit", 2),
    ]
    assert batch.deliveries[2].message_ids == (1_001,)
    assert batch.deliveries[2].revision_sent == 1


async def test_as_many_as_asked(db: Database) -> None:
    """A batch holds the first few deliveries of its destination."""
    source = await add_source(db)
    await add_chat(db, 1)
    await add_entries(db, source, [f"e{n}" for n in range(9)])
    await plan(db)
    (batch,) = await claim(db, each=3)
    assert [each.entry_id for each in batch.deliveries] == [1, 2, 3]


async def test_order_across_destinations(db: Database) -> None:
    """The most urgent and oldest go first: new before edits, whoever waits longest first."""
    source = await add_source(db)
    first, second, third = [await add_chat(db, n, follow=None) for n in (1, 2, 3)]
    await add_entries(db, source, ["a", "b", "c"])
    await plan(db)
    now = utc_now()
    async with db.write() as connection:
        await connection.execute(
            deliveries.insert(),
            [
                {
                    "entry_id": entry,
                    "destination_id": to.id,
                    "state": state,
                    "priority": 1 if state == State.QUEUED else 2,
                    "due_at": now - timedelta(seconds=age),
                }
                for entry, to, state, age in (
                    (1, first, State.EDIT, 90),
                    (2, second, State.QUEUED, 5),
                    (3, third, State.QUEUED, 10),
                )
            ],
        )
    assert ids(await claim(db, "x", limit=1)) == [third.id]
    assert ids(await claim(db, "x", limit=1)) == [second.id]
    assert ids(await claim(db, "x", limit=1)) == [first.id]


async def test_a_long_queue_hides_nobody(db: Database) -> None:
    """A claim leases as many destinations as asked, though one of them has many entries waiting."""
    source = await add_source(db)
    slow = await add_chat(db, 1)
    await add_entries(db, source, [f"e{n}" for n in range(40)])
    await plan(db)
    others = [(await add_chat(db, n)).id for n in range(2, 6)]
    await add_entries(db, source, ["news"])
    await plan(db)
    assert ids(await claim(db, limit=4, each=1)) == [slow.id, *others[:3]]
    assert ids(await claim(db, limit=4, each=1)) == [others[3]]


async def test_not_before(db: Database) -> None:
    """A chat that Telegram asked to spare is spared until then; the others are served."""
    source = await add_source(db)
    flooded, other = await add_chat(db, 1), await add_chat(db, 2)
    await add_entries(db, source, ["a", "b"])
    await plan(db)
    await claim(db)
    await record(
        db,
        releases=[
            Release(flooded.id, later(seconds=12_000)),
            Release(other.id, utc_now()),
        ],
    )
    assert ids(await claim(db)) == [other.id]
    assert ids(await claim(db, now=later(seconds=12_010))) == [flooded.id, other.id]


async def test_future_deliveries_wait(db: Database) -> None:
    """What is due later is not handed out, neither first nor along with what is due."""
    source = await add_source(db)
    await add_chat(db, 1)
    await add_entries(db, source, ["a", "b"])
    await plan(db)
    async with db.write() as connection:
        await connection.execute(
            deliveries.update().where(deliveries.c.entry_id == 2).values(due_at=later(hours=1))
        )
    ((only,),) = [batch.deliveries for batch in await claim(db)]
    assert only.entry_id == 1
    await record(db, [sent(1, only.destination_id)], [Release(only.destination_id, utc_now())])
    assert await claim(db) == []
    assert len(await claim(db, now=later(hours=2))) == 1


async def test_sent(db: Database) -> None:
    """A sent delivery keeps its messages, revision and instant, and waits no more."""
    source = await add_source(db)
    chat = await add_chat(db, 1)
    (entry,) = await add_entries(db, source, ["a"])
    await plan(db)
    at = utc_now()
    await record(
        db, [Outcome(entry, chat.id, State.SENT, at, revision_sent=1, message_ids=(10, 11))]
    )
    (row,) = await rows(db, deliveries)
    assert (row.state, row.revision_sent, row.message_ids) == (State.SENT, 1, [10, 11])
    assert (row.sent_at, row.error, row.attempts) == (at, None, 0)
    async with db.read() as connection:
        assert await outbox.waiting_count(connection) == 0
        assert await outbox.last_sent_at(connection, chat.id) == at
        assert await outbox.last_sent_at(connection, chat.id + 1) is None


async def test_retry_counts_and_keeps_its_place(db: Database) -> None:
    """A failed delivery is tried again, before later ones, with its tries counted."""
    source = await add_source(db)
    chat = await add_chat(db, 1)
    first, second = await add_entries(db, source, ["a", "b"])
    await plan(db)
    for attempt in (1, 2):
        (batch,) = await claim(db)
        failed = Outcome(first, chat.id, State.QUEUED, utc_now(), error="502 Bad Gateway")
        await record(db, [failed], [Release(chat.id, utc_now())])
        (batch,) = await claim(db)
        assert [each.entry_id for each in batch.deliveries] == [first, second]
        assert [each.attempts for each in batch.deliveries] == [attempt, 0]
        await record(db, releases=[Release(chat.id, utc_now())])
    assert [row.error for row in await rows(db, deliveries)] == ["502 Bad Gateway", None]


async def test_no_messages_is_null(db: Database) -> None:
    """Without messages the column is NULL, not JSON's null; and a retry forgets none."""
    source = await add_source(db)
    one, two = await add_chat(db, 1), await add_chat(db, 2)
    (entry,) = await add_entries(db, source, ["a"])
    await plan(db)
    again = [Outcome(entry, chat.id, State.QUEUED, utc_now()) for chat in (one, two)]
    half = Outcome(entry, two.id, State.QUEUED, utc_now(), revision_sent=1, message_ids=(5,))
    await record(db, again)
    async with db.read() as connection:
        nulls = await connection.scalar(
            sa.select(sa.func.count())
            .select_from(deliveries)
            .where(deliveries.c.message_ids.is_(sa.null()))
        )
    assert nulls == 2
    await record(db, [half])
    await record(db, again)
    assert [row.message_ids for row in await rows(db, deliveries)] == [None, [5]]
    batches = {batch.destination.id: batch.deliveries[0] for batch in await claim(db)}
    assert batches[one.id].message_ids == ()
    assert (batches[two.id].message_ids, batches[two.id].revision_sent) == ((5,), 1)


async def test_several_outcomes_of_one_delivery(db: Database) -> None:
    """Recorded together, they count in their order: the last one is what stands."""
    source = await add_source(db)
    await add_private_chats(db, 120)
    (entry,) = await add_entries(db, source, ["a"])
    await plan(db)
    ids = [row.destination_id for row in await rows(db, deliveries)]
    halves = [
        Outcome(entry, number, State.QUEUED, utc_now(), revision_sent=1, message_ids=(5,))
        for number in ids
    ]
    wholes = [replace(half, state=State.SENT, message_ids=(5, 6)) for half in halves]
    failed = Outcome(entry, ids[7], State.QUEUED, utc_now(), error="no answer")
    await record(db, [*halves, *wholes[:7], failed, *wholes[8:]])
    found = await rows(db, deliveries)
    assert [row.message_ids for row in found] == [[5, 6]] * 7 + [[5]] + [[5, 6]] * 112
    assert [row.attempts for row in found] == [0] * 7 + [2] + [0] * 112
    assert found[7].error == "no answer"


async def test_dropped(db: Database) -> None:
    """A delivery given up waits no more and says why."""
    source = await add_source(db)
    chat = await add_chat(db, 1)
    (entry,) = await add_entries(db, source, ["a"])
    await plan(db)
    await record(db, [Outcome(entry, chat.id, State.DROPPED, utc_now(), error="refused")])
    (row,) = await rows(db, deliveries)
    assert (row.state, row.error, row.message_ids) == (State.DROPPED, "refused", None)
    assert await claim(db) == []


async def test_revised_under_way(db: Database) -> None:
    """An entry reworded while its message was on its way is edited next, planner or not."""
    source = await add_source(db)
    chat = await add_chat(db, 1)
    (entry,) = await add_entries(db, source, ["a"])
    await plan(db)
    await claim(db)
    await commit(db, source, revised("a", "b"))
    await plan(db)
    await record(db, [sent(entry, chat.id, revision=1)], [Release(chat.id, utc_now())])
    ((edit,),) = [batch.deliveries for batch in await claim(db)]
    assert (edit.kind, edit.revision_sent, edit.message_ids) == ("edit", 1, (1_001,))
    await record(db, [sent(entry, chat.id, revision=2)])
    assert await state_counts(db) == {State.SENT: 1}


async def test_withdrawn_under_way(db: Database) -> None:
    """Sent all the same: it is struck through. Failed: it is not tried again."""
    source = await add_source(db)
    lucky, unlucky = await add_chat(db, 1), await add_chat(db, 2)
    (entry,) = await add_entries(db, source, ["a"])
    await plan(db)
    await claim(db)
    await commit(db, source, withdrawn("a"))
    await plan(db)
    failed = Outcome(entry, unlucky.id, State.QUEUED, utc_now(), error="502")
    await record(db, [sent(entry, lucky.id), failed])
    states = {row.destination_id: State(row.state) for row in await rows(db, deliveries)}
    assert states == {lucky.id: State.EDIT, unlucky.id: State.DROPPED}


async def test_switched_off_under_way(db: Database) -> None:
    """What failed in a chat that was switched off meanwhile is not queued again."""
    source = await add_source(db)
    chat = await add_chat(db, 1)
    (entry,) = await add_entries(db, source, ["a"])
    await plan(db)
    await claim(db)
    async with db.write() as connection:
        await chats.switch_off(connection, chat.id, reason="blocked", now=utc_now())
    await record(db, [Outcome(entry, chat.id, State.QUEUED, utc_now(), error="timed out")])
    assert await state_counts(db) == {State.DROPPED: 1}


async def test_let_go(db: Database) -> None:
    """What this process claimed and does not use is free again; nothing else is."""
    source = await add_source(db)
    await add_private_chats(db, 5)
    await add_entries(db, source, ["a"])
    await plan(db)
    first, second = ids(await claim(db, "me", limit=2))
    [other] = ids(await claim(db, "other", limit=1))
    async with db.write() as connection:
        await outbox.let_go(connection, "me", held={second})
    free = set(ids(await claim(db, "next")))
    assert first in free
    assert len(free) == 3
    assert not free & {second, other}


async def test_records_of_one_commit(db: Database) -> None:
    """Many outcomes and releases in one go each reach their own row."""
    source = await add_source(db)
    await add_private_chats(db, 60)
    await add_entries(db, source, ["a"])
    await plan(db)
    batches = await claim(db)
    await record(
        db,
        [sent(1, id_, message=500 + id_) for id_ in ids(batches)],
        [Release(id_, later(seconds=id_)) for id_ in ids(batches)],
    )
    assert all(row.message_ids == [500 + row.destination_id] for row in await rows(db, deliveries))
    assert await state_counts(db) == {State.SENT: 60}


async def test_recover(db: Database) -> None:
    """After a crash all leases are freed, and counted: each may mean one message twice."""
    source = await add_source(db)
    await add_private_chats(db, 5)
    await add_entries(db, source, ["a"])
    await plan(db)
    await claim(db, "crashed", limit=3, lease=10_000)
    async with db.write() as connection:
        assert await outbox.recover(connection) == 3
    async with db.write() as connection:
        assert await outbox.recover(connection) == 0
    assert len(await claim(db, "next")) == 5


async def test_next_due(db: Database) -> None:
    """The instant of the next claim: due, spared and leased destinations counted."""
    source = await add_source(db)
    chat = await add_chat(db, 1)
    assert await due(db) is None
    now = utc_now() - HOUR
    await commit(db, source, new("a"), now=now)
    assert await due(db) is None
    await plan(db)
    assert await due(db) == now
    at = utc_now()
    await claim(db, now=at, lease=60)
    assert await due(db) == at + timedelta(seconds=60)
    spared = at + timedelta(seconds=500)
    await record(db, releases=[Release(chat.id, spared)])
    assert await due(db) == spared
    await record(db, [sent(1, chat.id)])
    assert await due(db) is None


async def test_next_due_looks_past_a_flooded_chat(db: Database) -> None:
    """A chat with a long queue and a long wait does not hide one that is ready soon."""
    source = await add_source(db)
    flooded = await add_chat(db, 1)
    await commit(db, source, *(new(f"e{n}") for n in range(150)), now=utc_now() - HOUR)
    await plan(db)
    other = await add_chat(db, 2)
    await add_entries(db, source, ["news"])
    await plan(db)
    await claim(db)
    soon = utc_now() + 2 * SOON
    await record(db, releases=[Release(flooded.id, later(seconds=9_000)), Release(other.id, soon)])
    assert await due(db) == soon


async def test_waiting_count(db: Database) -> None:
    """How much waits, for all and for one."""
    source = await add_source(db)
    one, _ = await add_chat(db, 1), await add_chat(db, 2)
    await add_entries(db, source, ["a", "b", "c"])
    await plan(db)
    await record(db, [sent(1, one.id)])
    async with db.read() as connection:
        assert await outbox.waiting_count(connection) == 5
        assert await outbox.waiting_count(connection, one.id) == 2


async def test_revisions(db: Database) -> None:
    """The current revision of each entry asked for."""
    source = await add_source(db)
    await add_entries(db, source, ["a", "b"])
    await commit(db, source, revised("b", "B"))
    async with db.read() as connection:
        assert await outbox.revisions(connection, [1, 2, 99]) == {1: 1, 2: 2}


async def test_what_waits_for_long_becomes_more_urgent(db: Database) -> None:
    """After five minutes an entry counts as a key event, after an hour a correction as an entry."""
    chat = await add_chat(db, 1)
    source = await add_source(db)
    ids = await add_entries(db, source, ["New", "Old", "New edit", "Old edit"])
    now = utc_now()
    minutes = (0, 6, 6, 61)
    async with db.write() as connection:
        await connection.execute(
            deliveries.insert(),
            [
                {
                    "entry_id": entry,
                    "destination_id": chat.id,
                    "state": State.QUEUED if number < 2 else State.EDIT,
                    "priority": 1 if number < 2 else 2,
                    "due_at": now - timedelta(minutes=minutes[number]),
                }
                for number, entry in enumerate(ids)
            ],
        )
        assert await outbox.promote(connection, now) == 2
    async with db.read() as connection:
        rows = await connection.scalars(
            sa.select(deliveries.c.priority).order_by(deliveries.c.entry_id)
        )
        assert list(rows) == [1, 0, 2, 1]
