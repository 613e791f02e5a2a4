"""The record of what admins did: who, when, what, to what."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import audit


class Deed(enum.StrEnum):
    """What was done."""

    ADD_SOURCE = "source added"
    PAUSE_SOURCE = "source paused"
    RESUME_SOURCE = "source resumed"
    POLL_SOURCE = "source polled"
    REMOVE_SOURCE = "source removed"
    RENAME_SOURCE = "source renamed"
    TAG_SOURCE = "source's topics changed"
    ADD_TOPIC = "topic added"
    EDIT_TOPIC = "topic changed"
    REMOVE_TOPIC = "topic removed"
    ANNOUNCE = "announcement sent"
    CANCEL_ANNOUNCEMENT = "announcement cancelled"
    RETRACT = "entry retracted"
    GRANT = "admin made"
    REVOKE = "admin revoked"
    DASHBOARD = "dashboard opened"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One line of the record.

    Attributes:
        at: UTC.
        user_id: who; None for the command line.
        deed: what, as `Deed` writes it; an older or newer version may have written another word.
        target: to what, for people.
        detail: more about it, "" where there is none.
    """

    at: datetime
    user_id: int | None
    deed: str
    target: str
    detail: str


async def record(
    connection: AsyncConnection,
    user_id: int | None,
    deed: Deed,
    target: str = "",
    detail: str = "",
    *,
    now: datetime,
) -> None:
    """Write down what an admin did, in the transaction that does it."""
    await connection.execute(
        audit.insert().values(at=now, user_id=user_id, action=deed, target=target, detail=detail)
    )


async def newest(connection: AsyncConnection, limit: int) -> list[Recorded]:
    """The last things that were done, the newest first."""
    rows = await connection.execute(
        sa.select(audit).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(limit)
    )
    return [Recorded(row.at, row.user_id, row.action, row.target, row.detail) for row in rows]
