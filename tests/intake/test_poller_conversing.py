"""The poller with formats whose page stays the same while their API tells of new entries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa

from bot.errors import HttpStatusError
from bot.intake.inspect import inspect
from bot.intake.marks import PollBounds
from bot.intake.poller import Poller
from bot.model import Document
from bot.observe import Metrics
from bot.sources.wordpress import FAR
from bot.store import schema, sources
from tests.support.desk import leased
from tests.support.pages import NOON, document
from tests.support.store import temp_database

BLOG = "https://www.aljazeera.com/news/liveblog/2024/3/5/storm"
POST = "https://valley.example/dam/"
API = "https://valley.example/wp-json/liveblog/v1/47/"


@dataclass
class Web:
    """Al Jazeera's site and a WordPress site that answers one form of its API only."""

    ids: list[int]
    at: datetime = NOON
    asked: list[str] = field(default_factory=list)

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
        """A page that never changes, or what an API tells now."""
        del etag, last_modified, wire_hash, accept
        self.asked.append(url)
        if "/graphql" in url:
            assert headers == {"wp-site": "aje"}
            return self._json(url, self._told(url))
        if url == f"{API}get-entries/1/0-0":
            rows = [
                {"id": n, "type": "new", "content": f"R{n}", "timestamp": 1709600000 + n}
                for n in self.ids
            ]
            return self._json(url, {"entries": rows, "page": 1, "pages": 1})
        if url == BLOG:
            return self._page(url, "<html><p>Al Jazeera</p></html>")
        if url == POST:
            return self._page(url, '<html><i id="wpcom-liveblog-container" class="47"></i></html>')
        raise HttpStatusError("There is no such page.", status=404)

    def _told(self, url: str) -> object:
        variables = json.loads(parse_qs(urlsplit(url).query)["variables"][0])
        if "postID" in variables:
            number = variables["postID"]
            post = {"id": str(number), "content": f"R{number}", "postType": "liveblog-update"}
            return {"data": {"posts": post}}
        meta = [{"id": str(n), "publishedTime": str(1709600000 + n)} for n in self.ids]
        return {"data": {"article": {"children": self.ids, "childrenMeta": meta}}}

    def _json(self, url: str, value: object) -> Document:
        return document(json.dumps(value), url, "application/json", self.at)

    def _page(self, url: str, markup: str) -> Document:
        return replace(document(markup, url, fetched_at=self.at), wire_hash="same", etag='"same"')


async def _entries_over_polls(path: Path, web: Web, url: str, growth: list[int]) -> list[str]:
    """Add a live blog, poll it, let it grow and poll it again; the stored words."""
    found = await inspect(web, url)
    assert found.poll_url == url
    clock = NOON

    async def report(text: str) -> None:
        raise AssertionError(text)

    async with temp_database(path) as db:
        async with db.write() as connection:
            source = await sources.propose(
                connection,
                url=url,
                poll_url=found.poll_url,
                name="Storm",
                adapter=found.adapter,
                title="",
                interval=5.0,
                added_by=7,
                now=NOON,
            )
            await sources.activate(connection, source.id, NOON)
        poller = Poller(
            db,
            web,
            bounds=PollBounds(5.0, 60.0),
            owner="test",
            metrics=Metrics(),
            now=lambda: clock,
            on_planned=lambda: None,
            report=report,
        )
        for ids in (web.ids, growth):
            web.ids, web.at = ids, clock
            await poller.poll(await leased(db, source.id))
            clock += timedelta(minutes=1)
        await poller.stop()
        async with db.read() as connection:
            rows = await connection.execute(sa.select(schema.entries.c.text))
            return sorted(row.text for row in rows)


async def test_a_list_that_grows_behind_an_unchanged_page(tmp_path: Path) -> None:
    """Al Jazeera's new update is found although the page is the same, byte for byte."""
    web = Web([2, 1])
    assert await _entries_over_polls(tmp_path, web, BLOG, [3, 2, 1]) == ["R1", "R2", "R3"]


async def test_an_api_that_answers_in_another_form_only(tmp_path: Path) -> None:
    """The page is then polled itself, and its API asked in the form that answers."""
    web = Web([2, 1])
    assert await _entries_over_polls(tmp_path, web, POST, [3, 2, 1]) == ["R1", "R2", "R3"]
    assert f"{API}entries/0/{FAR}/" in web.asked
