"""What is new is queued at once where the sender is, far into the chats of an older entry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from random import Random

import pytest

from bot.model import Follow
from bot.store import fanouts
from bot.store.engine import Database
from bot.store.outbox import Release
from tests.store.rows import HOUR, claim, commit, new, plan, record, sent
from tests.support.store import (
    add_entries,
    add_private_chats,
    add_source,
    add_topic,
    delivery_rows,
    utc_now,
)


@pytest.fixture(autouse=True)
def _few_are_met(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanouts, "MET", 4)


async def chunk(db: Database, size: int, turn: int = 0) -> bool:
    """Plan one chunk; whether there was one."""
    async with db.write() as connection:
        planned = await fanouts.plan_chunk(connection, size=size, now=utc_now(), turn=turn)
    return planned is not None


async def send(db: Database, number: int) -> None:
    """To so many destinations, whatever waits for them."""
    for batch in await claim(db, limit=number):
        outcomes = [sent(each.entry_id, each.destination_id) for each in batch.deliveries]
        await record(db, outcomes, [Release(batch.destination.id, utc_now() - HOUR)])


async def queued(db: Database, entry_id: int, first: int) -> list[int]:
    """The numbers of the chats that an entry is planned for, the first chat's being 1."""
    found = await delivery_rows(db)
    return [row.telegram_id - first + 1 for row in found if row.entry_id == entry_id]


async def test_a_new_entry_begins_where_the_sender_is(db: Database) -> None:
    """Not only at the first chat, which may be far behind; in the end each chat has it once."""
    first = (await add_private_chats(db, 30))[0]
    source = await add_source(db)
    await add_entries(db, source, ["Storm warning"])
    await plan(db)
    await send(db, 20)
    (flood,) = await add_entries(db, source, ["Flood warning"])
    await chunk(db, 5)
    assert await queued(db, flood, first) == [1, 2, 3, 4, 5, 21, 22, 23, 24]
    assert [len(batch.deliveries) for batch in await claim(db, limit=3)] == [2, 2, 2]
    assert await plan(db, size=5) == 30 - 9
    assert await queued(db, flood, first) == list(range(1, 31))


async def test_not_before_what_is_older(db: Database) -> None:
    """A chat that the older entry has not come to waits for both."""
    first = (await add_private_chats(db, 30))[0]
    source = await add_source(db)
    await add_entries(db, source, ["Storm warning"])
    await chunk(db, 12)
    await send(db, 10)
    (flood,) = await add_entries(db, source, ["Flood warning"])
    await chunk(db, 5, turn=1)
    assert await queued(db, flood, first) == [1, 2, 3, 4, 5, 11, 12]


@pytest.mark.parametrize("seed", range(5))
async def test_no_chat_ever_has_a_later_entry_before_an_earlier_one(
    db: Database, seed: int
) -> None:
    """Whatever comes between: entries, chunks of any size, and a sender that is anywhere."""
    random = Random(seed)  # no secret
    source = await add_source(db)
    storm = await add_topic(db, "storm")
    everything = set(await add_private_chats(db, 25))
    rest = max(everything) + 1
    about_storms = set(
        await add_private_chats(db, 15, first=rest, follow=Follow.TOPIC, target=storm)
    )
    audiences: dict[int, set[int]] = {}

    async def look() -> None:
        had = defaultdict(set)
        for row in await delivery_rows(db):
            had[row.telegram_id].add(row.entry_id)
        for chat, entries in had.items():
            its = [entry for entry, audience in audiences.items() if chat in audience]
            assert entries == set(its[: len(entries)])

    for step in range(60):
        act = random.random()
        if act < 0.25:
            stormy = random.random() < 0.5
            topics: dict[str, Sequence[int]] = {f"entry {step}": [storm]} if stormy else {}
            await commit(db, source, new(f"entry {step}"), topics=topics)
            number = len(audiences) + 1
            audiences[number] = everything | about_storms if stormy else everything
        elif act < 0.7:
            await chunk(db, random.randint(2, 9), turn=step)
        else:
            await send(db, random.randint(1, 12))
        await look()
    await plan(db, size=7)
    had = await delivery_rows(db)
    assert len(had) == sum(map(len, audiences.values()))
    await look()
