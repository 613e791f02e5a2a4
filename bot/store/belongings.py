"""Which tables hold something of a chat, found in the schema itself: a table that is added counts.

A column ``destination_id`` names a destination, ``chat_id`` our row of a chat, ``telegram_id``
Telegram's own number of one.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from bot.store.columns import metadata
from bot.store.schema import deliveries, fanouts


def tables_with(column: str) -> list[sa.Table]:
    """The tables with such a column, those that others refer to last."""
    return [table for table in reversed(metadata.sorted_tables) if column in table.c]


def keys_besides(table: sa.Table, column: str) -> list[str]:
    """What else of a table's primary key tells two of its rows apart."""
    return [each.name for each in table.primary_key.columns if each.name != column]


def of_destinations(table: sa.Table, ids: Sequence[int]) -> sa.ColumnElement[bool]:
    """The rows of such destinations, found by their key also in `deliveries`, the largest table.

    There an entry's number stands first in the key, and there are fan-outs as long as there are
    deliveries. Asked for the destination alone, a database would read all of them.
    """
    theirs = table.c.destination_id.in_(ids)
    if table is not deliveries:
        return theirs
    return sa.and_(theirs, table.c.entry_id.in_(sa.select(fanouts.c.entry_id).distinct()))
