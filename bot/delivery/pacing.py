"""The arithmetic of sending rates, pure: an even rate and a strict limit over a sliding period.

Both are told the time by their caller, in seconds of any clock that never runs backwards. Neither
alone is enough: `Gcra` is smooth but lets a burst through after a pause, `Window` never lets more
than its number through but would spend it in one burst. `bot.delivery.common_rate` uses both.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort

PENDING = float("inf")  # the time of a turn that was granted and is not used yet
NEVER = float("-inf")


class Gcra:
    """An even rate with a little credit: the generic cell rate algorithm.

    After a pause or a hiccup, at most ``1 + tolerance × rate`` take their turn at once; over any
    ``t`` seconds at most ``1 + (tolerance + t) × rate``.

    Args:
        rate: turns a second; may be changed at any time.
        tolerance: seconds of unused time that can be made up for.

    See ITU-T I.371, annex A (virtual scheduling).
    """

    __slots__ = ("_due", "rate", "tolerance")

    def __init__(self, rate: float, tolerance: float = 0.0) -> None:
        self.rate = rate
        self.tolerance = tolerance
        self._due = NEVER  # when the next turn falls due at an exactly even rate

    def free_at(self) -> float:
        """When the next turn may be taken."""
        return self._due - self.tolerance

    def take(self, now: float, count: int = 1) -> None:
        """Use `count` turns at once; the caller saw that one is due."""
        self._due = max(self._due, now) + count / self.rate

    def skip(self, until: float) -> None:
        """Turns that fell due before are lost."""
        self._due = max(self._due, until + self.tolerance)

    def give_back(self, count: int = 1) -> None:
        """Turns that were taken are not used."""
        self._due -= count / self.rate


class Window:
    """At most `limit` in any `period` seconds, wherever the period starts.

    A turn is counted at the time it was used, which `move` may put later than it was taken: what
    is limited is what arrives, and a turn granted now may be used a moment later. A turn taken at
    `PENDING` counts as being used at every moment until it is moved or given back.

    Args:
        limit: turns, at least 1.
        period: seconds; the period is open at its start: a turn exactly `period` old is out.
    """

    __slots__ = ("_times", "limit", "period")

    def __init__(self, limit: int, period: float) -> None:
        self.limit = limit
        self.period = period
        self._times: list[float] = []  # the latest `limit` turns, oldest first

    def free_at(self, count: int = 1) -> float:
        """When the next `count` turns may be taken at once; minus infinity if now.

        More than `limit` are never free at once: so many wait for an empty window.
        """
        over = len(self._times) + min(count, self.limit) - self.limit
        return NEVER if over <= 0 else self._times[over - 1] + self.period

    def take(self, now: float, count: int = 1) -> None:
        """Use turns; the caller saw that they are free."""
        times = self._times
        for _ in range(count):
            if times and now < times[-1]:
                insort(times, now)
            else:
                times.append(now)
        if len(times) > self.limit:
            del times[: len(times) - self.limit]

    def move(self, taken: float, used: float, count: int = 1) -> None:
        """The turns taken at `taken` were used at `used`, later."""
        self.give_back(taken, count)
        self.take(used, count)

    def give_back(self, taken: float, count: int = 1) -> None:
        """The turns taken at `taken` are not used."""
        times = self._times
        place = bisect_left(times, taken)
        end = place
        while end < len(times) and end - place < count and times[end] == taken:
            end += 1
        del times[place:end]

    def used_since(self, start: float) -> int:
        """How many turns (at most `limit`) were used after `start`."""
        return len(self._times) - bisect_right(self._times, start)

    def idle(self, now: float) -> bool:
        """Whether every turn is out of the period."""
        return not self._times or self._times[-1] + self.period <= now
