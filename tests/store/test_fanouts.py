"""Planning: who gets what, once, in order, and on from where a crash left it."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from bot.model import ChatKind, Follow
from bot.store import chats, fanouts, subscriptions
from bot.store.columns import DeliveryState as State
from bot.store.engine import Database
from bot.store.fanout_turns import TOGETHER
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


async def chunk(db: Database, size: int, *, turn: int = 0) -> Planned | None:
    """Plan one chunk."""
    async with db.write() as connection:
        return await fanouts.plan_chunk(connection, size=size, now=utc_now(), turn=turn)


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
    assert (planned.deliveries, planned.full) == (4, True)
    assert len(await claim(db)) == 4


async def in_order(db: Database) -> dict[int, list[int]]:
    """The chats of each entry so far; fails if one has a later entry and lacks an earlier one."""
    found: dict[int, list[int]] = {}
    for row in await delivery_rows(db):
        found.setdefault(row.entry_id, []).append(row.telegram_id)
    entries = sorted(found)
    for earlier, later_one in pairwise(entries):
        assert set(found[later_one]) <= set(found[earlier])
    return found


async def test_entries_of_one_poll_are_planned_together(db: Database) -> None:
    """Each chunk holds all of them for the same chats, so that they can leave as one message."""
    source = await add_source(db)
    await add_private_chats(db, 5)
    first, second = await add_entries(db, source, ["a", "b"])
    planned = await chunk(db, 4)
    assert planned == Planned((1, 2), 4, full=True)
    got = await in_order(db)
    assert got[first] == got[second]
    assert len(got[first]) == 2
    while planned := await chunk(db, 4):
        got = await in_order(db)
        assert got[first] == got[second]
    assert len(got[first]) == 5
    async with db.read() as connection:
        assert await fanouts.open_count(connection) == 0


async def test_one_poll_for_different_audiences(db: Database) -> None:
    """Planned together, each entry reaches its own followers, once, whoever has fewer."""
    storm = await add_topic(db, "storm")
    source = await add_source(db)
    for number in range(1, 21):
        await add_chat(db, number)
        if number % 4 == 0:
            await add_chat(db, 100 + number, follow=Follow.TOPIC, target=storm)
    await commit(db, source, new("a"), new("b"), topics={"b": [storm]})
    everybody = list(range(1, 21))
    assert await plan(db, size=6) == 45
    found = await delivery_rows(db)
    assert sorted(row.telegram_id for row in found if row.entry_id == 1) == everybody
    assert sorted(row.telegram_id for row in found if row.entry_id == 2) == [
        *everybody,
        *(104, 108, 112, 116, 120),
    ]


async def test_what_comes_meanwhile_is_planned_at_once(db: Database) -> None:
    """An entry does not wait until the last one is planned, and never gets before it."""
    source = await add_source(db)
    await add_private_chats(db, 40)
    (first,) = await add_entries(db, source, ["a"])
    for turn in range(3):
        await chunk(db, 6, turn=4 * turn)
    (second,) = await add_entries(db, source, ["b"])
    reached: list[int] = []
    for turn in range(100):
        if await chunk(db, 6, turn=turn) is None:
            break
        got = await in_order(db)
        reached.append(len(got.get(second, ())))
    assert reached[1] == 6  # the second chunk is the new entry's, while the first one has 16 to go
    assert len(got[first]) == len(got[second]) == 40


async def test_many_entries_at_once_are_planned_in_parts(db: Database) -> None:
    """More than are planned together come one part after the other; it is said that there are."""
    source = await add_source(db)
    await add_private_chats(db, 3)
    texts = [f"e{number}" for number in range(TOGETHER + 4)]
    await add_entries(db, source, texts)
    planned = await chunk(db, 1_000)
    assert planned is not None
    assert (len(planned.fanout_ids), planned.crowded) == (TOGETHER, True)
    planned = await chunk(db, 1_000)
    assert planned is not None
    assert (len(planned.fanout_ids), planned.crowded) == (4, False)
    assert await plan(db) == 0
    assert await state_counts(db) == {State.QUEUED: 3 * len(texts)}


async def test_a_correction_waits_for_its_entry(db: Database) -> None:
    """A correction that comes while its entry is planned is planned after it, and reaches all."""
    source = await add_source(db)
    await add_private_chats(db, 12)
    await add_entries(db, source, ["a"])
    await chunk(db, 4)
    await send_all(db)
    await commit(db, source, revised("a", "b"))
    for turn in range(3, 100):
        if await chunk(db, 4, turn=turn) is None:
            break
    found = {row.telegram_id: State(row.state) for row in await delivery_rows(db)}
    assert Counter(found.values()) == {State.EDIT: 4, State.QUEUED: 8}


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


async def test_few_destinations_do_not_slow_many(db: Database) -> None:
    """Beside entries for a few chats, one for many is planned in chunks as large as alone."""
    storm = await add_topic(db, "storm")
    large, small = await add_source(db), await add_source(db, "https://courier.example/live")
    await add_private_chats(db, 60, follow=Follow.SOURCE, target=large)
    for number in (1, 2):
        await add_chat(db, number, follow=Follow.TOPIC, target=storm)
    await commit(db, large, new("a"))
    await commit(db, small, *map(new, "bcde"), topics={each: [storm] for each in "bcde"})
    planned = await chunk(db, 20)
    assert planned == Planned((1, 2, 3, 4, 5), 20, full=True)
    assert await plan(db, size=20) == 40 + 4 * 2


async def test_few_destinations_among_many_leave_them_their_share(db: Database) -> None:
    """Where those of small audiences stand among the others, only they take from the chunk."""
    storm = await add_topic(db, "storm")
    large, small = await add_source(db), await add_source(db, "https://courier.example/live")
    for number in (1, 2):
        await add_chat(db, number, follow=Follow.TOPIC, target=storm)
    await add_private_chats(db, 60, follow=Follow.SOURCE, target=large)
    await commit(db, large, new("a"))
    await commit(db, small, *map(new, "bcde"), topics={each: [storm] for each in "bcde"})
    planned = await chunk(db, 20)
    assert planned == Planned((1, 2, 3, 4, 5), 20, full=True)
    assert Counter(row.entry_id for row in await delivery_rows(db)) == {1: 12} | dict.fromkeys(
        range(2, 6), 2
    )
    assert await plan(db, size=20) == 48


async def test_few_destinations_far_away_are_waited_for(db: Database) -> None:
    """Entries for a few chats far behind are left alone until the others have come so far."""
    storm = await add_topic(db, "storm")
    large, small = await add_source(db), await add_source(db, "https://courier.example/live")
    await add_private_chats(db, 60, follow=Follow.SOURCE, target=large)
    both = await add_chat(db, 9_000, follow=Follow.SOURCE, target=large)
    async with db.write() as connection:
        await subscriptions.add(connection, both.id, (Follow.TOPIC, storm), utc_now())
    (first,) = await add_entries(db, large, ["a"])
    await commit(db, small, new("b"), topics={"b": [storm]})
    planned = [await chunk(db, 10, turn=turn) for turn in range(6)]
    assert [each and each.fanout_ids for each in planned] == [(1, 2), *[(1,)] * 5]
    await in_order(db)
    assert await plan(db, size=10) == 2
    assert [(r.entry_id, r.telegram_id) for r in await delivery_rows(db)][-2:] == [
        (first, 9_000),
        (first + 1, 9_000),
    ]
