"""Expands fan-outs into deliveries, chunk by chunk, while sending has begun already.

Each chunk is a transaction of its own, sized by how long the last one took, so that no command
and no sender waits noticeably for the database however large the audience is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime

import structlog

from bot.delivery.backoff import backoff
from bot.errors import StoreError
from bot.store import fanouts
from bot.store.engine import Database

TRANSACTION = 0.03  # seconds a chunk should take
SMALLEST = 100  # destinations
LARGEST = 20_000
POLL = 1.0  # seconds; another process may have queued a fan-out without waking us
LONGEST_RETRY = 30.0  # seconds

log = structlog.get_logger(__name__)


class Planner:
    """Call `run` in a task, `wake` after a poll was committed.

    Args:
        db: the database.
        chunk: destinations in the first chunk; later ones adapt.
        now: the present instant, UTC.
        on_planned: called after each chunk that queued something: the sender has work.
    """

    def __init__(
        self,
        db: Database,
        *,
        chunk: int = 1_000,
        now: Callable[[], datetime],
        on_planned: Callable[[], None],
    ) -> None:
        self._db = db
        self._size = chunk
        self._now = now
        self._on_planned = on_planned
        self._awake = asyncio.Event()

    @property
    def chunk(self) -> int:
        """Destinations in the next chunk."""
        return self._size

    def wake(self) -> None:
        """There is a new fan-out."""
        self._awake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Plan until `stop` is set; a database that refuses is tried again."""
        failures = 0
        stopped: asyncio.Future[object] = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                self._awake.clear()
                try:
                    while not stop.is_set() and await self._plan_chunk():
                        failures = 0
                except StoreError as error:
                    failures += 1
                    if failures == 1:
                        log.error("planning paused", reason=str(error))  # noqa: TRY400  # the sentence says it
                    await _first(stopped, backoff(failures, longest=LONGEST_RETRY))
                    continue
                if failures:
                    failures = 0
                    log.info("planning goes on")
                await _first(stopped, POLL, self._awake)
        finally:
            stopped.cancel()

    async def _plan_chunk(self) -> bool:
        """Plan one chunk; whether there may be more."""
        size = self._size
        async with self._db.write() as connection:
            started = time.perf_counter()
            planned = await fanouts.plan_chunk(connection, size=size, now=self._now())
        if planned is None:
            return False
        if not planned.done:  # a last chunk may be small, and tells nothing
            took = max(1e-4, time.perf_counter() - started)
            self._size = int(
                min(LARGEST, max(SMALLEST, size * min(2.0, max(0.5, TRANSACTION / took))))
            )
        if planned.deliveries:
            self._on_planned()
        await asyncio.sleep(0)
        return True


async def _first(stopped: asyncio.Future[object], seconds: float, *events: asyncio.Event) -> None:
    """Wait for the stop, one of the events, or so many seconds."""
    waits: list[asyncio.Future[object]] = [asyncio.ensure_future(e.wait()) for e in events]
    try:
        await asyncio.wait([stopped, *waits], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
