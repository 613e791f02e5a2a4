"""Silence: what waits for which chat until when, and what comes all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.delivery.holds import Holds
from bot.delivery.silence import next_hold
from bot.store import silences
from bot.store.engine import Database
from bot.store.silences import Hold, Silence
from tests.store.rows import claim, commit, later, new, plan, revised, send_all
from tests.support.store import add_chat, add_entries, add_source, utc_now

HOUR = timedelta(hours=1)


async def choose(db: Database, destination_id: int, silence: Silence) -> Hold | None:
    """What ``/mute`` and its like do; the hold that follows."""
    hold = next_hold(silence, utc_now())
    async with db.write() as connection:
        await silences.put(connection, destination_id, silence, hold, utc_now())
    return hold


async def due(db: Database, **after: float) -> dict[int, list[int]]:
    """Who could get which entries after so long, by Telegram's id; the claim is given back."""
    found = await claim(db, "one", now=later(**after), lease=-1e6)
    return {
        batch.destination.chat_id: [delivery.entry_id for delivery in batch.deliveries]
        for batch in found
    }


async def test_what_comes_in_a_hold_waits_for_its_end(db: Database) -> None:
    """A muted chat gets nothing, the others all; afterwards it gets everything, in order."""
    source = await add_source(db)
    muted = await add_chat(db, 1)
    await add_chat(db, 2)
    await choose(db, muted.id, Silence("UTC", utc_now() + HOUR))
    ids = await add_entries(db, source, ["a", "b"])
    await plan(db)
    assert await due(db, seconds=1) == {2: ids}
    assert await due(db, minutes=61) == {1: ids, 2: ids}


async def test_what_waits_already_is_held_and_set_free(db: Database) -> None:
    """Muting counts at once, and so does the end of it."""
    source = await add_source(db)
    muted = await add_chat(db, 1)
    ids = await add_entries(db, source, ["a"])
    await plan(db)
    await choose(db, muted.id, Silence("UTC", utc_now() + HOUR))
    assert await due(db, seconds=1) == {}
    await choose(db, muted.id, Silence("UTC"))
    assert await due(db, seconds=1) == {1: ids}


async def test_key_events_break_through_only_where_they_may(db: Database) -> None:
    """And take nothing along that waits."""
    source = await add_source(db)
    strict, open_to = await add_chat(db, 1), await add_chat(db, 2)
    until = utc_now() + HOUR
    await choose(db, strict.id, Silence("UTC", until))
    await choose(db, open_to.id, Silence("UTC", until, breaks=True))
    (plain,) = await add_entries(db, source, ["plain"])
    (key,) = await add_entries(db, source, ["key"], key_event=True)
    await plan(db)
    assert await due(db, seconds=1) == {2: [key]}
    assert await due(db, minutes=61) == {1: [plain, key], 2: [plain, key]}


async def test_a_chat_may_want_key_events_only(db: Database) -> None:
    """What is none is not even queued for it."""
    source = await add_source(db)
    calm = await add_chat(db, 1)
    await choose(db, calm.id, Silence("UTC", importance="key"))
    await add_entries(db, source, ["plain"])
    (key,) = await add_entries(db, source, ["key"], key_event=True)
    assert await plan(db) == 1
    assert await due(db, seconds=1) == {1: [key]}


async def test_what_came_before_a_later_hold_is_not_held(db: Database) -> None:
    """Quiet hours that begin this evening hold back nothing this morning."""
    source = await add_source(db)
    chat = await add_chat(db, 1)
    start = utc_now() + 3 * HOUR
    silence = Silence("UTC", quiet=f"{start:%H:%M}-{start + HOUR:%H:%M}")
    hold = await choose(db, chat.id, silence)
    assert hold is not None
    assert hold.start > utc_now()
    ids = await add_entries(db, source, ["a"])
    await plan(db)
    assert await due(db, seconds=1) == {1: ids}


async def test_holds_roll_on(db: Database) -> None:
    """When one ended, the next begins for all chats of the same choice; a mute just ends."""
    source = await add_source(db)
    muted = await add_chat(db, 77)
    await choose(db, muted.id, Silence("UTC", utc_now() + timedelta(minutes=1)))
    regular = [await add_chat(db, 100 + n) for n in range(3)]
    for each in regular:
        await choose(db, each.id, Silence("UTC", digest="hourly"))
    clock = [utc_now() + 2 * HOUR]
    woken: list[int] = []
    holds = Holds(db, now=lambda: clock[0], wake_sender=lambda: woken.append(1))
    assert await holds.roll() == 4
    assert woken
    assert await holds.roll() == 0
    async with db.read() as connection:
        assert (await silences.get(connection, muted.id)).muted_until is None
        assert (await silences.get(connection, regular[0].id)).digest == "hourly"
    clock[0] += HOUR
    assert await holds.roll() == 3
    await commit(db, source, new("in the third hour"), now=clock[0])
    await plan(db)
    assert list(await due(db, hours=3, seconds=1)) == [77]
    assert sorted(await due(db, hours=4, seconds=1)) == [77, 100, 101, 102]


@pytest.mark.parametrize("minutes", [1, 90])
async def test_corrections_of_what_was_sent_are_not_held(db: Database, minutes: int) -> None:
    """They make no sound; the chat shows what is right, while new entries wait."""
    source = await add_source(db)
    chat = await add_chat(db, 1)
    (sent,) = await add_entries(db, source, ["a"])
    await plan(db)
    await send_all(db)
    await choose(db, chat.id, Silence("UTC", utc_now() + timedelta(minutes=minutes)))
    await commit(db, source, revised("a", "b"), new("c"))
    await plan(db)
    assert await due(db, seconds=1) == {1: [sent]}
