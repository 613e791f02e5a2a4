"""Queries about how much happens: entries per topic and source lately."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import entries, entry_topics


async def per_topic(connection: AsyncConnection, since: datetime) -> dict[int, int]:
    """Topic id -> entries since an instant, but withdrawn ones; topics without any are left out."""
    rows = await connection.execute(
        sa.select(entry_topics.c.topic_id, sa.func.count())
        .join(entries, entries.c.id == entry_topics.c.entry_id)
        .where(entries.c.shown_at >= since, sa.not_(entries.c.withdrawn))
        .group_by(entry_topics.c.topic_id)
    )
    return dict(rows.all())


async def per_source(connection: AsyncConnection, since: datetime) -> dict[int, int]:
    """Source id -> entries since an instant, but withdrawn ones; silent sources are left out."""
    rows = await connection.execute(
        sa.select(entries.c.source_id, sa.func.count())
        .where(entries.c.shown_at >= since, sa.not_(entries.c.withdrawn))
        .group_by(entries.c.source_id)
    )
    return dict(rows.all())
