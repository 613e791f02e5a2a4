"""News that two live blogs tell: noted, told once, named in what was sent."""

from __future__ import annotations

from bot.model import Follow
from bot.store import chats, duplicates, subscriptions
from bot.store.columns import DeliveryState as State
from bot.store.engine import Database
from bot.store.kept_back import REPEATED
from tests.store.rows import HOUR, commit, new, plan, send_all, withdrawn
from tests.support.store import (
    add_chat,
    add_entries,
    add_source,
    delivery_rows,
    stored_entry,
    utc_now,
)


async def repeat(db: Database, source: int, identity: str, original: int) -> None:
    """Store an entry that repeats another one."""
    await commit(db, source, new(identity), same_as={identity: original})


async def states(db: Database, entry_id: int) -> dict[int, tuple[int, str | None]]:
    """Telegram's id -> state and error of an entry's delivery."""
    return {
        row.telegram_id: (row.state, row.error)
        for row in await delivery_rows(db)
        if row.entry_id == entry_id
    }


async def test_the_same_news_arrive_once(db: Database) -> None:
    """Who got the first is spared the second; who did not, or wants both, gets it."""
    gazette = await add_source(db)
    courier = await add_source(db, "https://courier.example/live", name="Courier")
    await add_chat(db, 1)
    picky = await add_chat(db, 2)
    await add_chat(db, 3, follow=Follow.SOURCE, target=courier)
    async with db.write() as connection:
        await chats.prefer(connection, picky.id, duplicates=False)
    (first,) = await add_entries(db, gazette, ["flash"])
    await plan(db)
    await send_all(db)
    await repeat(db, courier, "again", first)
    await plan(db)
    second = first + 1
    assert await states(db, second) == {
        1: (State.DROPPED, REPEATED),
        2: (State.QUEUED, None),
        3: (State.QUEUED, None),
    }
    # What was sent is edited, to name the second source.
    assert {n: state for n, (state, _) in (await states(db, first)).items()} == {
        1: State.EDIT,
        2: State.EDIT,
    }
    async with db.read() as connection:
        found = await duplicates.also(connection, [first])
    assert [name for name, _ in found[first]] == ["Courier"]
    assert (await stored_entry(db, first)).revised_at is None


async def test_what_was_taken_back_is_no_reason(db: Database) -> None:
    """An entry whose original was withdrawn is told like any other."""
    gazette, courier = await add_source(db), await add_source(db, "https://courier.example/live")
    await add_chat(db, 1)
    (first,) = await add_entries(db, gazette, ["flash"])
    await plan(db)
    await send_all(db)
    await commit(db, gazette, withdrawn("flash"))
    await repeat(db, courier, "again", first)
    await plan(db)
    assert (await states(db, first + 1))[1] == (State.QUEUED, None)


async def test_what_is_compared(db: Database) -> None:
    """Other sources' entries of the last while that repeat nothing themselves."""
    gazette, courier = await add_source(db), await add_source(db, "https://courier.example/live")
    (first,) = await add_entries(db, gazette, ["flash"])
    await repeat(db, courier, "again", first)
    async with db.read() as connection:
        since = utc_now() - HOUR
        herald = await duplicates.told_lately(connection, 99, since)
        assert [entry_id for entry_id, _, _ in herald] == [first]
        assert await duplicates.told_lately(connection, gazette, since) == []
        assert await duplicates.told_lately(connection, 99, utc_now() + HOUR) == []


async def test_both_on_their_way(db: Database) -> None:
    """The second is not queued where the first still waits."""
    gazette, courier = await add_source(db), await add_source(db, "https://courier.example/live")
    chat = await add_chat(db, 1)
    async with db.write() as connection:
        await subscriptions.add(connection, chat.id, (Follow.SOURCE, courier), utc_now())
    (first,) = await add_entries(db, gazette, ["flash"])
    await repeat(db, courier, "again", first)
    await plan(db)
    assert await states(db, first) == {1: (State.QUEUED, None)}
    assert (await states(db, first + 1))[1][0] == State.DROPPED
