"""Everything hostile the web may serve, polled at once by the real process beside a live blog."""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import Chat
from bot.wording import from_text
from tests.support.relay import LiveBlog, Relay, eventually
from tests.support.store import add_chat, add_source, temp_database

pytestmark = [pytest.mark.process, pytest.mark.as_a_person]

MIB = 2**20
MEMORY = 100 * MIB  # beyond what the process takes with one live blog
INTERVAL = 0.2  # seconds between polls of the live blog
PATIENCE = 40.0  # seconds, for a machine that is busy with other things

REASONS = {
    "bomb": "larger than 8 MiB",
    "endless": "more than 8 MiB",
    "announced": "more than 8 MiB",
    "drip": "did not finish within 2 seconds",
    "silent": "did not answer within 2 seconds",
    "deep": "nested beyond all measure",
    "million": "values",
    "million-ld": "values",
    "brackets": "values",
    "charset": "no live blog",
    "nuls": "no live blog",
    "inside": "private",
    "circle": "redirects more than",
    "swapped": "marked as gzip",
    "picture": "a picture",
    "attributes": "nested beyond all measure",
}


def _bomb() -> bytes:
    """A MiB of gzip that inflates to a GiB."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    head = deflate.compress(bytes(16 * MIB)) + deflate.flush(zlib.Z_FULL_FLUSH)
    block = deflate.compress(bytes(16 * MIB)) + deflate.flush(zlib.Z_FULL_FLUSH)
    return head + block * 63


def _million() -> bytes:
    return b"[" + b",".join(b'{"a":%d}' % number for number in range(500_000)) + b"]"


PAGES = {
    "deep": (b"<html><body>" + b"<div>" * 10_000 + b"14:50 The pier is shut.", "text/html"),
    "million": (_million(), "application/json"),
    "million-ld": (
        b'<html><script type="application/ld+json">{"@type":"LiveBlogPosting","liveBlogUpdate":'
        + _million()
        + b"}</script></html>",
        "text/html",
    ),
    "attributes": (
        b"<html><body>" + (b"<p " + b"a=1 " * 20 + b">") * 50_000,
        "text/html",
    ),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(1000), "text/html"),
    "brackets": (b"[" * 1_000_000 + b"]" * 1_000_000, "application/json"),
    "charset": ("<p>14:50 Ünïcödé".encode("utf-16") * 1000, "text/html; charset=no-such-charset"),
    "nuls": (b"<html><p>" + bytes(1_000_000), "text/html; charset=ascii"),
}


@dataclass
class Villain:
    """A server of everything hostile; counts what it is asked."""

    asked: dict[str, int] = field(default_factory=dict)
    url: str = ""
    bomb: bytes = field(default_factory=_bomb)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """What a path is for."""
        name = request.path.removeprefix("/")
        self.asked[name] = self.asked.get(name, 0) + 1
        if name == "bomb":
            headers = {"Content-Encoding": "gzip", "Content-Type": "text/html"}
            return web.Response(body=self.bomb, headers=headers)
        if name == "swapped":
            return web.Response(body=b"no gzip", headers={"Content-Encoding": "gzip"})
        if name in ("endless", "drip"):
            return await self._on_and_on(request, b"x" * 2**16, 0.1 if name == "drip" else 0.0)
        if name == "announced":
            return web.Response(headers={"Content-Length": str(10**12)})
        if name == "silent":
            await asyncio.sleep(60)
        if name in ("inside", "circle"):
            target = "http://[::ffff:10.1.2.3]/" if name == "inside" else "/circle"
            raise web.HTTPFound(target)
        body, kind = PAGES[name]
        return web.Response(body=body, headers={"Content-Type": kind})

    @staticmethod
    async def _on_and_on(request: web.Request, piece: bytes, pause: float) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        with suppress(ConnectionError):
            for _ in range(1_000):
                await response.write(piece[: 10 if pause else None])
                await asyncio.sleep(pause)
        return response


@pytest.fixture
async def villain() -> AsyncIterator[Villain]:
    """The hostile server, running."""
    made = Villain()
    application = web.Application()
    application.router.add_get("/{name}", made.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.2", 0)
    await site.start()
    made.url = site.name
    yield made
    await runner.cleanup()


async def test_hostile_pages_are_refused_and_the_others_keep_their_pace(
    villain: Villain, tmp_path: Path
) -> None:
    """Each is refused for its reason, memory stays in bounds, a live blog is relayed as ever."""
    settings = {
        "FETCH__ALLOW_HOSTS": "127.0.0.1,127.0.0.2",
        "FETCH__DEADLINE": "2",
        "PACING__PER_CHAT_RATE": "100",
        "POLL__MIN_INTERVAL": str(INTERVAL),
        "POLL__MAX_INTERVAL": str(INTERVAL),
    }
    async with SandboxServer(limits=Limits.off()) as server, LiveBlog() as blog:
        reader = server.world.add_user("Reader")
        chat = server.world.private_chat(reader)
        blog.add("06:00", "The storm has reached the coast, the harbour office says.")
        relay = Relay(tmp_path, server.api_root, settings)
        async with temp_database(str(relay.database)) as db:
            await add_chat(db, reader.id)
            await add_source(db, blog.url, name="Bay", adapter="timestamped", primed=False)
            for name in REASONS:
                await add_source(db, f"{villain.url}/{name}", name=name, adapter="", primed=False)
        _switch_hostile(relay.database, "paused")
        async with relay:
            await eventually(lambda: blog.hits > 2, PATIENCE)
            quiet = await _delays(server, chat, blog, range(5))
            usual = _peak(relay)
            _switch_hostile(relay.database, "active")
            await eventually(lambda: set(REASONS) <= set(villain.asked), PATIENCE)
            among = await _delays(server, chat, blog, range(5, 15))
            await eventually(lambda: not _unrefused(relay.database), PATIENCE)
            more = _peak(relay) - usual
            assert await relay.stop() == 0
    assert more < MEMORY, f"{more / MIB:.0f} MiB"
    # Of a machine that is busy with other things both suffer alike.
    assert statistics.median(among) < 4 * statistics.median(quiet) + 1.0, (quiet, among)


async def _delays(server: SandboxServer, chat: Chat, blog: LiveBlog, numbers: range) -> list[float]:
    """Seconds from each new entry on the page to its alert in the chat."""
    delays = []
    for number in numbers:
        blog.add(f"07:{number:02}", f"Bulletin {number}: the storm goes on, it says.")
        at = time.monotonic()
        await server.wait_for(chat, f"Bulletin {number}:", timeout=PATIENCE)
        delays.append(time.monotonic() - at)
    return delays


def _switch_hostile(database: Path, state: str) -> None:
    with closing(sqlite3.connect(database, timeout=PATIENCE)) as connection, connection:
        connection.execute("UPDATE sources SET state = ? WHERE name != 'Bay'", (state,))


def _unrefused(database: Path) -> dict[str, str]:
    """The hostile sources whose last failure has not the reason it should have, and the one it has.

    On a busy machine a page may at first be late before it is anything else.
    """
    errors = _errors(database)
    return {
        name: errors.get(name, "")
        for name, reason in REASONS.items()
        if reason not in errors.get(name, "")
    }


def _errors(database: Path) -> dict[str, str]:
    """Why each source that fails does."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)) as connection:
        rows = connection.execute("SELECT name, last_error FROM sources WHERE last_error != ''")
        return {name: from_text(error) for name, error in rows}


def _peak(relay: Relay) -> int:
    """Bytes of memory the process held at most."""
    assert relay.process is not None
    status = Path(f"/proc/{relay.process.pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
