"""Queries about entries: what is known, the newest, one by its id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Entry, Follow, Known, Link, Media, Retraction
from bot.store.schema import entries, entry_topics, entry_watches, sources


async def known(connection: AsyncConnection, source_id: int) -> list[Known]:
    """What is remembered of every entry of a source, tombstones too."""
    rows = await connection.execute(
        sa.select(
            entries.c.identity,
            entries.c.content_hash,
            entries.c.revision,
            entries.c.published_at,
            entries.c.text,
            entries.c.title,
            entries.c.withdrawn,
            entries.c.missing_polls,
            entries.c.pruned,
            entries.c.retracted.is_not(None),
        ).where(entries.c.source_id == source_id)
    )
    return [Known(*row) for row in rows]


async def newest_published(connection: AsyncConnection, source_id: int) -> datetime | None:
    """The latest publication time stored of a source, UTC."""
    found: datetime | None = await connection.scalar(
        sa.select(sa.func.max(entries.c.published_at, type_=entries.c.published_at.type)).where(
            entries.c.source_id == source_id
        )
    )
    return found


async def get_many(connection: AsyncConnection, ids: Iterable[int]) -> dict[int, Entry]:
    """Entries by their ids; ids that do not exist are left out."""
    rows = await connection.execute(_select().where(entries.c.id.in_(list(ids))))
    return {row.id: as_entry(row) for row in rows}


async def latest(
    connection: AsyncConnection,
    follows: Sequence[tuple[Follow, int]],
    limit: int,
) -> list[Entry]:
    """The newest entries of what is followed, newest first; withdrawn ones are left out.

    Args:
        connection: a transaction.
        follows: pairs of what and its id (0 for everything); an entry counts if any pair fits.
        limit: at most so many.
    """
    if not follows:
        return []
    query = _select().where(~entries.c.withdrawn, ~entries.c.pruned, followed(follows))
    rows = await connection.execute(
        query.order_by(entries.c.shown_at.desc(), entries.c.id.desc()).limit(limit)
    )
    return [as_entry(row) for row in rows]


def followed(follows: Sequence[tuple[Follow, int]]) -> sa.ColumnElement[bool]:
    """What an entry must fulfil to be of what is followed: any of the pairs fits."""
    if (Follow.ALL, 0) in follows:
        return sa.true()
    topic_ids = [target for follow, target in follows if follow is Follow.TOPIC]
    source_ids = [target for follow, target in follows if follow is Follow.SOURCE]
    watch_ids = [target for follow, target in follows if follow is Follow.WATCH]
    added = sa.select(sources.c.id).where(sources.c.parent_id.in_(source_ids))
    return sa.or_(
        entries.c.source_id.in_(source_ids),
        entries.c.source_id.in_(added),
        sa.exists().where(
            entry_watches.c.entry_id == entries.c.id, entry_watches.c.watch_id.in_(watch_ids)
        ),
        sa.exists().where(
            entry_topics.c.entry_id == entries.c.id, entry_topics.c.topic_id.in_(topic_ids)
        ),
    )


async def topics_of(connection: AsyncConnection, ids: Iterable[int]) -> dict[int, list[int]]:
    """Entry id -> ids of its topics, in the topics' order of creation."""
    rows = await connection.execute(
        sa.select(entry_topics)
        .where(entry_topics.c.entry_id.in_(list(ids)))
        .order_by(entry_topics.c.topic_id)
    )
    found: dict[int, list[int]] = {}
    for entry_id, topic_id in rows:
        found.setdefault(entry_id, []).append(topic_id)
    return found


async def source_names(connection: AsyncConnection, ids: Iterable[int]) -> dict[int, str]:
    """Source id -> its name."""
    rows = await connection.execute(
        sa.select(sources.c.id, sources.c.name).where(sources.c.id.in_(set(ids)))
    )
    return dict(rows.all())


def as_entry(row: sa.Row[Any]) -> Entry:
    """An entry from a row that holds all its columns."""
    return Entry(
        id=row.id,
        source_id=row.source_id,
        identity=row.identity,
        revision=row.revision,
        withdrawn=row.withdrawn,
        published_at=row.published_at,
        updated_at=row.updated_at,
        first_seen_at=row.first_seen_at,
        revised_at=row.revised_at,
        title=row.title,
        text=row.text,
        html=row.html,
        url=row.url,
        author=row.author,
        key_event=row.key_event,
        pinned=row.pinned,
        media=tuple(Media(**item) for item in row.media),
        links=tuple(Link(**item) for item in row.links),
        retracted=Retraction(row.retracted) if row.retracted else None,
    )


def as_json(items: Sequence[Media | Link]) -> Any:
    """Media or links as plain values for a JSON column."""
    return orjson.loads(orjson.dumps(items))


def _select() -> sa.Select[Any]:
    return sa.select(entries)
