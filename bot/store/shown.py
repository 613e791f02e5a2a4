"""Queries about what a message in a chat shows, asked when somebody presses a button under it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Entry
from bot.store.entries import as_entry
from bot.store.schema import chats, deliveries, destinations, entries, sources


@dataclass(frozen=True, slots=True)
class Shown:
    """What a message shows.

    Attributes:
        destination_id: for which it was sent; None if that is not kept any more.
        entry_ids: in the message's order.
    """

    destination_id: int | None
    entry_ids: tuple[int, ...]


async def by_message(
    connection: AsyncConnection, entry_ids: Sequence[int], telegram_id: int, message_id: int
) -> Shown:
    """What a message shows; what it is said to show if that is not kept any more.

    Args:
        connection: a transaction.
        entry_ids: the entries that the message is said to show, one at least.
        telegram_id: of the chat.
        message_id: the message.
    """
    rows = await connection.execute(
        sa.select(deliveries.c.destination_id, deliveries.c.message_ids, deliveries.c.bundle)
        .join(destinations, destinations.c.id == deliveries.c.destination_id)
        .join(chats, chats.c.id == destinations.c.chat_id)
        .where(deliveries.c.entry_id == entry_ids[0], chats.c.telegram_id == telegram_id)
    )
    for destination_id, message_ids, bundle in rows:
        if message_id in (message_ids or ()):
            return Shown(destination_id, tuple(bundle[1:]) if bundle else (entry_ids[0],))
    return Shown(None, tuple(entry_ids))


async def kept(connection: AsyncConnection, entry_ids: Iterable[int]) -> list[Entry]:
    """Those of these entries whose words are still kept, in the order given."""
    wanted = list(entry_ids)
    rows = await connection.execute(
        sa.select(entries).where(entries.c.id.in_(wanted), ~entries.c.pruned)
    )
    found = {row.id: as_entry(row) for row in rows}
    return [found[id_] for id_ in wanted if id_ in found]


async def family(connection: AsyncConnection, source_id: int) -> list[tuple[int, str]]:
    """A source and the followed one that found it: (id, name), itself first."""
    rows = await connection.execute(
        sa.select(sources.c.id, sources.c.name, sources.c.parent_id).where(
            sources.c.id == source_id
        )
    )
    own = rows.one_or_none()
    if own is None:
        return []
    found = [(own.id, own.name)]
    if own.parent_id is not None:
        parent = await connection.execute(
            sa.select(sources.c.id, sources.c.name).where(sources.c.id == own.parent_id)
        )
        found += [(row.id, row.name) for row in parent]
    return found
