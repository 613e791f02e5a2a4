"""bot.sources.slots: large pages are read in turn, small ones at once."""

from __future__ import annotations

import asyncio

from bot.sources.slots import LargePages


async def test_large_pages_are_read_in_turn() -> None:
    """Never more large pages at once than allowed, and no small one waits for them."""
    pages = LargePages(size=10, total=2)
    running = most = small = 0
    gate = asyncio.Event()

    async def read(body: bytes) -> None:
        nonlocal running, most, small
        async with pages.reading(body):
            if len(body) < 10:
                small += 1
                return
            running += 1
            most = max(most, running)
            await gate.wait()
            running -= 1

    tasks = [asyncio.create_task(read(b"x" * 10)) for _ in range(5)]
    await asyncio.gather(*(read(b"x" * 9) for _ in range(5)))
    assert small == 5
    gate.set()
    await asyncio.gather(*tasks)
    assert most == 2
