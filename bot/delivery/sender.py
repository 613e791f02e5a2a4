"""The sender: claims destinations with due deliveries and gives each its next message.

A destination is claimed under a lease, gets one message (everything that waits for it, as far as
that fits), and is handed back with the instant from which it may be written to again: so entries
stay in order whatever fails, and a chat that has to wait holds nobody up. Only about a second's
work is claimed at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.backoff import backoff
from bot.delivery.carrier import Carrier
from bot.delivery.corrector import Corrector
from bot.delivery.courier import Courier
from bot.delivery.errand import Errand, errand_for
from bot.delivery.http_request import READ_TIMEOUT
from bot.delivery.pacer import Pacer
from bot.delivery.paid import PaidFor
from bot.delivery.pinner import Pinner
from bot.delivery.recorder import Recorder
from bot.delivery.render import render_alert
from bot.delivery.renderings import Loaded, Render, Renderings, Revision, load
from bot.delivery.threads import Threads
from bot.delivery.transport import Transport
from bot.delivery.trouble import Reports, Trouble, TroubleKind
from bot.delivery.turns import Turns
from bot.delivery.work import entry_ids, pick
from bot.errors import StoreError
from bot.model import Batch, DeliveryKind, Destination
from bot.observe import Metrics
from bot.store import chats, fanouts, outbox
from bot.store.engine import Database
from bot.store.outbox import Release
from bot.store.stories import Story
from bot.wording import Wording

LEASE = 60.0  # seconds
START_WITHIN = 0.5  # of the lease: in it a request may start; it ends well before the lease
SAFE_LEASE = READ_TIMEOUT / (1.0 - START_WITHIN)  # seconds; beside other senders it takes as long
# What waits for its turn, claimed: seconds of work at the permitted rate. What is new comes after.
AHEAD = 0.2
MOST_AHEAD = 512  # destinations
LEAST_AHEAD = 16
POLL = 1.0  # seconds; another process may have planned without waking us
SOONEST = 0.02  # seconds between two looks for work, unless somebody wakes us
GRACE = 5.0  # seconds for what is under way when a wrong token ends it all
DIGEST_AFTER = timedelta(minutes=15)

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
        render: makes messages of entries that stand alone.
        on_trouble: tells people; awaited in a task of its own.
        alone: no other process sends from this database, so that leases found at the start were
            left by a crash; by default so for SQLite.
        lease: seconds for which a claimed destination is this process's.
        digest_after: age of the oldest waiting entry from which a chat's backlog is a digest.
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
        lease: float = LEASE,
        digest_after: timedelta = DIGEST_AFTER,
    ) -> None:
        self._db = db
        self._pacer = pacer
        self._owner = owner
        self._now = now
        self._metrics = metrics or Metrics()
        self._recover = db.is_sqlite if alone is None else alone
        self._idle_leases = False  # of ours, since the database refused in the middle
        self._lease = lease
        self._digest_after = digest_after
        self._reports = Reports(on_trouble)
        self._renderings = Renderings(render)
        self._threads = Threads()
        self._pinner = Pinner(db, transport, pacer, now=now)
        self._recorder = Recorder(
            db,
            owner,
            on_trouble=self._store_refuses,
            on_recovery=self._store_recovered,
            on_settled=pacer.wake,
        )
        self._turns = Turns(pacer, self._recorder, now=now, on_begun=self._look_for_more)
        courier = Courier(
            transport,
            pacer,
            self._turns,
            self._renderings,
            migrate=self._migrate,
            reports=self._reports,
        )
        self._carrier = Carrier(
            courier,
            Corrector(transport, self._turns, self._renderings, courier, self._reports),
            self._recorder,
            pacer,
            self._reports,
            now=now,
            metrics=self._metrics,
            on_shown=(self._threads.sent, self._pinner.shown),
        )
        self._errands: set[asyncio.Task[None]] = set()
        self._busy: set[int] = set()  # destinations they are for
        self._awake = asyncio.Event()
        self._more = False  # work was left when we last looked
        self._pays = False  # what we last claimed may be paid for
        self._stopping = False
        self._grace = GRACE
        self._refused = False
        self._ended = asyncio.Event()
        self._ended.set()

    async def keep_pins(self) -> None:
        """Bring pinned messages up to date; to be called every few seconds.

        Raises:
            StoreError: the database refuses.
        """
        if not self._stopping:
            await self._pinner.work()

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
        if self._carrier.token_error is not None:
            raise self._carrier.token_error

    # -- claiming -------------------------------------------------------------------------------

    async def _work(self) -> None:
        failures = 0
        while not self._stopping and self._carrier.token_error is None:
            self._awake.clear()
            room = self._room()
            self._more = True
            if not room:
                await self._sleep(POLL)
                continue
            try:
                if self._recover:
                    await self._free_leases()
                if self._idle_leases:
                    await self._let_go()
                claimed = await self._claim(room)
                pause = SOONEST if claimed else await self._until_due()
            except StoreError as error:
                failures += 1
                self._idle_leases = True
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
        """How many destinations to claim now; 0 while enough wait for a turn, or are unrecorded."""
        if self._recorder.failures:
            return 0
        rate = self._pacer.rate + (self._pacer.paid_rate if self._pays else 0.0)
        most = int(min(MOST_AHEAD, max(LEAST_AHEAD, rate * AHEAD)))
        waiting = len(self._errands) - self._turns.under_way
        return most - waiting if waiting <= most // 2 else 0

    async def _free_leases(self) -> None:
        count = await self._db.transact(outbox.recover)
        self._recover = False
        if count:
            self._metrics.possible_repeats.inc(count)
            log.warning("messages were under way at a crash and may be repeated", chats=count)

    async def _let_go(self) -> None:
        held = self._ours()
        await self._db.transact(partial(outbox.let_go, owner=self._owner, held=held))
        self._idle_leases = False

    async def _claim(self, limit: int) -> int:
        """Start an errand for each of at most `limit` destinations; how many."""
        start_by = self._pacer.now() + START_WITHIN * self._lease
        until = self._now() + timedelta(seconds=START_WITHIN * self._lease)
        ours = self._ours()
        take = partial(
            self._take, limit=limit, urgency=self._urgency(), known=self._renderings.known()
        )
        batches, loaded, answered = await self._db.transact(take)
        self._renderings.keep(loaded.values())
        found = {id_: one.entry for id_, one in loaded.items()}
        self._pays = False
        for batch in batches:
            if batch.destination.id in ours:
                self._skip(batch.destination.id)
                continue
            work = pick(
                batch, found, self._renderings, now=self._now(), digest_after=self._digest_after
            )
            reply_to = self._threads.reply_to(batch.destination, work, answered)
            errand = errand_for(
                work, batch.destination, start_by=start_by, until=until, reply_to=reply_to
            )
            task = asyncio.ensure_future(self._carry(errand))
            self._errands.add(task)
            self._busy.add(batch.destination.id)
            task.add_done_callback(self._errand_done)
            self._pays = self._pays or self._pacer.paid.pays_for(
                key=work.has_key_event, edit=work.kind is DeliveryKind.EDIT
            )
        return len(batches)

    def _urgency(self) -> int:
        """The priority that a destination must have something of, or something more urgent."""
        if not (self._pays and self._pacer.paid_rate):
            return fanouts.PRIORITY_EDIT
        # There is room only for what may be paid for: the rest would wait for free turns, and what
        # is paid for and comes later would wait for the rest.
        only_key = self._pacer.paid.policy.paid_for is PaidFor.KEY
        return fanouts.PRIORITY_KEY if only_key else fanouts.PRIORITY_NEW

    async def _take(
        self,
        connection: AsyncConnection,
        *,
        limit: int,
        urgency: int,
        known: Mapping[Revision, Loaded],
    ) -> tuple[list[Batch], dict[int, Loaded], dict[Story, int]]:
        """Claim destinations; with the entries that wait for them, and what they would answer.

        In the database's thread: nothing here may change what the event loop uses.
        """
        batches = await outbox.claim(
            connection, self._owner, self._now(), limit=limit, lease=self._lease, urgency=urgency
        )
        wanted = set().union(*map(entry_ids, batches))
        loaded = await load(connection, wanted, known) if wanted else {}
        sources = {id_: one.entry.source_id for id_, one in loaded.items()}
        return batches, loaded, await self._threads.answered(connection, batches, sources)

    def _ours(self) -> set[int]:
        """Destinations whose last message is under way, or not recorded yet."""
        return self._busy | self._recorder.releasing()

    def _skip(self, destination_id: int) -> None:
        """Leave a destination alone that was claimed anew although it was ours.

        Its lease had run out: the machine slept, or Telegram takes very long. What waits for it,
        as the claim read it, may be on its way; whoever is at it hands the destination back.
        """
        if destination_id not in self._ours():  # did so while we claimed it
            self._recorder.note(outcomes=[], release=Release(destination_id, self._now()))

    async def _carry(self, errand: Errand) -> None:
        try:
            await self._carrier.carry(errand)
        finally:
            self._busy.discard(errand.destination.id)

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
        self._look_for_more()

    def _look_for_more(self) -> None:
        if self._carrier.token_error is not None or (self._more and self._room()):
            self.wake()

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
        self._turns.close()
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
        await self._reports.finish()

    def _store_refuses(self, error: StoreError) -> None:
        if self._refused:
            return
        self._refused = True
        text = Wording("Sending pauses: {reason}", reason=error.reason)
        log.error("sending paused", reason=str(error))
        self._reports.tell(Trouble(TroubleKind.STORE, text))

    def _store_recovered(self) -> None:
        if self._refused:  # claiming and recording both see it
            self._refused = False
            log.info("sending goes on")
            self._reports.tell(
                Trouble(TroubleKind.STORE_WELL, Wording("The database takes everything again."))
            )
        self.wake()
