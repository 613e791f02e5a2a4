"""bot.web.server: a server with a start and a stop, inside our loop."""

from __future__ import annotations

import asyncio
import signal
import socket
import time

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.errors import ConfigError
from bot.web.server import WebServer


async def hello(_: Request) -> PlainTextResponse:
    """Answer at once."""
    return PlainTextResponse("hello")


async def slowly(_: Request) -> PlainTextResponse:
    """Answer after a moment."""
    await asyncio.sleep(0.3)
    return PlainTextResponse("slowly")


APP = Starlette(routes=[Route("/", hello), Route("/slowly", slowly)])


async def test_start_and_stop() -> None:
    """After the start it answers, after the stop the port is free; both leave signals alone."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    server = WebServer(APP)
    await server.start("127.0.0.1", 0)
    port = server.port
    assert port > 0
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(f"http://127.0.0.1:{port}/")).text == "hello"
        started = time.monotonic()
        await server.stop()
        assert time.monotonic() - started < 2, "a kept connection does not hold the stop"
        with pytest.raises(httpx.ConnectError):
            await http.get(f"http://127.0.0.1:{port}/")
    await server.stop()
    again = WebServer(APP)
    await again.start("127.0.0.1", port)
    await again.stop()


async def test_requests_under_way_finish() -> None:
    """A request that is being answered when the server stops is answered."""
    server = WebServer(APP)
    await server.start("127.0.0.1", 0)
    async with httpx.AsyncClient(trust_env=False) as http:
        asking = asyncio.create_task(http.get(f"http://127.0.0.1:{server.port}/slowly"))
        await asyncio.sleep(0.1)
        await server.stop()
        assert (await asking).text == "slowly"


async def test_port_in_use() -> None:
    """A port that is taken is one sentence with the setting to change."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"port {port} .* in use.*LIVERELAY_WEB__PORT"):
            await WebServer(APP).start("127.0.0.1", port)


@pytest.mark.parametrize("host", ["nowhere.invalid", "203.0.113.7"])
async def test_host_of_another_machine(host: str) -> None:
    """An address that is not this machine's is named."""
    with pytest.raises(ConfigError, match=rf"web\.host: '{host}'"):
        await WebServer(APP).start(host, 0)


async def test_localhost() -> None:
    """A name with several addresses is served on all this machine has, on one port."""
    server = WebServer(APP)
    await server.start("localhost", 0)
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(f"http://127.0.0.1:{server.port}/")).text == "hello"
    await server.stop()


async def test_stop_before_start() -> None:
    """Stopping what never started is nothing."""
    await WebServer(APP).stop()
