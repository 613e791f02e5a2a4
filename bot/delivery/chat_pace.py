"""When one chat may be sent to again, pure.

Telegram's published limits (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this):
about one message a second in a chat, 20 a minute in a group; channels are held to the group's.
Edits are not in the FAQ; third parties measured about 20 a minute in a group, so they have a
minute of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import inf

from bot.delivery.pacing import NEVER, Gcra, Window
from bot.delivery.slow_chats import Refused

MINUTE = 60.0
MINUTE_MARGIN = 0.25  # seconds on top of the minute
GAP_MARGIN = 0.02  # share of the gap (and at most so many seconds) on top of it
GROUP_BURST = 5  # alerts a rested group gets at a second's distance


@dataclass(frozen=True)
class Rates:
    """What may be sent; infinity switches a limit off.

    Attributes:
        global_rate: messages a second over all chats.
        per_chat_rate: messages a second in one chat.
        group_per_minute: messages in any minute in one group or channel.
    """

    global_rate: float = 30.0
    per_chat_rate: float = 1.0
    group_per_minute: float = 20

    @classmethod
    def off(cls) -> Rates:
        """No limit at all."""
        return cls(inf, inf, inf)

    @cached_property
    def chat_gap(self) -> float:
        """Seconds between two messages in one chat, with a margin for the network's jitter."""
        gap = 1.0 / self.per_chat_rate
        return gap + min(GAP_MARGIN, GAP_MARGIN * gap)

    def permitted_gap(self, *, group: bool) -> float:
        """Seconds between two messages in one chat when many wait for it."""
        if group and self.group_per_minute != inf:
            return max(self.chat_gap, MINUTE / self.group_per_minute)
        return self.chat_gap


class ChatPace:
    """What was sent to one chat lately.

    Args:
        rates: the limits.
        group: whether it is a group or channel.

    In a group, alerts that are no reply come in a small burst and then evenly over the minute:
    sent as fast as the second's rule allows, they would silence replies for two thirds of it.
    """

    __slots__ = ("_edits", "_even", "_gap", "_last", "_permitted", "_refused", "_sends", "answered")

    def __init__(self, rates: Rates, *, group: bool) -> None:
        self._permitted = self._gap = rates.chat_gap
        self._last = NEVER
        self.answered = NEVER  # when it last answered 429
        self._sends: Window | None = None
        self._edits: Window | None = None
        self._even: Gcra | None = None
        if group and rates.group_per_minute != inf:
            limit, period = int(rates.group_per_minute), MINUTE + MINUTE_MARGIN
            self._sends = Window(limit, period)
            self._edits = Window(limit, period)
            self._even = Gcra(limit / period, min(GROUP_BURST - 1, limit - 1) * period / limit)
        self._refused: Refused | None = None

    @property
    def gap(self) -> float:
        """Seconds between two messages at present."""
        return self._gap

    def slow_down(self, refused: Refused, now: float) -> None:
        """Keep to what the chat's refusals taught."""
        self._refused = refused
        self._gap = max(self._permitted, refused.gap_at(now))

    def free_at(self, *, urgent: bool, edit: bool, count: int = 1) -> float:
        """When the next message (or edit) may be sent, in the clock's seconds."""
        free = NEVER if self._refused is None else self._refused.until
        if not (edit and urgent):
            free = max(free, self._last + self._gap)
        if self._sends is not None and self._edits is not None and self._even is not None:
            if edit:
                free = max(free, self._edits.free_at(count))
            else:
                free = max(free, self._sends.free_at(count))
                if not urgent:
                    free = max(free, self._even.free_at())
        return free

    def take(self, now: float, *, urgent: bool, edit: bool, count: int = 1) -> float:
        """Count messages; returns what `give_back` wants to know."""
        before = self._last
        if self._refused is not None:
            learnt = self._refused.gap_at(now)
            self._gap = max(self._permitted, learnt)
            if learnt < self._permitted and self._refused.until <= now:
                self._refused = None
        if not (edit and urgent):
            self._last = max(self._last, self._end(now, count))
        if (window := self._edits if edit else self._sends) is not None:
            window.take(now, count)
        if not edit and self._even is not None:
            self._even.take(now, count)
        return before

    def move(self, taken: float, used: float, *, urgent: bool, edit: bool, count: int = 1) -> None:
        """The messages counted at `taken` left at `used`."""
        if not (edit and urgent):
            self._last = max(self._last, self._end(used, count))
        if (window := self._edits if edit else self._sends) is not None:
            window.move(taken, used, count)

    def give_back(self, taken: float, before: float, *, edit: bool, count: int = 1) -> None:
        """The messages counted at `taken` are not sent."""
        if self._last == self._end(taken, count):
            self._last = before
        if (window := self._edits if edit else self._sends) is not None:
            window.give_back(taken, count)
        if not edit and self._even is not None:
            self._even.give_back(count)

    def idle(self, now: float) -> bool:
        """Whether there is nothing left to remember."""
        until = NEVER if self._refused is None else self._refused.until
        return (
            max(until, self._last + self._gap) <= now
            and (self._sends is None or self._sends.idle(now))
            and (self._edits is None or self._edits.idle(now))
        )

    def _end(self, at: float, count: int) -> float:
        """When the last of an album's messages counts as sent."""
        return at + (count - 1) * self._gap
