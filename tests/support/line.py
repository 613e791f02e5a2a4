"""A Bot API with the sandbox's limits at the end of a line that is not ideal, in virtual time.

Stands between a pacer and the sandbox's limiter: requests take a while to leave, to arrive and to
be answered, and both ends stall as busy machines do. The same seed gives the same run.
"""

from __future__ import annotations

import asyncio
import random
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from bot.delivery.pacer import Pacer
from bot.sandbox.limits import Limiter, Limits

WORKERS = 300  # senders at work at the same time
LONGEST = 120.0  # seconds in which the far end's stalls are planned


@dataclass(frozen=True, slots=True)
class Line:
    """What a line is like; seconds, each the mean of random times.

    Attributes:
        prepare: from a turn until its request leaves.
        travel: one way at least.
        jitter: on top of that.
        stall: of this process, every `between` seconds.
        far_stall: of the far end, every `far_between` seconds.
    """

    prepare: float = 0.0003
    travel: float = 0.0004
    jitter: float = 0.0004
    stall: float = 0.0
    between: float = 0.05
    far_stall: float = 0.0
    far_between: float = 0.2


@dataclass
class Traffic:
    """Sends over a line, within one run of the virtual loop.

    Attributes:
        arrived: when each accepted message arrived.
        refused: the chat of each that was not.
    """

    line: Line
    limits: Limits
    seed: int = 1
    arrived: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._loop = asyncio.get_running_loop()
        self.limiter = Limiter(self.limits, self._loop.time)
        self._stalls = list(self._plan())

    def now(self) -> float:
        """The loop's seconds."""
        return self._loop.time()

    async def send(self, pacer: Pacer, chat_id: int, *, group: bool = False) -> float:
        """Send one alert in its turn; returns how long it waited for that."""
        asked = self.now()
        slot = await pacer.slot(chat_id, group=group, hold=True)
        waited = self.now() - asked
        await asyncio.sleep(self._some(self.line.prepare))
        slot.left()
        answer: asyncio.Future[int] = self._loop.create_future()
        self._loop.call_at(self._arrival(), self._arrive, chat_id, group, answer)
        wait = await answer
        if wait:
            self.refused.append(chat_id)
            pacer.flooded(chat_id, wait, group=group)
        slot.close()
        return waited

    async def broadcast(self, pacer: Pacer, chats: Iterable[int], seconds: float) -> None:
        """Send to one chat after the other, as fast as the pacer lets, for so long."""
        end, left = self.now() + seconds, iter(chats)
        stalling = asyncio.ensure_future(self._stall()) if self.line.stall else None

        async def work() -> None:
            while self.now() < end:
                await self.send(pacer, next(left))

        await asyncio.gather(*(work() for _ in range(WORKERS)))
        if stalling is not None:
            stalling.cancel()

    def used(self, rate: int) -> float:
        """The share of the rate that was used, over whole seconds of it, the first one left out.

        Bursts come round every second: the share is a mean over where the seconds start.
        """
        times = self.arrived
        rounds = (len(times) - 1 - rate - rate // 2) // rate
        shares = [
            rounds / (times[first + rounds * rate] - times[first])
            for first in range(rate, rate + rate // 2)
        ]
        return sum(shares) / len(shares)

    def _arrive(self, chat_id: int, group: bool, answer: asyncio.Future[int]) -> None:
        wait = self.limiter.send(chat_id, group=group)
        if not wait:
            self.arrived.append(self.now())
        self._loop.call_later(self._way(), _answer(answer, wait))

    def _some(self, mean: float) -> float:
        return self._random.expovariate(1.0 / mean)

    def _way(self) -> float:
        return self.line.travel + self._some(self.line.jitter)

    def _arrival(self) -> float:
        at = self.now() + self._way()
        last = bisect_right(self._stalls, (at, float("inf"))) - 1
        return max(at, self._stalls[last][1]) if last >= 0 else at

    def _plan(self) -> Iterable[tuple[float, float]]:
        """When the far end stalls: start and end of each."""
        at = 0.0
        while self.line.far_stall and at < LONGEST:
            at += self._some(self.line.far_between)
            end = at + self._random.uniform(0.0, 2.0 * self.line.far_stall)
            yield at, end
            at = end

    async def _stall(self) -> None:
        """Take the processor away from this process now and then."""
        while True:
            await asyncio.sleep(self._some(self.line.between))
            self._loop.jump(self._random.uniform(0.0, 2.0 * self.line.stall))  # type: ignore[attr-defined]  # the virtual loop's


def _answer(future: asyncio.Future[int], wait: int) -> Callable[[], None]:
    def answer() -> None:
        if not future.done():
            future.set_result(wait)

    return answer
