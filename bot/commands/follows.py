"""What a chat follows and could follow: read from and written to the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.conversation import Situation
from bot.commands.targets import Directory, Named, everything, named_source, named_topic
from bot.model import Destination, Follow, Source, Topic
from bot.store import activity, chats, sources, subscriptions, topics, watches
from bot.store.subscriptions import Target

COUNTED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to follow, and what of it a chat follows.

    Attributes:
        topics: all of them.
        sources: all that are watched.
        followed: by the chat.
        watched: the chat's watches.
        counts: entries of a topic or source within the last day; those without are left out.
    """

    topics: tuple[Topic, ...]
    sources: tuple[Source, ...]
    followed: frozenset[Target]
    counts: Mapping[Target, int] = field(default_factory=dict)
    watched: frozenset[Target] = frozenset()

    @property
    def is_used(self) -> bool:
        """Whether anything can reach the chat: it follows or watches for something."""
        return bool(self.followed or self.watched)

    @property
    def watches(self) -> int:
        """How many watches the chat has."""
        return len(self.watched)

    @property
    def targets(self) -> list[Target]:
        """What the chat's entries may come by."""
        return sorted(self.followed | self.watched)

    def choices(self, situation: Situation) -> list[Named]:
        """What the picker shows: topics, followed sources, everything."""
        followed = [
            each for each in map(named_source, self.sources) if each.target in self.followed
        ]
        return [*self._topics(situation), *followed, self._everything(situation)]

    def directory(self, situation: Situation, *, with_sources: bool = True) -> Directory:
        """What can be named in a command."""
        named = [*self._topics(situation), self._everything(situation)]
        if with_sources:
            named += map(named_source, self.sources)
        return Directory(named)

    def named(self, situation: Situation) -> list[Named]:
        """What the chat follows, everything first."""
        every = (
            self._everything(situation),
            *self._topics(situation),
            *map(named_source, self.sources),
        )
        return [each for each in every if each.target in self.followed]

    def find(self, target: Target, situation: Situation) -> Named | None:
        """What a target is called; None if it can no longer be followed."""
        every = (
            self._everything(situation),
            *self._topics(situation),
            *map(named_source, self.sources),
        )
        return next((each for each in every if each.target == target), None)

    def _topics(self, situation: Situation) -> list[Named]:
        return [named_topic(topic, situation.language) for topic in self.topics]

    @staticmethod
    def _everything(situation: Situation) -> Named:
        _ = situation.translate
        return everything("📡 " + _("Everything"), _("all"), _("everything"))


def watch_lines(situation: Situation, offer: Offer) -> list[str]:
    """A line about the chat's watches, if there are any."""
    _ = situation.translate
    if not offer.watches:
        return []
    return [_("👁 Watches: {n} (/watches)").format(n=offer.watches)]


async def offer_for(situation: Situation) -> Offer:
    """What the chat could follow and does."""
    now = situation.services.now()
    return await situation.services.db.look(
        lambda connection: _offer(connection, situation.destination, now)
    )


async def meet(connection: AsyncConnection, situation: Situation) -> Destination:
    """The stored destination of a place, made at the first meeting."""
    place, services = situation.place, situation.services
    return await chats.meet(
        connection,
        telegram_id=place.chat_id,
        thread_id=place.thread_id,
        kind=place.kind,
        title=place.title,
        language=situation.language,
        timezone=services.default_timezone,
        now=services.now(),
        username=place.username,
    )


async def follow(situation: Situation, targets: Collection[Target]) -> tuple[set[Target], Offer]:
    """Follow each; which were not followed before, and the offer afterwards.

    A destination that was off is on again.
    """

    async def change(connection: AsyncConnection) -> tuple[set[Target], Offer]:
        destination = await meet(connection, situation)
        now = situation.services.now()
        added = {t for t in targets if await subscriptions.add(connection, destination.id, t, now)}
        await _switch_on(connection, destination)
        return added, await _offer(connection, destination, situation.services.now())

    return await situation.services.db.transact(change)


async def unfollow(situation: Situation, targets: Collection[Target]) -> tuple[set[Target], Offer]:
    """Follow each no more; which were followed before, and the offer afterwards."""

    async def change(connection: AsyncConnection) -> tuple[set[Target], Offer]:
        destination = await meet(connection, situation)
        gone = {t for t in targets if await subscriptions.remove(connection, destination.id, t)}
        return gone, await _offer(connection, destination, situation.services.now())

    return await situation.services.db.transact(change)


async def toggle(situation: Situation, targets: Collection[Target]) -> tuple[set[Target], Offer]:
    """Follow what is not followed and the other way round; what of it is followed now.

    A destination that was off is on again when it follows something new.
    """

    async def change(connection: AsyncConnection) -> tuple[set[Target], Offer]:
        destination = await meet(connection, situation)
        now = situation.services.now()
        on = {t for t in targets if await subscriptions.toggle(connection, destination.id, t, now)}
        if on:
            await _switch_on(connection, destination)
        return on, await _offer(connection, destination, situation.services.now())

    return await situation.services.db.transact(change)


async def stop(situation: Situation) -> int:
    """Follow nothing and send nothing, not even what waits already; how much was followed."""

    async def change(connection: AsyncConnection) -> int:
        destination = await meet(connection, situation)
        count = await subscriptions.clear(connection, destination.id)
        await chats.switch_off(
            connection, destination.id, reason="stopped", now=situation.services.now()
        )
        return count

    return await situation.services.db.transact(change)


async def return_to(situation: Situation) -> Offer:
    """Meet a place; if it went silent while it followed something, send there again."""

    async def change(connection: AsyncConnection) -> Offer:
        destination = await meet(connection, situation)
        found = await _offer(connection, destination, situation.services.now())
        if found.is_used:
            await _switch_on(connection, destination)
        return found

    return await situation.services.db.transact(change)


async def _switch_on(connection: AsyncConnection, destination: Destination) -> None:
    if not destination.active:
        await chats.switch_on(connection, destination.id)


async def _offer(
    connection: AsyncConnection, destination: Destination | None, now: datetime
) -> Offer:
    followed: set[Target] = set()
    watched: set[Target] = set()
    if destination is not None:
        followed = await subscriptions.of(connection, destination.id)
        mine = await watches.of(connection, destination.id)
        watched = {(Follow.WATCH, watch.id) for watch in mine}
    return Offer(
        tuple(await topics.listed(connection)),
        tuple(await sources.listed(connection)),
        frozenset(followed),
        {
            (Follow.TOPIC, number): count
            for number, count in (await activity.per_topic(connection, now - COUNTED)).items()
        },
        frozenset(watched),
    )
