"""Entries as messages, each rendered once for all chats of the same language and zone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.lesser import FULL
from bot.delivery.lru import Lru
from bot.delivery.pieces import AlertContext
from bot.delivery.render import Picture
from bot.model import Destination, Entry, Outgoing, Topic
from bot.store import entries, outbox, topics

KEPT = 512  # renderings, and contexts

Key = tuple[int, int, str, str, Picture]


class Render(Protocol):
    """`bot.delivery.render.render_alert`."""

    def __call__(  # noqa: D102  # the class says it
        self,
        entry: Entry,
        context: AlertContext,
        *,
        language: str,
        timezone: str,
        picture: Picture,
    ) -> tuple[Outgoing, ...]: ...


class Renderings:
    """Loads what is to be sent and renders it.

    Args:
        render: the renderer.
    """

    def __init__(self, render: Render) -> None:
        self._render = render
        self._rendered: Lru[Key, tuple[Outgoing, ...]] = Lru(KEPT)
        self._levels: Lru[tuple[int, int], int] = Lru(KEPT)
        self._entries: Lru[tuple[int, int], Entry] = Lru(KEPT)
        self._contexts: Lru[tuple[int, int], tuple[str, list[Topic]]] = Lru(KEPT)

    async def load(self, connection: AsyncConnection, ids: Iterable[int]) -> dict[int, Entry]:
        """The entries in their current revision, ready for `parts`."""
        newest = await outbox.revisions(connection, sorted(set(ids)))
        found: dict[int, Entry] = {}
        for id_, revision in newest.items():
            entry = self._entries.get((id_, revision))
            if entry is not None:
                found[id_] = entry
        missing = newest.keys() - found.keys()
        new = list((await entries.get_many(connection, missing)).values()) if missing else []
        if new:
            names = await entries.source_names(connection, (e.source_id for e in new))
            of_entry = await entries.topics_of(connection, (e.id for e in new))
            by_id = {topic.id: topic for topic in await topics.listed(connection)}
            for entry in new:
                theirs = [by_id[id_] for id_ in of_entry.get(entry.id, ()) if id_ in by_id]
                found[entry.id] = entry
                self._entries.put((entry.id, entry.revision), entry)
                self._contexts.put(
                    (entry.id, entry.revision), (names.get(entry.source_id, ""), theirs)
                )
        return found

    def parts(
        self, entry: Entry, destination: Destination, picture: Picture = "auto"
    ) -> tuple[Outgoing, ...]:
        """The messages of an entry for a chat; `picture` as in `render_alert`."""
        key = _key(entry, destination, picture)
        parts = self._rendered.get(key)
        if parts is None:
            name, of_entry = self._contexts.get((entry.id, entry.revision)) or ("", [])
            parts = self._render(
                entry,
                AlertContext(
                    name, tuple((t.emoji, t.name(destination.language)) for t in of_entry)
                ),
                language=destination.language,
                timezone=destination.timezone,
                picture=picture,
            )
            self._rendered.put(key, parts)
        return parts

    def level(self, entry: Entry) -> int:
        """How much of an entry's messages Telegram takes, as far as other chats have shown."""
        return self._levels.get((entry.id, entry.revision)) or FULL

    def learn(self, entry: Entry, level: int) -> None:
        """No chat will be able to show more than `level` of an entry."""
        self._levels.put((entry.id, entry.revision), level)


def _key(entry: Entry, destination: Destination, picture: Picture) -> Key:
    return entry.id, entry.revision, destination.language, destination.timezone, picture
