"""What an entry said before: kept in the transaction that replaces it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import revisions


async def keep_revision(connection: AsyncConnection, row: sa.Row[Any], now: datetime) -> None:
    """Keep what an entry says before it is replaced."""
    await connection.execute(
        revisions.insert().values(
            entry_id=row.id,
            revision=row.revision,
            replaced_at=now,
            title=row.title,
            text=row.text,
            html=row.html,
        )
    )
