"""Ordered faults: what the client sees, and what was accepted all the same."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest

from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import Chat
from tests.sandbox.conftest import Client


@pytest.fixture
def chat(server: SandboxServer) -> Chat:
    """The private chat of a person who pressed start."""
    return server.world.private_chat(server.world.add_user("Reader"))


async def test_reset_before(server: SandboxServer, call: Client, chat: Chat) -> None:
    """A reset before acceptance leaves nothing behind; the next call goes through."""
    server.faults.add(Fault(FaultKind.RESET, times=1))
    with pytest.raises(aiohttp.ClientError):
        await call("sendMessage", chat_id=chat.id, text="lost")
    await call("sendMessage", chat_id=chat.id, text="there")
    assert [m.text for m in server.world.messages(chat)] == ["there"]


async def test_drop_after(server: SandboxServer, call: Client, chat: Chat) -> None:
    """A connection that dies after acceptance: the message is there, the client does not know."""
    server.faults.add(Fault(FaultKind.DROP, times=1))
    with pytest.raises(aiohttp.ClientError):
        await call("sendMessage", chat_id=chat.id, text="twice")
    await call("sendMessage", chat_id=chat.id, text="twice")
    assert [send.text for send in server.world.sends(chat)] == ["twice", "twice"]
    assert server.world.duplicates() == 1


async def test_hang(server: SandboxServer, call: Client, chat: Chat) -> None:
    """A call that hangs is neither answered nor accepted; one that hangs after is accepted."""
    server.faults.add(Fault(FaultKind.HANG, times=1))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(call("sendMessage", chat_id=chat.id, text="a"), 0.2)
    server.faults.add(Fault(FaultKind.HANG_AFTER, times=1))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(call("sendMessage", chat_id=chat.id, text="b"), 0.2)
    assert [m.text for m in server.world.messages(chat)] == ["b"]


async def test_proxy_error(server: SandboxServer, call: Client, chat: Chat) -> None:
    """A 502 comes as a proxy's HTML page."""
    server.faults.add(Fault(FaultKind.STATUS, status=502, times=1))
    url = f"{server.api_root}/bot{server.token}/sendMessage"
    async with call.session.post(url, json={"chat_id": chat.id, "text": "x"}) as response:
        assert response.status == 502
        assert response.content_type == "text/html"
        assert "502 Bad Gateway" in await response.text()
    assert server.world.messages(chat) == []


async def test_garbage_and_401(server: SandboxServer, call: Client, chat: Chat) -> None:
    """Half an answer and a token that is suddenly wrong."""
    server.faults.add(Fault(FaultKind.GARBAGE, times=1))
    with pytest.raises(ValueError):
        await call("sendMessage", chat_id=chat.id, text="x")
    server.faults.add(Fault(FaultKind.UNAUTHORIZED, times=1))
    assert (await call("getMe")).status == 401
    assert (await call("getMe")).status == 200


async def test_flood_of_one_chat(server: SandboxServer, call: Client, chat: Chat) -> None:
    """An ordered 429 holds for its chat until it has passed, and for no other."""
    other = server.world.private_chat(server.world.add_user("Other"))
    server.faults.add(Fault(FaultKind.FLOOD, times=1, chat_id=chat.id, retry_after=15))
    first = await call("sendMessage", chat_id=chat.id, text="x")
    assert first.body["parameters"] == {"retry_after": 15}
    assert first.headers["Retry-After"] == "15"
    again = await call("sendMessage", chat_id=chat.id, text="x")
    assert again.body["parameters"]["retry_after"] in (14, 15)
    assert (await call("sendMessage", chat_id=other.id, text="x")).status == 200


async def test_flood_of_the_bot(server: SandboxServer, call: Client, chat: Chat) -> None:
    """A 429 of the whole bot holds for every chat; one of a single call holds for none."""
    other = server.world.private_chat(server.world.add_user("Other"))
    server.faults.add(Fault(FaultKind.FLOOD, times=1, scope="call", retry_after=9))
    assert (await call("sendMessage", chat_id=chat.id, text="x")).status == 429
    assert (await call("sendMessage", chat_id=chat.id, text="x")).status == 200
    server.faults.add(Fault(FaultKind.FLOOD, times=1, scope="bot", retry_after=9))
    assert (await call("sendMessage", chat_id=chat.id, text="x")).status == 429
    assert (await call("sendMessage", chat_id=other.id, text="x")).status == 429


async def test_aim(server: SandboxServer, call: Client, chat: Chat) -> None:
    """A fault hits the methods and chats it names, after those it lets pass."""
    server.faults.add(Fault(FaultKind.REFUSE, status=400, skip=1, methods=("sendMessage",)))
    assert (await call("sendMessage", chat_id=chat.id, text="x")).status == 200
    assert (await call("sendMessage", chat_id=chat.id, text="x")).status == 400
    assert (await call("getMe")).status == 200
    server.faults.clear()
    server.faults.add(Fault(FaultKind.REFUSE, status=400))
    assert (await call("getUpdates")).status == 200
    assert (await call("getMe")).status == 400


async def test_latency(server: SandboxServer, call: Client) -> None:
    """A slow answer comes, later."""
    server.faults.add(Fault(FaultKind.LATENCY, seconds=0.15, jitter=0.02))
    begin = time.monotonic()
    assert (await call("getMe")).status == 200
    assert time.monotonic() - begin >= 0.12


async def test_probability(server: SandboxServer, call: Client) -> None:
    """A fault with a probability strikes some calls and spares others."""
    server.faults.add(Fault(FaultKind.REFUSE, status=400, probability=0.5))
    seen = {(await call("getMe")).status for _ in range(60)}
    assert seen == {200, 400}


async def test_down_and_up(server: SandboxServer, call: Client, chat: Chat) -> None:
    """A server that is down refuses connections; after it is up, the world is as before."""
    await call("sendMessage", chat_id=chat.id, text="before")
    await server.down()
    with pytest.raises(aiohttp.ClientError):
        await call("getMe")
    await server.up()
    assert (await call("getMe")).status == 200
    assert [m.text for m in server.world.messages(chat)] == ["before"]


async def test_ordered_over_http(server: SandboxServer, call: Client, chat: Chat) -> None:
    """Faults can be ordered, listed and lifted from another process; nonsense is refused."""
    ordered = await call.control("faults", kind="status", status=500, times=5, methods="getMe")
    assert (await call.look("faults"))[str(ordered["id"])]["status"] == 500
    url = f"{server.api_root}/sandbox/faults"
    async with call.session.delete(url) as response:
        assert response.status == 200
    assert (await call("getMe")).status == 200
    for nonsense in ({"kind": "flood", "colour": "red"}, {"kind": "meteor"}):
        async with call.session.post(url, json=nonsense) as response:
            assert response.status == 400
            assert (await response.json())["error"]
