"""What no command knows."""

from __future__ import annotations

import pytest

from bot.sandbox.views import chat_view
from tests.support.chat import Room

ADMIN_COMMANDS = ("addsource", "pause", "resume", "removesource", "poll")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("/lates", "/latest"),
        ("/topik weather", "/topic"),
        ("/LATST", "/latest"),
        ("/unsubscrib all", "/unsubscribe"),
        ("/hlep", "/help"),
    ],
)
async def test_a_slip_gets_a_suggestion(room: Room, text: str, meant: str) -> None:
    """A mistyped command is answered with the one that was meant."""
    reader, chat = room.person()
    assert f"Did you mean {meant}?" in (await room.ask(reader, chat, text)).text


async def test_a_command_like_none_gets_the_help(room: Room) -> None:
    """No guess where nothing is similar."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/qqqqq")
    assert answer.text == "I do not know /qqqqq. /help shows what I can do."


@pytest.mark.parametrize("command", ADMIN_COMMANDS)
async def test_an_admin_command_is_unknown_to_others(room: Room, command: str) -> None:
    """Byte for byte the answer of an unknown command, and no admin command is ever suggested."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, f"/{command} https://news.example/live")
    swapped = command[:-1] + "q"  # as similar to the public commands, and surely unknown
    unknown = await room.ask(reader, chat, f"/{swapped} https://news.example/live")
    for admin in ADMIN_COMMANDS:
        assert f"mean /{admin}" not in answer.text
        assert f"mean /{admin}" not in unknown.text
    assert answer.text.startswith(f"I do not know /{command}.")
    assert answer.text.endswith("/help shows what I can do.")
    assert not answer.buttons
    assert await room.say(reader, chat, f"/{command}") != []


async def test_the_same_word_gets_the_same_answer_before_and_after_it_exists(room: Room) -> None:
    """A non-admin cannot tell an admin command from a word that is none."""
    reader, chat = room.person()
    real = await room.ask(reader, chat, "/poll")
    made_up = await room.ask(reader, chat, "/pxll")
    assert real.text.replace("poll", "…") == made_up.text.replace("pxll", "…")


async def test_an_admin_is_reminded_of_admin_commands(room: Room) -> None:
    """To an admin the suggestion may be one of theirs."""
    operator, desk = room.operator()
    assert "Did you mean /addsource?" in (await room.ask(operator, desk, "/adsource")).text


@pytest.mark.parametrize("text", ["hello", "weather", "<b>x</b>", "5", "x" * 4096, "😀"])
async def test_plain_words_get_a_hint(room: Room, text: str) -> None:
    """Words in private are answered with what to do instead."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, text)
    assert "/topic" in answer.text
    assert "/help" in answer.text


async def test_another_bots_command_in_private_is_left_alone(room: Room) -> None:
    """A command for another bot is not for this one."""
    reader, chat = room.person()
    assert await room.say(reader, chat, "/start@otherbot") == []


@pytest.mark.parametrize(
    "data",
    [
        "",
        "x",
        "t:1",
        "t:abc:0",
        "t:-1:0",
        "t:1:0:0",
        "zz:1:0",
        "w:1:0",  # an admin's button
        "ry:1:0",
        "ps:1:0",
        "t:" + "9" * 60,
        "\u202et:1:0",
        "🌦" * 16,
    ],
)
async def test_forged_data_gets_a_clear_answer(room: Room, data: str) -> None:
    """Data no button of this person's carries changes nothing and is answered, as a box."""
    source = await room.add_source("Gazette")
    reader, chat = room.person()
    message = await room.ask(reader, chat, "/topic")
    notice = await room.press(reader, message, room.forge(message, data))
    assert notice["show_alert"]
    assert "no longer works" in notice["text"]
    assert await room.follows(chat) == set()
    assert (await room.source(source.id)).state == "active"


@pytest.mark.parametrize("data", ["t:999:0", "s:999:0", "a:5:0", "t:999999999999999999:9999"])
async def test_forged_numbers_lead_nowhere(room: Room, data: str) -> None:
    """A toggle of something that does not exist is refused, and the list renewed."""
    reader, chat = room.person()
    message = await room.ask(reader, chat, "/topic")
    notice = await room.press(reader, message, room.forge(message, data))
    assert "no longer offered" in notice["text"]
    assert "🌦 Weather" in message.button_texts
    assert await room.follows(chat) == set()


async def test_a_button_whose_message_is_too_old_to_be_seen(room: Room) -> None:
    """Of an inaccessible message only its chat is known: that is enough outside forums."""
    reader, chat = room.person()
    owner = room.world.add_user("Owner")
    forum = room.world.add_group("Forum", admins=[owner], forum=True)
    for place, user in ((chat, reader), (forum, owner)):
        message = await room.ask(user, place, "/topic")
        press = room.world.press(user, message, "🌦 Weather")
        update = room.world.updates.waiting[-1]["callback_query"]
        # https://core.telegram.org/bots/api#inaccessiblemessage: its date is always 0
        update["message"] = {"chat": chat_view(place), "message_id": message.id, "date": 0}
        await room.settle()
        assert press.answer is not None
    assert await room.follows(chat) == {"topic:weather"}
    assert await room.follows(forum) == set()
