"""bot.sources.fetch: nothing a page does exhausts memory, hangs a worker or delays another."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

import pytest

from bot.errors import FetchTimeoutError, TooLargeError
from bot.sources.connect import resolve_by_system
from bot.sources.fetch import Fetcher, FetchLimits
from tests.sources.rawserver import Request, reply, serving
from tests.support.relaying import until

MIB = 2**20
MakeFetcher = Callable[..., Fetcher]


@pytest.fixture
async def make() -> AsyncIterator[MakeFetcher]:
    """Makes fetchers that may reach the loopback, and closes them."""
    made: list[Fetcher] = []

    def build(**limits: float) -> Fetcher:
        chosen = FetchLimits(**{"deadline": 5.0, **limits})  # type: ignore[arg-type]  # ints among floats
        made.append(Fetcher(limits=chosen, allow_hosts=["127.0.0.0/8"], user_agent="test"))
        return made[-1]

    yield build
    for fetcher in made:
        await fetcher.aclose()


def gigabyte_bomb() -> bytes:
    """About a MiB of gzip that inflates to a GiB: one deflated block of zeros, repeated."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    head = deflate.compress(bytes(16 * MIB)) + deflate.flush(zlib.Z_FULL_FLUSH)
    block = deflate.compress(bytes(16 * MIB)) + deflate.flush(zlib.Z_FULL_FLUSH)
    return head + block * 63


async def peak_of(fetcher: Fetcher, url: str) -> float:
    """MiB allocated at most while a fetch of `url` is refused as too large."""
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError, match="MiB"):
            await fetcher.fetch(url)
        return tracemalloc.get_traced_memory()[1] / MIB
    finally:
        tracemalloc.stop()


async def test_gzip_bomb(make: MakeFetcher) -> None:
    """A gigabyte in a MiB of gzip stops at the limit and costs memory of its order."""
    bomb = gigabyte_bomb()
    assert len(bomb) < 2 * MIB
    async with serving(reply(bomb, "Content-Encoding: gzip")) as server:
        assert await peak_of(make(max_bytes=4 * MIB), server.url) < 16


async def test_endless_body(make: MakeFetcher) -> None:
    """A hundred megabytes without a length stop at the limit."""

    async def handler(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        piece = b"10000\r\n" + bytes(0x10000) + b"\r\n"
        with suppress(ConnectionError):
            for _number in range(1600):
                writer.write(piece)
                await writer.drain()
        writer.close()

    async with serving(handler) as server:
        assert await peak_of(make(max_bytes=4 * MIB), server.url) < 20


async def test_announced_too_large(make: MakeFetcher) -> None:
    """A length over the limit is refused before anything is read."""

    async def handler(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(b"", length=MIB + 1))
        await asyncio.sleep(10)

    async with serving(handler) as server:
        started = time.monotonic()
        with pytest.raises(TooLargeError):
            await make(max_bytes=MIB).fetch(server.url)
    assert time.monotonic() - started < 1


async def test_the_limit_itself(make: MakeFetcher) -> None:
    """A page of exactly the limit is read."""
    async with serving(reply(b"a" * MIB)) as server:
        assert len((await make(max_bytes=MIB).fetch(server.url)).body) == MIB


async def test_dust(make: MakeFetcher) -> None:
    """A body in chunks of one byte neither piles up objects nor holds the loop."""
    dust = b"1\r\na\r\n" * 100_000
    whole = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + dust + b"0\r\n\r\n"
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.001)
            longest = max(longest, time.monotonic() - before)

    async with serving(whole) as server:
        watcher = asyncio.create_task(watch())
        document = await make(deadline=30).fetch(server.url)
        watcher.cancel()
    assert document.body == b"a" * 100_000
    assert longest < 0.5


async def test_drip(make: MakeFetcher) -> None:
    """A page that drips for ever ends at the deadline, and the sentence says what had come."""

    async def handler(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b"drip")
                await writer.drain()
                await asyncio.sleep(0.02)

    async with serving(handler) as server:
        started = time.monotonic()
        with pytest.raises(FetchTimeoutError, match=r"did not finish within 0\.3 .* bytes had"):
            await make(deadline=0.3).fetch(server.url)
    assert 0.25 < time.monotonic() - started < 1.5


@pytest.mark.parametrize("drip", [b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"X"])
async def test_no_answer(make: MakeFetcher, drip: bytes) -> None:
    """A server that never comes to its answer ends at the deadline."""

    async def handler(_: Request, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(drip)
                await writer.drain()
                await asyncio.sleep(0.01)

    async with serving(handler) as server:
        with pytest.raises(FetchTimeoutError, match="did not answer within"):
            await make(deadline=0.3).fetch(server.url)


async def test_slow_redirects(make: MakeFetcher) -> None:
    """The deadline is for the whole fetch and not for each hop."""

    async def handler(_: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        writer.write(reply(b"", "Location: /", status="302 Found"))

    async with serving(handler) as server:
        started = time.monotonic()
        with pytest.raises(FetchTimeoutError):
            await make(deadline=0.5).fetch(server.url)
    assert time.monotonic() - started < 1.5


async def test_slow_name_server() -> None:
    """A name server that never answers ends at the deadline too."""

    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    fetcher = Fetcher(user_agent="test", resolve=never, limits=FetchLimits(deadline=0.3))
    with pytest.raises(FetchTimeoutError):
        await fetcher.fetch("https://slow.example/")
    await fetcher.aclose()


async def test_per_host_cap(make: MakeFetcher) -> None:
    """One host never sees more requests at once than permitted, and all are served."""
    running = most = 0

    async def handler(_: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        writer.write(reply(b"page"))

    fetcher = make(per_host=3)
    async with serving(handler) as server:
        pages = await asyncio.gather(*(fetcher.fetch(server.url) for _ in range(12)))
    assert len(pages) == 12
    assert most == 3
    assert len(fetcher._slots) == 0, "hosts that are done cost no memory"


async def test_total_cap(make: MakeFetcher) -> None:
    """All hosts together never see more requests at once than permitted."""
    running = most = 0

    async def handler(_: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        writer.write(reply(b"page"))

    fetcher = make(total=2)
    async with (
        serving(handler) as first,
        serving(handler, host="127.0.0.2") as second,
        serving(handler, host="127.0.0.3") as third,
    ):
        urls = [server.url for server in (first, second, third)] * 3
        await asyncio.gather(*(fetcher.fetch(url) for url in urls))
    assert most == 2


async def test_hanging_host(make: MakeFetcher) -> None:
    """One hanging host, with a queue before it, delays no other."""

    async def hang(_: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    fetcher = make(deadline=0.6, per_host=2, total=4)
    async with serving(hang) as slow, serving(reply(b"page"), host="127.0.0.2") as quick:
        stuck = [asyncio.create_task(fetcher.fetch(slow.url)) for _ in range(10)]
        await asyncio.sleep(0.1)
        started = time.monotonic()
        assert (await fetcher.fetch(quick.url)).body == b"page"
        assert time.monotonic() - started < 0.3
        outcomes = await asyncio.gather(*stuck, return_exceptions=True)
    assert all(isinstance(outcome, FetchTimeoutError) for outcome in outcomes)
    assert any("earlier requests" in str(outcome) for outcome in outcomes)


async def test_nothing_is_left_behind(make: MakeFetcher) -> None:
    """After timeouts and a cancelled fetch the pool holds no connection and takes new work."""

    async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.path == "/hang":
            await asyncio.sleep(30)
        writer.write(reply(b"page"))

    fetcher = make(deadline=0.2, per_host=32)
    async with serving(handler) as server:
        cancelled = asyncio.create_task(fetcher.fetch(f"{server.url}hang"))
        await asyncio.sleep(0.05)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        outcomes = await asyncio.gather(
            *(fetcher.fetch(f"{server.url}hang") for _ in range(32)), return_exceptions=True
        )
        assert all(isinstance(outcome, FetchTimeoutError) for outcome in outcomes)
        transport = fetcher._client._transport
        assert transport._pool.connections == []  # type: ignore[attr-defined]  # httpx's transport, whatever its kind
        assert (await fetcher.fetch(server.url)).body == b"page"


async def test_system_resolver() -> None:
    """The system's resolver knows this machine, and says so when it knows no host."""
    assert "127.0.0.1" in await resolve_by_system("localhost", 80)
    with pytest.raises(OSError, match=r".+"):
        await resolve_by_system("a" * 64 + ".invalid", 80)


async def test_bulky_bodies_take_turns(make: MakeFetcher) -> None:
    """Of large pages only so many are gathered at once; small ones pass them by."""
    going = asyncio.Event()

    async def slow(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(b"x" * 3 * 2**16)[: 2 * 2**16])
        await writer.drain()
        await going.wait()
        writer.write(b"x" * 2**17)

    fetcher = make(bulky=2**16, bulky_total=1, per_host=8)
    async with serving(slow) as large, serving(reply(b"page"), host="127.0.0.2") as small:
        first = asyncio.create_task(fetcher.fetch(large.url))
        second = asyncio.create_task(fetcher.fetch(large.url))
        await until(lambda: fetcher._bulky.locked() and len(large.requests) == 2)
        assert (await fetcher.fetch(small.url)).body == b"page"
        assert not first.done()
        assert not second.done()
        going.set()
        bodies = [len(document.body) for document in await asyncio.gather(first, second)]
    assert bodies == [3 * 2**16] * 2


async def test_a_bulky_body_whose_turn_does_not_come(make: MakeFetcher) -> None:
    """One that waits for others until its deadline says that it was not its fault."""

    async def hang(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(b"x" * 2**17, length=2**18))
        await asyncio.sleep(30)

    fetcher = make(bulky=2**16, bulky_total=1, deadline=0.5)
    async with serving(hang) as first, serving(reply(b"x" * 2**17), host="127.0.0.2") as second:
        stuck = asyncio.create_task(fetcher.fetch(first.url))
        await until(fetcher._bulky.locked)
        with pytest.raises(FetchTimeoutError):
            await asyncio.gather(stuck, fetcher.fetch(second.url))
        with suppress(FetchTimeoutError):
            await stuck
        assert len((await fetcher.fetch(second.url)).body) == 2**17, "the turn was given back"
