"""Erasing a chat."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from bot.model import ChatKind, Follow
from bot.store import announcements, chats, drafts, fanouts, forgetting, slow_chats, stories
from bot.store.belongings import tables_with
from bot.store.columns import DeliveryState, metadata
from bot.store.engine import Database
from bot.store.schema import destinations as destination_rows
from bot.store.schema import web_keys
from bot.store.slow_chats import SlowChat
from tests.support.store import (
    add_chat,
    add_entries,
    add_source,
    delivery_rows,
    utc_now,
)

CHAT, OTHER = 11, 12

# What names a chat or a person, and is kept on purpose: docs/privacy.md says why.
KEPT = {"admins", "audit"}


async def fill(db: Database, telegram_id: int) -> None:
    """Something of a chat in the tables that have to do with it."""
    now = utc_now()
    met = await add_chat(db, telegram_id)
    thread = await add_chat(
        db, telegram_id, kind=ChatKind.PRIVATE, thread_id=3, follow=Follow.SOURCE, target=1
    )
    source_id = await add_source(db, f"https://news.example/{telegram_id}")
    await add_entries(db, source_id, ["One", "Two"])
    async with db.write() as connection:
        while await fanouts.plan_chunk(connection, size=100, now=now) is not None:
            pass
        await stories.begin(connection, (met.id, source_id), 5)
        await slow_chats.save(connection, {telegram_id: SlowChat(now, 2.0, now)}, now)
        begun = await announcements.start(
            connection,
            user_id=telegram_id,
            telegram_id=telegram_id,
            message_id=1,
            language="en",
            text="x",
            entities=[],
            now=now,
        )
        await announcements.next_batch(connection, begun.id, 1, now)
        await announcements.close(connection, begun.id)
        await drafts.add(connection, "topic", {}, user_id=telegram_id, now=now)
        await connection.execute(
            web_keys.insert().values(
                hash=str(telegram_id), kind="session", user_id=telegram_id, expires_at=now
            )
        )
    assert thread.id != met.id


async def traces(db: Database, telegram_id: int) -> dict[str, int]:
    """Table -> rows that name the chat."""
    found: dict[str, int] = {}
    async with db.read() as connection:
        ids = [each.id for each in await chats.of_chat(connection, telegram_id)]
        for table in metadata.sorted_tables:
            conditions = [
                table.c[column] == telegram_id
                for column in ("telegram_id", "user_id")
                if column in table.c
            ]
            if "destination_id" in table.c:
                conditions.append(table.c.destination_id.in_(ids))
            if conditions and table.name not in KEPT:
                query = sa.select(sa.func.count()).select_from(table).where(sa.or_(*conditions))
                if count := await connection.scalar(query):
                    found[table.name] = count
    return found


async def test_nothing_is_left(db: Database) -> None:
    """Of the chat that asked; another one is as it was."""
    for number in (CHAT, OTHER):
        await fill(db, number)
    before = await traces(db, OTHER)
    assert set(await traces(db, CHAT)) >= {"chats", "deliveries", "stories", "subscriptions"}
    async with db.write() as connection:
        await forgetting.prepare(connection, CHAT, utc_now())
        assert await forgetting.forget(connection, CHAT, utc_now())
    assert await traces(db, CHAT) == {}
    assert await traces(db, OTHER) == before
    assert await delivery_rows(db, CHAT) == []


async def test_not_while_something_is_sent_there(db: Database) -> None:
    """What is on its way would be recorded afterwards; nothing more is sent meanwhile."""
    await fill(db, CHAT)
    later = utc_now() + timedelta(minutes=1)
    async with db.write() as connection:
        await connection.execute(
            destination_rows.update().values(lease_owner="sender", lease_until=later)
        )
        await forgetting.prepare(connection, CHAT, utc_now())
        assert not await forgetting.forget(connection, CHAT, utc_now())
    assert all(row.state != DeliveryState.QUEUED for row in await delivery_rows(db, CHAT))
    async with db.write() as connection:
        assert await forgetting.forget(connection, CHAT, later)
    assert await traces(db, CHAT) == {}


def test_every_table_of_a_chat_is_known() -> None:
    """A table that names a chat by another column than these would escape: rename the column."""
    named = {
        table.name
        for column in ("destination_id", "chat_id", "telegram_id")
        for table in tables_with(column)
    }
    for table in metadata.sorted_tables:
        refers = {key.column.table.name for column in table.columns for key in column.foreign_keys}
        if refers & {"chats", "destinations"}:
            assert table.name in named
    people = {table.name for table in tables_with("user_id")}
    assert people - named == {"admins", "audit", "drafts", "web_keys"}
