"""Which tables hold something of a chat, found in the schema itself: a table that is added counts.

A column ``destination_id`` names a destination, ``chat_id`` our row of a chat, ``telegram_id``
Telegram's own number of one.
"""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.columns import metadata


def tables_with(column: str) -> list[sa.Table]:
    """The tables with such a column, those that others refer to last."""
    return [table for table in reversed(metadata.sorted_tables) if column in table.c]


def keys_besides(table: sa.Table, column: str) -> list[str]:
    """What else of a table's primary key tells two of its rows apart."""
    return [each.name for each in table.primary_key.columns if each.name != column]
