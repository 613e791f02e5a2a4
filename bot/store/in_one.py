"""All rows of a query in one, for numbers, truths and texts.

SQLite's driver gives Python up for each row it fetches; beside a busy event loop it waits for each
to get it back, in a writing transaction with the write lock held.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def in_one(dialect: str, query: sa.Select[Any]) -> sa.Select[Any]:
    """A query whose one value is a list of another's rows, as lists, in any order; or None."""
    rows = query.subquery()
    if dialect == "postgresql":
        listed = sa.func.json_agg(sa.func.json_build_array(*rows.c), type_=sa.JSON)
    else:
        listed = sa.func.json_group_array(sa.func.json_array(*rows.c), type_=sa.JSON)
    return sa.select(listed)
