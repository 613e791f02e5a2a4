"""Planning: who gets what, once, in order, and on from where a crash left it."""

from __future__ import annotations

import pytest

from bot.model import ChatKind, Follow
from bot.store import chats, fanouts, subscriptions
from bot.store.columns import DeliveryState as State
from bot.store.engine import Database
from bot.store.fanouts import Planned
from bot.store.outbox import Outcome
from bot.store.schema import deliveries
from bot.store.schema import fanouts as fanout_table
from tests.store.rows import (
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
    add_topic,
    delivery_rows,
    state_counts,
    utc_now,
)


async def chunk(db: Database, size: int) -> Planned | None:
    """Plan one chunk."""
    async with db.write() as connection:
        return await fanouts.plan_chunk(connection, size=size, now=utc_now())


async def receivers(db: Database, entry_id: int) -> list[int]:
    """The chats an entry is queued for."""
    return [
        row.telegram_id
        for row in await delivery_rows(db)
        if row.entry_id == entry_id and row.state == State.QUEUED
    ]


async def test_nothing_to_plan(db: Database) -> None:
    """Without a fan-out there is nothing to do."""
    assert await chunk(db, 10) is None
    async with db.read() as connection:
        assert await fanouts.open_count(connection) == 0


async def test_audience(db: Database) -> None:
    """Everything, the source, or any of the topics: whoever follows one of them, once."""
    gazette = await add_source(db)
    courier = await add_source(db, "https://courier.example/live")
    storm, sport, arts = [await add_topic(db, slug) for slug in ("storm", "sport", "arts")]
    await add_chat(db, 1, follow=Follow.ALL)
    await add_chat(db, 2, follow=Follow.SOURCE, target=gazette)
    await add_chat(db, 3, follow=Follow.SOURCE, target=courier)
    await add_chat(db, 4, follow=Follow.TOPIC, target=storm)
    await add_chat(db, 5, follow=Follow.TOPIC, target=arts)
    await add_chat(db, 6, follow=None)
    many = await add_chat(db, 7, follow=Follow.ALL)
    async with db.write() as connection:
        for target in ((Follow.SOURCE, gazette), (Follow.TOPIC, storm), (Follow.TOPIC, sport)):
            await subscriptions.add(connection, many.id, target, utc_now())
    # Ids of topics and sources may be equal numbers: neither may stand for the other.
    assert {gazette, courier} & {storm, sport, arts}

    (told,) = await add_entries(db, gazette, ["told"], topic_ids=[storm, sport])
    (plain,) = await add_entries(db, courier, ["plain"])
    assert await plan(db, size=2) == 7
    assert await receivers(db, told) == [1, 2, 4, 7]
    assert await receivers(db, plain) == [1, 3, 7]


async def test_topics_and_threads_of_a_group(db: Database) -> None:
    """Each forum topic of a group is a destination of its own."""
    source = await add_source(db)
    await add_chat(db, -100, kind=ChatKind.SUPERGROUP, thread_id=7)
    await add_chat(db, -100, kind=ChatKind.SUPERGROUP, thread_id=8)
    await add_chat(db, -100, kind=ChatKind.SUPERGROUP, follow=None)
    (entry,) = await add_entries(db, source, ["a"])
    await plan(db)
    assert await receivers(db, entry) == [-100, -100]


async def test_switched_off_are_left_out(db: Database) -> None:
    """Whoever blocked the bot gets nothing, neither new entries nor corrections."""
    source = await add_source(db)
    here, gone = await add_chat(db, 1), await add_chat(db, 2)
    (entry,) = await add_entries(db, source, ["a"])
    await plan(db)
    await send_all(db)
    async with db.write() as connection:
        await chats.switch_off(connection, gone.id, reason="blocked", now=utc_now())
    await commit(db, source, revised("a", "b"), new("c"))
    await plan(db)
    waiting = {(r.entry_id, r.destination_id) for r in await delivery_rows(db) if r.state < 2}
    assert waiting == {(entry, here.id), (entry + 1, here.id)}


async def test_everybody_switched_off(db: Database) -> None:
    """A chunk without anybody active is passed over, and those after it are reached."""
    source = await add_source(db)
    off = [await add_chat(db, n) for n in (1, 2, 3)]
    await add_chat(db, 4)
    async with db.write() as connection:
        for destination in off:
            await chats.switch_off(connection, destination.id, reason="blocked", now=utc_now())
    (entry,) = await add_entries(db, source, ["a"])
    assert await plan(db, size=2) == 1
    assert await receivers(db, entry) == [4]


@pytest.mark.parametrize("crash_after", range(6))
async def test_resumes_where_it_was(db: Database, crash_after: int) -> None:
    """A crash between any two chunks loses nobody and doubles nobody."""
    source = await add_source(db)
    ids = await add_private_chats(db, 23)
    (entry,) = await add_entries(db, source, ["a"])
    for _ in range(crash_after):
        await chunk(db, 5)

    async def crash() -> None:
        async with db.write() as connection:
            await fanouts.plan_chunk(connection, size=5, now=utc_now())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await crash()
    assert await plan(db, size=5) == 23 - min(23, 5 * crash_after)
    assert await receivers(db, entry) == list(ids)
    (row,) = await rows(db, fanout_table)
    assert row.planned == 23
    assert row.done_at is not None
    assert await plan(db) == 0


async def test_sending_starts_with_the_first_chunk(db: Database) -> None:
    """The first destinations can be claimed while the others are not planned yet."""
    source = await add_source(db)
    await add_private_chats(db, 10)
    await add_entries(db, source, ["a"])
    planned = await chunk(db, 4)
    assert planned is not None
    assert (planned.deliveries, planned.done) == (4, False)
    assert len(await claim(db)) == 4


async def test_oldest_fanout_first(db: Database) -> None:
    """A later entry is not planned for anybody before the earlier one is planned for all."""
    source = await add_source(db)
    await add_private_chats(db, 5)
    first, second = await add_entries(db, source, ["a", "b"])
    seen = []
    while planned := await chunk(db, 2):
        seen.append(planned.fanout_id)
    assert seen == sorted(seen)
    assert len(await receivers(db, first)) == len(await receivers(db, second)) == 5
    async with db.read() as connection:
        assert await fanouts.open_count(connection) == 0


async def test_due_from_the_poll_on(db: Database) -> None:
    """A delivery is as old as its entry's poll, not as its planning: the oldest news goes first."""
    source = await add_source(db)
    await add_chat(db, 1)
    now = later(hours=-2)
    await commit(db, source, new("a"), now=now)
    await plan(db)
    assert [row.due_at for row in await delivery_rows(db)] == [now]


@pytest.mark.parametrize(("material", "expected"), [(True, ["all", "material"]), (False, ["all"])])
async def test_edits_as_chosen(db: Database, material: bool, expected: list[str]) -> None:
    """Corrections reach whoever wants them: all, only material ones, or none."""
    source = await add_source(db)
    choices = ("all", "material", "none")
    met = {(await add_chat(db, n, edits=c)).id: c for n, c in enumerate(choices, 1)}
    await add_entries(db, source, ["a"])
    await plan(db)
    await send_all(db)
    await commit(db, source, revised("a", "b", material=material))
    assert await plan(db, size=1) == len(expected)
    edited = [met[r.destination_id] for r in await delivery_rows(db) if r.state == State.EDIT]
    assert edited == expected


async def test_edits_collapse(db: Database) -> None:
    """Several corrections in a row are one edit; one that was shown already is none."""
    source = await add_source(db)
    await add_chat(db, 1)
    (entry,) = await add_entries(db, source, ["a"])
    await plan(db)
    await send_all(db)
    for text in ("b", "c", "d"):
        await commit(db, source, revised("a", text))
    await plan(db)
    ((edit,),) = [batch.deliveries for batch in await claim(db)]
    await record(db, [sent(entry, edit.destination_id, revision=4)])
    assert await state_counts(db) == {State.SENT: 1}


async def test_a_correction_shown_before_it_was_planned(db: Database) -> None:
    """Whoever was sent the newest revision at once gets no edit for it."""
    source = await add_source(db)
    await add_chat(db, 1)
    await commit(db, source, new("a"))
    await plan(db)
    await commit(db, source, revised("a", "b"))
    await send_all(db, revision=2)
    assert await plan(db) == 0
    assert await state_counts(db) == {State.SENT: 1}


async def test_withdrawn_before_it_was_planned(db: Database) -> None:
    """An entry taken back at once is told to nobody."""
    source = await add_source(db)
    await add_private_chats(db, 5)
    await commit(db, source, new("a"), new("b"))
    await commit(db, source, withdrawn("a"))
    assert await plan(db, size=2) == 5
    assert {row.entry_id for row in await delivery_rows(db) if row.state < 2} == {2}


async def test_withdrawn_before_it_was_sent(db: Database) -> None:
    """What waits is dropped; what was sent is queued to be struck through."""
    source = await add_source(db)
    quick, slow = await add_chat(db, 1), await add_chat(db, 2)
    (entry,) = await add_entries(db, source, ["a"])
    await plan(db)
    await record(db, [sent(entry, quick.id)])
    await commit(db, source, withdrawn("a"))
    await plan(db, size=1)
    states = {row.destination_id: State(row.state) for row in await delivery_rows(db)}
    assert states == {quick.id: State.EDIT, slow.id: State.DROPPED}


async def test_withdrawn_when_half_of_it_was_sent(db: Database) -> None:
    """A long entry whose first part is in the chat stays queued: that part is to be struck out."""
    source = await add_source(db)
    chat = await add_chat(db, 1)
    (entry,) = await add_entries(db, source, ["a"])
    await plan(db)
    half = Outcome(entry, chat.id, State.QUEUED, utc_now(), revision_sent=1, message_ids=(5,))
    await record(db, [half])
    await commit(db, source, withdrawn("a"))
    await plan(db)
    assert await state_counts(db) == {State.QUEUED: 1}


@pytest.mark.parametrize("planned", [True, False])
async def test_reinstated_before_it_was_sent(db: Database, planned: bool) -> None:
    """An entry that was taken back unsent and returns is sent after all: nothing is lost."""
    source = await add_source(db)
    await add_private_chats(db, 3)
    await commit(db, source, new("a"))
    if planned:
        await plan(db)
    await commit(db, source, withdrawn("a"))
    await plan(db, size=2)
    assert await claim(db) == []
    late = await add_chat(db, 99)
    await commit(db, source, revised("a", "a, confirmed"))
    assert await plan(db, size=2) == 3
    batches = await claim(db)
    assert [batch.deliveries[0].kind for batch in batches] == ["send"] * 3
    assert late.id not in {batch.destination.id for batch in batches}


async def test_reinstated_after_it_was_sent(db: Database) -> None:
    """Where it was struck through, it is edited back."""
    source = await add_source(db)
    chat = await add_chat(db, 1)
    (entry,) = await add_entries(db, source, ["a"])
    await plan(db)
    await send_all(db)
    await commit(db, source, withdrawn("a"))
    await plan(db)
    await record(db, [sent(entry, chat.id, revision=2)])
    await commit(db, source, revised("a", "a"))
    assert await plan(db) == 1
    assert await state_counts(db) == {State.EDIT: 1}


async def test_unsubscribing_keeps_corrections(db: Database) -> None:
    """A chat that follows no more still sees what it was sent corrected."""
    source = await add_source(db)
    chat = await add_chat(db, 1)
    await add_entries(db, source, ["a"])
    await plan(db)
    await send_all(db)
    async with db.write() as connection:
        await subscriptions.clear(connection, chat.id)
    await commit(db, source, revised("a", "b"), new("c"))
    await plan(db)
    assert [(row.entry_id, row.state) for row in await rows(db, deliveries)] == [(1, State.EDIT)]
