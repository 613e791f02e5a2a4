"""What an admin was shown and has not confirmed yet: a button carries its number.

So a button works after a restart, and a second press finds that the first one settled it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import drafts

KEPT = timedelta(days=2)  # nobody confirms later than that what they were shown


@dataclass(frozen=True, slots=True)
class Draft:
    """Something that waits for a press.

    Attributes:
        kind: what it is, such as "topic".
        content: as it was given to `add`.
        outcome: what became of it, None while it waits.
    """

    id: int
    kind: str
    content: dict[str, Any]
    outcome: str | None


async def add(
    connection: AsyncConnection,
    kind: str,
    content: dict[str, Any],
    *,
    user_id: int | None,
    now: datetime,
) -> int:
    """Remember something; its number. What is long forgotten goes at the same time."""
    await connection.execute(drafts.delete().where(drafts.c.created_at < now - KEPT))
    result = await connection.execute(
        drafts.insert()
        .values(kind=kind, content=content, user_id=user_id, created_at=now)
        .returning(drafts.c.id)
    )
    return int(result.scalar_one())


async def get(connection: AsyncConnection, draft_id: int, kind: str) -> Draft | None:
    """The draft with this number, if it is one of that kind."""
    row = (
        await connection.execute(
            sa.select(drafts).where(drafts.c.id == draft_id, drafts.c.kind == kind)
        )
    ).one_or_none()
    return None if row is None else Draft(row.id, row.kind, row.content, row.outcome)


async def settle(connection: AsyncConnection, draft_id: int, outcome: str) -> bool:
    """Say what became of a draft; whether it was still open. Only one caller is told so."""
    result = await connection.execute(
        drafts.update()
        .where(drafts.c.id == draft_id, drafts.c.outcome.is_(None))
        .values(outcome=outcome)
    )
    return bool(result.rowcount)
