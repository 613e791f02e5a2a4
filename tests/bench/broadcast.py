"""One entry to very many chats at 1,000 a second: when the last one has it."""

from __future__ import annotations

import asyncio

from bot.delivery.pace_setup import CLOCK
from bot.delivery.pacer import Pacer, Rates
from bot.delivery.planner import Planner
from bot.delivery.sender import Sender
from tests.bench.figures import Options, Row, Watch
from tests.bench.rig import desk, transport, words
from tests.bench.stub_process import stub
from tests.support.store import add_entries, utc_now

CHATS, ALL_CHATS = 20_000, 100_000  # the goal's number with --full
RATE = 1_000.0  # messages a second
LATENCY = 0.04  # seconds until the stub answers
LONGEST = 4  # times what the rate itself takes; then it is given up
GOAL = 1.2  # of the time the rate itself takes


async def rows(options: Options) -> list[Row]:
    """The time from the entry's being stored to the last chat's message, planning included."""
    chats = ALL_CHATS if options.full else CHATS
    place = options.folder / "broadcast.db"
    async with stub() as server, desk(place, server, chats, rates=Rates(RATE)) as one:
        await server.reset(latency=LATENCY)
        async with transport(server) as to_stub:
            sender = Sender(
                one.db, to_stub, Pacer(one.rates, clock=CLOCK), owner="bench", now=utc_now
            )
            planner = Planner(one.db, now=utc_now, on_planned=sender.wake)
            stop = asyncio.Event()
            working = [asyncio.create_task(sender.run()), asyncio.create_task(planner.run(stop))]
            watch = Watch()
            start = asyncio.get_running_loop().time()
            await add_entries(one.db, one.source, [words(0)])
            planner.wake()
            while (seen := await server.seen())["messages"] < chats:
                if watch.spent(1).wall > chats / RATE * LONGEST or any(w.done() for w in working):
                    break
                await asyncio.sleep(0.5)
            await sender.stop(5.0)
            spent = watch.spent(seen["messages"] or 1)
            stop.set()
            await asyncio.gather(*working)
    took = (seen["last"] or start) - start
    reached = seen["chats"]
    missing = "" if reached == chats else f"; given up, {reached:,} were reached"
    expected = chats / RATE
    return [
        Row(
            f"{chats:,} chats at {RATE:,.0f}/s: the last one has it after",
            f"the rate itself: {expected:.0f} s",
            f"{took:.1f} s; busiest second {seen['busiest']:,}; {spent.each:.0f} µs each{missing}",
            took / expected,
            f"≤ {GOAL}",
            took <= expected * GOAL and seen["most"] == 1 and not missing,
            {
                "seconds": took,
                "chats": chats,
                "reached": reached,
                "busiest": seen["busiest"],
                "cpu_us": spent.each,
            },
        )
    ]
