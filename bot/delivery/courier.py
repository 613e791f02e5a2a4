"""Carries one delivery to Telegram: its parts in order, each in its turn, with less if refused.

Raises what ends a try; what was sent until then stands in `Errand.message_ids`, so that the next
try goes on there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.delivery.lesser import PLAIN, as_caption, fitted, next_level, reduced
from bot.delivery.lru import Lru
from bot.delivery.pacer import Pacer, Slot
from bot.delivery.render import Picture, plain
from bot.delivery.renderings import Renderings
from bot.delivery.transport import Transport
from bot.delivery.trouble import Trouble, TroubleKind
from bot.errors import (
    ChatMigratedError,
    DeliveryError,
    FloodError,
    MessageGoneError,
    NotModifiedError,
    RefusedError,
    TopicGoneError,
    TransientError,
)
from bot.model import Delivery, Destination, Entry, Outgoing

PATIENCE = 3.0  # seconds a chat's own rule is waited for; beyond, others are served meanwhile
IMPATIENCE = 0.2  # the same while many wait
CROWD = 200
MOST_OPEN = 100  # requests; more only make each round of the event loop longer
TOPIC_REST = 3600.0  # seconds before a closed topic is tried again
NOTHING = Outgoing("(…)")
_REMEMBERED = 1_000


class NotYetError(Exception):
    """The try is given up without an error: its chat or its lease has no time for it now."""


@dataclass(slots=True, eq=False)
class Errand:
    """One delivery under way.

    Attributes:
        start_by: the pacer's clock; later nothing may be sent, for the lease may end under way.
        chat_id: where it goes; changes when the group migrates.
        message_ids: of what the chat shows.
        under_way: a request has left and is not answered.
        problem: what went wrong without ending the delivery, "" if nothing did.
    """

    destination: Destination
    delivery: Delivery
    entry: Entry
    start_by: float
    chat_id: int
    message_ids: list[int] = field(default_factory=list)
    under_way: bool = False
    problem: str = ""

    @property
    def group(self) -> bool:
        """Whether the limits of groups apply."""
        return self.destination.kind.is_group


class Courier:
    """Sends and edits; shared by all errands.

    Args:
        transport: to Telegram.
        pacer: gives the turns.
        renderings: give the messages.
        migrate: stores that a destination's group has a new id; returns the destination's id in
            Telegram now, or None if the destination was joined with another.
        report: tells people.
    """

    def __init__(
        self,
        transport: Transport,
        pacer: Pacer,
        renderings: Renderings,
        *,
        migrate: Callable[[Destination, int, int], Awaitable[int | None]],
        report: Callable[[Trouble], None],
    ) -> None:
        self._transport = transport
        self._pacer = pacer
        self._renderings = renderings
        self._migrate = migrate
        self._report = report
        self._topics_gone: Lru[tuple[int, int], float] = Lru(_REMEMBERED)
        self._texts: Lru[tuple[int, int], bool] = Lru(_REMEMBERED)  # sent as text, not as photo
        self._reported: Lru[tuple[int, int], bool] = Lru(_REMEMBERED)
        self._waiting: set[asyncio.Task[object]] = set()  # for a turn: nothing has left
        self._open = asyncio.Semaphore(MOST_OPEN)
        self._closed = False

    def close(self) -> None:
        """Give up whatever waits for its turn, and start nothing more."""
        self._closed = True
        for task in self._waiting:
            task.cancel()

    async def send(self, errand: Errand) -> None:
        """Send the parts that were not sent yet.

        Raises:
            DeliveryError: the try failed.
            NotYetError: the rest has to wait.
        """
        parts = self._renderings.parts(errand.entry, errand.destination)
        for number in range(len(errand.message_ids), len(parts)):
            await self._send_part(errand, parts[number])

    async def edit(self, errand: Errand) -> None:
        """Bring what was sent to the entry's current revision.

        Raises:
            DeliveryError: the try failed.
            NotYetError: the rest has to wait.
        """
        shown = list(errand.message_ids)
        parts = self._renderings.parts(errand.entry, errand.destination)
        parts = fitted(parts, len(shown))
        for message_id, out in zip(shown, parts, strict=False):
            await self._edit_part(errand, message_id, out)
        for message_id in shown[len(parts) :]:
            await self._take_away(errand, message_id)
            errand.message_ids.remove(message_id)

    async def _send_part(self, errand: Errand, full: Outgoing) -> None:
        level = self._renderings.level(errand.entry)
        while True:
            try:
                errand.message_ids.append(await self._post(errand, reduced(full, level)))
            except RefusedError as error:
                less = next_level(full, level)
                if less is None:
                    raise
                level = less
                errand.problem = str(error)
                if error.about == "picture":
                    self._renderings.learn(errand.entry, level)
                if error.about != "rights":
                    left_out = "its picture" if level < PLAIN else "formatting, picture and button"
                    self._report_once(errand, f"It goes out without {left_out}.")
            else:
                return

    async def _post(self, errand: Errand, out: Outgoing) -> int:
        destination = errand.destination
        thread_id = self._thread(errand)
        while True:
            slot = await self._turn(errand)
            try:
                async with self._open:
                    return await self._transport.send(
                        errand.chat_id, thread_id, out, on_left=_leaving(errand, slot)
                    )
            except TopicGoneError as error:
                if thread_id is None:
                    raise RefusedError(str(error)) from error
                self._note_topic_gone(errand, thread_id, error)
                thread_id = None
            except ChatMigratedError as error:
                new_id = await self._migrate(destination, errand.chat_id, error.new_chat_id)
                if new_id is None or new_id == errand.chat_id:
                    raise NotYetError from error
                errand.chat_id = new_id
            except FloodError as error:
                self._pacer.flooded(errand.chat_id, error.retry_after, group=errand.group)
                raise
            finally:
                slot.close()
                errand.under_way = False

    async def _edit_part(self, errand: Errand, message_id: int, out: Outgoing) -> None:
        """Edit one message; what cannot be edited any more is noted, not raised."""
        key = (errand.entry.id, errand.entry.revision)
        caption = out.photo_url is not None
        if out.photo_url is not None and self._texts.get(key):
            caption, out = False, self._as_other_kind(errand, caption=False)
        problem = ""
        for _ in range(3):
            try:
                await self._put(errand, message_id, out, caption=caption)
            except NotModifiedError:
                return
            except (MessageGoneError, TopicGoneError, ChatMigratedError) as error:
                errand.problem = str(error)  # also: what was sent to a group stays there
                return
            except RefusedError as error:
                problem = str(error)
                if error.about == "kind":
                    caption = not caption
                    self._texts.put(key, not caption)
                    out = self._as_other_kind(errand, caption=caption)
                else:
                    out = plain(out)
            else:
                return
        errand.problem = problem
        self._report_once(errand, "Its correction is not shown.")

    async def _put(self, errand: Errand, message_id: int, out: Outgoing, *, caption: bool) -> None:
        slot = await self._turn(errand, edit=True)
        try:
            async with self._open:
                await self._transport.edit(
                    errand.chat_id,
                    message_id,
                    out,
                    caption=caption,
                    on_left=_leaving(errand, slot),
                )
        except FloodError as error:
            self._pacer.flooded(errand.chat_id, error.retry_after, group=errand.group)
            raise
        finally:
            slot.close()
            errand.under_way = False

    def _as_other_kind(self, errand: Errand, *, caption: bool) -> Outgoing:
        """The entry as a caption instead of a text, or the other way round."""
        picture: Picture = "always" if caption else "never"
        parts = self._renderings.parts(errand.entry, errand.destination, picture)
        first = fitted(parts, 1)[0]
        return as_caption(first) if caption else first

    async def _take_away(self, errand: Errand, message_id: int) -> None:
        """Delete a part that is no longer needed; an old one cannot be, and is emptied."""
        try:
            await self._transport.delete(errand.chat_id, message_id)
        except (TransientError, FloodError):
            raise
        except DeliveryError:
            await self._edit_part(errand, message_id, NOTHING)

    async def _turn(self, errand: Errand, *, edit: bool = False) -> Slot:
        chat_id, group = errand.chat_id, errand.group
        patience = PATIENCE if len(self._waiting) < CROWD else IMPATIENCE
        if self._closed or self._pacer.next_free(chat_id, group=group, edit=edit) > patience:
            raise NotYetError
        task = asyncio.current_task()
        assert task is not None
        self._waiting.add(task)
        try:
            slot = await self._pacer.slot(chat_id, group=group, edit=edit, hold=True)
        finally:
            self._waiting.discard(task)
        if self._pacer.now() > errand.start_by:
            slot.close()
            raise NotYetError
        return slot

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
            self._report(
                Trouble(
                    TroubleKind.TOPIC,
                    f"{error}. Alerts go to the chat itself as long as that is so; "
                    "open the topic again, or send /start in another one.",
                    errand.destination,
                    errand.entry.id,
                )
            )

    def _report_once(self, errand: Errand, consequence: str) -> None:
        """Tell of an entry's first refusal; its other chats will see the same."""
        key = (errand.entry.id, errand.entry.revision)
        if self._reported.get(key) is None:
            self._reported.put(key, True)
            text = f"{errand.problem} (entry {errand.entry.id}). {consequence}"
            self._report(Trouble(TroubleKind.REFUSED, text, errand.destination, errand.entry.id))


def _leaving(errand: Errand, slot: Slot) -> Callable[[], None]:
    def left() -> None:
        errand.under_way = True
        slot.left()

    return left
