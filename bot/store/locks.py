"""Locks on an activity, held by a transaction until it ends, whoever's process it is.

On SQLite every writing transaction is alone, so that there is nothing to do. On PostgreSQL they are
advisory locks: the server frees them when the transaction ends or the process that holds them dies
(https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS).
"""

from __future__ import annotations

from enum import IntEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

_SPACE = 0x4C52  # our numbers among those of other programs on the same database


class Lock(IntEnum):
    """What one process does at a time."""

    MIGRATING = 1
    PLANNING = 2
    PRUNING = 3
    WATCHING = 4


_TAKE = sa.text("SELECT pg_advisory_xact_lock(:space, :number)")
_TRY = sa.text("SELECT pg_try_advisory_xact_lock(:space, :number)")


async def take(connection: AsyncConnection, lock: Lock) -> None:
    """Wait until no other transaction holds it."""
    if connection.dialect.name == "postgresql":
        await connection.execute(_TAKE, {"space": _SPACE, "number": int(lock)})


async def attempt(connection: AsyncConnection, lock: Lock) -> bool:
    """Hold it if no other transaction does; whether it is held now."""
    if connection.dialect.name != "postgresql":
        return True
    return bool(await connection.scalar(_TRY, {"space": _SPACE, "number": int(lock)}))
