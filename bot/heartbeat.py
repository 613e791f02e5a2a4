"""Each process writes down every few seconds that it runs, how fast it sends, and what went wrong.

So ``/health`` and the dashboard tell of all processes, whichever of them is asked.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot import __version__
from bot.errors import StoreError
from bot.observe import Metrics
from bot.store import vitals
from bot.store.engine import Database
from bot.store.vitals import Beat
from bot.wording import Wording

EVERY = 10  # seconds
HOUR = timedelta(hours=1)
_KEPT = 10_000  # errors; more in an hour are not counted


class ErrorTally(logging.Handler):
    """Counts the errors that are logged; keeps what happened, not with what.

    Args:
        now: the clock, aware UTC.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(logging.ERROR)
        self._now = now
        self._at: deque[datetime] = deque(maxlen=_KEPT)
        self.last = ""
        self.last_at: datetime | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Count one. Values may hold secrets, so only the event's own words are kept."""
        event = record.msg.get("event", "") if isinstance(record.msg, dict) else record.name
        self.last, self.last_at = str(event)[:200], self._now()
        self._at.append(self.last_at)

    def lately(self) -> int:
        """How many there were within an hour."""
        since = self._now() - HOUR
        while self._at and self._at[0] < since:
            self._at.popleft()
        return len(self._at)


class Heartbeat:
    """Writes this process's row, and tells admins once when the disk is nearly full.

    Args:
        db: the database.
        owner: this process's name.
        roles: for people.
        metrics: count what was sent.
        now: the clock, aware UTC.
        report: tells the admins one sentence.
    """

    def __init__(
        self,
        db: Database,
        *,
        owner: str,
        roles: str,
        metrics: Metrics,
        now: Callable[[], datetime],
        report: Callable[[Wording], Awaitable[None]],
    ) -> None:
        self._db = db
        self._owner = owner
        self._roles = roles
        self._metrics = metrics
        self._now = now
        self._report = report
        self._started_at = now()
        self._before = (self._started_at, 0.0)
        self._disk_told = False
        self.errors = ErrorTally(now)

    async def beat(self, *, disk: bool = True) -> None:
        """Write the row; look at the disk, unless nobody could be told yet."""
        now = self._now()
        sent = self._sent()
        seconds = (now - self._before[0]).total_seconds()
        rate = max(0.0, sent - self._before[1]) / seconds if seconds > 0 else 0.0
        self._before = (now, sent)
        if disk:
            await self._look_at_disk()
        row = Beat(
            owner=self._owner,
            roles=self._roles,
            version=__version__,
            started_at=self._started_at,
            seen_at=now,
            rate=rate,
            errors=self.errors.lately(),
            last_error=self.errors.last,
            last_error_at=self.errors.last_at,
        )
        async with self._db.write() as connection:
            await vitals.beat(connection, row)

    async def leads(self) -> bool:
        """Whether this process speaks for all that send: the one that has run longest.

        Raises:
            StoreError: the others' rows cannot be read.
        """
        async with self._db.read() as connection:
            alive = await vitals.beats(connection, self._now())
        senders = [one.owner for one in alive if "send" in one.roles or one.roles == "all"]
        return not senders or senders[0] == self._owner

    async def stop(self) -> None:
        """Take the row away: this process ends on purpose."""
        logging.getLogger().removeHandler(self.errors)
        try:
            async with self._db.write() as connection:
                await vitals.farewell(connection, self._owner)
        except StoreError:
            return  # it is seen to be silent soon

    async def _look_at_disk(self) -> None:
        free, total = vitals.disk_of(self._db)
        full = vitals.nearly_full(free, total)
        if full and not self._disk_told:
            self._disk_told = True
            await self._report(
                Wording(
                    "The disk of {database} is nearly full: {size} MB are free. Make room soon; "
                    "when it is full, polling and sending wait, and nothing is lost.",
                    database=self._db.label,
                    size=round((free or 0) / 1e6),
                )
            )
        elif not full and self._disk_told:
            self._disk_told = False
            await self._report(
                Wording("The disk of {database} has room again.", database=self._db.label)
            )

    def _sent(self) -> float:
        found = self._metrics.registry.get_sample_value(
            "liverelay_deliveries_total", {"outcome": "sent"}
        )
        return found or 0.0
