"""What a pacer hands out, and who waits for it."""

from __future__ import annotations

import asyncio
from typing import Protocol

from bot.delivery.common_rate import CommonTurns
from bot.delivery.pacing import PENDING


class Waiter:
    """Somebody who wants to send a message; see `bot.delivery.pacer.Pacer.slot`."""

    __slots__ = (
        "chat_id",
        "count",
        "edit",
        "future",
        "group",
        "key",
        "number",
        "pays",
        "since",
        "urgent",
    )

    def __init__(
        self,
        chat_id: int,
        *,
        group: bool,
        urgent: bool,
        edit: bool,
        key: bool,
        count: int,
        pays: bool,
    ) -> None:
        self.chat_id = chat_id
        self.group = group
        self.urgent = urgent
        self.edit = edit
        self.key = key
        self.count = count
        self.pays = pays
        self.number = 0  # by age
        self.since = 0.0  # when its chat was free: from then on it waits for a common turn
        self.future: asyncio.Future[Slot] | None = None

    @property
    def rank(self) -> int:
        """Who goes first: replies, then key events, then the rest."""
        return 0 if self.urgent else 1 if self.key else 2

    @property
    def gone(self) -> bool:
        """Whether it does not wait any more."""
        return self.future is None or self.future.done()


class Keeper(Protocol):
    """Who is told what becomes of a slot."""

    def slot_left(self, slot: Slot) -> None:
        """The request leaves at this moment."""

    def slot_answered(self, slot: Slot) -> None:
        """The request that left is answered, or given up."""

    def slot_unused(self, slot: Slot) -> None:
        """Nothing was sent with it."""


class Slot:
    """Permission to send one message (or album) now.

    Counts as used when it is handed out. A slot taken with ``hold=True`` counts as about to be
    used until `left` or `close` is called; `close` gives an unused one back (or one that was
    recalled), and tells of one that was used that its answer is there.

    Attributes:
        chat_id: Telegram's id.
        paid: it was bought: the request must say ``allow_paid_broadcast``.
        turns: where its turn is from.
        taken: when it was granted; the pacer's clock.
        due: when its common turn fell due.
        before: what the chat's pace wants to know when it is given back.
        left_at: when its request left, None before.
        counted: when the common turns count it as arrived; `PENDING` before it left.
    """

    __slots__ = (
        "_closed",
        "_keeper",
        "_recalled",
        "before",
        "chat_id",
        "count",
        "counted",
        "due",
        "edit",
        "left_at",
        "paid",
        "taken",
        "turns",
        "urgent",
    )

    def __init__(
        self,
        keeper: Keeper,
        waiter: Waiter,
        turns: CommonTurns,
        *,
        taken: float,
        due: float,
        before: float,
        paid: bool,
    ) -> None:
        self._keeper = keeper
        self.chat_id = waiter.chat_id
        self.urgent = waiter.urgent
        self.edit = waiter.edit
        self.count = waiter.count
        self.turns = turns
        self.taken = taken
        self.due = due
        self.before = before
        self.paid = paid
        self.left_at: float | None = None
        self.counted = PENDING
        self._recalled = False
        self._closed = False

    def left(self) -> None:
        """The request leaves at this moment."""
        if self.left_at is None and not self._closed:
            self._keeper.slot_left(self)

    def recall(self) -> None:
        """There was no connection: nothing left after all."""
        self._recalled = True

    def close(self) -> None:
        """The answer is there, or nothing more will be sent with this slot."""
        if self._closed:
            return
        self._closed = True
        if self.left_at is None or self._recalled:
            self._keeper.slot_unused(self)
        else:
            self._keeper.slot_answered(self)
