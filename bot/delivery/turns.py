"""A request's turn: waited for, counted as the request leaves, given back if it is not used.

What is on its way to Telegram or was answered and is not recorded yet would be repeated after a
crash. So no request leaves while too many answers are unrecorded, because the database is slow or
locked: however slow it is, a crash repeats `MOST_OPEN` + `most_unrecorded` messages at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol, TypeVar

from bot.delivery.errand import Errand, NotYetError
from bot.delivery.pacer import Pacer, Slot
from bot.errors import FloodError, NoConnectionError

PATIENCE = 3.0  # seconds a chat's own rule is waited for; beyond, others are served meanwhile
IMPATIENCE = 0.2  # the same while many wait
CROWD = 200
MOST_OPEN = 100  # requests; more only make each round of the event loop longer
UNRECORDED = 0.1  # seconds' worth of answers that may wait to be recorded
MOST_UNRECORDED = 500
LEAST_UNRECORDED = 8

T = TypeVar("T")


class Unrecorded(Protocol):
    """What keeps account of answers until they are recorded."""

    @property
    def waiting(self) -> int:
        """How many are not recorded yet."""

    async def room(self, most: int) -> None:
        """Return once fewer than `most` are not recorded."""


def most_unrecorded(rate: float) -> int:
    """How many answers may wait to be recorded at so many messages a second."""
    return int(min(MOST_UNRECORDED, max(LEAST_UNRECORDED, rate * UNRECORDED)))


class Turn:
    """A turn for one request: waited for as it is entered, given back if it is not used.

    Entering it raises `NotYetError` where there is no time for it now. Of a `FloodError` that
    leaves it the pacer is told.

    Attributes:
        slot: what the pacer gave, once it is entered.
    """

    __slots__ = ("_edit", "_errand", "_messages", "_turns", "slot")

    slot: Slot

    def __init__(self, turns: Turns, errand: Errand, *, edit: bool, messages: int) -> None:
        self._turns = turns
        self._errand = errand
        self._edit = edit
        self._messages = messages

    async def __aenter__(self) -> Turn:
        self.slot = await self._turns.begin(self._errand, edit=self._edit, messages=self._messages)
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        self._turns.end(self._errand, self.slot, error)

    def left(self) -> None:
        """To be called in the moment the request leaves."""
        self._errand.under_way = True
        self.slot.left()


class Turns:
    """Hands out turns to errands; `close` gives up whatever waits.

    Args:
        pacer: shared with the replies.
        unrecorded: what was answered and may not be recorded yet.
        now: the present instant, UTC.
        on_begun: called when one waits less, for its request leaves.

    Attributes:
        under_way: requests that have left, or do at this moment, and are not answered.
    """

    def __init__(
        self,
        pacer: Pacer,
        unrecorded: Unrecorded,
        *,
        now: Callable[[], datetime],
        on_begun: Callable[[], None],
    ) -> None:
        self._pacer = pacer
        self._now = now
        self._unrecorded = unrecorded
        self._waiting: set[asyncio.Task[object]] = set()  # for a turn: nothing has left
        self._open = asyncio.Semaphore(MOST_OPEN)
        self._on_begun = on_begun
        self._closed = False
        self.under_way = 0
        pacer.gate = self._may_leave

    def close(self) -> None:
        """Give up whatever waits for its turn, and start nothing more."""
        self._closed = True
        for task in self._waiting:
            task.cancel()

    def take(self, errand: Errand, *, edit: bool = False, messages: int = 1) -> Turn:
        """A turn for one request, to be entered and left as a context.

        Args:
            errand: whose chat and time it is.
            edit: it changes a message.
            messages: how many it makes (an album counts as many).
        """
        return Turn(self, errand, edit=edit, messages=messages)

    async def begin(self, errand: Errand, *, edit: bool, messages: int) -> Slot:
        """For `Turn`: wait until the request may leave."""
        slot = await self._wait(errand, edit=edit, messages=messages)
        opened = False
        try:
            opened = await self._open.acquire()
            if not self._may_leave():  # others may have been answered since the turn was given
                await self._waits(self._unrecorded.room(most_unrecorded(self._pacer.rate)))
            self._refuse_late(errand)
        except BaseException:
            if opened:
                self._open.release()
            slot.close()
            raise
        self.under_way += 1
        self._on_begun()
        return slot

    def _refuse_late(self, errand: Errand) -> None:
        if self._pacer.now() > errand.start_by or self._now() > errand.until:
            raise NotYetError

    def end(self, errand: Errand, slot: Slot, error: BaseException | None) -> None:
        """For `Turn`: the request was answered, or failed."""
        self._open.release()
        self.under_way -= 1
        if not isinstance(error, asyncio.CancelledError):  # then it was not answered
            errand.under_way = False
        if isinstance(error, NoConnectionError):
            slot.recall()
        elif isinstance(error, FloodError):
            self._pacer.flooded(errand.chat_id, error.retry_after, group=errand.group)
        slot.close()

    def _may_leave(self) -> bool:
        """Whether there is room for what would be answered; so nobody is given a turn in vain."""
        return self._unrecorded.waiting < most_unrecorded(self._pacer.rate)

    async def _waits(self, event: Coroutine[Any, Any, T]) -> T:
        """Wait for something, unless `close` gives it up."""
        task = asyncio.current_task()
        assert task is not None
        self._waiting.add(task)
        try:
            return await event
        finally:
            self._waiting.discard(task)

    async def _wait(self, errand: Errand, *, edit: bool, messages: int) -> Slot:
        chat_id, group = errand.chat_id, errand.group
        patience = PATIENCE if len(self._waiting) < CROWD else IMPATIENCE
        if self._closed or self._pacer.next_free(chat_id, group=group, edit=edit) > patience:
            raise NotYetError
        return await self._waits(
            self._pacer.slot(
                chat_id,
                group=group,
                edit=edit,
                hold=True,
                key=errand.work.has_key_event,
                count=messages,
            )
        )
