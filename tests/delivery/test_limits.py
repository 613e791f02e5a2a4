"""A broadcast at Telegram's own limits, with people asking meanwhile."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left, bisect_right
from pathlib import Path

from telegram.ext import ExtBot

from bot.delivery.pacer import Rates
from bot.delivery.telegram import HttpRequest, PacedRateLimiter
from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from bot.store.columns import DeliveryState as State
from tests.support.relaying import relaying, until
from tests.support.store import (
    add_entries,
    add_private_chats,
    add_source,
    state_counts,
    temp_database,
)


async def test_a_broadcast_uses_the_permitted_rate_and_replies_go_first(tmp_path: Path) -> None:
    """300 chats at 30 messages a second: at least 95 % of the rate is used, no answer is a 429,
    no second holds more than 30, and a reply is there within a turn or two.
    """
    limits = Limits(tolerance=0.0)
    async with temp_database(tmp_path) as db, await SandboxServer(limits=limits).start() as server:
        people = server.world.add_bulk(310)
        await add_private_chats(db, 300, first=people[0])
        source = await add_source(db)
        request = HttpRequest()
        async with relaying(db, server, rates=Rates()) as relay:
            bot = ExtBot(
                server.token,
                base_url=f"{server.api_root}/bot",
                request=request,
                get_updates_request=HttpRequest(),
                rate_limiter=PacedRateLimiter(relay.pacer),
            )
            async with bot:
                await add_entries(db, source, ["Storm warning"])
                relay.planner.wake()
                waits = []
                for asker in people[300:306]:
                    await asyncio.sleep(1.0)
                    asked = time.monotonic()
                    await bot.send_message(asker, "The latest")
                    waits.append(time.monotonic() - asked)

                async def settled() -> bool:
                    return (await state_counts(db)).get(State.SENT) == 300

                await until(settled, 20)
        times = [sent.at for sent in server.world.accepted]
        assert server.counters.floods == 0
        assert max(bisect_right(times, t) - bisect_left(times, t - 1.0) for t in times) <= 30
        assert len(times) - 1 >= 0.95 * 30 * (times[-1] - times[0])
        assert max(waits) < 0.15
