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
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.backoff import backoff
from bot.errors import StoreError
from bot.store import fanouts
from bot.store.engine import Database
from bot.store.fanouts import Planned

TRANSACTION = 0.03  # seconds a chunk should take
SMALLEST, SMALLEST_ON_SERVER = 4_000, 2_000  # destinations; on PostgreSQL each takes twice as long
LARGEST = 20_000
TOGETHER = 0.1  # seconds; what is planned within them can leave as one message
GIVE_WAY = 0.1  # seconds a chunk waits for commands and polls that are under way, at most
POLL = 1.0  # seconds; another process may have queued a fan-out without waking us
LONGEST_RETRY = 30.0  # seconds

log = structlog.get_logger(__name__)


class Planner:
    """Call `run` in a task, `wake` after a poll was committed.

    Args:
        db: the database.
        chunk: destinations in the first chunk; later ones adapt.
        now: the present instant, UTC.
        on_planned: called soon after something was queued: the sender has work.
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
        self._smallest = SMALLEST if db.is_sqlite else SMALLEST_ON_SERVER
        self._now = now
        self._on_planned = on_planned
        self._awake = asyncio.Event()
        self._turn = 0
        self._untold_since: float | None = None  # of the first chunk that was not told

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
                    while not stop.is_set() and (planned := await self._plan_chunk()):
                        failures = 0
                        self._tell(after=TOGETHER if planned.crowded else 0.0)
                except StoreError as error:
                    failures += 1
                    if failures == 1:
                        log.error("planning paused", reason=str(error))  # noqa: TRY400  # the sentence says it
                    self._tell()
                    await _first(stopped, backoff(failures, longest=LONGEST_RETRY))
                    continue
                self._tell()
                if failures:
                    failures = 0
                    log.info("planning goes on")
                await _first(stopped, POLL, self._awake)
        finally:
            stopped.cancel()

    async def _plan_chunk(self) -> Planned | None:
        """Plan one chunk, or several small ones at once; the last one, None if nothing was left."""
        await self._db.precedence.free(GIVE_WAY)
        size = self._size
        planned: Planned | None = None
        queued, started = 0, 0.0

        async def chunk(connection: AsyncConnection) -> None:
            nonlocal planned, queued, started
            queued, started = 0, time.perf_counter()  # anew where others stood in the way
            while True:
                self._turn += 1
                planned = await fanouts.plan_chunk(
                    connection, size=size, now=self._now(), turn=self._turn
                )
                queued += planned.deliveries if planned else 0
                if planned is None or time.perf_counter() - started > TRANSACTION / 2:
                    break

        await self._db.transact(chunk)
        took = time.perf_counter() - started  # the commit is part of what others wait for
        if planned is not None and planned.full:  # a last chunk may be small, and tells nothing
            share = TRANSACTION / max(1e-4, took)
            self._size = int(min(LARGEST, max(self._smallest, size * min(2.0, max(0.5, share)))))
        if queued and self._untold_since is None:
            self._untold_since = time.monotonic()
        await asyncio.sleep(0)
        return planned

    def _tell(self, *, after: float = 0.0) -> None:
        """Say that there is work, if some was planned so many seconds ago.

        Where the entries of one poll are too many to be planned together, a sender that began with
        the first of them would send them in several messages.
        """
        since = self._untold_since
        if since is not None and time.monotonic() - since >= after:
            self._untold_since = None
            self._on_planned()


async def _first(stopped: asyncio.Future[object], seconds: float, *events: asyncio.Event) -> None:
    """Wait for the stop, one of the events, or so many seconds."""
    waits: list[asyncio.Future[object]] = [asyncio.ensure_future(e.wait()) for e in events]
    try:
        await asyncio.wait([stopped, *waits], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
