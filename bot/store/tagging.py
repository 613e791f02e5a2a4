"""Gives stored entries their topics anew, after the words of a topic were changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import entries, entry_topics, fanouts, source_topics, sources

_CHUNK = 400  # entries in one statement


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry as far as topics look at it.

    Attributes:
        source: name and address of its source, and of the one it was found on.
    """

    id: int
    source_id: int
    parent_id: int | None
    title: str
    text: str
    source: str


async def newest(connection: AsyncConnection, limit: int) -> list[Candidate]:
    """The last entries, the newest first."""
    query = _candidates().order_by(entries.c.id.desc()).limit(limit)
    return [_candidate(row) for row in await connection.execute(query)]


async def seen_since(connection: AsyncConnection, since: datetime) -> list[Candidate]:
    """The entries that were first seen since an instant, but for those on their way to chats.

    Those are planned by the topics they have, so that nobody is sent them for a new one.
    """
    on_its_way = sa.exists().where(
        fanouts.c.entry_id == entries.c.id, sa.text("fanouts.done_at IS NULL")
    )
    query = _candidates().where(entries.c.first_seen_at >= since, ~on_its_way)
    return [_candidate(row) for row in await connection.execute(query.order_by(entries.c.id))]


async def retag(
    connection: AsyncConnection, topic_id: int, looked_at: Sequence[int], fitting: Collection[int]
) -> int:
    """Let exactly those of the entries looked at that fit belong to a topic; how many changed.

    Nothing is fanned out. What belongs to it by its source stays.
    """
    changed = 0
    for at in range(0, len(looked_at), _CHUNK):
        part = looked_at[at : at + _CHUNK]
        present = set(
            await connection.scalars(
                sa.select(entry_topics.c.entry_id).where(
                    entry_topics.c.topic_id == topic_id, entry_topics.c.entry_id.in_(part)
                )
            )
        )
        wanted = {number for number in part if number in fitting}
        if gone := present - wanted:
            await connection.execute(
                entry_topics.delete().where(
                    entry_topics.c.topic_id == topic_id, entry_topics.c.entry_id.in_(gone)
                )
            )
        if new := sorted(wanted - present):
            await connection.execute(
                entry_topics.insert(),
                [{"entry_id": number, "topic_id": topic_id} for number in new],
            )
        changed += len(gone) + len(new)
    return changed


async def sources_with(connection: AsyncConnection, topic_id: int) -> set[int]:
    """The sources whose every entry belongs to a topic."""
    return set(
        await connection.scalars(
            sa.select(source_topics.c.source_id).where(source_topics.c.topic_id == topic_id)
        )
    )


def _candidates() -> sa.Select[tuple[int, int, int | None, str, str, str, str, str, str]]:
    parent = sources.alias("parent")
    return (
        sa.select(
            entries.c.id,
            entries.c.source_id,
            sources.c.parent_id,
            entries.c.title,
            entries.c.text,
            sources.c.name,
            sources.c.url,
            sa.func.coalesce(parent.c.name, "").label("parent_name"),
            sa.func.coalesce(parent.c.url, "").label("parent_url"),
        )
        .join(sources, sources.c.id == entries.c.source_id)
        .outerjoin(parent, parent.c.id == sources.c.parent_id)
        .where(~entries.c.withdrawn, ~entries.c.pruned)
    )


def _candidate(row: sa.Row[tuple[int, int, int | None, str, str, str, str, str, str]]) -> Candidate:
    where = " ".join((row.name, row.url, row.parent_name, row.parent_url)).strip()
    return Candidate(row.id, row.source_id, row.parent_id, row.title, row.text, where)
