"""Who may administrate, and the record of what admins did."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands import roster
from bot.model import SourceState
from bot.sandbox.methods_bot import commands_for
from bot.store import admins
from tests.support.chat import OPERATOR_ID, Room, entry, open_room


@pytest.mark.parametrize("how", ["id", "@Name", "reply"])
async def test_somebody_is_made_an_admin(room: Room, how: str) -> None:
    """By id, by an @name the bot met, or by an answer: at once, told, with the commands."""
    reader, chat = room.person("Ada", username="Ada_Harbour")
    await room.ask(reader, chat, "/start")
    assert "do not know" in (await room.ask(reader, chat, "/pause")).text
    operator, desk = room.operator()
    place, reply_to = desk, None
    if how == "reply":
        place = room.world.add_group("Desk", admins=[operator], members=[reader])
        reply_to = room.world.say(reader, place, "hello").id
        await room.settle()
    words = {"id": str(reader.id), "@Name": "@ada_harbour", "reply": ""}[how]
    written = room.world.say(operator, place, f"/grant {words}".strip(), reply_to=reply_to)
    await room.settle()
    [answer] = room.since(place, written)
    assert f"Ada @Ada_Harbour ({reader.id}) is an admin now" in answer.text
    assert "made you an admin" in room.world.messages(chat)[-1].text
    menu = {each["command"] for each in commands_for(room.server.api, chat, reader)}
    assert "addsource" in menu
    assert "There is no source" in (await room.ask(reader, chat, "/pause")).text
    assert "/addsource" in (await room.ask(reader, chat, "/help")).text


async def test_what_was_given_is_taken_back(room: Room) -> None:
    """Commands, buttons shown before, and the menu end with it."""
    await room.add_source("Harbour Gazette", entry("One"))
    reader, chat = room.person("Ada")
    await room.ask(reader, chat, "/start")
    operator, desk = room.operator()
    await room.ask(operator, desk, f"/grant {reader.id}")
    offered = await room.ask(reader, chat, "/removesource gazette")
    assert "an admin no more" in (await room.ask(operator, desk, f"/revoke {reader.id}")).text
    notice = await room.press(reader, offered, "🗑 Remove it")
    assert "no longer works" in notice["text"]
    assert (await room.source(1)).state is SourceState.ACTIVE
    assert "do not know" in (await room.ask(reader, chat, "/pause")).text
    menu = {each["command"] for each in commands_for(room.server.api, chat, reader)}
    assert "addsource" not in menu
    assert "is no admin" in (await room.ask(operator, desk, f"/revoke {reader.id}")).text


async def test_the_admins_of_the_settings_stay(room: Room) -> None:
    """The chat can neither revoke them nor make them admins twice."""
    operator, desk = room.operator()
    assert "cannot change" in (await room.ask(operator, desk, f"/revoke {OPERATOR_ID}")).text
    assert "by the settings" in (await room.ask(operator, desk, f"/grant {OPERATOR_ID}")).text
    assert "There is no source" in (await room.ask(operator, desk, "/pause")).text


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", "Answer a message of theirs"),
        ("@nobody_here", "do not know “@nobody_here”"),
        ("-1001234567890", "do not know “-1001234567890”"),
        ("0", "do not know “0”"),
        ("<b>x</b>\u202e " + "y" * 9000, "do not know “<b>x</b>"),
        ("12 13", "do not know “12 13”"),
    ],
)
async def test_who_is_meant_must_be_clear(room: Room, words: str, expected: str) -> None:
    """Nobody is made an admin by a slip; the answer says how to name a person."""
    operator, desk = room.operator()
    assert expected in (await room.ask(operator, desk, f"/grant {words}"[:4096])).text
    async with room.db.read() as connection:
        assert await admins.listed(connection) == []


async def test_an_id_never_met(room: Room) -> None:
    """It works once that person writes; it is said so."""
    operator, desk = room.operator()
    assert "have not met them yet" in (await room.ask(operator, desk, "/grant 77")).text
    stranger = room.world.add_user("Late", user_id=77)
    chat = room.world.private_chat(stranger)
    assert "There is no source" in (await room.ask(stranger, chat, "/pause")).text


async def test_a_name_that_was_passed_on_is_not_followed(room: Room) -> None:
    """An @name that the person met under it gave up makes nobody an admin."""
    reader, chat = room.person("Ada", username="harbour")
    await room.ask(reader, chat, "/start")
    reader.username = chat.username = "quay_side"
    operator, desk = room.operator()
    assert "do not know “@harbour”" in (await room.ask(operator, desk, "/grant @harbour")).text


async def test_an_anonymous_admin_is_nobody(room: Room) -> None:
    """Who hides behind the group is no person to be made an admin."""
    operator, _desk = room.operator()
    owner = room.world.add_user("Owner")
    group = room.world.add_group("Desk", admins=[owner, operator])
    said = room.world.say(owner, group, "hello", anonymous=True).id
    await room.settle()
    written = room.world.say(operator, group, "/grant", reply_to=said)
    await room.settle()
    [answer] = room.since(group, written)
    assert "Answer a message of theirs" in answer.text


@pytest.mark.parametrize("command", ["/grant 5", "/revoke 5", "/audit"])
async def test_others_get_the_answer_of_an_unknown_command(room: Room, command: str) -> None:
    """In private as to any word that is no command; in a group nothing."""
    reader, chat = room.person()
    assert "do not know" in (await room.ask(reader, chat, command)).text
    group = room.world.add_group("Group", admins=[reader])
    assert await room.say(reader, group, command) == []


async def test_another_process_hears_of_it_within_seconds(
    database_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table is what counts: a grant and its end reach a process that did neither."""
    async with open_room(database_path) as room:
        reader, chat = room.person("Ada")
        await room.ask(reader, chat, "/start")
        async with room.db.write() as connection:
            await admins.grant(connection, reader.id, name="Ada", by=None, now=room.clock[0])
        monkeypatch.setattr(roster, "FRESH", 0.0)  # the seconds have passed
        assert "There is no source" in (await room.ask(reader, chat, "/pause")).text
        async with room.db.write() as connection:
            await admins.revoke(connection, reader.id)
        assert "do not know" in (await room.ask(reader, chat, "/pause")).text


async def test_every_deed_is_on_record(room: Room) -> None:
    """Who, when, what and to what, the newest first; the last n on demand."""
    await room.add_source("Harbour Gazette", entry("The barrier is closed"))
    operator, desk = room.operator()
    assert "No admin has done anything" in (await room.ask(operator, desk, "/audit")).text
    await room.ask(operator, desk, "/start")
    await room.ask(operator, desk, "/pause gazette")
    await room.ask(operator, desk, "/pause gazette")  # without effect
    room.clock[0] += timedelta(minutes=5)
    await room.ask(operator, desk, "/resume gazette")
    question = await room.ask(operator, desk, "/retract 1")
    await room.press(operator, question, "✖ Strike it through")
    removing = await room.ask(operator, desk, "/removesource gazette")
    await room.press(operator, removing, "🗑 Remove it")
    lines = (await room.ask(operator, desk, "/audit")).text.splitlines()[1:]
    assert [line.partition(" – ")[2] for line in lines] == [
        "source removed: #1 Harbour Gazette",
        "entry retracted: 1 The barrier is closed – strike",
        "source resumed: #1 Harbour Gazette",
        "source paused: #1 Harbour Gazette",
    ]
    assert lines[-1].startswith("2026-03-14 12:00 Operator – ")
    assert lines[0].startswith("2026-03-14 12:05 ")
    assert len((await room.ask(operator, desk, "/audit 2")).text.splitlines()) == 3
    assert "How many" in (await room.ask(operator, desk, "/audit many")).text
