"""Quick ways to fill a database: sources, entries, chats that follow something."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.model import (
    Change,
    ChangeKind,
    ChatKind,
    Decision,
    Destination,
    Entry,
    Follow,
    Media,
    SourceEntry,
    Topic,
    TopicRule,
)
from bot.store import chats, entries, migrate, polls, schema, sources, subscriptions, topics
from bot.store.columns import DeliveryState
from bot.store.engine import Database, open_database
from bot.store.sources import PollMark

FIRST_CHAT = 1_000_001


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


@asynccontextmanager
async def temp_database(path: Path | str) -> AsyncIterator[Database]:
    """A migrated database; `path` is a folder (a file is made in it) or a database address."""
    where = str(path / "relay.db") if isinstance(path, Path) else path
    db = await open_database(where)
    try:
        await migrate.upgrade(db)
        yield db
    finally:
        await db.close()


async def add_source(
    db: Database,
    url: str = "https://news.example/live",
    *,
    name: str = "Harbour Gazette",
    adapter: str = "schemaorg",
    primed: bool = True,
) -> int:
    """An active source; primed, so that the next entries are fanned out. Returns its id."""
    now = utc_now()
    async with db.write() as connection:
        source = await sources.propose(
            connection,
            url=url,
            poll_url=url,
            name=name,
            adapter=adapter,
            title=name,
            interval=10.0,
            added_by=None,
            now=now,
        )
        await sources.activate(connection, source.id, now)
    if primed:
        await _commit(db, source.id, Decision(), {})
    return source.id


async def add_topic(db: Database, slug: str, *, emoji: str = "🌊") -> int:
    """A topic; returns its id."""
    async with db.write() as connection:
        await topics.save(connection, Topic(0, slug, {"en": slug.title()}, emoji, TopicRule()))
        found = await topics.by_slug(connection, slug)
    assert found is not None
    return found.id


async def add_entries(
    db: Database,
    source_id: int,
    texts: Sequence[str],
    *,
    topic_ids: Sequence[int] = (),
    media: Sequence[Media] = (),
    url: str = "https://news.example/live",
    key_event: bool = False,
) -> list[int]:
    """New entries, oldest first, one for each text, which is its identity; returns their ids."""
    now = utc_now()
    entry = partial(_entry, now=now, media=media, url=url, key_event=key_event)
    changes = tuple(
        Change(ChangeKind.NEW, text, entry(text, text), content_hash=text) for text in texts
    )
    await _commit(db, source_id, Decision(changes), dict.fromkeys(texts, topic_ids))
    async with db.read() as connection:
        rows = await connection.execute(
            sa.select(schema.entries.c.identity, schema.entries.c.id).where(
                schema.entries.c.source_id == source_id
            )
        )
        found = dict(rows.all())
    return [found[text] for text in texts]


async def revise(
    db: Database,
    source_id: int,
    identity: str,
    text: str,
    *,
    media: Sequence[Media] = (),
    url: str = "https://news.example/live",
) -> None:
    """The source rewords an entry."""
    entry = _entry(identity, text, utc_now(), media, url)
    change = Change(ChangeKind.REVISED, identity, entry, content_hash=text)
    await _commit(db, source_id, Decision((change,)), {})


async def withdraw(db: Database, source_id: int, identity: str) -> None:
    """The source takes an entry back."""
    await _commit(db, source_id, Decision((Change(ChangeKind.WITHDRAWN, identity, None),)), {})


async def add_chat(
    db: Database,
    telegram_id: int,
    *,
    kind: ChatKind = ChatKind.PRIVATE,
    thread_id: int | None = None,
    follow: Follow | None = Follow.ALL,
    target: int = 0,
    edits: str = "all",
    language: str = "en",
) -> Destination:
    """A destination that follows everything, or what `follow` and `target` say."""
    now = utc_now()
    async with db.write() as connection:
        met = await chats.meet(
            connection,
            telegram_id=telegram_id,
            thread_id=thread_id,
            kind=kind,
            title=f"chat {telegram_id}",
            language=language,
            timezone="UTC",
            now=now,
        )
        if edits != "all":
            await connection.execute(
                schema.destinations.update()
                .where(schema.destinations.c.id == met.id)
                .values(edits=edits)
            )
        if follow is not None:
            await subscriptions.add(connection, met.id, (follow, target), now)
        found = await chats.get(connection, met.id)
    assert found is not None
    return found


async def add_private_chats(
    db: Database,
    count: int,
    *,
    first: int = FIRST_CHAT,
    follow: Follow = Follow.ALL,
    target: int = 0,
) -> range:
    """So many private chats that follow something, quickly; returns their Telegram ids."""
    now = utc_now()
    ids = range(first, first + count)
    async with db.write() as connection:
        for start in range(0, count, 10_000):
            part = ids[start : start + 10_000]
            await connection.execute(
                schema.chats.insert(),
                [
                    {
                        "telegram_id": id_,
                        "kind": ChatKind.PRIVATE,
                        "title": "",
                        "language": "en",
                        "met_at": now,
                    }
                    for id_ in part
                ],
            )
        met = (
            sa.select(schema.chats.c.id)
            .where(schema.chats.c.telegram_id.between(ids[0], ids[-1]))
            .order_by(schema.chats.c.telegram_id)
        )
        literal = sa.literal
        await connection.execute(
            schema.destinations.insert().from_select(
                ["chat_id", "timezone", "edits", "created_at"],
                met.add_columns(
                    literal("UTC"),
                    literal("all"),
                    literal(now, schema.destinations.c.created_at.type),
                ),
                include_defaults=False,
            )
        )
        theirs = (
            sa.select(
                schema.destinations.c.id,
                literal(str(follow)),
                literal(target),
                literal(now, schema.subscriptions.c.created_at.type),
            )
            .join(schema.chats, schema.chats.c.id == schema.destinations.c.chat_id)
            .where(schema.chats.c.telegram_id.between(ids[0], ids[-1]))
        )
        await connection.execute(
            schema.subscriptions.insert().from_select(
                ["destination_id", "follow", "target_id", "created_at"],
                theirs,
                include_defaults=False,
            )
        )
    return ids


async def delivery_rows(db: Database, telegram_id: int | None = None) -> list[sa.Row[Any]]:
    """The deliveries as stored, oldest entry first; of one chat if given."""
    table = schema.deliveries
    query = (
        sa.select(table, schema.chats.c.telegram_id)
        .join(schema.destinations, schema.destinations.c.id == table.c.destination_id)
        .join(schema.chats, schema.chats.c.id == schema.destinations.c.chat_id)
        .order_by(table.c.entry_id, table.c.destination_id)
    )
    if telegram_id is not None:
        query = query.where(schema.chats.c.telegram_id == telegram_id)
    async with db.read() as connection:
        return list(await connection.execute(query))


async def state_counts(db: Database) -> dict[DeliveryState, int]:
    """How many deliveries are in which state."""
    table = schema.deliveries
    async with db.read() as connection:
        rows = await connection.execute(
            sa.select(table.c.state, sa.func.count()).group_by(table.c.state)
        )
        return {DeliveryState(state): count for state, count in rows}


async def stored_entry(db: Database, entry_id: int) -> Entry:
    """An entry by its id."""
    async with db.read() as connection:
        return (await entries.get_many(connection, [entry_id]))[entry_id]


def _entry(
    identity: str,
    text: str,
    now: datetime,
    media: Sequence[Media],
    url: str,
    *,
    key_event: bool = False,
) -> SourceEntry:
    return SourceEntry(
        id=identity,
        published_at=now,
        text=text,
        url=url,
        media=tuple(media),
        key_event=key_event,
    )


async def _commit(
    db: Database,
    source_id: int,
    decision: Decision,
    topic_ids: dict[str, Sequence[int]],
) -> None:
    now = utc_now()
    async with db.write() as connection:
        await polls.commit_poll(
            connection,
            source_id,
            decision,
            PollMark(polled_at=now, next_poll_at=now, interval=10.0),
            topic_ids=topic_ids,
            now=now,
        )
