"""bot.sources.fetch: what a page's answer becomes, against real sockets."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest

from bot.errors import (
    BadUrlError,
    ConfigError,
    FetchError,
    HttpStatusError,
    RedirectLoopError,
    SourceError,
    UnreachableError,
    UnreadableError,
)
from bot.sources.fetch import Fetcher, FetchLimits
from tests.sources.rawserver import Request, reply, serving

NOW = datetime(2031, 3, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    """A fetcher that may reach the loopback."""
    made = Fetcher(
        limits=FetchLimits(deadline=5),
        allow_hosts=["127.0.0.0/8"],
        user_agent="LiveRelay test",
        now=lambda: NOW,
    )
    yield made
    await made.aclose()


async def test_a_page(fetcher: Fetcher) -> None:
    """A page arrives whole, with everything a later poll needs."""
    page = reply(
        b"<p>The ferry is in.</p>",
        "Content-Type: text/html; charset=utf-8",
        'ETag: "v1"',
        "Last-Modified: Tue, 04 Mar 2031 11:00:00 GMT",
        "Cache-Control: max-age=30",
    )
    async with serving(page) as server:
        document = await fetcher.fetch(f"{server.url}live#entry-3")
    assert document.body == b"<p>The ferry is in.</p>"
    assert document.url == document.requested_url == f"{server.url}live"
    assert (document.status, document.content_type) == (200, "text/html; charset=utf-8")
    assert (document.etag, document.last_modified) == ('"v1"', "Tue, 04 Mar 2031 11:00:00 GMT")
    assert (document.max_age, document.fetched_at) == (30.0, NOW)
    headers = server.requests[0].headers
    assert headers["user-agent"] == "LiveRelay test"
    assert headers["accept-encoding"] == "gzip"
    assert headers["host"] == f"127.0.0.1:{server.port}"
    assert "if-none-match" not in headers
    assert "cookie" not in headers


async def test_gzip(fetcher: Fetcher) -> None:
    """A gzip body is inflated, and its hash is of the bytes as they came."""
    wire = gzip.compress(b"a page", mtime=0)
    async with serving(reply(wire, "Content-Encoding: gzip")) as server:
        packed = await fetcher.fetch(server.url)
        again = await fetcher.fetch(server.url)
    async with serving(reply(b"a page")) as server:
        plain = await fetcher.fetch(server.url)
    assert packed.body == plain.body == b"a page"
    assert packed.wire_hash == again.wire_hash != plain.wire_hash


async def test_the_copy_we_have(fetcher: Fetcher) -> None:
    """A body whose bytes are known comes back empty, without being inflated; another one whole."""
    wire = b"bytes that no inflating could read"
    async with serving(reply(wire, "Content-Encoding: gzip", "Cache-Control: max-age=9")) as server:
        known = hashlib.blake2b(wire, digest_size=16).hexdigest()
        same = await fetcher.fetch(server.url, wire_hash=known)
        with pytest.raises(FetchError, match="marked as gzip"):
            await fetcher.fetch(server.url, wire_hash="another")
    assert (same.status, same.body, same.wire_hash, same.max_age) == (200, b"", known, 9.0)
    async with serving(reply(gzip.compress(b"new"), "Content-Encoding: gzip")) as server:
        assert (await fetcher.fetch(server.url, wire_hash=known)).body == b"new"


async def test_not_modified(fetcher: Fetcher) -> None:
    """A copy that is still current costs a 304, and keeps its validators."""

    async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
        current = request.headers.get("if-none-match") == '"v1"'
        assert not current or request.headers["if-modified-since"] == "then"
        writer.write(
            b"HTTP/1.1 304 Not Modified\r\n\r\n" if current else reply(b"page", 'ETag: "v1"')
        )

    async with serving(handler) as server:
        first = await fetcher.fetch(server.url)
        second = await fetcher.fetch(server.url, etag=first.etag, last_modified="then")
    assert (second.status, second.body) == (304, b"")
    assert (second.etag, second.last_modified) == ('"v1"', "then")
    assert server.connections == 1, "the connection was kept"


async def test_validators_that_cannot_be_sent(fetcher: Fetcher) -> None:
    """An ETag no header can carry is neither kept nor sent, and breaks nothing."""
    async with serving(reply(b"page", "ETag: \xff\xfe")) as server:
        document = await fetcher.fetch(server.url, etag="“v1”\n")
    assert document.etag is None
    assert "if-none-match" not in server.requests[0].headers


async def test_unasked_304(fetcher: Fetcher) -> None:
    """A 304 for a copy we never had is an error, not an empty page."""
    async with serving(b"HTTP/1.1 304 Not Modified\r\n\r\n") as server:
        with pytest.raises(HttpStatusError):
            await fetcher.fetch(server.url)


async def test_accept(fetcher: Fetcher) -> None:
    """An API can be asked for its own type."""
    async with serving(reply(b"{}")) as server:
        await fetcher.fetch(server.url, accept="application/json")
    assert server.requests[0].headers["accept"] == "application/json"


async def test_redirects(fetcher: Fetcher) -> None:
    """Redirects of every spelling are followed; the document says where it came from."""
    hops = {
        "/a": "/b c?q=ä",
        "/b%20c?q=%C3%A4": "?x=1",
        "/b%20c?x=1": "//127.0.0.1:{port}/d#here",
        "/d": "http://127.1:{port}/e",
    }

    async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
        to = hops.get(request.path)
        if to is None:
            writer.write(reply(b"arrived"))
        else:
            location = to.format(port=server.port).encode()
            writer.write(
                b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"
            )

    async with serving(handler) as server:
        document = await fetcher.fetch(f"{server.url}a")
    assert document.body == b"arrived"
    assert document.url == f"{server.url}e"
    assert document.requested_url == f"{server.url}a"


@pytest.mark.parametrize("target", ["/", "/again"])
async def test_redirect_circle(fetcher: Fetcher, target: str) -> None:
    """A circle of redirects ends after the permitted hops."""
    async with serving(reply(b"", f"Location: {target}", status="301 Moved")) as server:
        with pytest.raises(RedirectLoopError):
            await fetcher.fetch(server.url)
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    "target", ["ftp://x.example/", "file:///etc/passwd", "http://[", "http://a b/"]
)
async def test_redirect_to_nonsense(fetcher: Fetcher, target: str) -> None:
    """A redirect to something else than a web address says so."""
    async with serving(reply(b"", f"Location: {target}", status="302 Found")) as server:
        with pytest.raises((BadUrlError, UnreachableError), match="redirects to"):
            await fetcher.fetch(server.url)


async def test_cookies_live_for_one_fetch(fetcher: Fetcher) -> None:
    """A cookie set on a redirect is given back within the fetch and forgotten after it."""

    async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
        if "seen=1" in request.headers.get("cookie", ""):
            writer.write(reply(b"in", "Set-Cookie: later=1"))
        else:
            writer.write(reply(b"", "Location: /", "Set-Cookie: seen=1", status="302 Found"))

    async with serving(handler) as server:
        for _ in range(2):
            assert (await fetcher.fetch(server.url)).body == b"in"
    cookies = [request.headers.get("cookie") for request in server.requests]
    assert cookies == [None, "seen=1", None, "seen=1"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("404 Not Found", "Check the address"),
        ("410 Gone", "removed"),
        ("401 Unauthorized", "login"),
        ("403 Forbidden", "refuses"),
        ("418 Teapot", "refuses the request"),
        ("429 Too Many", "fewer requests"),
        ("451 Legal", "legal"),
        ("500 Oops", "error of its own"),
        ("503 Busy", "maintenance"),
        ("302 Nowhere", "status 302"),
        ("600 What", "600"),
    ],
)
async def test_error_status(fetcher: Fetcher, status: str, words: str) -> None:
    """Each error status becomes a sentence that says what to do."""
    async with serving(reply(b"<h1>error</h1>", status=status)) as server:
        with pytest.raises(HttpStatusError, match=words) as caught:
            await fetcher.fetch(server.url)
    assert caught.value.status == int(status[:3])
    assert caught.value.retry_after is None


async def test_retry_after(fetcher: Fetcher) -> None:
    """The wait a server asks for is handed on in seconds, also when it is a date."""
    for value in ("90", "Tue, 04 Mar 2031 12:01:30 GMT"):
        async with serving(reply(b"", f"Retry-After: {value}", status="429 Slow")) as server:
            with pytest.raises(HttpStatusError) as caught:
                await fetcher.fetch(server.url)
        assert caught.value.retry_after == 90.0


async def test_a_picture(fetcher: Fetcher) -> None:
    """A picture is refused by name, before its body is read."""
    async with serving(reply(b"\x89PNG", "Content-Type: image/png", length=1000)) as server:
        with pytest.raises(UnreadableError, match=r"a picture \(image/png\), not a page"):
            await fetcher.fetch(server.url)


async def test_compression_not_offered(fetcher: Fetcher) -> None:
    """A server that ignores what was offered gets a sentence of its own."""
    async with serving(reply(b"xx", "Content-Encoding: br")) as server:
        with pytest.raises(FetchError, match=r"\(br\)"):
            await fetcher.fetch(server.url)


WHOLE = gzip.compress(b"a long page " * 500)


@pytest.mark.parametrize(
    "answer",
    [
        reply(b"half", length=10),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        reply(WHOLE[:-20], "Content-Encoding: gzip"),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + WHOLE[:40],
    ],
    ids=["content-length", "chunked", "gzip", "gzip until close"],
)
async def test_cut_off(fetcher: Fetcher, answer: bytes) -> None:
    """Half a page is never taken for a page."""
    async with serving(answer) as server:
        with pytest.raises(UnreachableError, match="broke off in the middle"):
            await fetcher.fetch(server.url)


async def test_until_close(fetcher: Fetcher) -> None:
    """An old server that ends its page by hanging up is read."""
    async with serving(b"HTTP/1.0 200 OK\r\n\r\npage") as server:
        assert (await fetcher.fetch(server.url)).body == b"page"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 OK\r\n\r\n", "not HTTP"),
        (reply(b"", "Content-Length: 12"), "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000, "not HTTP"),
        (b"", "without an answer"),
    ],
    ids=["ssh", "no status", "two lengths", "endless header", "silence"],
)
async def test_not_http(fetcher: Fetcher, answer: bytes, words: str) -> None:
    """What does not speak HTTP gets a sentence, not a traceback."""
    async with serving(answer) as server:
        with pytest.raises(UnreachableError, match=words):
            await fetcher.fetch(server.url)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf"])
async def test_reset(fetcher: Fetcher, said: bytes) -> None:
    """A reset, before or within the answer, is an unreachable source."""

    async def handler(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()
        await asyncio.sleep(0.05)
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.close()

    async with serving(handler) as server:
        with pytest.raises(UnreachableError):
            await fetcher.fetch(server.url)


async def test_refused(fetcher: Fetcher) -> None:
    """A closed port is named."""
    async with serving(b"") as server:
        url = server.url
    with pytest.raises(UnreachableError, match=f"refuses connections on port {server.port}"):
        await fetcher.fetch(url)


async def test_stale_connection(fetcher: Fetcher) -> None:
    """A kept connection that the server closed as we asked again is replaced unnoticed."""
    count = 0

    async def handler(_: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        if count == 2:  # the second request on the kept connection: hang up without a word
            writer.close()
        else:
            writer.write(reply(str(count).encode()))

    async with serving(handler) as server:
        assert (await fetcher.fetch(server.url)).body == b"1"
        assert (await fetcher.fetch(server.url)).body == b"3"
    assert server.connections == 2


async def test_no_such_host() -> None:
    """A name without an address is a spelling to check."""

    async def nowhere(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    fetcher = Fetcher(user_agent="test", resolve=nowhere)
    with pytest.raises(UnreachableError, match=r"no host named nowhere\.example"):
        await fetcher.fetch("nowhere.example")
    await fetcher.aclose()


async def test_second_address_answers() -> None:
    """Of several addresses the one that answers is used, also when the first is dead."""

    async def several(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.9", "::1", "127.0.0.1"]

    async with serving(reply(b"page")) as server:
        fetcher = Fetcher(
            user_agent="test", resolve=several, allow_hosts=[f"news.example:{server.port}"]
        )
        document = await fetcher.fetch(f"http://news.example:{server.port}/")
        await fetcher.aclose()
    assert document.body == b"page"
    assert server.requests[0].headers["host"] == f"news.example:{server.port}"


async def test_proxies_of_the_environment(
    fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy in the environment, which would resolve names for itself, is not used."""
    async with serving(reply(b"page")) as server, serving(reply(b"proxied")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        made = Fetcher(user_agent="test", allow_hosts=["127.0.0.1"])
        assert (await made.fetch(server.url)).body == b"page"
        await made.aclose()


def test_user_agent() -> None:
    """A user agent that cannot be sent stops the start."""
    with pytest.raises(ConfigError):
        Fetcher(user_agent="LiveRelay ✓")


async def test_every_error_is_ours(fetcher: Fetcher) -> None:
    """Whatever a server says, the error is of our tree and ends as a sentence."""
    answers = [
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[::1%25eth0]/\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://\xff\xff/\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: javascript:alert(1)\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:99999/\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:x/\r\n\r\n",
        b"\x00" * 100,
    ]
    for answer in answers:
        async with serving(answer) as server:
            with pytest.raises(SourceError) as caught:
                await fetcher.fetch(server.url)
        assert str(caught.value).endswith("."), answer
