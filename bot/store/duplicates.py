"""Queries about news that two live blogs tell: what was told lately, and which entry repeats it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import ChangeKind
from bot.store.revisions import keep_revision
from bot.store.schema import entries, fanouts, sources

COMPARED_AT_MOST = 300


async def told_lately(
    connection: AsyncConnection, source_id: int, since: datetime
) -> list[tuple[int, str, str]]:
    """Entries of other sources, newest first, that repeat nothing: id, title, text."""
    rows = await connection.execute(
        sa.select(entries.c.id, entries.c.title, entries.c.text)
        .where(
            entries.c.shown_at >= since,
            entries.c.first_seen_at >= since,
            entries.c.source_id != source_id,
            entries.c.duplicate_of.is_(sa.null()),
            sa.not_(entries.c.withdrawn),
            sa.not_(entries.c.pruned),
        )
        .order_by(entries.c.shown_at.desc(), entries.c.id.desc())
        .limit(COMPARED_AT_MOST)
    )
    return [(row.id, row.title, row.text) for row in rows]


async def note(connection: AsyncConnection, entry_id: int, original_id: int, now: datetime) -> bool:
    """Note that an entry repeats an earlier one, whose messages are to name its source, too.

    That is a revision of the earlier one in which no word changed. Returns whether it still stands.
    """
    original = (
        await connection.execute(
            sa.select(entries)
            .where(entries.c.id == original_id, sa.not_(entries.c.withdrawn))
            .with_for_update(key_share=True)
        )
    ).one_or_none()
    if original is None:
        return False
    await connection.execute(
        entries.update().where(entries.c.id == entry_id).values(duplicate_of=original_id)
    )
    await keep_revision(connection, original, now)
    await connection.execute(
        entries.update().where(entries.c.id == original.id).values(revision=original.revision + 1)
    )
    await connection.execute(
        fanouts.insert().values(
            entry_id=original.id,
            revision=original.revision + 1,
            kind=ChangeKind.REVISED,
            material=False,
            priority=1,
            created_at=now,
        )
    )
    return True


async def also(
    connection: AsyncConnection, entry_ids: list[int]
) -> dict[int, list[tuple[str, str]]]:
    """Entry id -> (name of the source, address) of each entry that repeats it and stands."""
    rows = await connection.execute(
        sa.select(entries.c.duplicate_of, sources.c.name, entries.c.url)
        .join(sources, sources.c.id == entries.c.source_id)
        .where(entries.c.duplicate_of.in_(entry_ids), sa.not_(entries.c.withdrawn))
        .order_by(entries.c.id)
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for original, name, url in rows:
        found.setdefault(original, []).append((name, url))
    return found
