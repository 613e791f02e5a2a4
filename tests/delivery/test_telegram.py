"""The transport, python-telegram-bot's requests and the pace of replies, over real HTTP."""

from __future__ import annotations

import asyncio
import io
import logging
import socket
import struct
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputFile
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.ext import ExtBot

from bot import errors
from bot.delivery.pacer import Pacer, Rates
from bot.delivery.telegram import (
    HttpRequest,
    PacedRateLimiter,
    Transport,
    map_telegram_error,
)
from bot.outgoing import Button, Outgoing, TextEntity
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import Chat

HELLO = Outgoing("Hello")


@pytest.fixture
async def server() -> AsyncIterator[SandboxServer]:
    """A Bot API without flood limits."""
    async with await SandboxServer(limits=Limits.off()).start() as started:
        yield started


@pytest.fixture
def reader(server: SandboxServer) -> Chat:
    """Somebody's chat with the bot."""
    return server.world.private_chat(server.world.add_user("Reader"))


@pytest.fixture
async def request_(server: SandboxServer) -> AsyncIterator[HttpRequest]:
    """A request object with short time-outs."""
    async with HttpRequest(read_timeout=0.5, connect_timeout=0.5) as request:
        yield request


@pytest.fixture
def transport(server: SandboxServer, request_: HttpRequest) -> Transport:
    """The way of the alerts."""
    return Transport(request_, server.token, api_root=server.api_root)


@pytest.fixture
async def bot(server: SandboxServer, request_: HttpRequest) -> AsyncIterator[ExtBot[int]]:
    """python-telegram-bot on our request object, with our rate limiter at Telegram's rates."""
    bot = ExtBot(
        server.token,
        base_url=f"{server.api_root}/bot",
        request=request_,
        get_updates_request=HttpRequest(),
        rate_limiter=PacedRateLimiter(Pacer(Rates())),
    )
    async with bot:
        yield bot


def png(width: int, height: int) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"IDAT", rows),
            chunk(b"IEND", b""),
        )
    )


async def test_an_alert_arrives_as_it_is_meant(
    server: SandboxServer, transport: Transport, reader: Chat
) -> None:
    """Text, entities, button, preview and silence are what the reader sees."""
    out = Outgoing(
        "🌊 Tide & <b>",
        (TextEntity("bold", 3, 4), TextEntity("text_link", 8, 1, url="https://news.example/a")),
        Button("Open", "https://news.example/live#1"),
        preview_url="https://news.example/p.jpg",
        silent=True,
    )
    number = await transport.send(reader.id, None, out)
    [message] = server.world.messages(reader)
    assert message.id == number
    assert message.text == "🌊 Tide & <b>"
    assert [e["type"] for e in message.entities] == ["bold", "text_link"]
    assert message.buttons[0][0]["url"] == "https://news.example/live#1"
    assert message.options["link_preview_options"]["url"] == "https://news.example/p.jpg"
    assert message.silent


async def test_a_photo_is_sent_with_its_caption_and_edited_as_one(
    server: SandboxServer, transport: Transport, reader: Chat
) -> None:
    """The caption changes, the picture stays; edited as a text it is refused as another kind."""
    photo = Outgoing("One", photo_url="https://news.example/p.jpg")
    number = await transport.send(reader.id, None, photo)
    await transport.edit(reader.id, number, Outgoing("Two", photo_url=photo.photo_url))
    [message] = server.world.messages(reader)
    assert message.photo is not None
    assert message.text == "Two"
    with pytest.raises(errors.RefusedError) as caught:
        await transport.edit(reader.id, number, Outgoing("Three"))
    assert caught.value.about == "kind"
    await transport.edit(reader.id, number, Outgoing("Three"), caption=True)
    assert message.text == "Three"


async def test_an_edit_that_changes_nothing_is_told_apart(
    transport: Transport, reader: Chat
) -> None:
    """So that the sender can take it for success."""
    number = await transport.send(reader.id, None, HELLO)
    with pytest.raises(errors.NotModifiedError):
        await transport.edit(reader.id, number, HELLO)
    with pytest.raises(errors.MessageGoneError):
        await transport.edit(reader.id, number + 1, HELLO)


async def test_a_forum_topic_is_addressed_and_general_by_leaving_it_out(
    server: SandboxServer, transport: Transport
) -> None:
    """Telegram refuses General by its number."""
    forum = server.world.add_group("Forum", forum=True)
    topic = server.world.add_topic(forum, "Alerts")
    await transport.send(forum.id, topic.id, HELLO)
    await transport.send(forum.id, 1, HELLO)
    threads = [m.thread_id for m in server.world.messages(forum) if m.from_bot]
    assert threads == [topic.id, None]


@pytest.mark.parametrize(
    ("fault", "maybe"),
    [
        (Fault(FaultKind.STATUS, status=502), False),
        (Fault(FaultKind.STATUS, status=504), True),
        (Fault(FaultKind.RESET), True),
        (Fault(FaultKind.DROP), True),
        (Fault(FaultKind.HANG), True),
        (Fault(FaultKind.HANG_AFTER), True),
        (Fault(FaultKind.GARBAGE), True),
    ],
)
async def test_passing_failures(
    server: SandboxServer,
    transport: Transport,
    reader: Chat,
    fault: Fault,
    maybe: bool,  # from the table
) -> None:
    """All are transient, and it is known whether the message may have arrived."""
    server.faults.add(fault)
    with pytest.raises(errors.TransientError) as caught:
        await transport.send(reader.id, None, HELLO)
    assert caught.value.maybe_sent is maybe
    assert server.token not in str(caught.value)


async def test_a_machine_without_certificates_is_told_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One clear sentence at the start, and not a traceback."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    with pytest.raises(errors.ConfigError, match="install its ca-certificates"):
        await HttpRequest().initialize()


async def test_a_connection_that_does_not_come_about_in_time_sent_nothing() -> None:
    """Told apart from an answer that does not come."""
    with ExitStack() as sockets:
        full = sockets.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(5):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        root = f"http://127.0.0.1:{full.getsockname()[1]}"
        async with HttpRequest(connect_timeout=0.2) as request:
            with pytest.raises(errors.NoConnectionError, match="in time"):
                await Transport(request, "1:token", api_root=root).send(1, None, HELLO)


async def test_a_server_that_is_away_got_nothing(
    server: SandboxServer, transport: Transport, reader: Chat
) -> None:
    """A refused connection is no possible repeat."""
    await server.down()
    with pytest.raises(errors.TransientError) as caught:
        await transport.send(reader.id, None, HELLO)
    assert not caught.value.maybe_sent


async def test_connections_are_kept(
    server: SandboxServer, transport: Transport, reader: Chat
) -> None:
    """A hundred messages one after the other need one connection."""
    for number in range(100):
        await transport.send(reader.id, None, Outgoing(str(number)))
    assert server._server is not None
    assert len(server._server.connections) == 1


async def test_the_moment_of_leaving_is_told(
    server: SandboxServer, transport: Transport, reader: Chat
) -> None:
    """Before the answer, which takes its time; where there is no connection, that is told too."""
    server.faults.add(Fault(FaultKind.LATENCY, seconds=0.2))
    left: list[float] = []
    await transport.send(reader.id, None, HELLO, on_left=lambda: left.append(time.monotonic()))
    assert time.monotonic() - left[0] > 0.15
    await server.down()
    await asyncio.sleep(0.05)  # until the client has seen that the kept connection is closed
    with pytest.raises(errors.NoConnectionError, match="Connection refused"):
        await transport.send(reader.id, None, HELLO)


async def test_python_telegram_bot_works_on_it(
    server: SandboxServer, bot: ExtBot[int], reader: Chat
) -> None:
    """Methods with keyboards and uploads, and answers as the library's objects."""
    assert (await bot.get_me()).is_bot
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="yes")]])
    sent = await bot.send_message(reader.id, "Sure?", reply_markup=keyboard)
    edited = await bot.edit_message_text("Sure.", reader.id, sent.message_id)
    assert getattr(edited, "text", "") == "Sure."
    picture = InputFile(io.BytesIO(png(64, 64)), filename="chart.png")
    photo = await bot.send_photo(reader.id, picture, caption="Chart")
    assert photo.caption == "Chart"
    assert len(server.world.messages(reader)) == 2


async def test_python_telegram_bots_errors_are_its_own(
    server: SandboxServer, bot: ExtBot[int], reader: Chat
) -> None:
    """The library's types, mapped to ours with what the request knows."""
    with pytest.raises(BadRequest):
        await bot.send_message(12345, "Nobody")
    server.faults.add(Fault(FaultKind.HANG, times=1))
    with pytest.raises(TimedOut) as slow:
        await bot.send_message(reader.id, "Late")
    mapped = map_telegram_error(slow.value)
    assert isinstance(mapped, errors.TransientError)
    assert mapped.maybe_sent
    server.faults.add(Fault(FaultKind.STATUS, times=1))
    with pytest.raises(NetworkError, match="502"):
        await bot.send_chat_action(reader.id, "typing")
    await server.down()
    with pytest.raises(NetworkError) as away:
        await bot.send_message(reader.id, "Lost")
    mapped = map_telegram_error(away.value)
    assert isinstance(mapped, errors.TransientError)
    assert not mapped.maybe_sent


async def test_the_token_is_in_no_message_and_no_log(
    server: SandboxServer, bot: ExtBot[int], reader: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever fails, neither the exception with all its causes nor the log has it."""
    caplog.set_level(logging.INFO)
    for kind in (FaultKind.RESET, FaultKind.HANG, FaultKind.GARBAGE, FaultKind.STATUS):
        server.faults.add(Fault(kind, times=1))
        with pytest.raises(TelegramError) as caught:
            await bot.get_me()
        error: BaseException | None = caught.value
        while error is not None:
            assert server.token not in repr(error)
            error = error.__cause__ or error.__context__
    assert server.token not in caplog.text


async def test_a_reply_after_a_short_429_is_sent_again(
    server: SandboxServer, bot: ExtBot[int], reader: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wait of a second is worth it; one of a minute is told to the caller."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # the library warns without it
    server.faults.add(Fault(FaultKind.FLOOD, times=1, retry_after=1))
    started = time.monotonic()
    await bot.send_message(reader.id, "Again")
    assert 1.0 <= time.monotonic() - started < 2.5
    server.faults.add(Fault(FaultKind.FLOOD, times=1, retry_after=60))
    with pytest.raises(RetryAfter):
        await bot.send_message(reader.id, "No")


async def test_only_messages_are_paced(bot: ExtBot[int], reader: Chat) -> None:
    """A second message to a chat waits a second; questions and redrawn keyboards do not."""
    sent = await bot.send_message(reader.id, "One")
    started = time.monotonic()
    await asyncio.gather(*(bot.get_me() for _ in range(20)))
    await bot.send_chat_action(reader.id, "typing")
    await bot.edit_message_text("Two", reader.id, sent.message_id)
    assert time.monotonic() - started < 0.5
    await bot.send_message(reader.id, "Three")
    assert 1.0 <= time.monotonic() - started < 1.6
