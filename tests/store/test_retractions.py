"""An admin's word about an entry."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.model import ChangeKind, Retraction
from bot.store import entries, fanouts, retractions, schema
from bot.store.columns import DeliveryState
from bot.store.engine import Database
from tests.support.store import add_chat, add_entries, add_source, revise, stored_entry, utc_now


async def retract(db: Database, entry_id: int, how: Retraction = Retraction.STRIKE) -> bool:
    """As ``/retract`` does it."""
    async with db.write() as connection:
        return await retractions.retract(connection, entry_id, how, utc_now())


async def test_an_entry_is_taken_back_once(db: Database) -> None:
    """It counts as withdrawn, with work for every chat; a second time changes nothing."""
    source = await add_source(db)
    [entry] = await add_entries(db, source, ["One"])
    assert await retract(db, entry)
    assert not await retract(db, entry)
    found = await stored_entry(db, entry)
    assert (found.withdrawn, found.retracted, found.revision) == (True, Retraction.STRIKE, 2)
    async with db.read() as connection:
        kinds = list(
            await connection.scalars(sa.select(schema.fanouts.c.kind).order_by(schema.fanouts.c.id))
        )
    assert kinds == [ChangeKind.NEW, ChangeKind.WITHDRAWN]


async def test_what_was_struck_through_may_still_be_deleted(db: Database) -> None:
    """But what was deleted cannot come back as struck through."""
    source = await add_source(db)
    [entry] = await add_entries(db, source, ["One"])
    assert await retract(db, entry)
    assert await retract(db, entry, Retraction.DELETE)
    assert not await retract(db, entry)


async def test_the_source_cannot_bring_it_back(db: Database) -> None:
    """A later correction of the source changes nothing, and is known not to."""
    source = await add_source(db)
    [entry] = await add_entries(db, source, ["One"])
    await retract(db, entry)
    await revise(db, source, "One", "One, corrected")
    assert (await stored_entry(db, entry)).text == "One"
    async with db.read() as connection:
        [known] = await entries.known(connection, source)
    assert known.retracted


async def test_no_such_entry(db: Database) -> None:
    """An id that is not there changes nothing."""
    assert not await retract(db, 4711)


@pytest.mark.parametrize("edits", ["all", "material", "none"])
async def test_it_reaches_chats_whatever_they_want_of_corrections(db: Database, edits: str) -> None:
    """Also where corrections are switched off."""
    chat = await add_chat(db, 1, edits=edits)
    source = await add_source(db)
    [entry] = await add_entries(db, source, ["One"])
    await _plan(db)
    async with db.write() as connection:
        await connection.execute(
            schema.deliveries.update().values(
                state=DeliveryState.SENT, revision_sent=1, message_ids=[5]
            )
        )
    await retract(db, entry)
    await _plan(db)
    async with db.read() as connection:
        states = list(await connection.scalars(sa.select(schema.deliveries.c.state)))
    assert states == [DeliveryState.EDIT]
    assert chat.id


async def test_a_key_event_is_planned_before_the_entries_of_others(db: Database) -> None:
    """But after those of its own live blog, so that the order holds."""
    await add_chat(db, 1)
    other = await add_source(db, "https://valley.example/live")
    harbour = await add_source(db)
    await add_entries(db, other, ["Valley"])
    await add_entries(db, harbour, ["Before"])
    [key] = await add_entries(db, harbour, ["The barrier is closed"])
    async with db.write() as connection:
        await connection.execute(
            schema.fanouts.update().where(schema.fanouts.c.entry_id == key).values(priority=0)
        )
    order: list[str] = []
    for _ in range(8):
        async with db.write() as connection:
            if await fanouts.plan_chunk(connection, size=10, now=utc_now()) is None:
                break
            rows = await connection.scalars(
                sa.select(schema.entries.c.text)
                .join(schema.deliveries, schema.deliveries.c.entry_id == schema.entries.c.id)
                .where(schema.entries.c.text.not_in(order or [""]))
            )
            order += list(rows)
    assert order == ["Before", "The barrier is closed", "Valley"]


async def _plan(db: Database) -> None:
    while True:
        async with db.write() as connection:
            if await fanouts.plan_chunk(connection, size=10, now=utc_now()) is None:
                return
