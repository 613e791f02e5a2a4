"""`liverelay why`: what the database holds about an entry's way, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.why import explain_delivery, explain_entry
from bot.errors import ConfigError
from bot.model import Entry
from bot.store import evidence
from bot.store.engine import open_database


async def explain_from(url: str, words: str, chat_id: int | None, now: datetime) -> list[str]:
    """The explanation of the entry that `words` mean, from the database at `url`.

    Args:
        url: of the database.
        words: an entry's number, its address, or words it holds.
        chat_id: Telegram's id of a chat, to explain its delivery too.
        now: UTC.

    Raises:
        ConfigError: no entry, or several, or no such chat.
        StoreError: the database cannot be read.
    """
    database = await open_database(url)
    try:
        async with database.read() as connection:
            found = await evidence.find_entries(connection, words)
            if not found:
                raise ConfigError(f"no entry is stored that {words!r} could mean")
            if len(found) > 1:
                raise ConfigError(f"{words!r} may mean several entries; name one: {_listed(found)}")
            return await explain(connection, found[0].id, chat_id, now)
    finally:
        await database.close()


async def explain(
    connection: AsyncConnection, entry_id: int, chat_id: int | None, now: datetime
) -> list[str]:
    """The explanation of one entry, and of its delivery to one chat.

    Raises:
        ConfigError: no such entry or chat.
    """
    record = await evidence.of_entry(connection, entry_id)
    if record is None:
        raise ConfigError(f"there is no entry {entry_id}")
    lines = list(explain_entry(record))
    if chat_id is not None:
        deliveries = await evidence.of_chat(connection, entry_id, chat_id)
        if not deliveries:
            raise ConfigError(f"the bot has not met the chat {chat_id}")
        for delivery in deliveries:
            lines += ["", *explain_delivery(record, delivery, now)]
    return lines


def _listed(found: Sequence[Entry]) -> str:
    titles = ((entry.id, entry.title or entry.text) for entry in found)
    return "; ".join(f"{id_} ({' '.join(title.split())[:40]})" for id_, title in titles)
