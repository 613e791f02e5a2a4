"""Timed jobs, on APScheduler: each at most once at a time, and let finish at a stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.errors import StoreError

CLOCK_EVERY = 2.0  # seconds between looks at the clock
SET_BACK = 1.0  # seconds by which it has to be earlier than it should

log = structlog.get_logger(__name__)


class Jobs:
    """Runs jobs at intervals; `stop` waits for those under way.

    A start that was missed, because the machine slept or the loop was busy, is made up for once.
    The scheduler goes by the wall clock: when that is set back, no job waits until it is as late
    again.
    """

    def __init__(self) -> None:
        self._running: set[asyncio.Task[object]] = set()
        self._watch: asyncio.Task[None] | None = None
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )

    def every(self, seconds: float, job: Callable[[], Awaitable[object]]) -> None:
        """Run a job so often. A database that refuses is one line, since the job comes again."""

        async def run() -> None:
            task = asyncio.current_task()
            assert task is not None
            self._running.add(task)
            try:
                await job()
            except StoreError as error:
                log.warning("a timed job failed; it comes round again", reason=str(error))
            finally:
                self._running.discard(task)

        self._scheduler.add_job(run, "interval", seconds=seconds)

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()
        self._watch = asyncio.create_task(self._watch_clock(), name="clock")

    async def stop(self, grace: float) -> None:
        """Start no more; give those under way `grace` seconds.

        The scheduler's own stop would cancel them, in the middle of a transaction.
        """
        if self._watch is not None:
            self._watch.cancel()
        self._scheduler.pause()
        if self._running:
            await asyncio.wait(set(self._running), timeout=grace)
        self._scheduler.shutdown(wait=False)

    async def _watch_clock(self) -> None:
        loop = asyncio.get_running_loop()
        ahead = time.time() - loop.time()
        while True:
            await asyncio.sleep(CLOCK_EVERY)
            before, ahead = ahead, time.time() - loop.time()
            if ahead < before - SET_BACK:
                log.warning("the clock was set back", seconds=round(before - ahead))
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))
