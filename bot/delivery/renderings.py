"""Entries as messages, each rendered once for all chats that read alike: language, zone, style."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.bundles import Bundled, render_bundle, render_sent_bundle
from bot.delivery.lesser import FULL
from bot.delivery.lru import Lru
from bot.delivery.pieces import AlertContext
from bot.delivery.render import Picture
from bot.model import ChatKind, Destination, Entry, Form, Topic
from bot.outgoing import Outgoing
from bot.store import duplicates, entries, outbox, topics

KEPT = 512  # renderings, and contexts

Names = tuple[tuple[str, str], ...]  # sources that told the same, and where
Shown = tuple[tuple[int, int], ...]  # entries and their revisions, in a message's order
Key = tuple[Shown, str, str, str, str, bool]
Revision = tuple[int, int]  # an entry's id and its revision


class Render(Protocol):
    """`bot.delivery.render.render_alert`."""

    def __call__(  # noqa: D102  # the class says it
        self,
        entry: Entry,
        context: AlertContext,
        *,
        language: str,
        timezone: str,
        style: str,
        menu: bool,
        picture: Picture,
    ) -> tuple[Outgoing, ...]: ...


@dataclass(frozen=True, slots=True)
class Loaded:
    """An entry with what stands around it in an alert.

    Attributes:
        entry: in one revision.
        source: its source's name.
        topics: what it belongs to.
        also: who else told it.
    """

    entry: Entry
    source: str = ""
    topics: tuple[Topic, ...] = ()
    also: Names = ()


async def load(
    connection: AsyncConnection, ids: Iterable[int], known: Mapping[Revision, Loaded]
) -> dict[int, Loaded]:
    """Read entries in their current revision; those that are `known` are not read again.

    It keeps nothing: a transaction runs in the database's thread, beside what is being rendered.
    """
    newest = await outbox.revisions(connection, sorted(set(ids)))
    found = {one[0]: known[one] for one in newest.items() if one in known}
    missing = newest.keys() - found.keys()
    new = list((await entries.get_many(connection, missing)).values()) if missing else []
    if not new:
        return found
    names = await entries.source_names(connection, (e.source_id for e in new))
    of_entry = await entries.topics_of(connection, (e.id for e in new))
    also = await duplicates.also(connection, [entry.id for entry in new])
    by_id = {topic.id: topic for topic in await topics.listed(connection)}
    for entry in new:
        found[entry.id] = Loaded(
            entry,
            names.get(entry.source_id, ""),
            tuple(by_id[id_] for id_ in of_entry.get(entry.id, ()) if id_ in by_id),
            tuple(also.get(entry.id, ())),
        )
    return found


class Renderings:
    """Renders what is to be sent.

    Args:
        render: the renderer of an entry that stands alone.
    """

    def __init__(self, render: Render) -> None:
        self._render = render
        self._alerts: Lru[Key, tuple[Outgoing, ...]] = Lru(KEPT)
        self._bundles: Lru[Key, Bundled] = Lru(KEPT)
        self._levels: Lru[Shown, int] = Lru(KEPT)
        self._loaded: Lru[Revision, Loaded] = Lru(KEPT)

    def known(self) -> Mapping[Revision, Loaded]:
        """What need not be read again, as it is now."""
        return self._loaded.copy()

    def keep(self, loaded: Iterable[Loaded]) -> None:
        """Remember what was loaded, before it is rendered."""
        for one in loaded:
            self._loaded.put((one.entry.id, one.entry.revision), one)

    def alert(
        self, entry: Entry, destination: Destination, picture: Picture = "auto"
    ) -> tuple[Outgoing, ...]:
        """The messages of an entry for a chat; `picture` as in `render_alert`."""
        key = _key([entry], destination, picture)
        parts = self._alerts.get(key)
        if parts is None:
            parts = self._render(
                entry,
                self._context(entry, destination),
                language=destination.language,
                timezone=destination.timezone,
                style=destination.style,
                menu=_has_menu(destination),
                picture=picture,
            )
            self._alerts.put(key, parts)
        return parts

    def bundle(self, shown: Sequence[Entry], form: Form, destination: Destination) -> Bundled:
        """As many of the entries as one message holds."""
        key = _key(shown, destination, form)
        bundled = self._bundles.get(key)
        if bundled is None:
            bundled = render_bundle(
                shown,
                {entry.id: self._context(entry, destination) for entry in shown},
                form,
                language=destination.language,
                timezone=destination.timezone,
                style=destination.style,
                menu=_has_menu(destination),
            )
            self._bundles.put(key, bundled)
            if bundled.count < len(shown):
                self._bundles.put(_key(shown[: bundled.count], destination, form), bundled)
        return bundled

    def sent_bundle(self, shown: Sequence[Entry], form: Form, destination: Destination) -> Outgoing:
        """All of the entries in one message that was sent, for editing it."""
        key = _key(shown, destination, f"sent {form}")
        bundled = self._bundles.get(key)
        if bundled is None:
            out = render_sent_bundle(
                shown,
                {entry.id: self._context(entry, destination) for entry in shown},
                form,
                language=destination.language,
                timezone=destination.timezone,
                style=destination.style,
                menu=_has_menu(destination),
            )
            bundled = Bundled(out, len(shown))
            self._bundles.put(key, bundled)
        return bundled.out

    def level(self, shown: Shown) -> int:
        """How much of a message Telegram takes, as far as other chats have shown."""
        return self._levels.get(shown) or FULL

    def learn(self, shown: Shown, level: int) -> None:
        """No chat will be able to show more than `level` of a message."""
        self._levels.put(shown, level)

    def _context(self, entry: Entry, destination: Destination) -> AlertContext:
        found = self._loaded.get((entry.id, entry.revision)) or Loaded(entry)
        of_topics = tuple((t.emoji, t.name(destination.language)) for t in found.topics)
        return AlertContext(found.source, of_topics, found.also)


def _key(shown: Sequence[Entry], destination: Destination, form: str) -> Key:
    return (
        tuple((entry.id, entry.revision) for entry in shown),
        form,
        destination.language,
        destination.timezone,
        destination.style,
        _has_menu(destination),
    )


def _has_menu(destination: Destination) -> bool:
    """Whether what can be done with an alert stands under it; in a channel anybody could press."""
    return destination.kind is not ChatKind.CHANNEL
