"""The loop of intake: fetches due sources, reads them, decides, stores. The only I/O of intake.

When to poll is a row (``sources.next_poll_at``), so a restart forgets nothing; `tick` is called
several times a second and mostly finds nothing to do.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.errors import (
    FetchError,
    HalfPageError,
    HttpStatusError,
    LiveRelayError,
    RobotsError,
    SourceError,
    StoreError,
)
from bot.intake import notices, schedule
from bot.intake.decide import POLLS_UNTIL_WITHDRAWN, decide
from bot.intake.follow import candidates, links_on
from bot.intake.follower import Follower
from bot.intake.marks import SILENCE, PollBounds, is_found, mark_of
from bot.intake.repeats import find_repeats
from bot.intake.topics import TopicMatcher
from bot.intake.watcher import Watcher
from bot.model import ChangeKind, Decision, Document, Known, Snapshot, Source, SourceKind
from bot.observe import Metrics
from bot.sources import CUT
from bot.sources.base import Hints, Page
from bot.sources.fetch import Fetching
from bot.sources.reader import asks_each_poll, read_live_blog
from bot.sources.slots import LargePages
from bot.store import clock, entries, polls, sources, topics
from bot.store.engine import Database
from bot.store.sources import PollMark
from bot.wording import Wording

CONCURRENT = 16  # polls at once
LEASE = 20.0  # seconds a source is ours; a poll that takes longer renews it
RENEW = timedelta(seconds=6)
LOOK = 1.0  # seconds between looks at the table: the command line may have changed it
LONGEST_REST = timedelta(seconds=LOOK)  # a look that is further away: the clock was set back
REPORT_AFTER = 3  # failures in a row before admins hear of it
AWAITED = 10.0  # seconds somebody in a chat waits for a poll

log = structlog.get_logger(__name__)


class Poller:
    """Polls every active source when it is due.

    Args:
        db: the open database.
        fetcher: gets documents.
        bounds: default intervals.
        owner: this process's name on leases.
        metrics: counters.
        now: the clock, aware UTC.
        on_planned: called when fan-outs were stored, to wake the planner.
        report: tells the admins one sentence.
    """

    def __init__(
        self,
        db: Database,
        fetcher: Fetching,
        *,
        bounds: PollBounds,
        owner: str,
        metrics: Metrics,
        now: Callable[[], datetime],
        on_planned: Callable[[], None],
        report: Callable[[Wording], Awaitable[None]],
    ) -> None:
        self._db = db
        self._fetcher = fetcher
        self._bounds = bounds
        self._owner = owner
        self._metrics = metrics
        self._now = now
        self._on_planned = on_planned
        self._report = report
        self._follower = Follower(db, fetcher, now=now, report=report, interval=bounds.minimum)
        self._watcher = Watcher(db)
        self._large = LargePages()
        self._running: set[asyncio.Task[None]] = set()
        self._under_way: set[int] = set()  # sources
        self._renewed_at = self._latest_tick = now()
        self._set_back = clock.NOT_AT_ALL  # by so much, and nothing was moved for it yet
        self._look_at: datetime | None = None
        self._store_failing = False
        self._idle_leases = False  # of ours, since the database refused in the middle
        self._warned: dict[int, tuple[str, ...]] = {}
        self._restless: set[int] = set()
        self._awaited: dict[int, list[asyncio.Event]] = {}

    def wake(self) -> None:
        """Look at the table at the next tick: a source was added, resumed or asked for."""
        self._look_at = None

    async def polled(self, source_id: int) -> None:
        """Look at the table at once, and return when this source was polled, or after a while."""
        done = asyncio.Event()
        self._awaited.setdefault(source_id, []).append(done)
        self.wake()
        try:
            async with asyncio.timeout(AWAITED):
                await done.wait()
        except TimeoutError:
            log.info("a poll that somebody waits for takes long", source=source_id)
        finally:
            self._awaited[source_id].remove(done)
            if not self._awaited[source_id]:
                del self._awaited[source_id]

    async def tick(self) -> None:
        """Start the polls that are due; returns at once, the polls run on."""
        now = self._now()
        if self._latest_tick - now > clock.TOLERANCE:
            self._set_back = max(self._set_back, self._latest_tick - now)
        self._latest_tick = now
        free = CONCURRENT - len(self._running)
        resting = self._look_at is not None and timedelta() < self._look_at - now <= LONGEST_REST
        try:
            await self._renew(now)
            if resting or free <= 0:
                return
            due = await self._claim(now, free)
        except StoreError as error:
            self._look_at = now + timedelta(seconds=LOOK)
            await self._store_fails(error)
            return
        for source in due:
            if source.id in self._under_way:
                continue  # since before its lease ended: this process slept, and goes on with it
            self._under_way.add(source.id)
            task = asyncio.create_task(self._poll_safely(source), name=f"poll {source.id}")
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def stop(self) -> None:
        """Let running polls finish; their fetches have a deadline."""
        if self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    def cancel(self) -> None:
        """End running polls at once; nothing of them is stored."""
        for task in self._running:
            task.cancel()

    async def _renew(self, now: datetime) -> None:
        """Keep what is being polled: only a process that died is to be relieved of it."""
        if timedelta() <= now - self._renewed_at < RENEW:
            return
        self._renewed_at = now
        if self._under_way:
            held = set(self._under_way)
            await self._db.transact(
                lambda connection: sources.renew(
                    connection, self._owner, now, held=held, lease=LEASE
                )
            )

    async def _claim(self, now: datetime, limit: int) -> list[Source]:
        if self._idle_leases:
            self._idle_leases = False  # a poll that fails meanwhile says so anew
            held = set(self._under_way)
            await self._db.transact(
                lambda connection: sources.let_go(connection, self._owner, lease=LEASE, held=held)
            )
        async with self._db.read() as connection:
            next_due = await sources.next_due(connection)
            set_back = await clock.set_back_by(connection, now)
        if set_back is not None or self._set_back:
            async with self._db.write() as connection:
                set_back = await clock.catch_up(connection, now, self._set_back)
                next_due = await sources.next_due(connection)
            self._set_back = clock.NOT_AT_ALL
            log.warning("the clock was set back; what waits is brought forward", by=str(set_back))
        look_at = now + timedelta(seconds=LOOK)
        if next_due is None or next_due > now:
            self._look_at = min(next_due, look_at) if next_due else look_at
            return []
        return await self._db.transact(
            partial(sources.claim_due, owner=self._owner, now=now, limit=limit, lease=LEASE)
        )

    async def _poll_safely(self, source: Source) -> None:
        refusal: StoreError | None = None
        try:
            try:
                await self.poll(source)
            except StoreError:
                raise
            except Exception as error:
                # A fault of ours must not end the polling of this source, nor of the others.
                log.exception("a poll failed unexpectedly", source=source.name)
                fault = LiveRelayError(
                    Wording("an internal fault: {kind}", kind=type(error).__name__)
                )
                await self._failed(source, fault)
        except StoreError as error:
            refusal = error
        finally:
            self._under_way.discard(source.id)
            for done in self._awaited.get(source.id, ()):
                done.set()
            self.wake()
        if refusal is not None:  # by now its lease is one that we hold and do not use
            await self._store_fails(refusal)

    async def poll(self, source: Source) -> None:
        """Poll one claimed source: fetch, read, decide, store.

        Raises:
            StoreError: the result could not be stored; nothing of it was.
        """
        if source.kind is SourceKind.FOLLOW:
            await self._follow(source)
            return
        try:
            document = await self._fetcher.fetch(
                source.poll_url,
                etag=source.etag,
                last_modified=source.last_modified,
                wire_hash=source.wire_hash,
            )
            if document.status == 304 or (
                document.wire_hash and document.wire_hash == source.wire_hash
            ):
                await self._unchanged(source, document)
                return
            async with self._db.read() as connection:
                known = await entries.known(connection, source.id)
            async with self._large.reading(document.body):
                snapshot = await read_live_blog(
                    self._fetcher, Page(document), _hints(source, known), source.adapter or None
                )
            settled = source.primed and snapshot.adapter == source.adapter
            if CUT in snapshot.warnings and not settled:
                # What it lacks would be told as new once the page is whole.
                raise HalfPageError(
                    Wording("{address} breaks off in the middle.", address=document.url)
                )
        except SourceError as error:
            await self._failed(source, error)
            return
        await self._changed(source, document, snapshot, known)

    async def _follow(self, source: Source) -> None:
        """Poll a section page or feed: add the live blogs it links to."""
        try:
            document = await self._fetcher.fetch(
                source.poll_url,
                etag=source.etag,
                last_modified=source.last_modified,
                wire_hash=source.wire_hash,
            )
            if document.status == 304 or (
                document.wire_hash and document.wire_hash == source.wire_hash
            ):
                await self._unchanged(source, document)
                return
            page = Page(document)
            async with self._large.reading(document.body):
                links = await asyncio.to_thread(links_on, page)
        except SourceError as error:
            await self._failed(source, error)
            return
        look = await self._follower.look(source, candidates(links, page.url, source.pattern))
        mark = mark_of(source, document, None, self._bounds, self._now(), changed=False)
        if look.left:
            mark = replace(mark, wire_hash="", etag=None, last_modified=None)
        if not await self._store(source, mark):
            return
        self._metrics.polls.labels(result="changed" if look.added else "unchanged").inc()
        await self._recovered(source)

    async def _unchanged(self, source: Source, document: Document) -> None:
        mark = mark_of(source, document, None, self._bounds, self._now(), changed=False)
        if not await self._store(source, mark):
            return
        self._metrics.polls.labels(result="unchanged").inc()
        await self._recovered(source)
        await self._ended(source, mark)

    async def _store(self, source: Source, mark: PollMark) -> bool:
        """Store a poll that brought nothing; whether the source was still ours."""
        stored = await self._db.transact(
            partial(sources.mark_polled, source_id=source.id, mark=mark, owner=self._owner)
        )
        await self._store_works()
        if not stored:
            _log_taken_over(source)
        return stored

    async def _changed(
        self, source: Source, document: Document, snapshot: Snapshot, known: list[Known]
    ) -> None:
        with self._db.precedence.held():
            decision, mark, queued = await self._commit(source, document, snapshot, known)
        await self._store_works()
        if queued is None:
            _log_taken_over(source)
            return
        if queued:
            self._on_planned()
        self._count(decision, self._now(), told=bool(queued))
        self._warn(source, (*snapshot.warnings, *decision.warnings))
        await self._report_restless(source, decision)
        await self._recovered(source)
        await self._ended(source, mark)

    async def _commit(
        self, source: Source, document: Document, snapshot: Snapshot, known: list[Known]
    ) -> tuple[Decision, PollMark, int | None]:
        """Decide and store; with how many fan-outs were queued, None of a source taken over."""
        async with self._db.read() as connection:
            listed = await topics.listed(connection)
            own = await topics.of_source(connection, source.id, source.parent_id)
            parent = await sources.get(connection, source.parent_id) if source.parent_id else None
        reformatted = source.primed and source.adapter not in ("", snapshot.adapter)
        decision = await asyncio.to_thread(decide, known, snapshot, reformatted=reformatted)
        mark = mark_of(
            source, document, snapshot, self._bounds, self._now(), changed=bool(decision.changes)
        )
        doubted = any(0 < polls < POLLS_UNTIL_WITHDRAWN for polls in decision.missing.values())
        if doubted or reformatted or asks_each_poll(snapshot.adapter, Page(document)):
            # An absence is believed when it is read twice, so the same bytes are read again; so
            # they are where the page does not show every change, or changed its format.
            mark = replace(mark, wire_hash="", etag=None, last_modified=None)
        origin = (source, parent)
        topic_ids = self._match(TopicMatcher(listed), origin, decision, own)
        language = snapshot.language or source.language
        watch_ids = await self._watcher.match(
            decision, language=language, origin=origin, topics=listed, topic_ids=topic_ids
        )
        now = self._now()
        same_as = await find_repeats(self._db, source, decision, now)
        queued = await self._db.transact(
            lambda connection: polls.commit_poll(
                connection,
                source.id,
                decision,
                mark,
                topic_ids=topic_ids,
                watch_ids=watch_ids,
                same_as=same_as,
                now=now,
                owner=self._owner,
            )
        )
        return decision, mark, queued

    @staticmethod
    def _match(
        matcher: TopicMatcher,
        origin: tuple[Source, Source | None],
        decision: Decision,
        own: Sequence[int],
    ) -> Mapping[str, list[int]]:
        """Topics of the entries; one that is for the source they were found on is for them too.

        `own` are the topics that every entry of the source belongs to.
        """
        where = " ".join(f"{source.name} {source.url}" for source in origin if source)
        return {
            change.identity: [
                *matcher.match(change.entry.title, change.entry.text, source=where),
                *own,
            ]
            for change in decision.changes
            if change.entry is not None
        }

    async def _failed(self, source: Source, error: LiveRelayError) -> None:
        now = self._now()
        wait = schedule.after_failure(
            source.failures + 1,
            minimum=source.min_interval or self._bounds.minimum,
            maximum=source.max_interval or self._bounds.maximum,
            retry_after=error.retry_after
            if isinstance(error, (HttpStatusError, RobotsError))
            else None,
        )
        wait *= random.uniform(1.0, 1.1)  # noqa: S311 - spreads load, guards nothing
        self._metrics.polls.labels(
            result="unreachable" if isinstance(error, FetchError) else "unreadable"
        ).inc()
        failures = await self._db.transact(
            lambda connection: sources.mark_failed(
                connection,
                source.id,
                error=error.reason,
                now=now,
                next_poll_at=now + timedelta(seconds=wait),
                owner=self._owner,
            )
        )
        if not failures:
            _log_taken_over(source)
            return
        log.warning(
            "poll failed",
            source=source.name,
            failures=failures,
            retry_in=round(wait, 1),
            reason=str(error),
        )
        if is_found(source) and source.failing_since and now - source.failing_since > SILENCE:
            await self._retire(source, error.reason)
        elif failures == REPORT_AFTER:
            await self._report(notices.unread(source, failures, error.reason))

    async def _recovered(self, source: Source) -> None:
        if source.failures >= REPORT_AFTER:
            await self._report(notices.read_again(source))

    async def _retire(self, source: Source, reason: str) -> None:
        """Give up a live blog that was found by itself and is gone: nobody is to do it by hand."""
        async with self._db.write() as connection:
            retired = await sources.end(connection, source.id)
        if retired:
            await self._report(notices.given_up(source, reason))

    async def _ended(self, source: Source, mark: PollMark) -> None:
        if mark.ended:
            await self._report(notices.over(source))

    async def _store_fails(self, error: StoreError) -> None:
        self._idle_leases = True
        log.error("polling cannot store", reason=str(error))
        if not self._store_failing:
            self._store_failing = True
            await self._report(
                Wording(
                    "The database refuses: {reason}. Nothing is lost; it is tried on.",
                    reason=error.reason,
                )
            )

    async def _store_works(self) -> None:
        if self._store_failing:
            self._store_failing = False
            log.info("polling goes on")
            await self._report(Wording("The database takes everything again; polling goes on."))

    async def _report_restless(self, source: Source, decision: Decision) -> None:
        """Tell the admins once of a page that rewrites itself; its other changes are relayed."""
        if not decision.restless or source.id in self._restless:
            return
        self._restless.add(source.id)
        await self._report(notices.rewriting(source, decision.restless))

    def _warn(self, source: Source, warnings: tuple[str, ...]) -> None:
        """Log what is odd about a page, once as long as it stays odd."""
        if warnings != self._warned.get(source.id, ()):
            self._warned[source.id] = warnings
            for warning in warnings:
                log.warning("odd page", source=source.name, warning=warning)

    def _count(self, decision: Decision, now: datetime, *, told: bool) -> None:
        self._metrics.polls.labels(result="changed" if decision.changes else "unchanged").inc()
        for change in decision.changes:
            self._metrics.entries.labels(change=change.kind.value).inc()
            published = change.entry.published_at if change.entry else None
            if told and change.kind is ChangeKind.NEW and published is not None:
                self._metrics.publish_to_seen.observe((now - published).total_seconds())


def _hints(source: Source, known: list[Known]) -> Hints:
    return Hints(
        timezone=source.timezone,
        newest=max((item.published_at for item in known if item.published_at), default=None),
        options=source.options,
        known=frozenset(item.identity for item in known),
    )


def _log_taken_over(source: Source) -> None:
    log.warning(
        "another process polls this source by now; this poll is dropped", source=source.name
    )
