"""Carries one message to Telegram: its parts in order, each in its turn, with less if refused.

Raises what ends a try; what was sent until then stands in `Errand.message_ids`, so that the next
try goes on there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.delivery.errand import Errand, NotYetError
from bot.delivery.lesser import PLAIN, next_level, reduced
from bot.delivery.lru import Lru
from bot.delivery.pacer import Pacer
from bot.delivery.renderings import Renderings
from bot.delivery.shape import pieces_of
from bot.delivery.transport import Transport
from bot.delivery.trouble import Reports, Trouble, TroubleKind
from bot.delivery.turns import Turns
from bot.errors import ChatMigratedError, RefusedError, TopicGoneError
from bot.model import Destination
from bot.outgoing import Outgoing
from bot.wording import Wording

TOPIC_REST = 3600.0  # seconds before a closed topic is tried again
_REMEMBERED = 1_000


class Courier:
    """Sends; shared by all errands.

    Args:
        transport: to Telegram.
        pacer: tells the time.
        turns: when a request may leave.
        renderings: give the messages.
        migrate: stores that a destination's group has a new id; returns the destination's id in
            Telegram now, or None if the destination was joined with another.
        reports: tells people.
    """

    def __init__(
        self,
        transport: Transport,
        pacer: Pacer,
        turns: Turns,
        renderings: Renderings,
        *,
        migrate: Callable[[Destination, int, int], Awaitable[int | None]],
        reports: Reports,
    ) -> None:
        self._transport = transport
        self._pacer = pacer
        self._turns = turns
        self._renderings = renderings
        self._migrate = migrate
        self._reports = reports
        self._topics_gone: Lru[tuple[int, int], float] = Lru(_REMEMBERED)

    async def send(self, errand: Errand) -> None:
        """Send the parts that were not sent yet.

        Raises:
            DeliveryError: the try failed.
            NotYetError: the rest has to wait.
        """
        work, destination = errand.work, errand.destination
        if work.form is not None:
            await self._send_part(
                errand, self._renderings.bundle(work.entries, work.form, destination).out
            )
            return
        parts = self._renderings.alert(errand.entry, destination)
        # What was sent as an album is several messages and still the first part.
        sent = len(errand.message_ids) - max(0, sum(p.kind == "a" for p in errand.pieces) - 1)
        for number in range(sent, len(parts)):
            await self._send_part(errand, parts[number])

    async def send_further(self, errand: Errand, out: Outgoing) -> None:
        """Send one more part of what the chat has, without a sound, in answer to the last one.

        Raises:
            DeliveryError: the try failed.
            NotYetError: it has to wait.
        """
        errand.reply_to = errand.message_ids[-1]
        await self._send_part(errand, replace(out, silent=True))

    async def _send_part(self, errand: Errand, full: Outgoing) -> None:
        level = self._renderings.level(errand.work.key)
        while True:
            out = reduced(full, level)
            try:
                made = await self._post(errand, out)
            except RefusedError as error:
                less = next_level(full, level)
                if less is None:
                    raise
                level = less
                errand.problem = error.reason
                if error.about == "picture":
                    self._renderings.learn(errand.work.key, level)
                if error.about != "rights":
                    self._reports.once(errand, _lesser(level))
            else:
                errand.message_ids += made
                errand.pieces += pieces_of(out)
                return

    async def _post(self, errand: Errand, out: Outgoing) -> tuple[int, ...]:
        destination = errand.destination
        thread_id = self._thread(errand)
        while True:
            try:
                messages = 1 + len(out.more_photos)
                async with self._turns.take(errand, messages=messages) as turn:
                    return await self._transport.send_all(
                        errand.chat_id,
                        thread_id,
                        out,
                        reply_to=errand.reply_to,
                        paid=turn.slot.paid,
                        on_left=turn.left,
                    )
            except TopicGoneError as error:
                if thread_id is None:
                    raise RefusedError(error.reason) from error
                self._note_topic_gone(errand, thread_id, error)
                thread_id = None
            except ChatMigratedError as error:
                new_id = await self._migrate(destination, errand.chat_id, error.new_chat_id)
                if new_id is None or new_id == errand.chat_id:
                    raise NotYetError from error
                errand.chat_id = new_id
                errand.reply_to = None  # messages of the old group are unknown in the new one

    def _thread(self, errand: Errand) -> int | None:
        thread_id = errand.destination.thread_id
        if thread_id is None:
            return None
        gone_until = self._topics_gone.get((errand.chat_id, thread_id))
        if gone_until is None:
            return thread_id
        return None if self._pacer.now() < gone_until else thread_id

    def _note_topic_gone(self, errand: Errand, thread_id: int, error: TopicGoneError) -> None:
        key = (errand.chat_id, thread_id)
        news = self._topics_gone.get(key) is None
        self._topics_gone.put(key, self._pacer.now() + TOPIC_REST)
        if news:
            self._reports.tell(
                Trouble(
                    TroubleKind.TOPIC,
                    Wording(
                        "{problem}. Alerts go to the chat itself as long as that is so; open the "
                        "topic again, or send /start in another one.",
                        problem=error.reason,
                    ),
                    errand.destination,
                    errand.entry.id,
                )
            )


def _lesser(level: int) -> Wording:
    """What a message is sent without."""
    if level < PLAIN:
        return Wording("It goes out without its picture.")
    return Wording("It goes out without formatting, picture and button.")
