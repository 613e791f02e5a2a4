"""The turns of the bot as a whole: what a pacer asks of them, and one process's own.

Telegram counts what arrives; a turn counts from when its request probably arrived, and the window
is a few milliseconds longer than Telegram's, for the network's jitter. On a line that is not very
restless that comes to less than 1 % of the rate: the limits are to be used, not only kept.
"""

from __future__ import annotations

import math
from typing import Protocol

from bot.delivery.delays import Lag, Strays
from bot.delivery.pacing import NEVER, PENDING, Gcra, Window

MARGIN = 0.004  # seconds by which the bot's window is longer than Telegram's; over LONGEST_LAG
CREDIT = 0.1  # seconds of turns missed in a hiccup that are made up for
IDLE_CREDIT = 0.02  # the same where nobody waited for them; at least so many
IDLE_TURNS = 3
SPRINT = 3.0  # times the rate, while they are: all at once, each would hold up the next
SPRINT_CREDIT = 0.005  # seconds of the sprint, for timers that fire late; at least so many
SPRINT_TURNS = 2


class CommonTurns(Protocol):
    """Turns that all chats share. Times are the pacer's clock, in seconds.

    Attributes:
        rate: turns a second when nothing slows them; infinity if unlimited.
        slowed: the share of the rate to use at present, at most 1.
    """

    rate: float
    slowed: float

    def free_at(self, now: float, count: int = 1, *, urgent: bool = False) -> float:
        """When so many can be taken; infinity if that is not known yet."""

    def take(self, now: float, count: int = 1, *, since: float, urgent: bool = False) -> float:
        """Grant turns to who waited since then; the caller saw that they are free.

        Returns when they fell due: not after `now`, not before `since`.
        """

    def left(self, due: float, now: float, count: int = 1) -> float:
        """The request whose turns fell due at `due` leaves; returns when it counts as arrived."""

    def answered(self, counted: float, seconds: float, count: int = 1) -> None:
        """The request counted at `counted` was answered so many seconds after it left."""

    def refused(self) -> None:
        """Telegram says that the bot as a whole is too fast."""

    def give_back(self, taken: float, counted: float, count: int = 1) -> None:
        """Turns granted at `taken` are not used; `counted` is `PENDING`, or as `left` said."""

    def used_since(self, start: float) -> int:
        """How many requests left this process after `start`, as far as is remembered."""

    def expect(self, waiting: int, *, urgent: bool) -> None:
        """So many turns are waited for that are not there yet, the first one urgently or not."""


class CommonRate:
    """The turns of a process that sends alone: even, never more than allowed, all that is allowed.

    Args:
        rate: turns a second, finite.
    """

    def __init__(self, rate: float) -> None:
        period = max(1.0, 1.0 / rate)
        self.rate = rate
        self.slowed = 1.0
        self._full = rate * period / (period + MARGIN)
        self._even = Gcra(self._full, CREDIT)
        self._idle = min(CREDIT, max(IDLE_CREDIT, IDLE_TURNS / rate))
        fast = SPRINT * rate
        self._sprint = Gcra(fast, max(SPRINT_CREDIT, SPRINT_TURNS / fast))
        self._window = Window(max(1, math.ceil(rate)), period + MARGIN)
        self._lag = Lag()
        self._strays = Strays(rate)

    def free_at(self, now: float, count: int = 1, *, urgent: bool = False) -> float:
        """When so many turns may be taken at once."""
        del now, urgent
        return max(self._even.free_at(), self._sprint.free_at(), self._window.free_at(count))

    def take(self, now: float, count: int = 1, *, since: float, urgent: bool = False) -> float:
        """Grant turns; returns when they fell due."""
        del urgent
        # A burst leaves a hole behind that comes round every second, in which a reply would wait:
        # what was missed while nobody waited is not made up for.
        self._even.skip(since - self._idle)
        free = max(self._even.free_at(), self._window.free_at(count))
        self._even.rate = self._full * self.slowed
        self._even.take(now, count)
        self._sprint.take(now, count)
        self._window.take(PENDING, count)
        return max(since, free)

    def left(self, due: float, now: float, count: int = 1) -> float:
        """A request leaves.

        It is counted a little before: the one that takes its place in the window, a second later,
        will need as long from its turn until it leaves. Without that every second would be longer
        by this time, which is several milliseconds on a busy machine.
        """
        self._lag.note(now - due)
        counted = now - min(self._lag.usual, now - due)
        self._window.move(PENDING, counted, count)
        return counted

    def answered(self, counted: float, seconds: float, count: int = 1) -> None:
        """An answer came; a late one means a late arrival."""
        stray = self._strays.of(seconds)
        if stray > 0.0:
            self._window.move(counted, counted + stray, count)

    def refused(self) -> None:
        """Telegram says that the bot as a whole is too fast: allow for more jitter."""
        self._strays.refused()

    def give_back(self, taken: float, counted: float, count: int = 1) -> None:
        """Granted turns are not used."""
        del taken
        self._even.give_back(count)
        self._sprint.give_back(count)
        self._window.give_back(counted, count)

    def used_since(self, start: float) -> int:
        """How many requests left after `start`, at most a window's."""
        return self._window.used_since(start)

    def expect(self, waiting: int, *, urgent: bool) -> None:
        """Nothing to prepare."""


class Unlimited:
    """Turns without end."""

    def __init__(self) -> None:
        self.rate = math.inf
        self.slowed = 1.0

    def free_at(self, now: float, count: int = 1, *, urgent: bool = False) -> float:
        """Always."""
        del now, count, urgent
        return NEVER

    def take(self, now: float, count: int = 1, *, since: float, urgent: bool = False) -> float:
        """Nothing is counted."""
        del count, since, urgent
        return now

    def left(self, due: float, now: float, count: int = 1) -> float:
        """Nothing is counted."""
        del due, count
        return now

    def answered(self, counted: float, seconds: float, count: int = 1) -> None:
        """Nothing is counted."""

    def refused(self) -> None:
        """Nothing is counted."""

    def give_back(self, taken: float, counted: float, count: int = 1) -> None:
        """Nothing is counted."""

    def used_since(self, start: float) -> int:
        """Nothing is counted."""
        del start
        return 0

    def expect(self, waiting: int, *, urgent: bool) -> None:
        """Nothing to prepare."""
