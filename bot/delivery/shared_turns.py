"""The bot's common turns where several processes send: taken from one row, some milliseconds ahead.

A process that has messages waiting reserves a few turns at a time. Each has its moment; what is
not used by then is given up, for the others' turns stand right behind it. The moments are the
database's, so that it does not matter whether the processes' own clocks agree.

A process that is a little late for its turns makes up for them, but never holds more messages in a
second than it had moments in the same second: so all processes together hold no more than there
are moments, wherever the second starts.
"""

from __future__ import annotations

import asyncio
import math
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from bot.errors import StoreError
from bot.store.rate import Learnt, Turns

MARGIN = 0.006  # share by which the rate is lower than Telegram's, for the network's jitter
MOST_MARGIN = 0.05
BATCH = 0.05  # seconds' worth of turns to take at a time, at most
AHEAD = 0.06  # seconds before the last turn's moment in which the next ones are taken
FAR = 0.15  # seconds; where turns are so far away, others want some too: take fewer at a time
LATEST = 0.1  # seconds after its moment in which a turn may still be used
SECOND = 1.0
STEP = 0.5  # seconds; a database's clock that is off by more was set
DRIFT = 0.001  # seconds in each second by which two clocks may drift apart
RETRY = 0.25  # seconds after the database refused

Reserve = Callable[[int, float], Awaitable[Turns]]

log = structlog.get_logger(__name__)


class SharedTurns:
    """See the module. Await `run` in a task.

    Args:
        rate: turns a second, over all processes.
        reserve: takes turns from the row: how many, at which rate.
        clock: seconds that never run backwards; the event loop's by default.

    Attributes:
        on_turns: called when there are new turns.
        on_learnt: called with what the processes know of Telegram's refusals.
    """

    def __init__(
        self, rate: float, reserve: Reserve, *, clock: Callable[[], float] | None = None
    ) -> None:
        self.rate = rate
        self.slowed = 1.0
        self.on_turns: Callable[[], None] = _nobody
        self.on_learnt: Callable[[Learnt], None] = _ignore
        self._reserve = reserve
        self._clock = clock
        self._margin = MARGIN
        self._moments: deque[float] = deque()  # of the turns in hand
        self._given: list[float] = []  # all moments of the last second, and those to come
        self._used: list[float] = []  # when turns were used in the last second
        self._most = max(1, math.floor(rate * BATCH))
        self._batch = self._most
        self._waiting = 0
        self._wanted = asyncio.Event()
        self._offset: float | None = None  # of our clock from the database's
        self._offset_at = 0.0

    def free_at(self, now: float, count: int = 1, *, urgent: bool = False) -> float:
        """When so many of the turns in hand can be taken; infinity if there are too few."""
        del urgent
        latest = LATEST + 2.0 * (count - 1) / self.rate  # an album's turns come one by one
        while self._moments and self._moments[0] + latest < now:
            self._moments.popleft()  # its moment has gone by
        if len(self._moments) < count:
            return math.inf
        moment = self._moments[count - 1]
        if moment > now:
            return moment
        self._forget(now)
        over = len(self._used) + count - bisect_right(self._given, now)
        if over <= 0:
            return now
        if over <= len(self._used):
            return self._used[over - 1] + SECOND
        if count > self._per_second:  # an album's turns of more than a second: nothing beside it
            return self._used[-1] + SECOND if self._used else now
        self._moments.popleft()  # given back late: its moment counts no more
        return self.free_at(now, count)

    def take(self, now: float, count: int = 1, *, since: float, urgent: bool = False) -> float:
        """Grant turns; returns when they fell due."""
        del since, urgent
        for _ in range(count):
            self._moments.popleft()
        self._used.extend([now] * count)
        self._waiting = max(0, self._waiting - 1)
        return now

    def left(self, due: float, now: float, count: int = 1) -> float:
        """A request leaves; its turn was counted when it was granted."""
        del due, count
        return now

    def answered(self, counted: float, seconds: float, count: int = 1) -> None:
        """Moments that have gone by cannot be moved."""

    def refused(self) -> None:
        """Telegram says that the bot as a whole is too fast: allow for more jitter."""
        self._margin = min(MOST_MARGIN, 2.0 * self._margin)

    def give_back(self, taken: float, counted: float, count: int = 1) -> None:
        """Granted turns are not used: at once they can be, unless that was a second ago."""
        del counted
        now = self._now()
        self._forget(now)
        place = bisect_left(self._used, taken)
        end = bisect_right(self._used, taken, place, min(place + count, len(self._used)))
        del self._used[place:end]
        self._moments.extendleft([now] * (end - place))

    def used_since(self, start: float) -> int:
        """How many turns this process used after `start`, of the last second."""
        return len(self._used) - bisect_right(self._used, start)

    def expect(self, waiting: int, *, urgent: bool) -> None:
        """So many wait for turns that are not there yet."""
        del urgent
        self._waiting = max(1, waiting)
        self._wanted.set()

    async def run(self) -> None:
        """Take turns as long as they are wanted, until cancelled."""
        refusals = 0
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            pause = self._last() - AHEAD - self._now()
            if pause > 0.0:
                await asyncio.sleep(pause)
            count = min(self._batch, self._waiting - len(self._moments))
            if count <= 0:
                continue
            try:
                turns = await self._reserve(count, self._per_second)
            except StoreError as error:
                refusals += 1
                if refusals == 1:
                    log.warning("no turns to send: the database refuses", reason=str(error))
                await asyncio.sleep(RETRY)
                self._wanted.set()
                continue
            refusals = 0
            self._add(turns)
            self.on_learnt(turns.learnt)
            self.on_turns()

    def _add(self, turns: Turns) -> None:
        now = self._now()
        start = self._our_time(turns.now, now) + turns.wait
        self._batch = (
            max(1, self._batch // 2) if start - now > FAR else min(self._most, 2 * self._batch)
        )
        moments = [start + number * turns.spacing for number in range(turns.count)]
        self._moments.extend(moments)
        self._given.extend(moments)
        self._waiting = max(self._waiting, len(self._moments))

    def _our_time(self, theirs: float, now: float) -> float:
        """An instant just past of the database's clock, on ours.

        Each answer takes a while, and some take long: the quickest tells best.
        """
        offset = now - theirs
        if self._offset is not None and offset < self._offset + STEP:
            offset = min(offset, self._offset + DRIFT * (now - self._offset_at))
        self._offset, self._offset_at = offset, now
        return theirs + offset

    @property
    def _per_second(self) -> float:
        """Turns of all processes, as they are asked for."""
        return self.rate * self.slowed * (1.0 - self._margin)

    def _last(self) -> float:
        return self._moments[-1] if self._moments else -math.inf

    def _forget(self, now: float) -> None:
        for times in (self._given, self._used):
            del times[: bisect_right(times, now - SECOND)]

    def _now(self) -> float:
        return asyncio.get_running_loop().time() if self._clock is None else self._clock()


def _nobody() -> None:
    """Nobody wants to hear of it."""


def _ignore(_learnt: Learnt) -> None:
    """Nobody wants to hear of it."""
