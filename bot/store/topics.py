"""Queries about topics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Topic, TopicRule
from bot.store.inserting import insert_new
from bot.store.schema import source_topics, subscriptions, topics


async def listed(connection: AsyncConnection) -> list[Topic]:
    """The topics people can choose, in the file's order, then in the order they were added."""
    rows = await connection.execute(
        sa.select(topics).where(topics.c.active).order_by(topics.c.position, topics.c.id)
    )
    return [_topic(row) for row in rows]


async def by_slug(connection: AsyncConnection, slug: str) -> Topic | None:
    """The active topic with this slug."""
    row = (
        await connection.execute(sa.select(topics).where(topics.c.slug == slug, topics.c.active))
    ).one_or_none()
    return None if row is None else _topic(row)


async def save(connection: AsyncConnection, topic: Topic, *, position: int = 1_000_000) -> None:
    """Add a topic, or replace the one with the same slug; `topic.id` is not looked at."""
    values: dict[str, object] = {
        "names": topic.names,
        "emoji": topic.emoji,
        "rule": {
            "any": topic.rule.any,
            "all": topic.rule.all,
            "none": topic.rule.none,
            "sources": topic.rule.sources,
        },
        "origin": topic.origin,
        "active": True,
        "position": position,
    }
    change = topics.update().where(topics.c.slug == topic.slug).values(values)
    if (await connection.execute(change)).rowcount:
        return
    if not await insert_new(connection, topics, {"slug": topic.slug, **values}):
        await connection.execute(change)  # another process just added it


async def sync_file(connection: AsyncConnection, from_file: Sequence[Topic]) -> None:
    """Make the topics of the file the topics of origin "file".

    One that left the file is retired: it is offered no more, and its subscriptions stay, so that
    it works again when it returns. Topics an admin added stay, unless the file now has the slug.
    """
    for position, topic in enumerate(from_file):
        await save(connection, topic, position=position)
    await connection.execute(
        topics.update()
        .where(topics.c.origin == "file", topics.c.slug.not_in([topic.slug for topic in from_file]))
        .values(active=False)
    )


async def retire(connection: AsyncConnection, slug: str) -> bool:
    """Offer a topic no more and drop its subscriptions; whether there was one."""
    topic = await by_slug(connection, slug)
    if topic is None:
        return False
    await connection.execute(topics.update().where(topics.c.id == topic.id).values(active=False))
    await connection.execute(
        subscriptions.delete().where(
            subscriptions.c.follow == "topic", subscriptions.c.target_id == topic.id
        )
    )
    return True


async def of_source(connection: AsyncConnection, *source_ids: int | None) -> list[int]:
    """The topics that every entry of these sources belongs to, in the order of their ids."""
    ids = [number for number in source_ids if number is not None]
    found = await connection.scalars(
        sa.select(source_topics.c.topic_id)
        .join(topics, topics.c.id == source_topics.c.topic_id)
        .where(source_topics.c.source_id.in_(ids), topics.c.active)
        .distinct()
        .order_by(source_topics.c.topic_id)
    )
    return list(found)


async def toggle_for_source(connection: AsyncConnection, source_id: int, topic_id: int) -> bool:
    """Let every entry of a source belong to a topic, or no more; whether it does now."""
    gone = await connection.execute(
        source_topics.delete().where(
            source_topics.c.source_id == source_id, source_topics.c.topic_id == topic_id
        )
    )
    if gone.rowcount:
        return False
    await insert_new(connection, source_topics, {"source_id": source_id, "topic_id": topic_id})
    return True


def _topic(row: sa.Row[Any]) -> Topic:
    return Topic(
        id=row.id,
        slug=row.slug,
        names=row.names,
        emoji=row.emoji,
        rule=TopicRule(**{name: tuple(words) for name, words in row.rule.items()}),
        origin=row.origin,
    )
