"""Writes down what pacing learns, so that the next start knows it, and books what is paid for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.lessons import Lessons
from bot.delivery.pacer import Pacer
from bot.errors import StoreError
from bot.store import rate, slow_chats
from bot.store.engine import Database
from bot.wording import Wording

SAVE_EVERY = 1.0  # seconds between two writings at least
RETRY = 5.0  # seconds after the database refused

log = structlog.get_logger(__name__)


class PaceKeeper:
    """Await `load` before anything is sent, `run` in a task, `close` at the end.

    Args:
        db: the database.
        pacer: whose lessons they are.
        now: the present instant, UTC.
        report: tells the admins.
    """

    def __init__(
        self,
        db: Database,
        pacer: Pacer,
        *,
        now: Callable[[], datetime],
        report: Callable[[Wording], Awaitable[object]],
    ) -> None:
        self._db = db
        self._pacer = pacer
        self._now = now
        self._report = report
        self._awake = asyncio.Event()
        self._learnt = False
        self._unsaved: dict[int, slow_chats.SlowChat] = {}
        self._wanted = False  # messages are to be booked
        self._booked_on: date | None = None
        self._spent_on: date | None = None  # a day whose budget is booked to the end
        self._tell = False  # the end of it was booked here: who uses it up tells the admins

    async def load(self) -> None:
        """Give the pacer what was learnt before.

        Raises:
            StoreError: it cannot be read.
        """
        async with self._db.read() as connection:
            lessons = Lessons(await rate.learnt(connection), await slow_chats.saved(connection))
        self._pacer.restore(lessons, self._now())
        self._pacer.on_learnt = self._on_learnt
        self._pacer.on_wanted = self._on_wanted

    async def run(self) -> None:
        """Write down and book as it is needed, until cancelled."""
        saved_at = float("-inf")
        loop = asyncio.get_running_loop()
        pause: float | None = None
        while True:
            await self._sleep(pause)
            pause = None
            try:
                if self._wanted:
                    await self._book()
                    self._wanted = False
                if self._learnt:
                    wait = saved_at + SAVE_EVERY - loop.time()
                    if wait > 0.0:
                        pause = wait
                    else:
                        saved_at = loop.time()
                        await self._save()
            except StoreError as error:
                log.warning("pacing cannot be written down; it is tried again", reason=str(error))
                pause = RETRY

    async def close(self) -> None:
        """Write down what is not written yet, and give back what was booked and not used."""
        paid = self._pacer.paid
        try:
            if self._learnt:
                await self._save()
            if paid.booked and self._booked_on is not None:
                unused, paid.booked = paid.booked, 0
                await self._booking(self._booked_on, -unused)
        except StoreError as error:
            log.warning("what pacing learnt last is not written down", reason=str(error))

    def _on_learnt(self) -> None:
        self._learnt = True
        self._awake.set()

    def _on_wanted(self) -> None:
        self._wanted = True
        self._awake.set()

    async def _sleep(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._awake.wait()
        except TimeoutError:
            return
        self._awake.clear()

    async def _save(self) -> None:
        now = self._now()
        lessons = self._pacer.lessons(now)
        self._learnt = False
        self._unsaved.update(lessons.chats)  # those that could not be written last time are in it

        async def write(connection: AsyncConnection) -> None:
            await rate.learn(connection, lessons.bot)
            await slow_chats.save(connection, self._unsaved, now)

        try:
            await self._db.transact(write)
        except BaseException:
            self._learnt = True
            raise
        self._unsaved.clear()

    async def _book(self) -> None:
        today, paid = self._now().date(), self._pacer.paid
        if self._spent_on == today:
            if self._tell and not paid.booked:
                self._tell = False
                await self._tell_of_the_end()
            return
        booked, remaining = await self._booking(today, paid.wanted)
        self._spent_on = None if remaining else today
        self._tell = booked > 0 and not remaining
        if booked:
            self._booked_on = today
            paid.booked += booked
            self._pacer.wake()

    async def _tell_of_the_end(self) -> None:
        daily = self._pacer.paid.policy.daily
        log.info("the day's budget of paid messages is used up", budget=daily)
        await self._report(
            Wording.counted(
                "Today's budget of {n} paid message is used up: alerts go out at the free rate "
                "until midnight UTC. pacing.paid_daily_budget changes it.",
                "Today's budget of {n} paid messages is used up: alerts go out at the free rate "
                "until midnight UTC. pacing.paid_daily_budget changes it.",
                daily,
            )
        )

    async def _booking(self, day: date, count: int) -> tuple[int, int]:
        daily = self._pacer.paid.policy.daily

        async def book(connection: AsyncConnection) -> tuple[int, int]:
            return await rate.book_paid(connection, day, count, daily=daily)

        return await self._db.transact(book)
