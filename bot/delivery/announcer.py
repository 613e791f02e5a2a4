"""Tells every chat what an admin announces: paced with all else, behind the alerts.

What it does stands in rows (``bot.store.announcements``): a restart goes on with the batch that was
not recorded. That batch, a second's worth at most, is what a crash may repeat.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.delivery.backoff import backoff
from bot.delivery.pacer import Pacer
from bot.delivery.transport import Transport
from bot.errors import (
    ChatMigratedError,
    DeliveryError,
    DestinationGoneError,
    FloodError,
    NoConnectionError,
    StoreError,
    TokenError,
    TopicGoneError,
    TransientError,
)
from bot.outgoing import Outgoing
from bot.store import announcements, chats
from bot.store.announcements import Announcement, Outcome, Recipient, Result, State
from bot.store.engine import Database

LOOK = 1.0  # seconds between looks for something to do
LEASE = 60.0  # seconds
BATCH_SECONDS = 1.0  # a batch is what the rate allows in so long
LARGEST_BATCH = 100
TRIES = 5  # of one chat that passing failures stand in the way of
YIELD_AT_MOST = (
    10.0  # seconds that a batch waits for alerts; a chat that is slow must not starve it
)
YIELD_LOOK = 0.25
PROGRESS_EVERY = 3.0  # seconds

log = structlog.get_logger(__name__)


class Announcer:
    """Run `run` in a task; `stop` ends it after the batch under way.

    Args:
        db: the database.
        transport: to Telegram.
        pacer: shared with alerts and replies.
        owner: this process's name on leases.
        now: the clock, aware UTC.
        show: brings the admin's message up to date; called now and then, and at the end.
    """

    def __init__(
        self,
        db: Database,
        transport: Transport,
        pacer: Pacer,
        *,
        owner: str,
        now: Callable[[], datetime],
        show: Callable[[Announcement], Awaitable[None]],
    ) -> None:
        self._db = db
        self._transport = transport
        self._pacer = pacer
        self._owner = owner
        self._now = now
        self._stopping = asyncio.Event()
        self._show = show
        self._show_at = 0.0

    async def run(self) -> None:
        """Work until `stop`."""
        while not self._stopping.is_set():
            try:
                busy = await self.step()
            except StoreError as error:
                log.warning("announcements wait for the database", reason=str(error))
                busy = False
            if not busy:
                await self._pause(LOOK)

    def stop(self) -> None:
        """Take up nothing more."""
        self._stopping.set()

    async def step(self) -> bool:
        """Tell one batch of chats; whether there was anything to do.

        Raises:
            StoreError: the database refuses; what was not recorded is sent again.
        """
        async with self._db.read() as connection:
            if not await announcements.is_any_open(connection):
                return False
        async with self._db.write() as connection:
            now = self._now()
            found = await announcements.claim(connection, self._owner, now, lease=LEASE)
            if found is None:
                return False
            batch: list[Recipient] = []
            left = False
            if found.state is State.RUNNING:
                batch, left = await announcements.next_batch(
                    connection, found.id, self._batch_size(), now
                )
                if not left:
                    await announcements.finish(connection, found.id, now)
        if not left:
            await self._end(found.id)
            return True
        if not batch:  # those that are left are to be tried later
            return False
        await self._let_alerts_go_first()
        if not self._stopping.is_set():
            await self._tell(found, batch)
        return True

    async def _tell(self, found: Announcement, batch: list[Recipient]) -> None:
        loud = found.message
        outs = (loud, replace(loud, silent=True))  # few: the transport keeps a body of each
        results = await asyncio.gather(*(self._try(outs[each.silent], each) for each in batch))
        told = {each.destination_id: result for each, result in zip(batch, results, strict=True)}
        wait = 0.25
        while True:
            try:
                async with self._db.write() as connection:
                    await announcements.record(connection, found.id, told, self._now())
                    fresh = await announcements.get(connection, found.id)
                break
            except StoreError as error:
                # What was sent must be recorded before anything else is, or it is sent again.
                log.warning("an announcement cannot be recorded; trying on", reason=str(error))
                if self._stopping.is_set():
                    raise
                await self._pause(wait)
                wait = min(5.0, wait * 2)
        at = self._pacer.now()
        if fresh is not None and fresh.state is State.RUNNING and at >= self._show_at:
            self._show_at = at + PROGRESS_EVERY
            await self._show(fresh)

    async def _try(self, out: Outgoing, to: Recipient) -> Result:
        try:
            await self._send(to, out)
        except FloodError as error:
            self._pacer.flooded(to.chat_id, error.retry_after, group=to.kind.is_group)
            return self._later(error.retry_after)
        except TokenError:  # whoever sends alerts ends the process and says why
            return self._later(LEASE)
        except DestinationGoneError as error:
            return Result(Outcome.BLOCKED, reason=str(error))
        except TransientError as error:
            if to.attempts + 1 < TRIES:
                return self._later(backoff(to.attempts + 1))
            log.warning("a chat was not told", chat=to.chat_id, reason=str(error))
            return Result(Outcome.FAILED)
        except DeliveryError as error:
            log.warning("a chat was not told", chat=to.chat_id, reason=str(error))
            return Result(Outcome.FAILED)
        return Result(Outcome.SENT)

    async def _send(self, to: Recipient, out: Outgoing) -> None:
        try:
            await self._post(to.chat_id, to.thread_id, out, group=to.kind.is_group)
        except TopicGoneError:
            await self._post(to.chat_id, None, out, group=to.kind.is_group)
        except ChatMigratedError as error:
            async with self._db.write() as connection:
                await chats.migrate(connection, to.chat_id, error.new_chat_id)
            await self._post(error.new_chat_id, to.thread_id, out, group=True)

    async def _post(
        self, chat_id: int, thread_id: int | None, out: Outgoing, *, group: bool
    ) -> None:
        slot = await self._pacer.slot(chat_id, group=group, hold=True)
        try:
            await self._transport.send(chat_id, thread_id, out, on_left=slot.left)
        except NoConnectionError:
            slot.recall()
            raise
        finally:
            slot.close()

    async def _let_alerts_go_first(self) -> None:
        """Wait while alerts are due, within bounds: a chat that refuses must not stop us."""
        until = self._pacer.now() + YIELD_AT_MOST
        while not self._stopping.is_set() and self._pacer.now() < until:
            async with self._db.read() as connection:
                if not await announcements.alerts_wait(connection, self._now()):
                    return
            await self._pause(YIELD_LOOK)

    async def _end(self, announcement_id: int) -> None:
        """Show the final report, once; then there is nothing left to do."""
        async with self._db.write() as connection:
            found = await announcements.get(connection, announcement_id)
            await announcements.close(connection, announcement_id)
        if found is None:
            return
        log.info(
            "announcement over",
            number=found.id,
            state=str(found.state),
            sent=found.sent,
            failed=found.failed,
            blocked=found.blocked,
        )
        await self._show(found)

    def _batch_size(self) -> int:
        return int(max(1, min(LARGEST_BATCH, self._pacer.rate * BATCH_SECONDS)))

    def _later(self, seconds: float) -> Result:
        return Result(Outcome.LATER, not_before=self._now() + timedelta(seconds=seconds))

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
