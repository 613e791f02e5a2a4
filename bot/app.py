"""The composition root: builds every part from the settings, starts them, stops them in order.

The only module besides the command line that knows all parts. `App.run` is the life of a process::

    open the database, migrate -> web, poller, planner, sender -> connect to Telegram
    ... until a signal ...
    stop receiving -> stop polling -> finish what is being sent -> close

By default one process plays all roles; beside others, on PostgreSQL, it plays those it was given.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot import __version__
from bot.alarms import EVERY as FLOODS_EVERY
from bot.alarms import FloodAlarm
from bot.commands import announcing
from bot.commands.receiver import Receiver, Webhook, WebhookEar
from bot.commands.roster import Admins
from bot.commands.services import Services
from bot.config import Settings
from bot.delivery.announcer import Announcer
from bot.delivery.chat_pace import Rates
from bot.delivery.holds import Holds
from bot.delivery.http_request import READ_TIMEOUT
from bot.delivery.pace_keeper import PaceKeeper
from bot.delivery.pace_setup import alone, together
from bot.delivery.pacer import Pacer
from bot.delivery.paid import PaidFor, PaidPolicy
from bot.delivery.planner import Planner
from bot.delivery.sender import SAFE_LEASE, Sender
from bot.delivery.telegram import HttpRequest, PacedRateLimiter, Transport
from bot.delivery.trouble import Trouble, TroubleKind
from bot.errors import ConfigError, LiveRelayError, StoreError
from bot.fetching import open_fetcher
from bot.heartbeat import EVERY as BEAT_EVERY
from bot.heartbeat import Heartbeat
from bot.intake.inspect import Inspection, inspect
from bot.intake.marks import PollBounds
from bot.intake.poller import Poller
from bot.intake.survey import Section, survey
from bot.intake.topics_file import read_topics
from bot.jobs import Jobs
from bot.observe import Metrics
from bot.roles import ALL, Role, label
from bot.sources.fetch import Fetching
from bot.store import fanouts, migrate, outbox, retention, sources, topics
from bot.store.engine import Database, open_database
from bot.store.hints import Hint, Hints
from bot.store.waiting import WaitingCount
from bot.web.address import public_address
from bot.web.app import create_web
from bot.web.dashboard import Dashboard
from bot.web.server import WebServer

TICK = 0.1  # seconds; bounds how late a due poll starts
# Seconds one thread may keep the others from Python. A statement of SQLite asks for it four times,
# and at Python's 5 ms a transaction beside a busy event loop takes three times as long.
THREAD_TURN = 0.0005
# Objects more before a collection, and how many of these until one looks at older ones, too. With
# Python's 700 and 10, a broadcast had all of them looked at every second, for 35 ms.
COLLECT = (5_000, 10, 50)
STOP_GRACE = 20.0  # seconds for what is under way at a stop
GAUGE_EVERY = 15  # seconds between counts of what waits
PROMOTE_EVERY = 20  # seconds between looks for what waits behind more urgent work for too long
HOLDS_EVERY = 2  # seconds between looks for quiet hours and digests that ended
PINS_EVERY = 3  # seconds between looks for pinned messages to bring up to date
PRUNE_EVERY = 3600  # seconds

log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    """The present instant, aware UTC."""
    return datetime.now(UTC)


class App:
    """One LiveRelay: its parts, started and stopped in order.

    Args:
        settings: everything that can be chosen.
        roles: what this process does; all by default.
        now: the clock, aware UTC.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        roles: frozenset[Role] = ALL,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._settings = settings
        self._roles = roles
        self._now = now
        self._owner = f"{os.uname().nodename}:{os.getpid()}"
        self._stopping = asyncio.Event()
        self._failed: LiveRelayError | None = None
        self._ready = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._lasting: set[asyncio.Task[None]] = set()
        self._metrics = Metrics()
        self._db: Database
        self._hints: Hints
        self._admins: Admins
        self._poller: Poller
        self._planner: Planner
        self._holds: Holds
        self._sender: Sender
        self._heartbeat: Heartbeat
        self._flood_alarm: FloodAlarm
        self._announcer: Announcer
        self._receiver: Receiver
        self._web: WebServer

    @property
    def db(self) -> Database:
        """The open database; for the demo, which adds its source to it."""
        return self._db

    @property
    def web_port(self) -> int:
        """The port health and metrics are served on."""
        return self._web.port

    async def wait_ready(self) -> None:
        """Return when everything is started; Telegram may still be out of reach."""
        await self._ready.wait()

    def stop(self) -> None:
        """Ask for a clean stop."""
        self._stopping.set()

    async def run(self) -> None:
        """Live: start, wait for a signal or `stop`, stop cleanly.

        Raises:
            ConfigError: a setting, the topics file, the database or the token is unusable.
            StoreError: the database cannot be used.
        """
        # python-telegram-bot gives `retry_after` as a timedelta, as it soon will without asking.
        os.environ.setdefault("PTB_TIMEDELTA", "1")
        sys.setswitchinterval(THREAD_TURN)
        self._listen_to_signals()
        async with AsyncExitStack() as stack:
            await self._start(stack)
            self._ready.set()
            # What was made at the start lives to the end: the collector need not look at it again.
            gc.collect()
            gc.freeze()
            gc.set_threshold(*COLLECT)
            await self._stopping.wait()
            log.info("stopping: what is being sent is finished first")
        if self._failed is not None:
            raise self._failed
        log.info("stopped; nothing is lost")

    async def _start(self, stack: AsyncExitStack) -> None:
        settings = self._settings
        self._db = await open_database(settings.database.url)
        stack.push_async_callback(self._db.close)
        self._waiting = WaitingCount(self._db)
        if self._db.is_sqlite and self._roles != ALL:
            raise ConfigError(
                "--role: several processes need PostgreSQL, and database.url names a SQLite file, "
                "which serves one process. Set database.url to postgresql://user@host/name "
                "(liverelay db copy moves the data), or run without --role"
            )
        if not self._db.is_sqlite and settings.delivery.lease < SAFE_LEASE:
            raise ConfigError(
                f"delivery.lease: {settings.delivery.lease:g} seconds are too few on PostgreSQL, "
                f"give it {SAFE_LEASE:g} or more: Telegram may take {READ_TIMEOUT:g} seconds to "
                "answer, and another process would send meanwhile what is already on its way"
            )
        self._db.hold()
        await migrate.upgrade(self._db)
        await self._prepare_rows()
        self._hints = Hints(self._db)
        self._admins = Admins(settings.admins, self._db)

        fetcher = await stack.enter_async_context(open_fetcher(settings))
        pacer = await self._pace(stack)
        token = settings.telegram.token.get_secret_value()
        request, updates_request = HttpRequest(), HttpRequest()
        stack.push_async_callback(updates_request.shutdown)
        stack.push_async_callback(request.shutdown)
        webhook = None
        if settings.telegram.webhook_url:
            webhook = Webhook.of(
                settings.telegram.webhook_url,
                settings.telegram.webhook_secret.get_secret_value(),
                token,
            )
        self._receiver = Receiver(
            token=token,
            api_root=settings.telegram.api_root,
            request=request,
            updates_request=updates_request,
            limiter=PacedRateLimiter(pacer),
            services=self._services(fetcher),
            webhook=webhook,
        )
        transport = Transport(request, token, api_root=settings.telegram.api_root)
        self._announcer = Announcer(
            self._db,
            transport,
            pacer,
            owner=self._owner,
            now=self._now,
            show=lambda found: announcing.show(self._receiver.bot, found),
        )
        self._sender = Sender(
            self._db,
            transport,
            pacer,
            owner=self._owner,
            now=self._now,
            metrics=self._metrics,
            on_trouble=self._trouble,
            lease=settings.delivery.lease,
            digest_after=timedelta(seconds=settings.delivery.digest_after),
        )
        self._planner = Planner(
            self._db, now=self._now, on_planned=lambda: self._hints.notify(Hint.SEND)
        )
        self._holds = Holds(
            self._db, now=self._now, wake_sender=lambda: self._hints.notify(Hint.SEND)
        )
        self._poller = Poller(
            self._db,
            fetcher,
            bounds=PollBounds(settings.poll.min_interval, settings.poll.max_interval),
            owner=self._owner,
            metrics=self._metrics,
            now=self._now,
            on_planned=lambda: self._hints.notify(Hint.PLAN),
            report=self._receiver.report,
        )
        self._hints.on(Hint.POLL, self._poller.wake)
        self._hints.on(Hint.PLAN, self._planner.wake)
        self._hints.on(Hint.SEND, self._sender.wake)
        self._web = WebServer(
            create_web(
                health=self._health,
                metrics=self._metrics,
                webhook=WebhookEar(webhook, self._receiver) if webhook else None,
                more=self._dashboard().routes(),
            )
        )
        await self._web.start(settings.web.host, settings.web.port)
        stack.push_async_callback(self._web.stop)
        # Stopped in the opposite order: receiving, polling, planning, sending, connections.
        stack.push_async_callback(self._receiver.close)
        await request.initialize()
        stack.callback(self._spawn(self._hints.run(), "hints").cancel)
        if Role.SEND in self._roles:
            self._spawn(self._sender.run(), "sender")
            stack.push_async_callback(self._sender.stop, STOP_GRACE)
            announcements = self._spawn(self._announcer.run(), "announcer")
            stack.push_async_callback(asyncio.wait, [announcements], timeout=STOP_GRACE)
            stack.callback(self._announcer.stop)
        if Role.PLAN in self._roles:
            no_more_plans = asyncio.Event()
            planning = self._spawn(self._planner.run(no_more_plans), "planner")
            stack.push_async_callback(asyncio.wait, [planning])
            stack.callback(no_more_plans.set)
        self._heartbeat = Heartbeat(
            self._db,
            owner=self._owner,
            roles=label(self._roles),
            metrics=self._metrics,
            now=self._now,
            report=self._receiver.report,
        )
        self._flood_alarm = FloodAlarm(
            pacer, leads=self._heartbeat.leads, report=self._receiver.report
        )
        logging.getLogger().addHandler(self._heartbeat.errors)
        stack.push_async_callback(self._heartbeat.stop)
        with suppress(StoreError):  # it is tried on, and said where it matters
            await self._heartbeat.beat(disk=False)
        jobs = self._jobs()
        jobs.start()
        stack.push_async_callback(self._poller.stop)
        stack.push_async_callback(jobs.stop, STOP_GRACE)
        receiving = self._spawn(
            self._receiver.connect(listen=Role.CHAT in self._roles), "receiver", lasting=False
        )
        stack.push_async_callback(self._stop_receiving, receiving)
        log.info(
            "started",
            version=__version__,
            role=label(self._roles),
            database=self._db.label,
            web=f"http://{settings.web.host}:{self._web.port}",
        )

    async def _pace(self, stack: AsyncExitStack) -> Pacer:
        """The pacer, with what was learnt before, and what runs for it until all is sent."""
        pacing = self._settings.pacing
        rates = Rates(
            global_rate=pacing.global_rate,
            per_chat_rate=pacing.per_chat_rate,
            group_per_minute=pacing.group_per_minute,
        )
        paid = PaidPolicy(
            PaidFor(pacing.paid_broadcast), pacing.paid_rate, pacing.paid_daily_budget
        )
        if self._db.is_sqlite:
            paced = alone(rates, paid)
        else:
            paced = together(self._db, rates, paid, now=self._now)
        keeper = PaceKeeper(
            self._db,
            paced.pacer,
            now=self._now,
            report=lambda text: self._receiver.report(text),  # made after this
        )
        await keeper.load()
        stack.push_async_callback(keeper.close)
        for work in (keeper.run(), *(turns.run() for turns in paced.shared)):
            stack.push_async_callback(_cancelled, self._spawn(work, "pacing"))
        return paced.pacer

    async def _prepare_rows(self) -> None:
        """Bring the file's topics in; free the sources a crashed process was polling."""
        path = self._settings.topics_file
        if path.exists() or "topics_file" in self._settings.model_fields_set:
            from_file = read_topics(path)
            async with self._db.write() as connection:
                await topics.sync_file(connection, from_file)
        if self._db.is_sqlite:  # alone on it, as `hold` made sure
            async with self._db.write() as connection:
                await sources.release_all(connection)

    def _services(self, fetcher: Fetching) -> Services:
        async def look(text: str, options: Mapping[str, str], zone: str | None) -> Inspection:
            return await inspect(fetcher, text, options, zone)

        async def survey_section(text: str, pattern: str) -> Section:
            return await survey(fetcher, text, pattern)

        return Services(
            db=self._db,
            admins=self._admins,
            default_timezone=self._settings.timezone,
            now=self._now,
            inspect=look,
            survey=survey_section,
            wake_poller=lambda: self._hints.notify(Hint.POLL),
            wake_planner=lambda: self._hints.notify(Hint.PLAN),
            wake_sender=lambda: self._hints.notify(Hint.SEND),
            polled=lambda source_id: self._poller.polled(source_id),
            min_interval=self._settings.poll.min_interval,
            global_rate=self._settings.pacing.global_rate,
            web_address=lambda: public_address(
                self._settings.web.public_url, self._settings.web.host, self._web.port
            ),
            watches_per_chat=self._settings.watches.per_chat,
        )

    def _dashboard(self) -> Dashboard:
        return Dashboard(
            self._db,
            self._admins,
            now=self._now,
            secure=self._settings.web.public_url.startswith("https://"),
            wake_poller=lambda: self._hints.notify(Hint.POLL),
        )

    async def _trouble(self, trouble: Trouble) -> None:
        """A closed forum topic concerns the group, everything else the bot's admins."""
        of_store = trouble.kind in (TroubleKind.STORE, TroubleKind.STORE_WELL)
        if of_store and Role.POLL in self._roles:
            return  # the poller meets the same and says so: once is enough
        if trouble.kind is TroubleKind.TOPIC and trouble.destination is not None:
            group = trouble.destination
            await self._receiver.tell(group.chat_id, trouble.text, group.language)
        else:
            await self._receiver.report(trouble.text)

    def _jobs(self) -> Jobs:
        jobs = Jobs()
        if Role.POLL in self._roles:
            jobs.every(TICK, self._poller.tick)
        if Role.PLAN in self._roles:
            jobs.every(PROMOTE_EVERY, self._promote)
            jobs.every(HOLDS_EVERY, self._holds.roll)
            jobs.every(PRUNE_EVERY, self._prune)
        if Role.SEND in self._roles:
            jobs.every(PINS_EVERY, self._sender.keep_pins)
            jobs.every(FLOODS_EVERY, self._flood_alarm.look)
        jobs.every(GAUGE_EVERY, self._count_waiting)
        jobs.every(BEAT_EVERY, self._heartbeat.beat)
        return jobs

    async def _promote(self) -> None:
        async with self._db.write() as connection:
            await outbox.promote(connection, self._now())

    async def _count_waiting(self) -> None:
        self._metrics.pending_deliveries.set(await self._waiting.look())

    async def _prune(self) -> None:
        keep = self._settings.retention
        gone = await retention.prune(
            self._db,
            now=self._now(),
            edit_window=timedelta(days=keep.edit_days),
            entry_age=timedelta(days=keep.entry_days),
        )
        if gone.deliveries or gone.entries:
            log.info("pruned", deliveries=gone.deliveries, entries=gone.entries)

    async def _health(self) -> dict[str, object]:
        async with self._db.read() as connection:
            listed = await sources.listed(connection)
            fanning = await fanouts.open_count(connection)
        failing = [source.name for source in listed if source.failures]
        stopped = [task.get_name() for task in self._lasting if task.done()]
        return {
            "ok": not stopped,
            "version": __version__,
            "telegram": self._receiver.username or "not connected yet",
            "sources": len(listed),
            "failing_sources": failing,
            "waiting_deliveries": await self._waiting.look(),
            "open_fanouts": fanning,
            "stopped": stopped,
        }

    def _spawn(
        self, work: Coroutine[Any, Any, None], name: str, *, lasting: bool = True
    ) -> asyncio.Task[None]:
        """Run a part; one that should last is unhealthy once it has ended."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        if lasting:
            self._lasting.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A part that ends by an error takes the process down: better than half a relay."""
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        if isinstance(error, LiveRelayError):
            self._failed = error
        else:
            log.critical("a part failed", part=task.get_name(), exc_info=error)
            self._failed = LiveRelayError(
                f"the {task.get_name()} failed: {type(error).__name__}: {error}; start it again"
            )
        self._stopping.set()

    async def _stop_receiving(self, receiving: asyncio.Task[None]) -> None:
        receiving.cancel()
        await asyncio.wait([receiving])
        try:
            async with asyncio.timeout(STOP_GRACE):
                await self._receiver.stop()
        except TimeoutError:
            log.warning("commands took too long to finish")

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._on_signal, number)

    def _on_signal(self, number: signal.Signals) -> None:
        if self._stopping.is_set():
            # The second one: whatever is under way is recovered at the next start.
            os._exit(128 + number)
        log.info("signal received; once more stops at once", signal=number.name)
        self._stopping.set()


async def _cancelled(task: asyncio.Task[None]) -> None:
    """End a part that has nothing to finish."""
    task.cancel()
    await asyncio.wait([task])
