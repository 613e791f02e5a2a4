"""The whole program follows a section: live blogs come and go by themselves."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import Chat, User
from tests.support.relay import Relay, eventually

pytestmark = pytest.mark.process


@dataclass
class Newsroom:
    """A section page and the live blogs it links to.

    Attributes:
        links: paths on the section page, in order.
        blogs: path -> (minutes before it opened, text) of its entries, newest first.
    """

    links: list[str] = field(default_factory=list)
    blogs: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    opened: datetime = field(default_factory=lambda: datetime.now(UTC))
    url: str = ""
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Newsroom:
        application = web.Application()
        application.router.add_get("/{path:.*}", self._show)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = site.name.replace("localhost", "127.0.0.1")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _show(self, request: web.Request) -> web.Response:
        path = request.path
        self.asked.append(path)
        if path == "/harbour":
            links = "".join(f'<li><a href="{each}">Read on</a>' for each in self.links)
            text = f"<title>Harbour news</title><h1>Harbour</h1><p>All our news.</p><ul>{links}"
        elif path in self.blogs:
            text = self._blog(path)
        else:
            text = "<title>Ferry</title><h1>A ferry</h1><p>The ferry was built in a yard.</p>"
        return web.Response(text=f"<!doctype html>{text}", content_type="text/html")

    def _blog(self, path: str) -> str:
        data = {
            "@context": "https://schema.org",
            "@type": "LiveBlogPosting",
            "headline": f"Live: {path.rpartition('/')[2]}",
            "url": f"{self.url}{path}",
            "liveBlogUpdate": [
                {
                    "@type": "BlogPosting",
                    "@id": f"{self.url}{path}#{text[:10].replace(' ', '-')}",
                    "datePublished": (self.opened - timedelta(minutes=minutes)).isoformat(),
                    "articleBody": text,
                }
                for minutes, text in self.blogs[path]
            ],
        }
        return f"<script type='application/ld+json'>{json.dumps(data)}</script><h1>Live</h1>"


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxServer]:
    """A Bot API server that sets no limits."""
    async with SandboxServer(limits=Limits.off()) as server:
        yield server


async def _follow(server: SandboxServer, admin: User, url: str) -> Chat:
    desk = server.world.private_chat(admin)
    await server.say(admin, desk, f"/addsource {url} Harbour")
    offer = await server.wait_for(
        desk, lambda message: any("Follow this page" in text for text in message.button_texts)
    )
    assert "/live/storm" in offer.text
    assert "Cancel" in offer.button_texts
    button = next(text for text in offer.button_texts if "Follow" in text)
    await server.press(admin, offer, button)
    await eventually(lambda: "Following Harbour" in offer.text)
    return desk


def _texts(server: SandboxServer, chat: Chat) -> list[str]:
    return [message.text for message in server.world.messages(chat) if message.from_bot]


async def test_a_new_live_blog_is_found_and_reaches_who_follows_the_section(
    sandbox: SandboxServer, tmp_path: Path
) -> None:
    """From a section page to alerts of a blog nobody added by hand, and admins are told."""
    world = sandbox.world
    admin, reader, other = (world.add_user(name) for name in ("Desk", "Reader", "Other"))
    relay = Relay(tmp_path, sandbox.api_root, {"ADMINS": str(admin.id)})
    async with Newsroom(["/live/storm", "/live/over", "/ferry-live", "/weather"]) as news, relay:
        news.blogs["/live/storm"] = [(5, "Bulletin 0: the storm is near, officials say.")]
        news.blogs["/live/over"] = [(60 * 48, "Bulletin 9: that was the flower show.")]
        desk = await _follow(sandbox, admin, f"{news.url}/harbour")
        chat = world.private_chat(reader)
        await sandbox.say(reader, chat, "/subscribe Harbour")
        elsewhere = world.private_chat(other)
        await sandbox.say(other, elsewhere, "/start")
        told = await sandbox.wait_for(desk, "links to a live blog: Live: storm")
        assert "stored, not sent" in told.text

        await eventually(lambda: _count(relay.database, "entries") == 1)
        news.blogs["/live/storm"].insert(0, (0, "Bulletin 1: the harbour is closed, it says."))
        alert = await sandbox.wait_for(chat, "Bulletin 1")
        assert "Live: storm" in alert.text

        news.links.insert(0, "/live/flood")
        news.blogs["/live/flood"] = [(1, "Bulletin 2: water stands in the lower streets.")]
        await sandbox.wait_for(desk, "links to a live blog: Live: flood")
        await eventually(lambda: _count(relay.database, "entries") == 3)
        news.blogs["/live/flood"].insert(0, (0, "Bulletin 3: the lower streets are closed."))
        await sandbox.wait_for(chat, "Bulletin 3")

        said = " ".join(_texts(sandbox, chat))
        assert "Bulletin 0" not in said
        assert "Bulletin 2" not in said
        assert not any("Bulletin" in text for text in _texts(sandbox, elsewhere))
        # An old one and an article are looked at once, what looks like no live blog never.
        assert news.asked.count("/live/over") <= 1
        assert news.asked.count("/ferry-live") <= 1
        assert "/weather" not in news.asked

        await sandbox.say(admin, desk, "/sources")
        listed = await sandbox.wait_for(desk, "What I watch")
        lines = listed.text.splitlines()
        at = next(number for number, line in enumerate(lines) if "Harbour" in line)
        assert "└" in lines[at + 1]
        assert "Live: storm" in lines[at + 1]
        assert "Live: flood" in lines[at + 2]
        assert await relay.stop() == 0


async def test_a_live_blog_that_is_over_is_retired_and_not_found_again(
    sandbox: SandboxServer, tmp_path: Path
) -> None:
    """When its page says so and it has been silent for long, polling ends and admins are told."""
    admin = sandbox.world.add_user("Desk")
    relay = Relay(tmp_path, sandbox.api_root, {"ADMINS": str(admin.id)})
    async with Newsroom(["/live/storm"]) as news, relay:
        news.blogs["/live/storm"] = [(5, "Bulletin 0: the storm is near, officials say.")]
        desk = await _follow(sandbox, admin, f"{news.url}/harbour")
        await sandbox.wait_for(desk, "links to a live blog")
        await eventually(lambda: _count(relay.database, "entries") == 1)
        news.blogs["/live/storm"].insert(0, (0, "This concludes our live coverage."))
        await eventually(lambda: _count(relay.database, "entries") == 2)
        with closing(sqlite3.connect(relay.database, timeout=10)) as connection, connection:
            connection.execute("UPDATE sources SET last_entry_at = last_entry_at - 3600 * 1000000")
        await sandbox.wait_for(desk, "the coverage is over")
        assert _count(relay.database, "sources", "state = 'ended' AND parent_id = 1") == 1
        asked = news.asked.count("/harbour")
        await eventually(lambda: news.asked.count("/harbour") > asked + 2)
        assert _count(relay.database, "sources") == 2
        assert await relay.stop() == 0


async def test_the_command_line_follows_by_pattern(tmp_path: Path) -> None:
    """`sources add --follow --pattern` says what it found; `sources list` shows it."""
    relay = Relay(tmp_path, "http://127.0.0.1:9", {})
    async with Newsroom(["/live/storm", "/events/regatta-2031", "/events/fair"]) as news:
        told = relay.command
        section = f"{news.url}/harbour"
        assert "give --follow" in await told("sources", "add", section, "--pattern", "/events/")
        assert "fits every link" in await told("sources", "add", section, "--follow", "--pattern=*")
        added = await told(
            "sources", "add", section, "--follow", "--pattern", "/events/*-20*", "--name", "Events"
        )
        assert "1 Events is followed: 1 links" in added
        assert f"{news.url}/events/regatta-2031" in added
        assert "watched already" in await told("sources", "add", section, "--follow")
        assert "active, follows" in await told("sources", "list")


def _count(database: Path, table: str, where: str = "1") -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)) as connection:
        found = connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()
    return int(found[0])
