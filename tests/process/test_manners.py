"""How the real process behaves towards a newsroom: what it asks, how often, and when not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import web

from bot import __version__
from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from tests.support.relay import LiveBlog, Relay, eventually
from tests.support.store import add_source, temp_database

pytestmark = pytest.mark.process

CONTACT = "newsdesk@relay.example"
ROBOTS = "User-agent: *\nDisallow: /closed\n\nUser-agent: LiveRelay\nDisallow: /closed\n"
PATIENCE = 40.0  # seconds, for a machine that is busy with other things
SLOW = 8  # pages of one host that take their time


@dataclass(frozen=True)
class Asked:
    """One request: when, and its headers."""

    at: float
    headers: dict[str, str]


@dataclass
class Newsroom:
    """A server with pages of different manners; notes every request."""

    blog: LiveBlog = field(default_factory=LiveBlog)
    asked: dict[str, list[Asked]] = field(default_factory=dict)
    broken: bool = True
    running: int = 0
    most: int = 0
    url: str = ""
    slow_url: str = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Newsroom]:
        """Serve on a free port, under a name that is not exempt from robots.txt."""
        self.blog.add("06:00", "The storm has reached the coast, the harbour office says.")
        application = web.Application()
        application.router.add_get("/{name:.*}", self._show)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = site.name.replace("127.0.0.1", "localhost")
        other = web.TCPSite(runner, "127.0.0.2", 0)
        await other.start()
        self.slow_url = other.name
        try:
            yield self
        finally:
            await runner.cleanup()

    def gaps(self, name: str) -> list[float]:
        """Seconds between the requests for a page."""
        times = [one.at for one in self.asked.get(name, ())]
        return [later - earlier for earlier, later in pairwise(times)]

    async def _show(self, request: web.Request) -> web.Response:
        name = request.path.removeprefix("/")
        headers = {key.lower(): value for key, value in request.headers.items()}
        self.asked.setdefault(name, []).append(Asked(time.monotonic(), headers))
        if name == "robots.txt":
            return web.Response(text=ROBOTS)
        if name == "busy" and len(self.asked[name]) == 2:
            return web.Response(status=429, headers={"Retry-After": "2"})
        if name == "flaky" and self.broken:
            return web.Response(status=503)
        if name.startswith("slow"):
            self.running += 1
            self.most = max(self.most, self.running)
            await asyncio.sleep(0.3)
            self.running -= 1
        page = web.Response(text=self.blog.page(), content_type="text/html")
        if name == "known":
            page.headers["ETag"] = f'"{len(self.blog.entries)}"'
            if headers.get("if-none-match") == page.headers["ETag"]:
                return web.Response(status=304)
        return page


async def test_a_newsroom_is_asked_politely(tmp_path: Path) -> None:
    """Honest about who asks; conditional, slowed by what the server says, kept out by robots.txt.

    Failures and recovery are told to the admins once each.
    """
    settings = {
        "FETCH__ALLOW_HOSTS": "127.0.0.0/8,[::1]",
        "FETCH__CONTACT": CONTACT,
        "PACING__PER_CHAT_RATE": "100",
        "POLL__MIN_INTERVAL": "0.2",
        "POLL__MAX_INTERVAL": "1.5",
    }
    async with SandboxServer(limits=Limits.off()) as server, Newsroom().serving() as news:
        admin = server.world.add_user("Desk")
        desk = server.world.private_chat(admin)
        await server.say(admin, desk, "/start")
        relay = Relay(tmp_path, server.api_root, settings | {"ADMINS": str(admin.id)})
        pages = {name: f"{news.url}/{name}" for name in ("known", "busy", "flaky", "closed")}
        pages |= {f"slow{n}": f"{news.slow_url}/slow{n}" for n in range(SLOW)}
        async with temp_database(str(relay.database)) as db:
            for name, url in pages.items():
                await add_source(db, url, name=name, adapter="timestamped", primed=False)
        async with relay:
            await server.wait_for(
                desk, "flaky could not be read 3 times in a row", timeout=PATIENCE
            )
            await server.wait_for(
                desk, "closed could not be read 3 times in a row", timeout=PATIENCE
            )
            news.broken = False
            await server.wait_for(desk, "flaky can be read again", timeout=PATIENCE)
            await eventually(lambda: len(news.asked["busy"]) > 3, PATIENCE)
            quiet = news.gaps("known")
            news.blog.add("07:00", "The wind is easing, the weather service says.")
            asked = len(news.asked["known"])
            await eventually(lambda: len(news.asked["known"]) > asked + 4, PATIENCE)
            hot = news.gaps("known")[asked:]
            told = [message.text for message in server.world.messages(desk) if message.from_bot]
            assert await relay.stop() == 0
    everything = [one for each in news.asked.values() for one in each]
    agent = f"LiveRelay/{__version__} (live blog relay; {CONTACT})"
    assert {one.headers["user-agent"] for one in everything} == {agent}
    assert {one.headers["accept-encoding"] for one in everything} == {"gzip"}
    assert not any("cookie" in one.headers or "referer" in one.headers for one in everything)

    assert len(news.asked["robots.txt"]) == 1, "asked once for all pages of the host"
    assert news.asked["robots.txt"][0].at < min(
        news.asked[name][0].at for name in ("known", "busy")
    )
    assert "closed" not in news.asked
    etags = [one.headers.get("if-none-match") for one in news.asked["known"]]
    assert etags[:2] == [None, '"1"']
    assert etags[-1] == '"2"'
    assert news.most == 4, "at once, of one host"
    assert news.gaps("busy")[1] >= 2.0, "as long as it asked for"
    assert min(quiet) > 1.4
    assert min(hot) < min(quiet)
    for gap, least in zip(news.gaps("flaky"), (0.4, 0.8, 1.6), strict=False):
        assert gap >= least, "each failure doubles the wait"
    assert sum("flaky" in text for text in told) == 2
    assert sum("closed" in text for text in told) == 1
    assert "robots.txt" in next(text for text in told if "closed" in text)
