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
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(list(rows)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount > 0
