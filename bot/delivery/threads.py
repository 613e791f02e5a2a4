"""Threads of a story: where a chat wants it, a live blog's alerts answer to its first one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.errand import Errand
from bot.delivery.recorder import Action
from bot.delivery.work import Work
from bot.model import Batch, DeliveryKind, Destination
from bot.store import stories
from bot.store.stories import Story


class Threads:
    """Knows which message the next one of a story answers."""

    async def answered(
        self, connection: AsyncConnection, batches: Sequence[Batch], sources: Mapping[int, int]
    ) -> dict[Story, int]:
        """The first messages of the stories that were claimed; `sources` are their entries'."""
        wanted = {
            (batch.destination.id, sources[one.entry_id])
            for batch in batches
            if batch.destination.threads
            for one in batch.deliveries
        }
        return await stories.first_messages(connection, wanted)

    def reply_to(
        self, destination: Destination, work: Work, answered: Mapping[Story, int]
    ) -> int | None:
        """The message that this one answers, None where it begins a story or stands for itself."""
        if not destination.threads or work.kind is not DeliveryKind.SEND or not work.entries:
            return None
        return answered.get((destination.id, work.entries[0].source_id))

    def sent(self, errand: Errand) -> Action | None:
        """What to store when a message was sent."""
        if not errand.destination.threads or errand.reply_to or not errand.message_ids:
            return None
        if errand.work.kind is not DeliveryKind.SEND:
            return None
        story = (errand.destination.id, errand.entry.source_id)
        message_id = errand.message_ids[0]

        async def begin(connection: AsyncConnection) -> None:
            await stories.begin(connection, story, message_id)

        return begin
