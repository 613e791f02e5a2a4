"""One broadcast by another library, as a process: ``peer_client.py LIBRARY API_ROOT OPEN SECONDS``.

Runs under an interpreter that has the library, and needs nothing of LiveRelay. The text's HTML and
the chats' ids stand on standard input as JSON; what it took comes out as JSON. With OPEN 1 it is
the loop over chats that most bots have; with more, so many tasks share the chats. After SECONDS
no further chat is begun.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

TOKEN = "7000000001:stub-token-for-this-machine-only-00"
FAST = 1_000  # messages a second the limiter may let through: it shall not be what is measured

Send = Callable[[int], Awaitable[object]]


@dataclass(frozen=True)
class Job:
    """What is to be done: which text for which chats, how many at a time, for how long."""

    api_root: str
    text: str
    chats: list[int]
    tasks: int
    seconds: float


async def broadcast(send: Send, job: Job) -> dict[str, float]:
    """Send to each chat; wall and processor seconds, and to how many."""
    done = 0

    async def work(to: Iterator[int]) -> None:
        nonlocal done
        for chat in to:
            await send(chat)
            done += 1
            if time.perf_counter() - wall > job.seconds:
                return

    gc.collect()
    gc.freeze()
    wall, cpu = time.perf_counter(), time.process_time()
    to = iter(job.chats)
    await asyncio.gather(*(work(to) for _ in range(job.tasks)))
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "count": done,
    }


async def with_ptb(job: Job, *, limiter: bool) -> dict[str, float]:
    """python-telegram-bot with its default transport."""
    from telegram.ext import AIORateLimiter, ApplicationBuilder

    builder = ApplicationBuilder().token(TOKEN).base_url(f"{job.api_root}/bot")
    if limiter:
        builder = builder.rate_limiter(AIORateLimiter(overall_max_rate=FAST))  # type: ignore[arg-type]  # its default arguments are None
    application = builder.build()
    async with application:
        bot = application.bot
        return await broadcast(
            lambda chat: bot.send_message(chat, job.text, parse_mode="HTML"), job
        )


async def with_aiogram(job: Job) -> dict[str, float]:
    """The same with aiogram and its default session."""
    # Only where `make bench` put it.
    from aiogram import Bot  # type: ignore[import-not-found]  # no dependency of ours
    from aiogram.client.session.aiohttp import AiohttpSession  # type: ignore[import-not-found]  # as above
    from aiogram.client.telegram import TelegramAPIServer  # type: ignore[import-not-found]  # as above

    session = AiohttpSession(api=TelegramAPIServer.from_base(job.api_root))
    async with Bot(TOKEN, session=session) as bot:
        return await broadcast(
            lambda chat: bot.send_message(chat, job.text, parse_mode="HTML"), job
        )


def main(library: str, api_root: str, tasks: int, seconds: float) -> None:
    """Broadcast and print."""
    given = json.load(sys.stdin)
    job = Job(api_root, given["text"], given["chats"], tasks, seconds)
    if library == "aiogram":
        spent = asyncio.run(with_aiogram(job))
    else:
        spent = asyncio.run(with_ptb(job, limiter=library == "ptb+limiter"))
    json.dump(spent, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
