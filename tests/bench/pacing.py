"""How much of the permitted rate is used, at 30 and at 1,000 messages a second.

The sandbox's server keeps Telegram's limits in a process of its own and answers 429 where one is
broken; it also tells when each message arrived.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import aiohttp
import orjson

from bot.delivery.pace_setup import CLOCK
from bot.delivery.pacer import Pacer, Rates
from bot.delivery.telegram import HttpRequest, Transport
from bot.errors import FloodError
from bot.outgoing import Outgoing
from bot.sandbox.server import DEFAULT_TOKEN
from tests.bench.figures import Options, Row

GOAL = 0.99
SECONDS = {30: 30.0, 1000: 12.0}
WORKERS = {30: 40, 1000: 100}
PEOPLE = 40_000
BUSY_SHARE = 10  # of so many messages one goes to a chat that always has more waiting
REPLY_EVERY = 0.5  # seconds
ALERT = Outgoing("Storm warning for Kestrel Bay: the barrier is closed until the tide turns.")


@dataclass
class Run:
    """What a broadcast showed.

    Attributes:
        arrived: when each accepted message arrived; monotonic seconds.
        counters: the sandbox's.
        waits: seconds a reply waited for its turn.
    """

    arrived: list[float] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)

    def used(self, rate: int) -> float:
        """The share of the rate that was used, the first second left out.

        Over whole rounds of `rate` messages, as a mean over where they start: what went out in a
        burst comes round a second later, and the share must not depend on where one cuts.
        """
        times = self.arrived
        rounds = (len(times) - 1 - rate - rate // 2) // rate
        if rounds < 1:  # fewer than two and a half seconds' worth came through at all
            return len(times) / (rate * (times[-1] - times[0])) if len(times) > 1 else 0.0
        shares = [
            rounds / (times[first + rounds * rate] - times[first])
            for first in range(rate, rate + rate // 2)
        ]
        return sum(shares) / len(shares)


@asynccontextmanager
async def _sandbox() -> AsyncIterator[str]:
    """A sandbox in another process; its address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.sandbox", "--port", "0", "--empty", "--no-history"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.terminate()
        await process.wait()


async def _broadcast(rate: int) -> Run:
    run = Run()
    async with _sandbox() as root, aiohttp.ClientSession() as session:

        async def control(path: str, **given: Any) -> Any:
            async with session.post(f"{root}/sandbox/{path}", json=given) as response:
                return await response.json(loads=orjson.loads)

        async def look(path: str) -> Any:
            async with session.get(f"{root}/sandbox/{path}") as response:
                return await response.json(loads=orjson.loads)

        await control("limits", global_per_second=rate)
        first = (await control("bulk", count=PEOPLE))["first_id"]
        busy = [
            (await control("groups", title=f"Group {number}", kind="supergroup"))["id"]
            for number in range(3)
        ]
        request = HttpRequest()
        await request.initialize()
        try:
            transport = Transport(request, DEFAULT_TOKEN, api_root=root)
            await _send(
                rate, Pacer(Rates(global_rate=rate), clock=CLOCK), transport, first, busy, run
            )
        finally:
            await request.shutdown()
        run.arrived = [each["at"] for each in (await look("accepted"))["sends"]]
        run.counters = await look("counters")
    return run


async def _send(
    rate: int, pacer: Pacer, transport: Transport, first: int, groups: list[int], run: Run
) -> None:
    """A backlog for many people, for a few that get one a second, and for groups; and replies."""
    end = pacer.now() + SECONDS[rate]
    rested: Iterator[int] = count(first)
    eager = [next(rested) for _ in range(rate // BUSY_SHARE)]

    async def one(chat_id: int, *, urgent: bool = False) -> None:
        asked = pacer.now()
        slot = await pacer.slot(chat_id, group=chat_id < 0, urgent=urgent, hold=True)
        if urgent:
            run.waits.append(pacer.now() - asked)
        try:
            await transport.send(chat_id, None, ALERT, on_left=slot.left)
        except FloodError as error:
            pacer.flooded(chat_id, error.retry_after, group=chat_id < 0)
        finally:
            slot.close()

    async def backlog(chat_id: int) -> None:
        while pacer.now() < end:
            await one(chat_id)

    async def others() -> None:
        while pacer.now() < end:
            await one(next(rested))

    async def replies() -> None:
        while pacer.now() < end:
            await one(next(rested), urgent=True)
            await asyncio.sleep(REPLY_EVERY)

    backlogs = [asyncio.create_task(backlog(chat_id)) for chat_id in (*eager, *groups)]
    await asyncio.gather(replies(), *(others() for _ in range(WORKERS[rate])))
    for task in backlogs:  # a group's next turn may be seconds away
        task.cancel()
    await asyncio.gather(*backlogs, return_exceptions=True)


async def rows(_options: Options) -> list[Row]:
    """Each rate; takes about three quarters of a minute."""
    measured = []
    for rate in SECONDS:
        found = await _broadcast(rate)
        used, floods = found.used(rate), found.counters["floods"]
        measured.append(
            Row(
                what=f"permitted rate used, {rate:,}/s",
                reference=f"{rate:,}/s",
                measured=f"{used * rate:,.1f}/s, {floods} × 429",
                ratio=used,
                goal=f"≥ {GOAL} and no 429",
                met=used >= GOAL and not floods,
                data={
                    "used": used,
                    "floods": floods,
                    "accepted": found.counters["accepted"],
                    "peak_per_second": found.counters["peak_per_second"],
                    "longest_wait_of_a_reply": max(found.waits),
                },
            )
        )
    return measured
