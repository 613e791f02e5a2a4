"""Methods over HTTP: what Telegram answers, in its words."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from bot.sandbox.state import Chat, Member, Status
from tests.sandbox.conftest import Client

KEY = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}


def started(server: SandboxServer) -> Chat:
    """A private chat whose person pressed start."""
    return server.world.private_chat(server.world.add_user("Reader"))


async def test_message_as_telegram_shows_it(server: SandboxServer, call: Client) -> None:
    """A sent message comes back with its id, chat, sender, entities and normalised buttons."""
    chat = started(server)
    markup = {"inline_keyboard": [[{"text": "Page", "url": "https://example.org"}]]}
    answer = await call(
        "sendMessage", chat_id=chat.id, text="<b>A</b> b", parse_mode="HTML", reply_markup=markup
    )
    result = answer.result
    assert result["chat"] == {"id": chat.id, "type": "private", "first_name": "Reader"}
    assert result["from"]["is_bot"]
    assert result["text"] == "A b"
    assert result["entities"] == [{"type": "bold", "offset": 0, "length": 1}]
    assert result["reply_markup"]["inline_keyboard"][0][0]["url"] == "https://example.org/"
    assert [m.text for m in server.world.messages(chat)] == ["A b"]


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": "  "}, "text must be non-empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "👍" * 2049}, "message is too long"),
        ({"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities: Can't find end tag"),
        ({"text": "x", "chat_id": 404}, "chat not found"),
        ({"text": "x", "chat_id": "@nowhere"}, "chat not found"),
        ({"text": "x", "chat_id": ""}, "chat_id is empty"),
        ({"text": "x", "message_thread_id": 9}, "message thread not found"),
        ({"text": "x", "reply_parameters": {"message_id": 9}}, "message to be replied not found"),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "url": "nodots"}]]}},
            "inline keyboard button URL 'nodots' is invalid: Wrong HTTP URL",
        ),
        (
            {
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "ä" * 33}]]},
            },
            "BUTTON_DATA_INVALID",
        ),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a"}]]}},
            "Text buttons are unallowed in the inline keyboard",
        ),
    ],
)
async def test_refused_messages(
    server: SandboxServer, call: Client, params: dict[str, Any], refusal: str
) -> None:
    """A message that breaks a rule is refused with 400 and the documented text, and not kept."""
    chat = started(server)
    answer = await call("sendMessage", **{"chat_id": chat.id, **params})
    assert answer.status == 400
    assert answer.refusal.startswith("Bad Request: ")
    assert refusal in answer.refusal
    assert server.world.messages(chat) == []


async def test_standing_of_the_bot(server: SandboxServer, call: Client) -> None:
    """Blocked, unknown, kicked, migrated, without rights: each has its own refusal."""
    world = server.world
    reader, stranger, gone = (world.add_user(name) for name in ("Reader", "Stranger", "Gone"))
    private = world.private_chat(reader)
    world.private_chat(gone)

    async def refusal(chat_id: int, **more: Any) -> tuple[int, str]:
        answer = await call("sendMessage", chat_id=chat_id, text="x", **more)
        return answer.status, answer.refusal

    world.block(reader)
    assert await refusal(private.id) == (403, "Forbidden: bot was blocked by the user")
    world.unblock(reader)
    assert (await call("sendMessage", chat_id=private.id, text="x")).status == 200
    never = (403, "Forbidden: bot can't initiate conversation with a user")
    assert await refusal(stranger.id) == never
    world.deactivate(gone)
    assert await refusal(gone.id) == (403, "Forbidden: user is deactivated")

    group = world.add_group("Group", admins=[reader])
    world.kick(group)
    assert await refusal(group.id) == (403, "Forbidden: bot was kicked from the group chat")
    world.add_bot(group)
    new = world.migrate(group)
    moved = await call("sendMessage", chat_id=group.id, text="x")
    assert moved.body["parameters"] == {"migrate_to_chat_id": new.id}
    assert moved.refusal == "Bad Request: group chat was upgraded to a supergroup chat"
    world.restrict(new)
    silent = (400, "Bad Request: not enough rights to send text messages to the chat")
    assert await refusal(new.id) == silent
    world.delete_group(new)
    assert await refusal(new.id) == (403, "Forbidden: the group chat was deleted")

    channel = world.add_channel("Channel", admins=[reader], bot_rights=())
    powerless = (400, "Bad Request: need administrator rights in the channel chat")
    assert await refusal(channel.id) == powerless
    world.promote(channel, ["can_post_messages"])
    post = await call("sendMessage", chat_id=channel.id, text="x")
    assert post.result["sender_chat"]["id"] == channel.id
    assert "from" not in post.result
    world.demote(channel)
    out = (403, "Forbidden: bot is not a member of the channel chat")
    assert await refusal(channel.id) == out


async def test_forum_topics(server: SandboxServer, call: Client) -> None:
    """Topics take messages until closed or deleted; General is not to be addressed by its id."""
    world = server.world
    forum = world.add_group("Forum", admins=[world.add_user("Admin")], forum=True)
    topic = world.add_topic(forum, "Storm")
    sent = await call("sendMessage", chat_id=forum.id, text="x", message_thread_id=topic.id)
    assert sent.result["is_topic_message"]
    assert [m.text for m in world.messages(forum, thread_id=topic.id)][-1] == "x"
    general = await call("sendMessage", chat_id=forum.id, text="x", message_thread_id=1)
    assert general.refusal == "Bad Request: message thread not found"
    world.close_topic(forum, topic)
    closed = await call("sendMessage", chat_id=forum.id, text="x", message_thread_id=topic.id)
    assert closed.refusal == "Bad Request: TOPIC_CLOSED"
    world.promote(forum, ["can_manage_topics"])
    assert (
        await call("sendMessage", chat_id=forum.id, text="y", message_thread_id=topic.id)
    ).status == 200
    world.delete_topic(forum, topic)
    deleted = await call("sendMessage", chat_id=forum.id, text="x", message_thread_id=topic.id)
    assert deleted.refusal == "Bad Request: message thread not found"


async def test_edits(server: SandboxServer, call: Client) -> None:
    """An edit keeps what stood there before; one that changes nothing is refused."""
    chat = started(server)
    sent = (await call("sendMessage", chat_id=chat.id, text="one", reply_markup=KEY)).result
    where = {"chat_id": chat.id, "message_id": sent["message_id"]}
    same = await call("editMessageText", **where, text="one", reply_markup=KEY)
    assert "message is not modified: specified new message content" in same.refusal
    edited = await call("editMessageText", **where, text="two", reply_markup=KEY)
    assert edited.result["edit_date"]
    bare = await call("editMessageReplyMarkup", **where)
    assert "reply_markup" not in bare.result
    (message,) = server.world.messages(chat)
    assert [r.text for r in message.revisions] == ["one", "two"]
    missing = await call("editMessageText", chat_id=chat.id, message_id=999, text="x")
    assert missing.refusal == "Bad Request: message to edit not found"
    said = server.world.say(chat.user or server.world.bot, chat, "mine")
    foreign = await call("editMessageText", chat_id=chat.id, message_id=said.id, text="x")
    assert foreign.refusal == "Bad Request: message can't be edited"
    caption = await call("editMessageCaption", **where, caption="x")
    assert caption.refusal == "Bad Request: there is no caption in the message to edit"


async def test_deletes_and_pins(server: SandboxServer, call: Client) -> None:
    """Deleted messages vanish from view but not from the log; pins need the right for it."""
    chat = started(server)
    first = (await call("sendMessage", chat_id=chat.id, text="one")).result["message_id"]
    assert (await call("pinChatMessage", chat_id=chat.id, message_id=first)).result is True
    pinned = (await call("getChat", chat_id=chat.id)).result["pinned_message"]
    assert pinned["message_id"] == first
    assert (await call("deleteMessage", chat_id=chat.id, message_id=first)).result is True
    assert server.world.messages(chat) == []
    assert [send.text for send in server.world.sends(chat)] == ["one"]
    again = await call("deleteMessage", chat_id=chat.id, message_id=first)
    assert again.refusal == "Bad Request: message to delete not found"
    group = server.world.add_group("Group", supergroup=True)
    sent = (await call("sendMessage", chat_id=group.id, text="x")).result["message_id"]
    refused = await call("pinChatMessage", chat_id=group.id, message_id=sent)
    assert refused.refusal.endswith("not enough rights to manage pinned messages in the chat")


async def test_photos_by_address(server: SandboxServer, call: Client) -> None:
    """Pictures are taken by address; addresses named by the test are refused as Telegram would."""
    chat = started(server)
    url = "https://example.org/a.jpg"
    sent = await call(
        "sendPhoto", chat_id=chat.id, photo=url, caption="<i>c</i>", parse_mode="HTML"
    )
    assert sent.result["caption"] == "c"
    file_id = sent.result["photo"][0]["file_id"]
    assert (await call("sendPhoto", chat_id=chat.id, photo=file_id)).status == 200
    await call.control("photos", url=url, refusal="wrong type of the web page content")
    refused = await call("sendPhoto", chat_id=chat.id, photo=url)
    assert refused.refusal == "Bad Request: wrong type of the web page content"
    nonsense = await call("sendPhoto", chat_id=chat.id, photo="what")
    assert nonsense.refusal == "Bad Request: wrong file identifier/HTTP URL specified"
    long = await call("sendPhoto", chat_id=chat.id, photo=file_id, caption="x" * 1025)
    assert long.refusal == "Bad Request: message caption is too long"


async def test_members(server: SandboxServer, call: Client) -> None:
    """Members, administrators and their number are told as they stand."""
    world = server.world
    owner, member = world.add_user("Owner"), world.add_user("Member")
    group = world.add_group("Group", admins=[owner], members=[member], supergroup=True)

    async def status(user_id: int) -> str:
        answer = await call("getChatMember", chat_id=group.id, user_id=user_id)
        return str(answer.result["status"])

    assert await status(owner.id) == "creator"
    assert await status(member.id) == "member"
    assert await status(world.bot.id) == "member"
    world.leave(group, member)
    assert await status(member.id) == "left"
    stranger = await call("getChatMember", chat_id=group.id, user_id=4)
    assert stranger.refusal == "Bad Request: PARTICIPANT_ID_INVALID"
    admins = (await call("getChatAdministrators", chat_id=group.id)).result
    assert [admin["user"]["id"] for admin in admins] == [owner.id]
    assert (await call("getChatMemberCount", chat_id=group.id)).result == 2
    assert (await call("leaveChat", chat_id=group.id)).result is True
    gone = await call("getChat", chat_id=group.id)
    assert gone.refusal == "Forbidden: bot is not a member of the supergroup chat"


async def test_commands_per_scope(server: SandboxServer, call: Client) -> None:
    """Commands are kept per scope and language, and the narrowest is offered."""
    world = server.world
    admin = world.add_user("Admin", language="de")
    chat = world.private_chat(admin)
    every = [{"command": "start", "description": "Start"}]
    own = [{"command": "addsource", "description": "Quelle"}]
    scope = {"type": "chat", "chat_id": chat.id}
    assert (await call("setMyCommands", commands=every)).result is True
    assert (
        await call("setMyCommands", commands=own, scope=scope, language_code="de")
    ).result is True
    assert (await call("getMyCommands")).result == every
    assert (await call("getMyCommands", scope=scope)).result == []
    offered = await call.look(f"commands?chat={chat.id}&user={admin.id}")
    assert offered["commands"] == own
    await call("deleteMyCommands", scope=scope, language_code="de")
    offered = await call.look(f"commands?chat={chat.id}&user={admin.id}")
    assert offered["commands"] == every
    bad = await call("setMyCommands", commands=[{"command": "Not-ok", "description": "x"}])
    assert bad.refusal == "Bad Request: BOT_COMMAND_INVALID"


async def test_texts_about_the_bot(server: SandboxServer, call: Client) -> None:
    """Descriptions are kept per language, with the general one as fallback."""
    assert (await call("setMyDescription", description="Relays")).result is True
    await call("setMyDescription", description="Leitet weiter", language_code="de")
    assert (await call("getMyDescription", language_code="de")).result == {
        "description": "Leitet weiter"
    }
    assert (await call("getMyDescription", language_code="fr")).result == {"description": "Relays"}
    assert (await call("setMyShortDescription", short_description="x" * 121)).status == 400
    assert (await call("getMyName")).result == {"name": server.world.bot.first_name}


async def test_tokens_and_unknown_methods(call: Client) -> None:
    """401 for a wrong token, 404 for what has not the form of one and for unknown methods."""
    server = SandboxServer(token="1:right")
    async with server:
        root = server.api_root
        for path, status in (
            ("bot1:right/getMe", 200),
            ("bot1:right/GETME", 200),
            ("bot1:wrong/getMe", 401),
            ("botnonsense/getMe", 404),
            ("bot1:right/fly", 404),
        ):
            async with call.session.get(f"{root}/{path}") as response:
                assert response.status == status
                assert (await response.json())["ok"] is (status == 200)


async def test_paid_broadcasts_over_http(call: Client) -> None:
    """A message that allows to be paid for goes beyond the free number, and is counted."""
    await call.control("limits", global_per_second=1)
    people = (await call.control("bulk", count=3))["first_id"]
    assert (await call("sendMessage", chat_id=people, text="Free")).status == 200
    paid = {"text": "Paid", "allow_paid_broadcast": True}
    assert (await call("sendMessage", chat_id=people + 1, **paid)).status == 200
    assert (await call("sendMessage", chat_id=people + 2, text="Too many")).status == 429
    counters = await call.look("counters")
    assert (counters["paid"], counters["charged"]) == (1, 1)


async def test_429_over_http(call: Client) -> None:
    """Too many messages are answered 429 with the wait in header, parameters and text."""
    async with SandboxServer(limits=Limits()) as server:
        chat = started(server)
        url = f"{server.api_root}/bot{server.token}/sendMessage"
        async with call.session.post(url, json={"chat_id": chat.id, "text": "x"}) as response:
            assert response.status == 200
        async with call.session.post(url, json={"chat_id": chat.id, "text": "x"}) as response:
            assert response.status == 429
            assert response.headers["Retry-After"] == "1"
            body = await response.json()
        assert body["parameters"] == {"retry_after": 1}
        assert body["description"] == "Too Many Requests: retry after 1"
        assert len(server.world.messages(chat)) == 1


async def test_forms_carry_json_in_strings(server: SandboxServer, call: Client) -> None:
    """Form bodies, as libraries send them, mean the same as JSON bodies."""
    chat = started(server)
    form = {
        "chat_id": str(chat.id),
        "text": "x & y",
        "entities": '[{"type":"bold","offset":0,"length":1}]',
        "reply_markup": '{"inline_keyboard":[[{"text":"Go","callback_data":"go"}]]}',
        "disable_notification": "true",
    }
    url = f"{server.api_root}/bot{server.token}/sendMessage"
    async with call.session.post(url, data=form) as response:
        result = (await response.json())["result"]
    assert result["text"] == "x & y"
    assert result["entities"][0]["type"] == "bold"
    (message,) = server.world.messages(chat)
    assert message.silent
    assert message.button_texts == ["Go"]


async def test_without_history(call: Client) -> None:
    """Without history nothing but counters, ids and the compact log stays; edits are believed."""
    async with SandboxServer(limits=Limits.off(), history=False) as server:
        people = server.world.add_bulk(1000)
        url = f"{server.api_root}/bot{server.token}/"
        for text in ("one", "one", "two"):
            body = {"chat_id": people.start, "text": text}
            async with call.session.post(url + "sendMessage", json=body) as response:
                number = (await response.json())["result"]["message_id"]
        edit = {"chat_id": people.start, "message_id": number, "text": "three"}
        async with call.session.post(url + "editMessageText", json=edit) as response:
            assert response.status == 200
        assert server.counters.accepted == 3
        assert server.world.duplicates() == 1
        assert list(server.world.compact_chats) == [people.start] * 3
        assert server.world.chats == {}


def test_restricted_members_are_kept_silent() -> None:
    """A member's standing says whether it is in the chat and whether it rules there."""
    assert Member(Status.RESTRICTED).present
    assert not Member(Status.KICKED).present
    assert Member(Status.CREATOR).is_admin
