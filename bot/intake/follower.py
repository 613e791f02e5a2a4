"""Follows a section page or feed: looks at the live blogs it links to and adds the new ones."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.errors import HttpStatusError, RobotsError, SourceError, UnreadableError
from bot.intake.inspect import Inspection, inspect
from bot.model import LinkOutcome, Snapshot, Source
from bot.sources.fetch import Fetching
from bot.store import following
from bot.store.engine import Database
from bot.wording import Wording

PER_DAY = 10  # live blogs one source may add
AT_ONCE = 5  # links that are looked at in one poll
START_WITHIN = 40.0  # seconds; with the last one's own time a poll stays within its lease
ONE_TAKES = 40.0  # seconds
DAY = timedelta(days=1)
MAX_NAME = 60

# When a link that led to no live blog is looked at again.
AGAIN = {
    LinkOutcome.NO_LIVE_BLOG: DAY,
    LinkOutcome.OVER: timedelta(days=7),
    LinkOutcome.FAILED: timedelta(hours=1),
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a section's links did.

    Attributes:
        added: sources that are new.
        left: links wait for the next poll, also if the page stays as it is.
    """

    added: tuple[Source, ...] = ()
    left: bool = False


class Follower:
    """Adds the live blogs a source links to.

    Args:
        db: the open database.
        fetcher: gets documents.
        now: the clock, aware UTC.
        report: tells the admins one sentence.
        interval: seconds between polls of a new source.
    """

    def __init__(
        self,
        db: Database,
        fetcher: Fetching,
        *,
        now: Callable[[], datetime],
        report: Callable[[Wording], Awaitable[None]],
        interval: float,
    ) -> None:
        self._db = db
        self._fetcher = fetcher
        self._now = now
        self._report = report
        self._interval = interval
        self._full_told: dict[int, datetime] = {}

    async def look(self, parent: Source, urls: Sequence[str]) -> Look:
        """Look at the links that were not looked at lately; add those that lead to a live blog.

        Raises:
            StoreError: what was found could not be stored; the rest is looked at next time.
        """
        async with self._db.read() as connection:
            waiting = await following.unseen(connection, parent.id, urls, AGAIN, self._now())
            room = PER_DAY - await following.added_since(connection, parent.id, self._now() - DAY)
        if not waiting:
            return Look()
        if room <= 0:
            await self._full(parent, len(waiting))
            return Look(left=True)
        added: list[Source] = []
        seen = 0
        clock = asyncio.get_running_loop().time
        stop_at = clock() + START_WITHIN
        for url in waiting[:AT_ONCE]:
            if len(added) >= room or clock() > stop_at:
                break
            child = await self._look_at(parent, url)
            seen += 1
            if child is not None:
                added.append(child)
        return Look(tuple(added), left=seen < len(waiting))

    async def _look_at(self, parent: Source, url: str) -> Source | None:
        """Look at one link; the source if it became one."""
        outcome, found = await self._judge(url)
        now = self._now()
        child: Source | None = None
        async with self._db.write() as connection:
            if found is not None:
                child = await following.adopt(
                    connection,
                    parent,
                    url=found.url,
                    same_as=found.snapshot.url,
                    poll_url=found.poll_url,
                    name=_name(found),
                    adapter=found.adapter,
                    title=found.snapshot.title,
                    interval=self._interval,
                    now=now,
                )
            await following.remember(connection, parent.id, url, outcome, now)
        log.info("looked at a link", source=parent.name, url=url, outcome=str(outcome))
        if child is not None:
            await self._report(
                Wording(
                    "{parent} links to a live blog: {name}, {address}. It is watched now as #{id}; "
                    "what stands there is stored, not sent. /removesource {id} takes it out.",
                    parent=parent.name,
                    name=child.name,
                    address=child.url,
                    id=str(child.id),
                )
            )
        return child

    async def _judge(self, url: str) -> tuple[LinkOutcome, Inspection | None]:
        try:
            async with asyncio.timeout(ONE_TAKES):
                found = await inspect(self._fetcher, url)
        except TimeoutError:
            return LinkOutcome.FAILED, None
        except (UnreadableError, RobotsError):
            return LinkOutcome.NO_LIVE_BLOG, None
        except HttpStatusError as error:
            gone = 400 <= error.status < 500 and error.status != 429
            return (LinkOutcome.NO_LIVE_BLOG if gone else LinkOutcome.FAILED), None
        except SourceError:
            return LinkOutcome.FAILED, None
        if found.adapter == "feed":  # a section's own feed is no event's live blog
            return LinkOutcome.NO_LIVE_BLOG, None
        if not is_running(found.snapshot, self._now()):
            return LinkOutcome.OVER, None
        return LinkOutcome.ADDED, found

    async def _full(self, parent: Source, waiting: int) -> None:
        """Say once a day that there is more than may be added."""
        told = self._full_told.get(parent.id)
        if told is None or self._now() - told >= DAY:
            self._full_told[parent.id] = self._now()
            await self._report(
                Wording.counted(
                    "{parent} links to more live blogs than the {most} a day that are added by "
                    "themselves; {n} link waits until tomorrow. /addsource adds one now.",
                    "{parent} links to more live blogs than the {most} a day that are added by "
                    "themselves; {n} links wait until tomorrow. /addsource adds one now.",
                    waiting,
                    parent=parent.name,
                    most=PER_DAY,
                )
            )


def is_running(snapshot: Snapshot, now: datetime) -> bool:
    """Whether a live blog is being written: not ended, and not silent for a day. Pure.

    One without entries, or without times, may be about to begin.
    """
    if snapshot.ended:
        return False
    times = [t for e in snapshot.entries for t in (e.published_at, e.updated_at) if t is not None]
    return not times or now - max(times) < DAY


def _name(found: Inspection) -> str:
    name = " ".join((found.snapshot.title or found.url).split())
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1].rstrip()}…"
