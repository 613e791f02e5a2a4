"""A real poller with a clock of its own, a database, and a site that is made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import sqlalchemy as sa

from bot.intake.marks import PollBounds
from bot.intake.poller import Poller
from bot.model import Source
from bot.observe import Metrics
from bot.sources.fetch import Fetching
from bot.store import entries, schema, sources
from bot.store.engine import Database
from tests.support.pages import NOON

URL = "https://news.example/live/storm"
MIN, MAX = 5.0, 60.0

SiteT = TypeVar("SiteT", bound=Fetching)


async def leased(db: Database, source_id: int, owner: str = "test") -> Source:
    """Claim a source, whether or not it is due."""
    async with db.write() as connection:
        await connection.execute(
            schema.sources.update()
            .where(schema.sources.c.id == source_id)
            .values(lease_owner=owner, lease_until=NOON + timedelta(days=10_000))
        )
        found = await sources.get(connection, source_id)
    assert found is not None
    return found


@dataclass
class Desk(Generic[SiteT]):
    """A poller with a clock of its own and a source that is watched."""

    db: Database
    site: SiteT
    now: datetime = NOON
    bounds: PollBounds = field(default_factory=lambda: PollBounds(MIN, MAX))
    reports: list[str] = field(default_factory=list)
    planned: int = 0
    metrics: Metrics = field(default_factory=Metrics)
    source_id: int = 0

    def __post_init__(self) -> None:
        self.poller = Poller(
            self.db,
            self.site,
            bounds=self.bounds,
            owner="test",
            metrics=self.metrics,
            now=lambda: self.now,
            on_planned=self._on_planned,
            report=self._report,
        )

    def _on_planned(self) -> None:
        self.planned += 1

    async def _report(self, text: str) -> None:
        self.reports.append(text)

    async def watch(
        self,
        url: str = URL,
        *,
        adapter: str = "schemaorg",
        options: Mapping[str, str] | None = None,
    ) -> int:
        """Add a source."""
        async with self.db.write() as connection:
            source = await sources.propose(
                connection,
                url=url,
                poll_url=url,
                name="Gazette",
                adapter=adapter,
                title="",
                interval=self.bounds.minimum,
                added_by=7,
                now=self.now,
                options=options,
            )
            await sources.activate(connection, source.id, self.now)
        self.poller.wake()
        return source.id

    async def tick(self, seconds: float = 0) -> None:
        """Let some time pass, start what is due, wait for its end."""
        self.now += timedelta(seconds=seconds)
        self.poller.wake()
        await self.poller.tick()
        await self.poller.stop()

    async def wait(self) -> float:
        """How long it is until the next poll, in seconds."""
        async with self.db.read() as connection:
            due = await sources.next_due(connection)
        assert due is not None
        return max(0.0, (due - self.now).total_seconds())

    async def until_due(self) -> float:
        """Let the time pass until the next poll, and poll; how long that was."""
        waited = await self.wait()
        await self.tick(waited)
        return waited

    async def source(self) -> Source:
        """The source as stored."""
        async with self.db.read() as connection:
            found = await sources.get(connection, self.source_id)
        assert found is not None
        return found

    async def stored(self) -> dict[str, str]:
        """Identity (its last part) -> words; those withdrawn have none."""
        async with self.db.read() as connection:
            known = await entries.known(connection, self.source_id)
        return {
            item.identity.rpartition("#")[2]: "" if item.withdrawn else item.text for item in known
        }

    async def fanned_out(self) -> list[str]:
        """The kinds of what was to be told."""
        async with self.db.read() as connection:
            return list(
                await connection.scalars(
                    sa.select(schema.fanouts.c.kind).order_by(schema.fanouts.c.id)
                )
            )

    def counted(self, name: str, **labels: str) -> float:
        """A counter's value."""
        return self.metrics.registry.get_sample_value(f"liverelay_{name}_total", labels) or 0
