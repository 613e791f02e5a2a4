"""Turns beyond the free rate, for Telegram Stars (``allow_paid_broadcast``), pure.

Up to 1,000 messages a second may go out where each one over the free 30 costs 0.1 Star
(https://core.telegram.org/bots/api#sendmessage, https://core.telegram.org/bots/faq). Because it is
money, nothing is bought that was not booked in the store before: messages are booked by the
thousand out of the day's budget and used up from there. A crash loses what was booked and not
used; it never spends it twice.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

from bot.delivery.common_rate import CommonRate, CommonTurns

BOOKED_AT_ONCE = 1_000  # messages
BOOK_BELOW = 500  # messages left of those booked


class PaidFor(enum.StrEnum):
    """Which messages may be paid for."""

    OFF = "off"
    KEY = "key"  # key events
    ALL = "all"


@dataclass(frozen=True, slots=True)
class PaidPolicy:
    """What the operator allows.

    Attributes:
        paid_for: which messages.
        rate: messages a second in all, the free ones included.
        daily: messages that may be bought a day, counted in UTC days.
    """

    paid_for: PaidFor = PaidFor.OFF
    rate: float = 1_000.0
    daily: int = 0


class PaidTurns:
    """The turns that can be bought now.

    Args:
        policy: what is allowed.
        free_rate: messages a second that cost nothing.
        turns: those beyond the free ones, where several processes share them.
    """

    def __init__(
        self, policy: PaidPolicy, free_rate: float, turns: CommonTurns | None = None
    ) -> None:
        self.policy = policy
        more = policy.rate - free_rate
        self._turns: CommonTurns | None = None
        if policy.paid_for is not PaidFor.OFF and more > 0.0:
            self._turns = turns or CommonRate(more)
        self.booked = 0  # spent from the store's point of view, not used yet

    def pays_for(self, *, key: bool, edit: bool) -> bool:
        """Whether such a message may be paid for, as long as the budget lasts.

        Edits cannot be: the Bot API takes the parameter with messages only.
        """
        if self._turns is None or edit:
            return False
        return key or self.policy.paid_for is PaidFor.ALL

    def free_at(self, now: float, count: int, *, waiting: int) -> float:
        """When so many turns can be bought; infinity while none are booked."""
        if self._turns is None or self.booked < count:
            return math.inf
        free = self._turns.free_at(now, count)
        if free > now:
            self._turns.expect(waiting, urgent=False)
        return free

    def take(self, count: int) -> CommonTurns:
        """Use messages that were booked; returns where their turns are to be taken from."""
        assert self._turns is not None
        self.booked -= count
        return self._turns

    @property
    def wanted(self) -> int:
        """How many messages to book now; 0 while there are enough."""
        if self._turns is None or self.booked >= BOOK_BELOW:
            return 0
        return BOOKED_AT_ONCE

    @property
    def present_rate(self) -> float:
        """Messages a second that can be bought at present, beyond the free ones."""
        return 0.0 if self._turns is None or not self.booked else self._turns.rate
