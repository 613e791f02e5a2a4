"""What the bot hears: getUpdates, the webhook, and the updates people cause."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from bot.sandbox.server import SandboxServer
from bot.sandbox.state import Chat, User
from tests.sandbox.conftest import Client


@pytest.fixture
def reader(server: SandboxServer) -> User:
    """A person whose app speaks German."""
    return server.world.add_user("Reader", language="de")


@pytest.fixture
def chat(server: SandboxServer, reader: User) -> Chat:
    """The private chat of the person."""
    return server.world.private_chat(reader)


async def heard(call: Client, **params: Any) -> list[dict[str, Any]]:
    """The updates that wait."""
    result: list[dict[str, Any]] = (await call("getUpdates", **params)).result
    return result


async def test_a_message(server: SandboxServer, call: Client, reader: User, chat: Chat) -> None:
    """A command arrives with its sender, language and entity."""
    server.world.say(reader, chat, "/start topic_storm")
    (update,) = await heard(call)
    message = update["message"]
    assert message["from"]["language_code"] == "de"
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert message["text"] == "/start topic_storm"


async def test_offset_confirms(
    server: SandboxServer, call: Client, reader: User, chat: Chat
) -> None:
    """Updates stay until a higher offset confirms them; limit and negative offsets work."""
    for word in ("one", "two", "three"):
        server.world.say(reader, chat, word)
    first = await heard(call, limit=1)
    assert len(first) == 1
    assert len(await heard(call)) == 3
    rest = await heard(call, offset=first[0]["update_id"] + 1)
    assert [update["message"]["text"] for update in rest] == ["two", "three"]
    assert [u["message"]["text"] for u in await heard(call, offset=-1)] == ["three"]


async def test_long_poll_ends_with_news(
    server: SandboxServer, call: Client, reader: User, chat: Chat
) -> None:
    """A waiting getUpdates answers as soon as something happens, else empty after its time."""
    assert await heard(call, timeout=0) == []
    waiting = asyncio.create_task(heard(call, timeout=20))
    await asyncio.sleep(0.1)
    server.world.say(reader, chat, "now")
    (update,) = await asyncio.wait_for(waiting, 2)
    assert update["message"]["text"] == "now"


async def test_second_poll_ends_the_first(call: Client) -> None:
    """Two bots on one token: the one that was waiting is told so with 409."""
    waiting = asyncio.create_task(call("getUpdates", timeout=20))
    await asyncio.sleep(0.1)
    assert await heard(call, timeout=0) == []
    answer = await asyncio.wait_for(waiting, 2)
    assert answer.status == 409
    assert "terminated by other getUpdates request" in answer.refusal


async def test_allowed_updates(
    server: SandboxServer, call: Client, reader: User, chat: Chat
) -> None:
    """Kinds that are not wanted when they happen never arrive; rare kinds must be asked for."""
    group = server.world.add_group("Group", admins=[server.world.add_user("Admin")])
    await heard(call, allowed_updates=["callback_query", "chat_member"])
    server.world.say(reader, chat, "unheard")
    server.world.join(group, reader)
    assert [list(update)[1] for update in await heard(call)] == ["chat_member"]
    await heard(call, allowed_updates=[], offset=-1)
    server.world.leave(group, reader)
    server.world.say(reader, chat, "heard")
    assert list((await heard(call))[-1])[1] == "message"


async def test_standing(server: SandboxServer, call: Client, reader: User, chat: Chat) -> None:
    """Blocking, kicking and promoting arrive as my_chat_member with old and new standing."""
    world = server.world
    channel = world.add_channel("Channel", admins=[reader], with_bot=False)
    world.block(reader)
    world.unblock(reader)
    world.promote(channel, ["can_post_messages"])
    world.kick(channel)
    changes = [update["my_chat_member"] for update in await heard(call)]
    standing = [
        (c["chat"]["id"], c["old_chat_member"]["status"], c["new_chat_member"]["status"])
        for c in changes
    ]
    assert standing == [
        (chat.id, "member", "kicked"),
        (chat.id, "kicked", "member"),
        (channel.id, "left", "administrator"),
        (channel.id, "administrator", "kicked"),
    ]
    assert changes[2]["new_chat_member"]["can_post_messages"] is True


async def test_groups_channels_topics(server: SandboxServer, call: Client, reader: User) -> None:
    """Anonymous admins, channel posts, topic messages and migrations look as in Telegram."""
    world = server.world
    group = world.add_group("Group", admins=[reader])
    forum = world.add_group("Forum", admins=[reader], forum=True)
    topic = world.add_topic(forum, "Storm")
    channel = world.add_channel("Channel", admins=[reader])
    world.say(reader, group, "hush", anonymous=True)
    world.say(reader, forum, "gust", thread_id=topic.id)
    post = world.say(reader, channel, "extra")
    world.change(post, "extra extra")
    new = world.migrate(group)
    hush, gust, extra, edited, left, entered = await heard(call)
    assert hush["message"]["from"]["username"] == "GroupAnonymousBot"
    assert hush["message"]["sender_chat"]["id"] == group.id
    assert gust["message"]["message_thread_id"] == topic.id
    assert gust["message"]["is_topic_message"]
    assert "from" not in extra["channel_post"]
    assert edited["edited_channel_post"]["text"] == "extra extra"
    assert left["message"]["migrate_to_chat_id"] == new.id
    assert entered["message"]["migrate_from_chat_id"] == group.id


async def test_press_and_answer(
    server: SandboxServer, call: Client, reader: User, chat: Chat
) -> None:
    """A press arrives with its data; the answer comes back; old and unknown ids are refused."""
    markup = {"inline_keyboard": [[{"text": "Go", "callback_data": "go:1"}]]}
    await call("sendMessage", chat_id=chat.id, text="Ready?", reply_markup=markup)
    message = await server.wait_for(chat, "Ready")
    press = await server.press(reader, message, "Go")
    (update,) = await heard(call)
    query = update["callback_query"]
    assert query["data"] == "go:1"
    assert query["message"]["message_id"] == message.id
    await call("answerCallbackQuery", callback_query_id=query["id"], text="Gone", show_alert=True)
    answer = await server.world.answer_of(press)
    assert answer == {"text": "Gone", "show_alert": True, "url": ""}
    old = await call("answerCallbackQuery", callback_query_id="12")
    assert "query is too old and response timeout expired" in old.refusal
    server.api.callback_ttl = 0.0
    late = await call("answerCallbackQuery", callback_query_id=query["id"])
    assert "query is too old" in late.refusal
    with pytest.raises(LookupError, match="it has: 'Go'"):
        await server.press(reader, message, "Stop")


async def test_inline_query(server: SandboxServer, call: Client, reader: User) -> None:
    """Words typed after the bot's name arrive as an inline query, results come back."""
    query = server.world.ask_inline(reader, "storm")
    (update,) = await heard(call)
    assert update["inline_query"]["query"] == "storm"
    results = [{"type": "article", "id": "1", "title": "Storm"}]
    number = update["inline_query"]["id"]
    await call("answerInlineQuery", inline_query_id=number, results=results)
    assert (await server.world.answer_of(query))["results"] == results


async def test_waiting_in_vain_tells_what_is_there(
    server: SandboxServer, call: Client, chat: Chat
) -> None:
    """A wait that fails says what the chat shows instead."""
    await call("sendMessage", chat_id=chat.id, text="something else")
    with pytest.raises(TimeoutError, match="something else"):
        await server.wait_for(chat, "storm", timeout=0.05)


class Hook:
    """A receiver of a webhook that can be told to fail."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self.failures = 0
        self.reply: Any = {}
        self.url = ""
        self.second = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        if self.failures:
            self.failures -= 1
            return web.Response(status=500)
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        self.seen.append((secret, await request.json()))
        if len(self.seen) == 2:
            self.second.set()
        return web.json_response(self.reply)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    """A running receiver."""
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    hook.url = f"http://{host}:{port}/hook"
    yield hook
    await runner.cleanup()


async def test_webhook(
    server: SandboxServer, call: Client, reader: User, chat: Chat, hook: Hook
) -> None:
    """Updates are posted with the secret, in order, and again after a failure."""
    server.webhook.first_pause = 0.02
    hook.failures = 2
    await call("setWebhook", url=hook.url, secret_token="s-1")
    polled = await call("getUpdates")
    assert polled.status == 409
    assert "can't use getUpdates method while webhook is active" in polled.refusal
    for word in ("one", "two"):
        server.world.say(reader, chat, word)
    await asyncio.wait_for(hook.second.wait(), 5)
    assert [(s, u["message"]["text"]) for s, u in hook.seen] == [("s-1", "one"), ("s-1", "two")]
    info = (await call("getWebhookInfo")).result
    assert info["url"] == hook.url
    assert info["pending_update_count"] == 0
    assert "500" in info["last_error_message"]
    await call("deleteWebhook")
    assert (await call("getWebhookInfo")).result["url"] == ""
    assert await heard(call) == []


async def test_webhook_reply_is_a_call(
    server: SandboxServer, call: Client, reader: User, chat: Chat, hook: Hook
) -> None:
    """A method in the answer to a webhook is carried out."""
    hook.reply = {"method": "sendMessage", "chat_id": chat.id, "text": "by the way"}
    await call("setWebhook", url=hook.url)
    server.world.say(reader, chat, "hello")
    assert (await server.wait_for(chat, "by the way")).from_bot


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("http://example.org/hook", ""),
        ("https://example.org/hook", ""),
        ("http://127.0.0.1/hook", "not ok!"),
    ],
)
async def test_webhook_addresses(call: Client, url: str, secret: str) -> None:
    """Plain http works to this machine only, and nothing is ever sent to another."""
    assert (await call("setWebhook", url=url, secret_token=secret)).status == 400
