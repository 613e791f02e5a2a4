"""Rows that may be there already: another process may add the same one at the same moment."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


async def insert_new(
    connection: AsyncConnection, table: sa.Table, *rows: dict[str, object]
) -> bool:
    """Insert rows; those whose key is taken are left as they are. Whether any was inserted.

    Where another transaction is about to insert the same key, its end is awaited.
    """
    if not rows:
        return False
    statement = (
        insert_into(connection.dialect.name, table).values(list(rows)).on_conflict_do_nothing()
    )
    return (await connection.execute(statement)).rowcount > 0


def insert_into(dialect: str, table: sa.Table) -> postgresql.dml.Insert | sqlite.dml.Insert:
    """An insertion that knows ``ON CONFLICT``, which each dialect has as its own."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
