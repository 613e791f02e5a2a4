"""bot.fetching: the fetcher is as the settings say."""

from __future__ import annotations

import asyncio

import pytest

from bot import __version__
from bot.config import Settings
from bot.errors import ForbiddenAddressError, RobotsError, TooLargeError
from bot.fetching import open_fetcher
from tests.sources.rawserver import Request, reply, serving


async def _site(request: Request, writer: asyncio.StreamWriter) -> None:
    closed = b"User-agent: *\nDisallow: /live"
    writer.write(reply(closed if request.path == "/robots.txt" else b"<p>The ferry is in.</p>"))


@pytest.mark.parametrize("respect", [True, False])
async def test_robots_txt_is_a_setting(respect: bool) -> None:
    """It is kept to by default; switched off, it is not even asked for."""
    given = {} if respect else {"respect_robots": False}
    settings = Settings(fetch={"allow_hosts": ["127.0.0.0/8"], "contact": "a@b.example", **given})
    async with serving(_site) as server, open_fetcher(settings) as fetcher:
        url = f"http://localhost:{server.port}/live"
        if respect:
            with pytest.raises(RobotsError, match=r"fetch\.respect_robots"):
                await fetcher.fetch(url)
        else:
            assert (await fetcher.fetch(url)).body == b"<p>The ferry is in.</p>"
    assert [one.path for one in server.requests] == ["/robots.txt" if respect else "/live"]
    agent = f"LiveRelay/{__version__} (live blog relay; a@b.example)"
    assert server.requests[0].headers["user-agent"] == agent


async def test_limits_and_hosts_are_settings() -> None:
    """The cap on a page and the private hosts come from the settings; without any, none is open."""
    settings = Settings(fetch={"allow_hosts": ["127.0.0.1"], "max_bytes": 1024})
    async with serving(reply(b"x" * 1025)) as server:
        async with open_fetcher(settings) as fetcher:
            with pytest.raises(TooLargeError):
                await fetcher.fetch(server.url)
        async with open_fetcher(Settings()) as fetcher:
            with pytest.raises(ForbiddenAddressError):
                await fetcher.fetch(server.url)
