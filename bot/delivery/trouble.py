"""What people should hear about delivery, and how they are told."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.delivery.lru import Lru
from bot.model import Destination
from bot.wording import Wording

if TYPE_CHECKING:
    from bot.delivery.errand import Errand

_REMEMBERED = 1_000
_PATIENCE = 1.0  # seconds for reports that are under way at a stop

log = structlog.get_logger(__name__)


class TroubleKind(enum.StrEnum):
    """What it is about."""

    STORE = "store"  # the database refuses: nothing is sent until it is well again
    STORE_WELL = "store well"  # it is
    TOPIC = "topic"  # a forum topic is closed or deleted: for the chat's own admins
    REFUSED = "refused"  # Telegram refused an entry's message as it was rendered
    DROPPED = "dropped"  # a delivery was given up
    BUG = "bug"  # something nobody foresaw


@dataclass(frozen=True, slots=True)
class Trouble:
    """One report.

    Attributes:
        text: one sentence: what happened, what it means, what to do.
        destination: the chat it happened in, where it is about one.
        entry_id: the entry, where it is about one.
    """

    kind: TroubleKind
    text: Wording
    destination: Destination | None = None
    entry_id: int | None = None


class Reports:
    """Tells people, without making a delivery wait for it.

    Args:
        on_trouble: tells them; awaited in a task of its own. None tells nobody.
    """

    def __init__(self, on_trouble: Callable[[Trouble], Awaitable[None]] | None) -> None:
        self._on_trouble = on_trouble
        self._tasks: set[asyncio.Task[None]] = set()
        self._told: Lru[tuple[tuple[int, int], ...], bool] = Lru(_REMEMBERED)

    def tell(self, trouble: Trouble) -> None:
        """Report something."""
        if self._on_trouble is not None:
            task = asyncio.ensure_future(self._tell(trouble))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def once(self, errand: Errand, consequence: Wording) -> None:
        """Tell of a message's first refusal; its other chats will see the same."""
        key = errand.work.key
        if self._told.get(key) is None:
            self._told.put(key, True)
            text = Wording(
                "{problem} (entry {id}). {consequence}",
                problem=errand.problem,
                id=str(errand.entry.id),
                consequence=consequence,
            )
            self.tell(Trouble(TroubleKind.REFUSED, text, errand.destination, errand.entry.id))

    async def finish(self) -> None:
        """Give what is under way a moment, then end it."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_PATIENCE)
            for task in self._tasks:
                task.cancel()

    async def _tell(self, trouble: Trouble) -> None:
        assert self._on_trouble is not None
        try:
            await self._on_trouble(trouble)
        except Exception:  # whatever it is, no delivery is to fail because of its report
            log.exception("a report could not be delivered", report=trouble.text)
