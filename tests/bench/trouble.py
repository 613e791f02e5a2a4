"""What some chats' trouble costs the others: their median latency with it and without it.

One chat answers 429 for an hour, 5 % have blocked the bot, 1 % are groups that migrated, 1 % never
answer. Planner and sender are the real ones, the Bot API is the sandbox's over HTTP, and the pace
is well below what a machine can do, so that what is measured is who waits for whom.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from bot.delivery.pacer import Rates
from bot.model import ChatKind
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from bot.store.engine import Database
from tests.bench.figures import Options, Row
from tests.support.relaying import relaying
from tests.support.store import add_chat, add_entries, add_source, temp_database

HOUR = 3600
BLOCKED = "Forbidden: bot was blocked by the user"
MOST = 1.10  # times the median without trouble
WITHIN = 120.0  # seconds for a round


@dataclass(frozen=True, slots=True)
class Crowd:
    """Whom a broadcast goes to, a hundred chats at a time; all the same but for their trouble."""

    chats: int = 500
    rate: float = 100.0
    rounds: int = 3


async def latencies(folder: Path, crowd: Crowd, *, trouble: bool) -> list[float]:
    """Seconds from an entry's being stored to its being in a chat without trouble, of all."""
    folder.mkdir()
    async with (
        temp_database(folder) as db,
        SandboxServer(limits=Limits.off()) as server,
    ):
        world, well = server.world, []
        source = await add_source(db)
        for number in range(crowd.chats):
            place = number % 100
            if place == 50:  # 1 %
                group = world.add_group(f"group {number}")
                await add_chat(db, group.id, kind=ChatKind.GROUP)
                if trouble:
                    world.migrate(group)
                continue
            chat_id = world.private_chat(world.add_user(f"Reader {number}")).id
            await add_chat(db, chat_id)
            if place % 20 == 5:  # 5 %
                fault = Fault(FaultKind.REFUSE, status=403, description=BLOCKED, chat_id=chat_id)
            elif place == 70:  # 1 %
                fault = Fault(FaultKind.HANG, chat_id=chat_id)
            elif number == 1:
                fault = Fault(FaultKind.FLOOD, retry_after=HOUR, chat_id=chat_id)
            else:
                well.append(chat_id)
                continue
            if trouble:
                server.faults.add(fault)
        took: list[float] = []
        async with relaying(db, server, rates=Rates(crowd.rate, 1_000.0, 60_000), read_timeout=5.0):
            for number in range(crowd.rounds):
                took += await _round(db, source, number, server, set(well))
        return took


async def _round(
    db: Database, source: int, number: int, server: SandboxServer, well: set[int]
) -> list[float]:
    """A new entry; how long it took to each chat without trouble."""
    seen, began = len(server.world.accepted), time.monotonic()
    await add_entries(db, source, [f"Bulletin {number} of the harbour office."])
    waiting, took = set(well), []
    async with asyncio.timeout(WITHIN):
        while waiting:
            await asyncio.sleep(0.05)
            accepted = server.world.accepted
            for message in accepted[seen:]:
                if message.chat_id in waiting:
                    waiting.discard(message.chat_id)
                    took.append(message.at - began)
            seen = len(accepted)
    return took


async def rows(options: Options) -> list[Row]:
    """The measurement."""
    crowd = Crowd(chats=2_000, rate=200.0) if options.full else Crowd()
    without, with_ = await compare(options.folder, crowd)
    ratio = with_ / without
    return [
        Row(
            "median latency of the others: one chat at 429, 5 % blocked, 1 % migrated, 1 % silent",
            f"without that {without:.2f} s",
            f"{with_:.2f} s",
            ratio,
            f"≤ {MOST:.2f}",
            ratio <= MOST,
            {"chats": crowd.chats, "rate": crowd.rate, "without": without, "with": with_},
        )
    ]


async def compare(folder: Path, crowd: Crowd) -> tuple[float, float]:
    """The medians without and with trouble."""
    without = await latencies(folder / "without", crowd, trouble=False)
    with_ = await latencies(folder / "with", crowd, trouble=True)
    return statistics.median(without), statistics.median(with_)
