"""Saved entries and what a message shows, on every backend."""

from __future__ import annotations

from datetime import timedelta

from bot.store import retention, saved, shown
from bot.store.columns import DeliveryState
from bot.store.engine import Database
from bot.store.schema import deliveries, entries
from tests.support.store import add_chat, add_entries, add_source, utc_now

LONG = timedelta(days=400)


async def test_saving_twice_and_no_more(db: Database) -> None:
    """An entry is saved once; pages go from the latest saved to the first."""
    ids = await add_entries(db, await add_source(db), ["a", "b", "c"])
    chat = await add_chat(db, 7)
    now = utc_now()
    async with db.write() as connection:
        for later, number in enumerate(ids):
            at = now + timedelta(seconds=later)
            assert await saved.add(connection, chat.id, [number], at) == 1
        assert await saved.add(connection, chat.id, ids, now) == 0
        assert await saved.count(connection, chat.id) == 3
        page = await saved.page(connection, chat.id, offset=1, limit=2)
        assert [entry.id for entry in page] == [ids[1], ids[0]]
        assert await saved.remove(connection, chat.id, ids[:2]) == 2
        assert await saved.among(connection, chat.id, ids) == {ids[2]}
        await connection.execute(entries.update().values(retracted="delete"))
        assert await saved.count(connection, chat.id) == 0


async def test_what_is_saved_is_not_forgotten(db: Database) -> None:
    """Retention empties old entries except those somebody saved."""
    ids = await add_entries(db, await add_source(db), ["a", "b"])
    chat = await add_chat(db, 7)
    async with db.write() as connection:
        await saved.add(connection, chat.id, ids[:1], utc_now())
    await retention.prune(
        db, now=utc_now() + LONG, edit_window=timedelta(days=1), entry_age=timedelta(days=1)
    )
    async with db.read() as connection:
        assert [entry.id for entry in await shown.kept(connection, ids)] == ids[:1]


async def test_what_a_message_shows(db: Database) -> None:
    """The entries merged in it, where the delivery is kept; else the entry that is named."""
    ids = await add_entries(db, await add_source(db), ["a", "b"])
    chat = await add_chat(db, 7)
    async with db.write() as connection:
        for number in ids:
            await connection.execute(
                deliveries.insert().values(
                    entry_id=number,
                    destination_id=chat.id,
                    state=DeliveryState.SENT,
                    priority=1,
                    due_at=utc_now(),
                    message_ids=[40],
                    bundle=["digest", *ids],
                )
            )
    async with db.read() as connection:
        found = await shown.by_message(connection, ids[1:], 7, 40)
        assert found == shown.Shown(chat.id, tuple(ids))
        said = ids[1:]
        assert await shown.by_message(connection, said, 7, 41) == shown.Shown(None, tuple(said))
        assert await shown.by_message(connection, said, 8, 40) == shown.Shown(None, tuple(said))
        source_id = (await shown.kept(connection, ids))[0].source_id
        assert [name for _, name in await shown.family(connection, source_id)] == [
            "Harbour Gazette"
        ]
