"""bot.intake.follower: live blogs that are added by themselves, with bounds and a memory."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import HttpStatusError, SourceError, UnreachableError
from bot.intake.follower import AT_ONCE, PER_DAY, Follower, is_running
from bot.model import Document, Snapshot, Source, SourceEntry, SourceKind, SourceState
from bot.store import schema, sources
from bot.store.engine import Database
from tests.support.pages import document
from tests.support.store import add_source, temp_database

START = datetime(2031, 3, 4, 12, 0, tzinfo=UTC)
SECTION = "https://news.example/harbour"


def live(path: str, *, own: str = "", at: datetime = START) -> str:
    """A page with a live blog of one entry."""
    blog = {
        "@type": "LiveBlogPosting",
        "headline": f"Live: {path}",
        "url": own or f"https://news.example{path}",
        "liveBlogUpdate": [
            {"@id": "#a1", "datePublished": at.isoformat(), "articleBody": "The pier is shut."}
        ],
    }
    return f'<html><script type="application/ld+json">{json.dumps(blog)}</script></html>'


@dataclass
class Web:
    """A small web, and what was asked of it."""

    pages: dict[str, str | SourceError] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    at: datetime = START

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        wire_hash: str | None = None,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Document:
        """The page, or its error."""
        del etag, last_modified, wire_hash, accept, headers
        path = url.removeprefix("https://news.example")
        self.asked.append(path)
        found = self.pages.get(path, "<html><p>The ferry was built in a yard.</p></html>")
        if isinstance(found, SourceError):
            raise found
        feed = found.startswith("<?xml")
        return document(found, url, "application/rss+xml" if feed else "text/html", self.at)


@dataclass
class Desk:
    """A follower at work: its web, its clock, and what it reported."""

    db: Database
    parent: Source
    web: Web = field(default_factory=Web)
    clock: datetime = START
    reports: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.follower = Follower(
            self.db, self.web, now=lambda: self.clock, report=self._hear, interval=5.0
        )

    async def _hear(self, text: str) -> None:
        self.reports.append(text)

    async def look(self, *paths: str) -> tuple[list[str], bool]:
        """Look at links; the names that were added, and whether links are left."""
        self.web.at = self.clock
        urls = [f"https://news.example{path}" for path in paths]
        found = await self.follower.look(self.parent, urls)
        return [source.name for source in found.added], found.left

    async def listed(self) -> list[Source]:
        """The children, in any state."""
        async with self.db.read() as connection:
            found = await sources.listed(connection, tuple(SourceState))
        return [source for source in found if source.parent_id == self.parent.id]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A follower of an active section."""
    async with temp_database(tmp_path) as db:
        async with db.write() as connection:
            parent = await sources.propose(
                connection,
                url=SECTION,
                poll_url=SECTION,
                name="Harbour",
                adapter="",
                title="Harbour",
                interval=5.0,
                added_by=7,
                now=START,
                kind=SourceKind.FOLLOW,
            )
            await sources.activate(connection, parent.id, START)
        yield Desk(db, parent)


async def test_a_live_blog_becomes_a_source_and_admins_hear_of_it(desk: Desk) -> None:
    """It is due at once, not primed, so that its first poll is silent, and knows its parent."""
    desk.web.pages["/live/storm"] = live("/live/storm")
    assert await desk.look("/live/storm") == (["Live: /live/storm"], False)
    [child] = await desk.listed()
    assert child.url == "https://news.example/live/storm"
    assert child.state is SourceState.ACTIVE
    assert child.kind is SourceKind.PAGE
    assert child.next_poll_at == START
    assert not child.primed
    assert child.added_by == 7
    [report] = desk.reports
    assert "Harbour links to a live blog: Live: /live/storm" in report
    assert f"#{child.id}" in report
    assert await desk.look("/live/storm") == ([], False)
    assert desk.web.asked == ["/live/storm"]


async def test_what_is_no_live_blog_is_not_asked_again_for_a_day(desk: Desk) -> None:
    """An article is looked at once a day; when it has become a live blog it is added."""
    for _ in range(3):
        assert await desk.look("/live/article") == ([], False)
        desk.clock += timedelta(hours=7)
    assert desk.web.asked == ["/live/article"]
    desk.clock += timedelta(hours=4)
    desk.web.pages["/live/article"] = live("/live/article", at=desk.clock)
    assert await desk.look("/live/article") == (["Live: /live/article"], False)


@pytest.mark.parametrize(
    ("error", "hours"),
    [
        (UnreachableError("no connection"), 1),
        (HttpStatusError("busy", status=503), 1),
        (HttpStatusError("fewer requests", status=429), 1),
        (HttpStatusError("no such page", status=404), 24),
    ],
)
async def test_what_cannot_be_fetched_is_tried_again(
    desk: Desk, error: SourceError, hours: float
) -> None:
    """A passing failure within the hour, a page that is not there after a day."""
    desk.web.pages["/live/storm"] = error
    await desk.look("/live/storm")
    desk.web.pages["/live/storm"] = live("/live/storm", at=START)
    desk.clock += timedelta(hours=hours, minutes=-1)
    assert (await desk.look("/live/storm"))[0] == []
    desk.clock += timedelta(minutes=2)
    desk.web.pages["/live/storm"] = live("/live/storm", at=desk.clock)
    assert (await desk.look("/live/storm"))[0] == ["Live: /live/storm"]


async def test_ten_a_day_and_no_more(desk: Desk) -> None:
    """The rest waits, admins hear of it once, and tomorrow there is room again."""
    paths = [f"/live/{number}" for number in range(14)]
    for path in paths:
        desk.web.pages[path] = live(path)
    added, _left = await desk.look(*paths[:3])
    for _ in range(6):
        names, left = await desk.look(*paths)
        assert len(names) <= AT_ONCE
        assert left
        added += names
    assert len(added) == PER_DAY
    assert len(desk.web.asked) == PER_DAY
    assert len(desk.reports) == PER_DAY + 1
    assert "more live blogs than the 10 a day" in desk.reports[-1]
    desk.clock += timedelta(hours=23, minutes=59)
    assert (await desk.look(*paths))[0] == []
    desk.clock += timedelta(minutes=2)
    for path in paths:
        desk.web.pages[path] = live(path, at=desk.clock)
    assert len((await desk.look(*paths))[0]) == 4


async def test_what_an_admin_removed_stays_removed(desk: Desk) -> None:
    """The link still stands on the page; nobody wants to remove it every hour."""
    desk.web.pages["/live/storm"] = live("/live/storm")
    await desk.look("/live/storm")
    [child] = await desk.listed()
    async with desk.db.write() as connection:
        await sources.remove(connection, child.id)
    desk.clock += timedelta(days=30)
    assert await desk.look("/live/storm") == ([], False)
    assert len(desk.web.asked) == 1


@pytest.mark.parametrize("state", ["active", "paused", "ended", "removed"])
async def test_what_an_admin_added_or_removed_by_hand_is_not_even_looked_at(
    desk: Desk, state: str
) -> None:
    """A link to a source of any state asks nothing of the newsroom."""
    await add_source(desk.db, "https://news.example/live/storm")
    async with desk.db.write() as connection:
        await connection.execute(
            schema.sources.update().where(schema.sources.c.id == 2).values(state=state)
        )
    desk.web.pages["/live/storm"] = live("/live/storm")
    assert await desk.look("/live/storm") == ([], False)
    assert desk.web.asked == []


async def test_two_addresses_of_one_live_blog_are_one_source(desk: Desk) -> None:
    """A page that names another address as its own is not added beside that one."""
    own = "https://news.example/live/storm"
    desk.web.pages["/live/storm"] = live("/live/storm")
    desk.web.pages["/amp/live/storm"] = live("/amp/live/storm", own=own)
    assert await desk.look("/live/storm", "/amp/live/storm") == (["Live: /live/storm"], False)
    assert len(desk.reports) == 1


async def test_an_old_live_blog_and_a_feed_are_not_added(desk: Desk) -> None:
    """A section links to yesterday's events, too, and to its own feed."""
    feed = "<?xml version='1.0'?><rss version='2.0'><channel><title>F</title>{}</channel></rss>"
    item = "<item><title>Pier</title><guid>1</guid><link>https://news.example/1</link></item>"
    desk.web.pages["/live/old"] = live("/live/old", at=START - timedelta(days=2))
    desk.web.pages["/live/feed"] = feed.format(item)
    assert await desk.look("/live/old", "/live/feed") == ([], False)
    assert desk.reports == []


async def test_a_previewed_live_blog_is_taken_over(desk: Desk) -> None:
    """An admin looked at it and has not answered yet: it is watched all the same."""
    url = "https://news.example/live/storm"
    async with desk.db.write() as connection:
        await sources.propose(
            connection,
            url=url,
            poll_url=url,
            name="Mine",
            adapter="schemaorg",
            title="Mine",
            interval=5.0,
            added_by=8,
            now=START,
        )
    desk.web.pages["/live/storm"] = live("/live/storm")
    assert (await desk.look("/live/storm"))[0] == ["Live: /live/storm"]
    assert [child.state for child in await desk.listed()] == [SourceState.ACTIVE]


@pytest.mark.parametrize(
    ("hours", "ended", "running"),
    [
        (1, False, True),
        (23, False, True),
        (25, False, False),
        (1, True, False),
        (None, False, True),
    ],
)
def test_what_is_running(hours: float | None, ended: bool, running: bool) -> None:
    """Not ended, and written within a day; without a time it may be about to begin."""
    at = None if hours is None else START - timedelta(hours=hours)
    entry = SourceEntry(id="1", published_at=at, text="The pier is shut.")
    snapshot = Snapshot("schemaorg", "Storm", SECTION, (entry,), ended=ended)
    assert is_running(snapshot, START) is running
