"""A request's turn: waited for, counted as the request leaves, given back if it is not used."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot.delivery.errand import Errand, NotYetError
from bot.delivery.pacer import Pacer, Slot
from bot.errors import FloodError

PATIENCE = 3.0  # seconds a chat's own rule is waited for; beyond, others are served meanwhile
IMPATIENCE = 0.2  # the same while many wait
CROWD = 200
MOST_OPEN = 100  # requests; more only make each round of the event loop longer

Left = Callable[[], None]


class Turns:
    """Hands out turns to errands; `close` gives up whatever waits.

    Args:
        pacer: shared with the replies.
    """

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer
        self._waiting: set[asyncio.Task[object]] = set()  # for a turn: nothing has left
        self._open = asyncio.Semaphore(MOST_OPEN)
        self._closed = False

    def close(self) -> None:
        """Give up whatever waits for its turn, and start nothing more."""
        self._closed = True
        for task in self._waiting:
            task.cancel()

    @asynccontextmanager
    async def take(
        self, errand: Errand, *, edit: bool = False, messages: int = 1
    ) -> AsyncIterator[tuple[Slot, Left]]:
        """A turn for one request; yields it and what to call in the moment the request leaves.

        Args:
            errand: whose chat and time it is.
            edit: it changes a message.
            messages: how many it makes (an album counts as many).

        Raises:
            NotYetError: there is no time for it now.
            FloodError: passed on, after the pacer was told.
        """
        slot = await self._wait(errand, edit=edit, messages=messages)

        def left() -> None:
            errand.under_way = True
            slot.left()

        try:
            async with self._open:
                yield slot, left
        except FloodError as error:
            self._pacer.flooded(errand.chat_id, error.retry_after, group=errand.group)
            raise
        finally:
            slot.close()
            errand.under_way = False

    async def _wait(self, errand: Errand, *, edit: bool, messages: int) -> Slot:
        chat_id, group = errand.chat_id, errand.group
        patience = PATIENCE if len(self._waiting) < CROWD else IMPATIENCE
        if self._closed or self._pacer.next_free(chat_id, group=group, edit=edit) > patience:
            raise NotYetError
        task = asyncio.current_task()
        assert task is not None
        self._waiting.add(task)
        try:
            slot = await self._pacer.slot(
                chat_id,
                group=group,
                edit=edit,
                hold=True,
                key=any(entry.key_event for entry in errand.work.entries),
                count=messages,
            )
        finally:
            self._waiting.discard(task)
        if self._pacer.now() > errand.start_by:
            slot.close()
            raise NotYetError
        return slot
