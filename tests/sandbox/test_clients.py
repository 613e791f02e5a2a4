"""The sandbox as others use it: python-telegram-bot, another process, the control endpoints."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, Update
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
)

from bot.sandbox.demo import ADMIN_ID, demo_world
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from tests.sandbox.conftest import Client
from tests.sandbox.pictures import png

Context = ContextTypes.DEFAULT_TYPE


@pytest.fixture
async def ptb(server: SandboxServer) -> AsyncIterator[Bot]:
    """python-telegram-bot's own bot, pointed at the sandbox."""
    async with Bot(server.token, base_url=f"{server.api_root}/bot") as bot:
        yield bot


async def test_library_bot(server: SandboxServer, ptb: Bot) -> None:
    """Everything the library asks for is answered in a form it can read."""
    world = server.world
    reader = world.add_user("Reader")
    chat = world.private_chat(reader)
    group = world.add_group(
        "Group", admins=[reader], supergroup=True, bot_rights=["can_pin_messages"]
    )
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go")]])
    sent = await ptb.send_message(chat.id, "<b>x</b> 👍", "HTML", reply_markup=keyboard)
    assert sent.entities[0].type == "bold"
    edited = await ptb.edit_message_text("y", chat.id, sent.message_id)
    assert isinstance(edited, object)
    photo = await ptb.send_photo(chat.id, png(40, 30), caption="picture")
    assert (photo.photo[0].width, photo.photo[0].height) == (40, 30)
    stored = await ptb.get_file(photo.photo[0].file_id)
    assert stored.file_size
    album = await ptb.send_media_group(
        group.id, [InputMediaPhoto(png(9, 9)), InputMediaPhoto("https://example.org/a.jpg")]
    )
    assert len({message.media_group_id for message in album}) == 1
    await ptb.pin_chat_message(group.id, album[0].message_id)
    assert (await ptb.get_chat(group.id)).pinned_message
    assert len(await ptb.get_chat_administrators(group.id)) == 2
    assert (await ptb.get_chat_member(group.id, ptb.id)).status == "administrator"
    assert await ptb.get_chat_member_count(group.id) == 2
    assert (await ptb.get_webhook_info()).url == ""
    await ptb.set_my_commands([("start", "Start")])
    assert (await ptb.get_my_commands())[0].command == "start"
    await ptb.send_chat_action(chat.id, "typing")
    await ptb.delete_message(chat.id, sent.message_id)


async def test_library_errors(
    server: SandboxServer, ptb: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refusals reach the library as the types it has for them."""
    world = server.world
    reader = world.add_user("Reader")
    chat, group = world.private_chat(reader), world.add_group("Group", admins=[reader])
    with pytest.raises(BadRequest, match="Message is too long"):
        await ptb.send_message(chat.id, "x" * 5000)
    with pytest.raises(BadRequest, match="Can't parse entities"):
        await ptb.send_message(chat.id, "<b>", "HTML")
    world.block(reader)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await ptb.send_message(chat.id, "x")
    new = world.migrate(group)
    with pytest.raises(ChatMigrated) as moved:
        await ptb.send_message(group.id, "x")
    assert moved.value.new_chat_id == new.id
    server.limiter.limits = Limits()
    await ptb.send_message(new.id, "x")
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # without it the library warns
    with pytest.raises(RetryAfter):
        await ptb.send_message(new.id, "x")
    server.faults.add(Fault(FaultKind.STATUS, status=502, times=1))
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await ptb.get_me()


async def test_library_application(server: SandboxServer) -> None:
    """A bot that polls hears a command, answers it, and hears the press of its button."""
    world = server.world
    reader = world.add_user("Reader")
    chat = world.private_chat(reader, started=False)

    async def start(update: Update, _context: Context) -> None:
        assert update.message
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Storm", callback_data="t:1")]])
        await update.message.reply_html("Choose <b>topics</b>", reply_markup=keyboard)

    async def pressed(update: Update, _context: Context) -> None:
        assert update.callback_query
        await update.callback_query.answer("Subscribed")
        await update.callback_query.edit_message_text("You get: Storm")

    builder = Application.builder().token(server.token).base_url(f"{server.api_root}/bot")
    application: Any = builder.build()
    application.add_handler(CommandHandler("start", start))
    application.add_handler(CallbackQueryHandler(pressed))
    async with application:
        await application.start()
        await application.updater.start_polling()
        await server.say(reader, chat, "/start")
        message = await server.wait_for(chat, "Choose")
        press = await server.press(reader, message, "Storm")
        assert (await world.answer_of(press))["text"] == "Subscribed"
        edited = await server.wait_for(chat, "You get")
        assert edited.id == message.id
        assert edited.buttons == []
        await application.updater.stop()
        await application.stop()


async def test_control_endpoints(server: SandboxServer, call: Client) -> None:
    """Another process can make people, speak, press, wait and look at everything."""
    person = await call.control("users", name="Reader", language="fr")
    group = await call.control(
        "groups", title="Forum", kind="forum", admins=[person["id"]], topics=["A"]
    )
    topic = group["topics"][0]["id"]
    await call.control("say", user=person["id"], chat=person["id"], text="/start")
    await call.control("say", user=person["id"], chat=group["id"], text="hi", thread=topic)
    assert len((await call("getUpdates")).result) == 2
    keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    await call("sendMessage", chat_id=person["id"], text="Pick", reply_markup=keyboard)
    shown = await call.control("wait", chat=person["id"], text="Pick")
    press = await call.control(
        "press", user=person["id"], chat=person["id"], message=shown["id"], button="Go"
    )
    await call("answerCallbackQuery", callback_query_id=press["id"], text="ok")
    assert (await call.look(f"press?id={press['id']}"))["answer"]["text"] == "ok"
    await call.control("do", what="block", user=person["id"])
    assert (await call("sendMessage", chat_id=person["id"], text="x")).status == 403
    moved = await call.control("groups", title="Small", kind="group", admins=[person["id"]])
    new = await call.control("do", what="migrate", chat=moved["id"])
    assert new["kind"] == "supergroup"
    bulk = await call.control("bulk", count=5)
    assert (await call("sendMessage", chat_id=bulk["first_id"] + 4, text="x")).status == 200
    sends = (await call.look("accepted"))["sends"]
    assert [send["text"] for send in sends] == ["Pick", "x"]
    counters = await call.look("counters")
    assert counters["accepted"] == 2
    state = await call.look("state")
    assert {chat["id"] for chat in state["chats"]} >= {person["id"], group["id"], new["id"]}
    await call.control("limits", per_chat_per_second=1)
    await call.control("reset")
    assert (await call.look("counters"))["accepted"] == 0


async def test_other_sites_have_no_say(server: SandboxServer, call: Client) -> None:
    """A page of another origin in the same browser cannot steer the sandbox."""
    url = f"{server.api_root}/sandbox/users"
    headers = {"Origin": "https://evil.example"}
    async with call.session.post(url, json={"name": "x"}, headers=headers) as response:
        assert response.status == 400
    assert len(server.world.users) == 2  # the bot and the anonymous admin


async def test_static_files_only(server: SandboxServer, call: Client) -> None:
    """The page's files are served with a strict policy, and nothing beside them."""
    async with call.session.get(f"{server.api_root}/") as response:
        assert response.status == 200
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    for path in ("static/../server.py", "static/%2e%2e/server.py", "static/x.js", "server.py"):
        url = f"{server.api_root}/{path}"
        async with call.session.get(url) as response:
            assert response.status == 404, path


@pytest.mark.process
async def test_process_of_its_own() -> None:
    """``python -m bot.sandbox`` prints its address, has the demo's people and ends on a signal."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.sandbox", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 15)
        root = line.decode().strip()
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{root}/sandbox/state") as response,
        ):
            state = await response.json()
        assert ADMIN_ID in {user["id"] for user in state["users"]}
    finally:
        process.terminate()
    assert await asyncio.wait_for(process.wait(), 10) == 0


def test_demo_world() -> None:
    """The demo has readers, an admin, a group, a forum with topics and a channel."""
    demo = demo_world()
    assert demo.admin.id == ADMIN_ID
    assert demo.forum.is_forum
    assert [topic.name for topic in demo.topics] == ["Storm", "Elections"]
    assert all(topic.id > 1 for topic in demo.topics)
    assert not demo.world.chats[demo.subscriber.id].bot.present
