"""Taking an entry back by an admin's word: at once, and for good whatever its source says."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import ChangeKind, Retraction
from bot.store import duplicates, search
from bot.store.revisions import keep_revision
from bot.store.schema import entries, fanouts


async def retract(
    connection: AsyncConnection, entry_id: int, retraction: Retraction, now: datetime
) -> bool:
    """Withdraw an entry here; whether anything changed.

    What waits is not sent any more; what was sent is edited or deleted, in every chat, also where
    corrections are switched off. An entry that was struck through may still be deleted.
    """
    row = (
        await connection.execute(
            sa.select(entries).where(entries.c.id == entry_id).with_for_update(key_share=True)
        )
    ).one_or_none()
    if row is None or row.pruned or row.retracted in (retraction, Retraction.DELETE):
        return False
    await keep_revision(connection, row, now)
    revision = row.revision + 1
    await connection.execute(
        entries.update()
        .where(entries.c.id == entry_id)
        .values(revision=revision, revised_at=now, withdrawn=True, retracted=retraction)
    )
    await duplicates.elect(connection, entry_id)
    await search.forget(connection, [entry_id])
    await connection.execute(
        fanouts.insert().values(
            entry_id=entry_id,
            revision=revision,
            kind=ChangeKind.WITHDRAWN,
            priority=0,
            created_at=now,
        )
    )
    return True
