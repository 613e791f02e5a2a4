"""The loop of intake: what is due is fetched, read, decided and stored, and failures are borne."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.errors import HttpStatusError, StoreError, UnreachableError
from bot.intake.marks import END_GRACE
from bot.intake.poller import REPORT_AFTER
from bot.model import Document, SourceState, Topic, TopicRule
from bot.store import schema, topics
from tests.support import desk as desks
from tests.support.desk import MAX, MIN, URL
from tests.support.pages import NOON, document
from tests.support.store import temp_database


@dataclass
class Site:
    """A newsroom's server: the live blog as it stands, or an error."""

    posts: dict[str, str] = field(default_factory=dict)
    error: Exception | None = None
    ended: bool = False
    etag: str | None = None
    max_age: float | None = None
    asked: list[str | None] = field(default_factory=list)
    gate: asyncio.Event | None = None

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
        """One answer."""
        del last_modified, accept, headers
        self.asked.append(etag)
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        if etag is not None and etag == self.etag:
            return Document(url, url, 304, "", b"", NOON, etag=etag, max_age=self.max_age)
        body = self.markup()
        current = str(hash(body))
        return replace(
            document("" if wire_hash == current else body, url),
            wire_hash=current,
            etag=self.etag,
            max_age=self.max_age,
        )

    def markup(self) -> str:
        """The page: newest first; "a" was written at noon, "b" a minute later."""
        updates = [
            {
                "@type": "BlogPosting",
                "@id": f"{URL}#{identity}",
                "datePublished": (NOON + timedelta(minutes=ord(identity) - ord("a"))).isoformat(),
                "articleBody": text,
            }
            for identity, text in self.posts.items()
        ][::-1]
        blog = {
            "@context": "https://schema.org",
            "@type": "LiveBlogPosting",
            "headline": "Storm, live",
            "url": URL,
            "liveBlogUpdate": updates,
        }
        if self.ended:
            blog["coverageEndTime"] = (NOON - timedelta(hours=1)).isoformat()
        return f'<script type="application/ld+json">{json.dumps(blog)}</script>'


class Desk(desks.Desk[Site]):
    """A poller that watches that site."""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A source with two entries, added a moment ago."""
    async with temp_database(tmp_path) as db:
        made = Desk(db, Site({"a": "The gates are closed", "b": "The ferry stays in port"}))
        made.source_id = await made.watch()
        yield made


async def test_first_silent_then_told(desk: Desk) -> None:
    """What stands there is stored; what comes later is told and corrected."""
    await desk.tick()
    assert list(await desk.stored()) == ["a", "b"]
    assert (await desk.fanned_out(), desk.planned) == ([], 0)
    source = await desk.source()
    assert (source.title, source.primed) == ("Storm, live", True)

    desk.site.posts["c"] = "The pilots are back"
    await desk.until_due()
    assert (await desk.fanned_out(), desk.planned) == (["new"], 1)
    desk.site.posts["b"] = "The ferry sails at six"
    await desk.until_due()
    assert await desk.fanned_out() == ["new", "revised"]
    assert await desk.stored() == {
        "a": "The gates are closed",
        "b": "The ferry sails at six",
        "c": "The pilots are back",
    }


class ClockSite(Site):
    """The same blog without ids: each entry starts with its time."""

    def markup(self) -> str:
        """The page: newest first."""
        rows = "".join(
            f"<p><b>12:{ord(identity) - ord('a'):02}</b> {text}</p>"
            for identity, text in list(self.posts.items())[::-1]
        )
        return f"<title>Storm</title><h1>Storm</h1><p>March 5, 2024. All times in UTC</p>{rows}"


async def test_absence_is_believed_when_read_twice(tmp_path: Path) -> None:
    """An entry that vanished is withdrawn at the second poll, though the page stayed the same."""
    words = ("gates are closed", "ferry stays in port", "bridge is shut", "schools are open")
    posts = {"abcd"[n]: f"The {text} because of the storm" for n, text in enumerate(words)}
    async with temp_database(tmp_path) as db:
        desk = Desk(db, ClockSite(posts))
        desk.source_id = await desk.watch(adapter="timestamped")
        await desk.tick()
        assert sorted((await desk.stored()).values()) == sorted(posts.values())
        del desk.site.posts["b"]
        await desk.until_due()
        assert await desk.fanned_out() == []
        await desk.until_due()
        assert await desk.fanned_out() == ["withdrawn"]
        await desk.until_due()
        assert desk.counted("polls", result="unchanged") == 2


async def test_a_first_page_that_breaks_off(tmp_path: Path) -> None:
    """It is waited out: what it lacks would be told as new once the page is whole."""
    words = ("gates are closed", "ferry stays in port", "bridge is shut", "schools are open")
    posts = {"abcd"[n]: f"The {text} because of the storm" for n, text in enumerate(words)}
    async with temp_database(tmp_path) as db:
        desk = Desk(db, ClockSite(posts))
        desk.source_id = await desk.watch(adapter="timestamped")
        whole = desk.site.markup()
        desk.site.markup = lambda: f"<html><body>{whole[: len(whole) * 2 // 3]}"  # type: ignore[method-assign]  # the line breaks
        await desk.tick()
        assert await desk.stored() == {}
        assert "breaks off in the middle" in (await desk.source()).last_error
        desk.site.markup = lambda: f"<html><body>{whole}</body></html>"  # type: ignore[method-assign]  # and holds
        await desk.until_due()
        assert sorted((await desk.stored()).values()) == sorted(posts.values())
        assert await desk.fanned_out() == []


async def test_topics(desk: Desk) -> None:
    """Entries get the topics whose words they hold."""
    async with desk.db.write() as connection:
        for slug, word in (("ferry", "ferry"), ("gates", "gates")):
            await topics.save(connection, Topic(0, slug, {}, "", TopicRule(any=(word,))))
    await desk.tick()
    async with desk.db.read() as connection:
        rows = await connection.execute(sa.select(schema.entry_topics))
        assert sorted(map(tuple, rows)) == [(1, 2), (2, 1)]


async def test_only_what_is_due(desk: Desk) -> None:
    """Between polls nothing is asked, however often the clock ticks."""
    await desk.tick()
    asked = len(desk.site.asked)
    for _ in range(10):
        await desk.tick(0.3)
    assert len(desk.site.asked) == asked
    await desk.tick(MAX)
    assert len(desk.site.asked) == asked + 1


async def test_unchanged(desk: Desk) -> None:
    """The same bytes, or a 304, are not read again; the interval grows; validators are kept."""
    desk.site.etag = '"1"'
    await desk.tick()
    waits = [await desk.until_due() for _ in range(40)]
    assert set(desk.site.asked[1:]) == {'"1"'}
    assert waits == sorted(waits)
    assert waits[-1] == MAX
    assert (await desk.source()).etag == '"1"'
    desk.site.etag = None
    await desk.until_due()
    assert desk.counted("polls", result="unchanged") == 41


async def test_a_hot_blog_is_asked_often(desk: Desk) -> None:
    """After something new the interval is the shortest again; a server's max-age is kept to."""
    await desk.tick()
    for _ in range(30):
        await desk.until_due()
    desk.site.posts["c"] = "High water"
    await desk.until_due()
    assert (await desk.source()).interval == MIN
    desk.site.posts["d"] = "Higher water"
    desk.site.max_age = 33
    await desk.until_due()
    assert (await desk.source()).interval == 33


async def test_failures(desk: Desk) -> None:
    """Failures back off, are reported once, keep what was stored; the recovery is told once."""
    await desk.tick()
    desk.site.error = UnreachableError("news.example does not answer.")
    waits = [await desk.until_due() for _ in range(REPORT_AFTER + 3)]
    assert waits[1:] == sorted(waits[1:])
    assert waits[-1] > MAX
    assert len(desk.reports) == 1
    assert "Gazette could not be read 3 times in a row: news.example" in desk.reports[0]
    source = await desk.source()
    assert (source.failures, source.state) == (REPORT_AFTER + 3, SourceState.ACTIVE)
    desk.site.error = None
    desk.site.posts["c"] = "We are back"
    await desk.until_due()
    assert desk.reports[1:] == ["Gazette can be read again."]
    assert await desk.fanned_out() == ["new"]
    await desk.until_due()
    assert len(desk.reports) == 2


async def test_a_short_failure_is_not_reported(desk: Desk) -> None:
    """One or two failures are nobody's business."""
    await desk.tick()
    desk.site.error = HttpStatusError("Bad gateway.", status=502)
    for _ in range(REPORT_AFTER - 1):
        await desk.until_due()
    desk.site.error = None
    await desk.until_due()
    assert desk.reports == []


async def test_retry_after(desk: Desk) -> None:
    """A server that asks to wait is waited for."""
    await desk.tick()
    desk.site.error = HttpStatusError("Too many requests.", status=429, retry_after=3_000)
    await desk.until_due()
    assert 3_000 <= await desk.until_due() <= 3_300


async def test_no_live_blog_any_more(desk: Desk) -> None:
    """A page that turned into something else fails; nothing of the stored is touched."""
    await desk.tick()
    before = await desk.stored()
    markup = desk.site.markup
    desk.site.markup = lambda: "<p>We are sorry, this page is being repaired.</p>"  # type: ignore[method-assign]  # the server's mood
    for _ in range(3):
        await desk.until_due()
    assert await desk.stored() == before
    assert (await desk.source()).failures == 3
    assert desk.counted("polls", result="unreadable") == 3
    desk.site.markup = markup  # type: ignore[method-assign]  # and better again
    await desk.until_due()
    assert (await desk.source()).failures == 0


async def test_a_fault_of_ours(desk: Desk) -> None:
    """An error nobody foresaw fails this poll only; the source is tried again."""
    await desk.tick()
    desk.site.error = ZeroDivisionError("what")
    await desk.until_due()
    assert "internal fault: ZeroDivisionError" in (await desk.source()).last_error
    desk.site.error = None
    desk.site.posts["c"] = "Still here"
    await desk.until_due()
    assert await desk.fanned_out() == ["new"]


async def test_the_database_refuses(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing moves, the admins hear it once, and the entries are found again afterwards."""
    await desk.tick()
    before = await desk.source()
    desk.site.posts["c"] = "Not to be lost"

    async def refuse(*_: object) -> None:
        raise StoreError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr("bot.store.polls.mark_polled", refuse)
        for _ in range(3):
            await desk.tick(300)
    assert len(desk.reports) == 1
    assert "no space left" in desk.reports[0]
    after = await desk.source()
    assert (after.wire_hash, after.last_polled_at) == (before.wire_hash, before.last_polled_at)
    assert "c" not in await desk.stored()
    await desk.tick(300)
    assert await desk.fanned_out() == ["new"]


async def test_cancelled_in_the_middle(desk: Desk) -> None:
    """A poll that is cut off leaves nothing, and another process takes it up after the lease."""
    await desk.tick()
    desk.site.posts["c"] = "Late news"
    desk.site.gate = asyncio.Event()
    desk.now += timedelta(seconds=MAX)
    desk.poller.wake()
    await desk.poller.tick()
    await asyncio.sleep(0.01)
    desk.poller.cancel()
    await desk.poller.stop()
    desk.site.gate.set()
    assert "c" not in await desk.stored()
    other = Desk(desk.db, desk.site, now=desk.now, source_id=desk.source_id)
    await other.tick(1)
    assert await other.fanned_out() == []
    await other.tick(200)
    assert await other.fanned_out() == ["new"]


async def test_the_end(desk: Desk) -> None:
    """A blog that closed is corrected for a while, then rests; admins hear how to wake it."""
    await desk.tick()
    desk.site.ended = True
    desk.site.posts["c"] = "This concludes our coverage"
    await desk.until_due()
    source = await desk.source()
    assert (source.closing, source.state) == (True, SourceState.ACTIVE)
    desk.site.posts["c"] = "This concludes our coverage of the storm"
    await desk.until_due()
    assert await desk.fanned_out() == ["new", "revised"]
    over = desk.now + END_GRACE
    while (await desk.source()).state is SourceState.ACTIVE:
        assert desk.now < over + timedelta(seconds=2 * MAX)
        await desk.until_due()
    assert (await desk.source()).state is SourceState.ENDED
    assert len(desk.reports) == 1
    assert f"/resume {desk.source_id}" in desk.reports[0]


async def test_many_sources_at_once(desk: Desk) -> None:
    """Sources are polled side by side: a slow one holds up nobody, and none is polled twice."""
    for number in range(20):
        await desk.watch(f"{URL}/{number}")
    desk.site.gate = asyncio.Event()
    for _ in range(3):
        desk.poller.wake()
        await desk.poller.tick()
    await asyncio.sleep(0.05)
    assert len(desk.site.asked) == 16
    desk.site.gate.set()
    await desk.poller.stop()
    await desk.tick()
    assert len(desk.site.asked) == 21


async def test_waiting_for_a_poll(desk: Desk) -> None:
    """Whoever asked for a poll hears when it is done."""
    waiting = asyncio.create_task(desk.poller.polled(desk.source_id))
    await asyncio.sleep(0)
    assert not waiting.done()
    await desk.tick()
    await asyncio.wait_for(waiting, 5)
