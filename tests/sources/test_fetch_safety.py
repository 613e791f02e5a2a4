"""bot.sources.fetch: no address leads into the operator's own network, on any hop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from bot.errors import FetchError, ForbiddenAddressError
from bot.sources.fetch import Fetcher, FetchLimits
from tests.sources.rawserver import RawServer, Request, reply, serving

LIMITS = FetchLimits(deadline=2)


@pytest.fixture
async def secret() -> AsyncIterator[RawServer]:
    """A service on the loopback that nobody may reach."""
    async with serving(reply(b"secret")) as server:
        yield server


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "0X7F000001",
        "0x7f.1",
        "127。0。0。1",
        "①②⑦.⓪.⓪.①",
        "0",
        "0.0.0.0",
        "127.0.0.1.",
        "１２７.0.0.1",
        "localhost",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::7f00:1]",
        "[2001:0:7f00:1::1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[fe80::1%eth0]",
        "[ff02::1]",
        "169.254.169.254",
        "168.63.129.16",
        "100.64.0.1",
        "10.0.0.1",
        "192.168.0.1",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
async def test_literals(secret: RawServer, host: str) -> None:
    """No spelling of a private address is connected to."""
    fetcher = Fetcher(user_agent="test", limits=LIMITS)
    with pytest.raises(ForbiddenAddressError) as caught:
        await fetcher.fetch(f"http://{host}:{secret.port}/")
    await fetcher.aclose()
    assert str(caught.value).endswith(".")
    assert secret.connections == 0


async def test_allowed_port_only(secret: RawServer) -> None:
    """Allowing one port of a host does not open another."""
    fetcher = Fetcher(user_agent="test", allow_hosts=["127.0.0.1:1"], limits=LIMITS)
    with pytest.raises(ForbiddenAddressError, match=r"fetch\.allow_hosts"):
        await fetcher.fetch(secret.url)
    await fetcher.aclose()
    assert secret.connections == 0


async def test_rebinding(secret: RawServer) -> None:
    """A name that changes its address after the check is connected to where it was checked.

    127.0.0.2 stands for a public address: it is permitted, 127.0.0.1 is not.
    """
    answers = ["127.0.0.2", "127.0.0.1"]

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return [answers.pop(0)]

    fetcher = Fetcher(
        user_agent="test", allow_hosts=["127.0.0.2"], resolve=rebinding, limits=LIMITS
    )
    url = f"http://evil.example:{secret.port}/"
    async with serving(reply(b"public"), host="127.0.0.2", port=secret.port) as public:
        assert (await fetcher.fetch(url)).body == b"public"
        assert answers == ["127.0.0.1"], "resolved once, for the check and the connection"
        with pytest.raises(ForbiddenAddressError):
            await fetcher.fetch(url)
    await fetcher.aclose()
    assert public.requests[0].headers["host"] == f"evil.example:{secret.port}"
    assert secret.connections == 0


async def test_mixed_answers(secret: RawServer) -> None:
    """Of a name's addresses only the permitted ones are ever tried."""

    async def mixed(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1", "::1", "127.0.0.2"]

    fetcher = Fetcher(user_agent="test", allow_hosts=["127.0.0.2"], resolve=mixed, limits=LIMITS)
    async with serving(reply(b"public"), host="127.0.0.2", port=secret.port):
        document = await fetcher.fetch(f"http://evil.example:{secret.port}/")
    await fetcher.aclose()
    assert document.body == b"public"
    assert secret.connections == 0


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{port}/",
        "//127.0.0.1:{port}/",
        "http://2130706433:{port}/",
        "http://inside.example:{port}/",
    ],
)
async def test_redirect_inside(secret: RawServer, target: str) -> None:
    """A redirect into a private network is refused like a first address."""

    async def inside(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    location = f"Location: {target.format(port=secret.port)}"
    fetcher = Fetcher(user_agent="test", allow_hosts=["127.0.0.2"], resolve=inside, limits=LIMITS)
    async with serving(reply(b"", location, status="302 Found"), host="127.0.0.2") as public:
        with pytest.raises(ForbiddenAddressError):
            await fetcher.fetch(public.url)
    await fetcher.aclose()
    assert secret.connections == 0


async def test_kept_connection_is_not_borrowed(secret: RawServer) -> None:
    """A kept connection serves the name it was checked for and no other."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async def handler(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(b"page"))

    fetcher = Fetcher(
        user_agent="test", allow_hosts=["good.example"], resolve=resolve, limits=LIMITS
    )
    async with serving(handler) as server:
        await fetcher.fetch(f"http://good.example:{server.port}/")
        with pytest.raises(ForbiddenAddressError):
            await fetcher.fetch(f"http://evil.example:{server.port}/")
    await fetcher.aclose()
    assert [request.headers["host"] for request in server.requests] == [
        f"good.example:{server.port}"
    ]


async def test_odd_resolver_answers() -> None:
    """A resolver that answers nothing, or nonsense, is an error of our tree."""
    for answer in ([], ["not an address"]):

        async def odd(host: str, port: int, answer: list[str] = answer) -> Sequence[str]:
            return answer

        fetcher = Fetcher(user_agent="test", resolve=odd, limits=LIMITS)
        with pytest.raises(FetchError):
            await fetcher.fetch("https://odd.example/")
        await fetcher.aclose()
