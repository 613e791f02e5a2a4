"""Keeps one person from keeping the bot busy: so many commands and presses, and no more. Pure.

A token bucket for each person, kept as one instant (GCRA): a burst is fine, a stream is not. Who is
too fast is told once and then ignored until they have been calm for a moment.
"""

from __future__ import annotations

import enum
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

BURST = 20
EVERY = timedelta(seconds=1.5)  # in the long run
CALM = timedelta(seconds=5)  # without a word, after which it is told anew
PEOPLE = 10_000  # remembered; of those beyond, the ones not heard for longest are forgotten


def _now() -> datetime:
    return datetime.now(UTC)


class Pace(enum.Enum):
    """What to do with what somebody asks."""

    FINE = "answer it"
    TOO_FAST = "say that it is too fast"
    IGNORED = "say nothing"


class Haste:
    """Who asked how much lately.

    Args:
        now: the time, aware UTC.
        burst: how much at once.
    """

    def __init__(self, now: Callable[[], datetime] = _now, burst: int = BURST) -> None:
        self._now = now
        self._burst = burst
        self._until: OrderedDict[int, datetime] = OrderedDict()  # when the bucket is full again
        self._told: dict[int, datetime] = {}

    def asked(self, user_id: int) -> Pace:
        """Count one command or press of a person."""
        now = self._now()
        until = max(self._until.pop(user_id, now), now)
        if until - now > (self._burst - 1) * EVERY:
            self._until[user_id] = until
            last = self._told.get(user_id)
            self._told[user_id] = now
            return Pace.IGNORED if last is not None and now - last < CALM else Pace.TOO_FAST
        self._until[user_id] = until + EVERY
        if len(self._until) > PEOPLE:
            forgotten, _ = self._until.popitem(last=False)
            self._told.pop(forgotten, None)
        return Pace.FINE
