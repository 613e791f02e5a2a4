"""Who waits for an answer comes first: meanwhile nothing is written that can wait.

A command, or a poll that found something, is several short transactions. Each begins when the one
under way has ended; but between two of them the planner would begin its next chunk, so that every
one of them waited for a chunk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Precedence:
    """Held by those who are waited for; asked by those who can wait."""

    def __init__(self) -> None:
        self._holders = 0
        self._free = asyncio.Event()
        self._free.set()

    @contextmanager
    def held(self) -> Iterator[None]:
        """While somebody waits."""
        self._holders += 1
        self._free.clear()
        try:
            yield
        finally:
            self._holders -= 1
            if not self._holders:
                self._free.set()

    async def free(self, at_most: float) -> None:
        """Return when nobody waits, or after so many seconds: what can wait is not starved."""
        if self._holders:
            try:
                async with asyncio.timeout(at_most):
                    await self._free.wait()
            except TimeoutError:
                return
