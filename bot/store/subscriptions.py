"""Queries about what destinations follow."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Follow
from bot.store.inserting import insert_new
from bot.store.schema import sources, subscriptions, topics

Target = tuple[Follow, int]
"""What is followed and its id (0 for everything)."""


async def of(connection: AsyncConnection, destination_id: int) -> set[Target]:
    """What a destination follows; retired topics and removed sources are left out."""
    rows = await connection.execute(
        sa.select(subscriptions.c.follow, subscriptions.c.target_id)
        .outerjoin(
            topics,
            sa.and_(
                subscriptions.c.follow == Follow.TOPIC, topics.c.id == subscriptions.c.target_id
            ),
        )
        .outerjoin(
            sources,
            sa.and_(
                subscriptions.c.follow == Follow.SOURCE, sources.c.id == subscriptions.c.target_id
            ),
        )
        .where(
            subscriptions.c.destination_id == destination_id,
            sa.or_(
                subscriptions.c.follow == Follow.ALL,
                topics.c.active,
                sources.c.state.not_in(("removed", "proposed")),
            ),
        )
    )
    return {(Follow(follow), target) for follow, target in rows}


async def add(
    connection: AsyncConnection, destination_id: int, target: Target, now: datetime
) -> bool:
    """Follow; whether it was not followed before."""
    follow, target_id = target
    row = {"destination_id": destination_id, "follow": follow, "target_id": target_id}
    return await insert_new(connection, subscriptions, {**row, "created_at": now})


async def remove(connection: AsyncConnection, destination_id: int, target: Target) -> bool:
    """Follow no more; whether it was followed before."""
    result = await connection.execute(subscriptions.delete().where(*_is(destination_id, target)))
    return bool(result.rowcount)


async def toggle(
    connection: AsyncConnection, destination_id: int, target: Target, now: datetime
) -> bool:
    """Follow what is not followed and the other way round; whether it is followed now."""
    if await remove(connection, destination_id, target):
        return False
    return await add(connection, destination_id, target, now)


async def clear(connection: AsyncConnection, destination_id: int) -> int:
    """Follow nothing any more; how many subscriptions there were."""
    result = await connection.execute(
        subscriptions.delete().where(subscriptions.c.destination_id == destination_id)
    )
    return result.rowcount


async def counts(connection: AsyncConnection) -> dict[Target, int]:
    """How many destinations follow each target."""
    rows = await connection.execute(
        sa.select(subscriptions.c.follow, subscriptions.c.target_id, sa.func.count()).group_by(
            subscriptions.c.follow, subscriptions.c.target_id
        )
    )
    return {(Follow(follow), target): count for follow, target, count in rows}


def _is(destination_id: int, target: Target) -> tuple[sa.ColumnElement[bool], ...]:
    follow, target_id = target
    return (
        subscriptions.c.destination_id == destination_id,
        subscriptions.c.follow == follow,
        subscriptions.c.target_id == target_id,
    )
