"""How many requests may run at once, and how many large pages may be read at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class HostSlots:
    """Bounds concurrency per host and in total.

    A request waits for its host first and for the total only then, so that requests queueing
    for a slow host hold nothing that another host needs. Hosts nobody asks for cost no memory.

    Args:
        per_host: requests to one host at once.
        total: requests at once.
    """

    def __init__(self, *, per_host: int, total: int) -> None:
        self._per_host = per_host
        self._total = asyncio.Semaphore(total)
        self._hosts: dict[str, tuple[asyncio.Semaphore, int]] = {}  # with its holders and waiters

    def __len__(self) -> int:
        """How many hosts are being asked at present."""
        return len(self._hosts)

    @asynccontextmanager
    async def hold(self, host: str) -> AsyncIterator[None]:
        """Wait for a slot for `host` and hold it."""
        semaphore, users = self._hosts.get(host) or (asyncio.Semaphore(self._per_host), 0)
        self._hosts[host] = (semaphore, users + 1)
        try:
            async with semaphore, self._total:
                yield
        finally:
            users = self._hosts[host][1] - 1
            if users:
                self._hosts[host] = (semaphore, users)
            else:
                del self._hosts[host]


class LargePages:
    """Bounds how many large pages are read at once: text, tree and entries cost many times a body.

    Args:
        size: bytes of a body from which a page is large; smaller ones never wait.
        total: large pages at once.
    """

    def __init__(self, *, size: int = 2**20, total: int = 2) -> None:
        self._size = size
        self._turns = asyncio.Semaphore(total)

    @asynccontextmanager
    async def reading(self, body: bytes) -> AsyncIterator[None]:
        """Wait until a page of this body may be read."""
        if len(body) < self._size:
            yield
            return
        async with self._turns:
            yield
