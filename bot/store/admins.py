"""Queries about people who were made admins in the chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.inserting import insert_new
from bot.store.schema import admins


@dataclass(frozen=True, slots=True)
class Granted:
    """Somebody who was made an admin.

    Attributes:
        user_id: Telegram's id of the person.
        name: as it was at the time, "" if it was not known.
        granted_by: the admin who did it.
        granted_at: UTC.
    """

    user_id: int
    name: str
    granted_by: int | None
    granted_at: datetime


async def listed(connection: AsyncConnection) -> list[Granted]:
    """Everybody who was made an admin, the first one first."""
    rows = await connection.execute(sa.select(admins).order_by(admins.c.granted_at))
    return [Granted(row.user_id, row.name, row.granted_by, row.granted_at) for row in rows]


async def grant(
    connection: AsyncConnection, user_id: int, *, name: str, by: int | None, now: datetime
) -> bool:
    """Make a person an admin; whether they were none."""
    row = {"user_id": user_id, "name": name, "granted_by": by, "granted_at": now}
    return await insert_new(connection, admins, row)


async def revoke(connection: AsyncConnection, user_id: int) -> bool:
    """Make a person an admin no more; whether they were one."""
    result = await connection.execute(admins.delete().where(admins.c.user_id == user_id))
    return bool(result.rowcount)
