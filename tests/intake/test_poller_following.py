"""The poller with followed sections: retiring, inherited topics, and what robots.txt asks for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.errors import HttpStatusError
from bot.intake.marks import PollBounds
from bot.intake.poller import Poller
from bot.model import Document, Source, SourceState, Topic, TopicRule
from bot.observe import Metrics
from bot.store import schema, sources, topics
from tests.intake.test_follower import START, Desk, desk, live
from tests.support.desk import leased

__all__ = ["desk"]

SECTION = '<html><title>Harbour</title><a href="/live/storm">Storm</a></html>'


class Same:
    """A web whose pages always come with the same bytes over the wire."""

    def __init__(self, desk: Desk) -> None:
        self._web = desk.web

    async def fetch(self, url: str, **more: object) -> Document:
        """A document of the web."""
        del more
        return replace(await self._web.fetch(url), wire_hash="same")


class Slow:
    """A web whose robots.txt asks for a minute and a half between requests."""

    def __init__(self, desk: Desk) -> None:
        self._web = desk.web

    async def fetch(self, url: str, **more: object) -> Document:
        """A document of the web."""
        del more
        return replace(await self._web.fetch(url), crawl_delay=90.0)


@pytest.fixture
async def poller(desk: Desk) -> AsyncIterator[Poller]:
    """A poller of the desk's web."""
    made = _poller(desk, desk.web)
    yield made
    await made.stop()


def _poller(desk: Desk, web: object) -> Poller:
    return Poller(
        desk.db,
        web,  # type: ignore[arg-type] # a web is all a poller needs
        bounds=PollBounds(5.0, 60.0),
        owner="test",
        metrics=Metrics(),
        now=lambda: desk.clock,
        on_planned=lambda: None,
        report=desk._hear,
    )


async def _poll(desk: Desk, poller: Poller, source_id: int) -> Source:
    """Poll a source; how it stands afterwards."""
    desk.web.at = desk.clock
    await poller.poll(await leased(desk.db, source_id))
    async with desk.db.read() as connection:
        found = await sources.get(connection, source_id)
    assert found is not None
    return found


async def _child(desk: Desk, poller: Poller) -> int:
    desk.web.pages["/harbour"] = SECTION
    desk.web.pages["/live/storm"] = live("/live/storm")
    await _poll(desk, poller, desk.parent.id)
    [child] = await desk.listed()
    await _poll(desk, poller, child.id)
    return child.id


async def test_a_section_is_polled_at_its_longest_interval(desk: Desk, poller: Poller) -> None:
    """A new live blog a minute late is no loss; a section page asked every five seconds is rude."""
    desk.web.pages["/harbour"] = SECTION
    polled = await _poll(desk, poller, desk.parent.id)
    assert polled.next_poll_at == desk.clock + timedelta(seconds=60)
    assert polled.last_polled_at == desk.clock


async def test_links_that_wait_are_looked_at_though_the_page_stays_the_same(desk: Desk) -> None:
    """Seven live blogs of one section come in two polls; then the bytes are not read again."""
    poller = _poller(desk, Same(desk))
    paths = [f"/live/{number}" for number in range(7)]
    desk.web.pages["/harbour"] = "<html>" + "".join(f"<a href='{path}'>x</a>" for path in paths)
    desk.web.pages |= {path: live(path) for path in paths}
    for found in (5, 7, 7):
        section = await _poll(desk, poller, desk.parent.id)
        assert len(await desk.listed()) == found
    assert section.wire_hash == "same"


async def test_a_silent_live_blog_that_was_found_is_retired(desk: Desk, poller: Poller) -> None:
    """A day without an entry ends it, with a word to the admins; one an admin added goes on."""
    child = await _child(desk, poller)
    desk.clock += timedelta(hours=23, minutes=59)
    assert (await _poll(desk, poller, child)).state is SourceState.ACTIVE
    desk.clock += timedelta(minutes=2)
    assert (await _poll(desk, poller, child)).state is SourceState.ENDED
    assert "coverage is over" in desk.reports[-1]
    async with desk.db.write() as connection:
        await connection.execute(
            schema.sources.update()
            .where(schema.sources.c.id == child)
            .values(parent_id=None, state="active")
        )
    assert (await _poll(desk, poller, child)).state is SourceState.ACTIVE


async def test_a_live_blog_that_is_gone_is_retired_after_a_day(desk: Desk, poller: Poller) -> None:
    """Its page answers 404 for a day: nobody has to take it out by hand."""
    child = await _child(desk, poller)
    desk.web.pages["/live/storm"] = HttpStatusError("news.example has no such page.", status=404)
    await _poll(desk, poller, child)
    desk.clock += timedelta(hours=23)
    assert (await _poll(desk, poller, child)).state is SourceState.ACTIVE
    desk.clock += timedelta(hours=2)
    assert (await _poll(desk, poller, child)).state is SourceState.ENDED
    assert "could not be read for a day" in desk.reports[-1]


async def test_a_topic_for_the_section_is_for_what_was_found_on_it(
    desk: Desk, poller: Poller
) -> None:
    """A rule that names the section as its source fits the entries of its live blogs."""
    rule = TopicRule(any=("pier",), sources=("news.example/harbour",))
    other = TopicRule(any=("pier",), sources=("city.example",))
    async with desk.db.write() as connection:
        await topics.save(connection, Topic(0, "harbour", {"en": "Harbour"}, "", rule))
        await topics.save(connection, Topic(0, "city", {"en": "City"}, "", other))
    await _child(desk, poller)
    async with desk.db.read() as connection:
        found = list(
            await connection.scalars(
                sa.select(schema.topics.c.slug).join(
                    schema.entry_topics, schema.entry_topics.c.topic_id == schema.topics.c.id
                )
            )
        )
    assert found == ["harbour"]


async def test_a_crawl_delay_lengthens_the_interval(desk: Desk) -> None:
    """What robots.txt asks for wins over the source's longest interval."""
    poller = _poller(desk, Slow(desk))
    child = await _child(desk, poller)
    polled = await _poll(desk, poller, child)
    assert polled.next_poll_at == START + timedelta(seconds=90)


async def test_a_section_that_fails_is_reported_once_and_recovers(
    desk: Desk, poller: Poller
) -> None:
    """Like any other source: after three failures, and when it can be read again."""
    desk.web.pages["/harbour"] = HttpStatusError("news.example is overloaded.", status=503)
    for _ in range(5):
        await _poll(desk, poller, desk.parent.id)
    assert len(desk.reports) == 1
    assert "could not be read 3 times" in desk.reports[0]
    desk.web.pages["/harbour"] = "<html><p>Nothing yet.</p></html>"
    assert (await _poll(desk, poller, desk.parent.id)).failures == 0
    assert "can be read again" in desk.reports[-1]
