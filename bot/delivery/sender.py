"""The sender: claims destinations with due deliveries, sends one message to each, records it.

A destination is claimed under a lease, gets its first delivery only, and is handed back with the
instant from which it may be sent to again: so entries stay in order whatever fails, and a chat
that has to wait holds nobody up. Only about a second's work is claimed at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.backoff import backoff
from bot.delivery.courier import Courier, Errand, NotYetError
from bot.delivery.pacer import Pacer
from bot.delivery.recorder import Recorder
from bot.delivery.render import render_alert
from bot.delivery.renderings import Render, Renderings
from bot.delivery.transport import Transport
from bot.delivery.trouble import Trouble, TroubleKind
from bot.errors import (
    DestinationGoneError,
    FloodError,
    RefusedError,
    StoreError,
    TokenError,
    TransientError,
)
from bot.model import Batch, DeliveryKind, Destination, Entry
from bot.observe import Metrics
from bot.store import chats, fanouts, outbox
from bot.store.engine import Database
from bot.store.outbox import Outcome, Release
from bot.store.schema import DeliveryState as State

LEASE = 60.0  # seconds
START_WITHIN = 30.0  # seconds of the lease in which a request may start; it ends well before
AHEAD = 1.0  # seconds of work to claim at the permitted rate
MOST_AT_ONCE = 512  # destinations claimed and not handed back
LEAST_AT_ONCE = 8
POLL = 1.0  # seconds; another process may have planned without waking us
SOONEST = 0.02  # seconds between two looks for work, unless somebody wakes us
GRACE = 5.0  # seconds for what is under way when a wrong token ends it all
MOST_ATTEMPTS = 50
OLDEST = timedelta(hours=24)  # of an entry that failed all the time; news is old by then

log = structlog.get_logger(__name__)


class Sender:
    """Await `run` in a task; `wake` it when something was planned; `stop` it.

    Args:
        db: the database.
        transport: to Telegram.
        pacer: shared with the replies.
        owner: name of this process, for leases.
        now: the present instant, UTC.
        metrics: counts.
        render: makes messages of entries.
        on_trouble: tells people; awaited in a task of its own.
        alone: no other process sends from this database, so that leases found at the start were
            left by a crash; by default so for SQLite.
    """

    def __init__(
        self,
        db: Database,
        transport: Transport,
        pacer: Pacer,
        *,
        owner: str,
        now: Callable[[], datetime],
        metrics: Metrics | None = None,
        render: Render = render_alert,
        on_trouble: Callable[[Trouble], Awaitable[None]] | None = None,
        alone: bool | None = None,
    ) -> None:
        self._db = db
        self._pacer = pacer
        self._owner = owner
        self._now = now
        self._metrics = metrics or Metrics()
        self._on_trouble = on_trouble
        self._recover = db.is_sqlite if alone is None else alone
        self._renderings = Renderings(render)
        self._courier = Courier(
            transport, pacer, self._renderings, migrate=self._migrate, report=self._report
        )
        self._recorder = Recorder(
            db, owner, on_trouble=self._store_refuses, on_recovery=self._store_recovered
        )
        self._errands: set[asyncio.Task[None]] = set()
        self._reports: set[asyncio.Task[None]] = set()
        self._awake = asyncio.Event()
        self._more = False  # work was left when we last looked
        self._stopping = False
        self._grace = GRACE
        self._refused = False
        self._ended = asyncio.Event()
        self._ended.set()
        self._token_error: TokenError | None = None

    def wake(self) -> None:
        """There is something to send."""
        self._awake.set()

    async def stop(self, grace: float) -> None:
        """Claim no more, let what is under way finish within `grace` seconds, record it all."""
        self._stopping = True
        self._grace = grace
        self.wake()
        await self._ended.wait()

    async def run(self) -> None:
        """Send until `stop`.

        Raises:
            TokenError: Telegram does not accept the token (any more).
        """
        self._ended.clear()
        recorder = asyncio.ensure_future(self._recorder.run())
        try:
            await self._work()
        finally:
            try:
                await self._finish()
            finally:
                recorder.cancel()
                with suppress(asyncio.CancelledError):
                    await recorder
                self._ended.set()
        if self._token_error is not None:
            raise self._token_error

    # -- claiming -------------------------------------------------------------------------------

    async def _work(self) -> None:
        failures = 0
        while not self._stopping and self._token_error is None:
            self._awake.clear()
            room = self._room()
            self._more = True
            if not room:
                await self._sleep(POLL)
                continue
            try:
                if self._recover:
                    await self._free_leases()
                claimed = await self._claim(room)
                pause = SOONEST if claimed else await self._until_due()
            except StoreError as error:
                failures += 1
                if failures == 1:
                    self._store_refuses(error)
                await self._sleep(backoff(failures, first=0.25, longest=5.0))
                continue
            if failures:
                failures = 0
                self._store_recovered()
            self._more = claimed == room
            if not self._more:
                await self._sleep(pause)

    def _room(self) -> int:
        """How many destinations to claim now; 0 while enough are under way, or unrecorded."""
        if self._recorder.failures:
            return 0
        most = int(min(MOST_AT_ONCE, max(LEAST_AT_ONCE, self._pacer.rate * AHEAD)))
        under_way = len(self._errands)
        return most - under_way if under_way <= most // 2 else 0

    async def _free_leases(self) -> None:
        async with self._db.write() as connection:
            count = await outbox.recover(connection)
        self._recover = False
        if count:
            self._metrics.possible_repeats.inc(count)
            log.warning("messages were under way at a crash and may be repeated", chats=count)

    async def _claim(self, limit: int) -> int:
        """Start an errand for each of at most `limit` destinations; how many."""
        start_by = self._pacer.now() + START_WITHIN
        async with self._db.write() as connection:
            batches = await outbox.claim(
                connection, self._owner, self._now(), limit=limit, lease=LEASE, each=1
            )
            ids = [batch.deliveries[0].entry_id for batch in batches]
            found = await self._renderings.load(connection, ids) if ids else {}
        for batch in batches:
            entry = found[batch.deliveries[0].entry_id]
            task = asyncio.ensure_future(self._carry(batch, entry, start_by))
            self._errands.add(task)
            task.add_done_callback(self._errand_done)
        return len(batches)

    async def _until_due(self) -> float:
        """Seconds until the next destination can be claimed, at most `POLL`."""
        async with self._db.read() as connection:
            due = await outbox.next_due(connection)
        if due is None:
            return POLL
        return min(POLL, max(SOONEST, (due - self._now()).total_seconds()))

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._awake.wait()

    def _errand_done(self, task: asyncio.Task[None]) -> None:
        self._errands.discard(task)
        if self._more and self._room():
            self.wake()

    # -- one delivery ---------------------------------------------------------------------------

    async def _carry(self, batch: Batch, entry: Entry, start_by: float) -> None:
        """Bring one delivery to its end, or back into the queue, and hand its destination back."""
        destination, delivery = batch.destination, batch.deliveries[0]
        errand = Errand(
            destination,
            delivery,
            entry,
            start_by,
            destination.chat_id,
            list(delivery.message_ids),
        )
        outcome: Outcome | None = None
        action: Callable[[AsyncConnection], Awaitable[object]] | None = None
        wait: float | None = None
        try:
            outcome = await self._deliver(errand)
        except NotYetError:
            outcome = self._again(errand, None)
        except FloodError as error:
            outcome, wait = self._again(errand, None), error.retry_after
            self._count("flooded", error)
        except DestinationGoneError as error:
            action = self._switching_off(errand.chat_id, str(error))
            self._count("gone", error)
            log.info("chat switched off", chat=errand.chat_id, reason=str(error))
        except TransientError as error:
            outcome = self._failed(errand, str(error))
            wait = backoff(delivery.attempts + 1)
            self._count("retried", error)
            if error.maybe_sent and delivery.kind is DeliveryKind.SEND:
                self._metrics.possible_repeats.inc()
        except RefusedError as error:
            outcome = self._drop(errand, str(error))
            self._count("dropped", error)
        except TokenError as error:
            outcome = self._again(errand, None)
            self._token_error = error
            self.wake()
        except asyncio.CancelledError:
            outcome = self._again(errand, "stopped while under way" if errand.under_way else None)
            if errand.under_way and delivery.kind is DeliveryKind.SEND:
                self._metrics.possible_repeats.inc()
            raise
        except Exception as error:  # one broken entry must not stop all others; it is reported
            log.exception("delivery failed", entry=entry.id, chat=destination.chat_id)
            self._report(
                Trouble(
                    TroubleKind.BUG,
                    f"Entry {entry.id} could not be delivered because of a mistake in LiveRelay "
                    f"({type(error).__name__}); it is tried again, the log has the details.",
                    destination,
                    entry.id,
                )
            )
            outcome, wait = self._failed(errand, repr(error)), backoff(delivery.attempts + 1)
        finally:
            if wait is None:
                edit = delivery.kind is DeliveryKind.EDIT
                wait = self._pacer.next_free(errand.chat_id, group=errand.group, edit=edit)
            not_before = self._now() + timedelta(seconds=wait)
            self._recorder.note(
                outcome=outcome, action=action, release=Release(destination.id, not_before)
            )

    async def _deliver(self, errand: Errand) -> Outcome | None:
        entry, delivery, destination = errand.entry, errand.delivery, errand.destination
        if delivery.kind is DeliveryKind.SEND and not (entry.withdrawn and errand.message_ids):
            if entry.withdrawn:
                return self._outcome(errand, State.DROPPED, fanouts.TAKEN_BACK)
            await self._courier.send(errand)
            self._metrics.deliveries.labels(outcome="sent").inc()
            self._metrics.seen_to_sent.observe((self._now() - entry.first_seen_at).total_seconds())
            # Parts sent by an earlier try show an earlier revision: they are edited next.
            shown = delivery.revision_sent if delivery.message_ids else None
            return self._outcome(errand, State.SENT, revision=shown or entry.revision)
        if errand.message_ids and destination.edits != "none":
            await self._courier.edit(errand)
            self._metrics.deliveries.labels(outcome="edited").inc()
        return self._outcome(errand, State.SENT, errand.problem, revision=entry.revision)

    def _outcome(
        self, errand: Errand, state: State, error: str = "", *, revision: int | None = None
    ) -> Outcome:
        return Outcome(
            entry_id=errand.entry.id,
            destination_id=errand.destination.id,
            state=state,
            at=self._now(),
            revision_sent=revision,
            message_ids=tuple(errand.message_ids),
            error=error or errand.problem or None,
        )

    def _again(self, errand: Errand, error: str | None) -> Outcome | None:
        """Back into the queue; without an error, the try does not count unless a part was sent."""
        delivery = errand.delivery
        if error is None and len(errand.message_ids) == len(delivery.message_ids):
            return None
        state = State.EDIT if delivery.kind is DeliveryKind.EDIT else State.QUEUED
        revision = delivery.revision_sent
        if state is State.QUEUED and errand.message_ids:
            revision = revision or errand.entry.revision
        return self._outcome(errand, state, error or "", revision=revision)

    def _failed(self, errand: Errand, error: str) -> Outcome | None:
        """Back into the queue with an error, unless it has been there for too long."""
        attempts = errand.delivery.attempts + 1
        since = errand.entry.first_seen_at
        if errand.delivery.kind is DeliveryKind.EDIT:
            since = errand.entry.revised_at or since
        if attempts >= MOST_ATTEMPTS or self._now() - since > OLDEST:
            self._metrics.deliveries.labels(outcome="dropped").inc()
            return self._drop(errand, f"given up after {attempts} attempts: {error}")
        return self._again(errand, error)

    def _drop(self, errand: Errand, reason: str) -> Outcome:
        entry, destination = errand.entry, errand.destination
        log.warning("delivery dropped", entry=entry.id, chat=destination.chat_id, reason=reason)
        text = f"Entry {entry.id} was not delivered to chat {destination.chat_id}: {reason}"
        self._report(Trouble(TroubleKind.DROPPED, text, destination, entry.id))
        return self._outcome(errand, State.DROPPED, reason)

    def _switching_off(
        self, chat_id: int, reason: str
    ) -> Callable[[AsyncConnection], Awaitable[object]]:
        now = self._now()

        async def switch_off(connection: AsyncConnection) -> None:
            await chats.switch_off_chat(connection, chat_id, reason=reason, now=now)

        return switch_off

    async def _migrate(self, destination: Destination, old_id: int, new_id: int) -> int | None:
        found: Destination | None = None

        async def migrate(connection: AsyncConnection) -> None:
            nonlocal found
            await chats.migrate(connection, old_id, new_id)
            found = await chats.get(connection, destination.id)

        await self._recorder.do(migrate)
        self._metrics.deliveries.labels(outcome="migrated").inc()
        log.info("group migrated", chat=old_id, to=new_id)
        self.wake()
        return None if found is None else found.chat_id

    # -- stopping, telling ----------------------------------------------------------------------

    async def _finish(self) -> None:
        """Let requests that have left be answered, give up the others, record all."""
        self._courier.close()
        tasks = list(self._errands)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(max(1.0, self._grace)):
                await self._recorder.flush()
        except TimeoutError:
            log.error(  # noqa: TRY400  # the sentence says it
                "the database took no records until the end; these messages may be repeated",
                count=self._recorder.waiting,
            )
        if self._reports:
            await asyncio.wait(self._reports, timeout=1.0)
            for report in self._reports:
                report.cancel()

    def _count(self, outcome: str, error: Exception) -> None:
        self._metrics.deliveries.labels(outcome=outcome).inc()
        self._metrics.telegram_errors.labels(kind=type(error).__name__).inc()

    def _store_refuses(self, error: StoreError) -> None:
        if self._refused:
            return
        self._refused = True
        text = f"Sending pauses: {error}"
        log.error("sending paused", reason=str(error))
        self._report(Trouble(TroubleKind.STORE, text))

    def _store_recovered(self) -> None:
        self._refused = False
        log.info("sending goes on")
        self.wake()

    def _report(self, trouble: Trouble) -> None:
        if self._on_trouble is not None:
            task = asyncio.ensure_future(self._tell(trouble))
            self._reports.add(task)
            task.add_done_callback(self._reports.discard)

    async def _tell(self, trouble: Trouble) -> None:
        assert self._on_trouble is not None
        try:
            await self._on_trouble(trouble)
        except Exception:
            log.exception("a report could not be delivered", report=trouble.text)
