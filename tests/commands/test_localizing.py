"""The language and the clock of a chat."""

from __future__ import annotations

import pytest

from bot.commands.localizing import CITIES
from bot.commands.silencing import find_zone
from bot.sandbox.methods_bot import commands_for
from bot.store import chats
from tests.support.chat import Room


@pytest.mark.parametrize("text", ["de", "Deutsch", "DEUTSCH", "deut"])
async def test_a_language_by_its_name(room: Room, text: str) -> None:
    """By code or by its own name; the chat keeps it."""
    reader, chat = room.person(language="fr")
    await room.ask(reader, chat, f"/language {text}")
    async with room.db.read() as connection:
        (found,) = await chats.of_chat(connection, chat.id)
    assert found.language == "de"


async def test_a_language_by_a_tap(room: Room) -> None:
    """Each language stands there by its own name; the menu of the chat follows."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/language")
    await room.press(reader, answer, "Polski")
    async with room.db.read() as connection:
        (found,) = await chats.of_chat(connection, chat.id)
    assert found.language == "pl"
    assert commands_for(room.server.api, chat, reader)


@pytest.mark.parametrize("text", ["klingon", "x", "\u202e", "po"])
async def test_another_language_is_refused_with_those_there_are(room: Room, text: str) -> None:
    """The word is named, the languages are buttons."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, f"/language {text}")
    assert "I do not speak" in answer.text
    assert "Deutsch" in str(answer.markup)


async def test_the_clock_by_two_taps(room: Room) -> None:
    """First the time it is, then, where several places share it, the place."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/timezone")
    assert "it is 12:00 now" in answer.text
    await room.press(reader, answer, "13:00")
    await room.press(reader, answer, "Berlin")
    destination = await room.destination(chat)
    assert destination is not None
    assert destination.timezone == "Europe/Berlin"
    assert "13:00" in answer.text


async def test_a_time_that_only_one_place_has_needs_one_tap(room: Room) -> None:
    """Nobody chooses among one."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/timezone")
    await room.press(reader, answer, "17:45")
    destination = await room.destination(chat)
    assert destination is not None
    assert destination.timezone == "Asia/Kathmandu"


@pytest.mark.parametrize("data", ["ck:99999:0", "ct:9999:0", "lg:99:0", "ck:0:0"])
async def test_forged_presses_change_nothing(room: Room, data: str) -> None:
    """A number that no button has shows the buttons again."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/timezone")
    await room.press(reader, answer, room.forge(answer, data))
    assert answer.markup
    assert await room.destination(chat) is None


def test_every_city_is_a_zone() -> None:
    """The places offered are names that any machine knows."""
    assert [find_zone(city)[0] for city in CITIES] == list(CITIES)
