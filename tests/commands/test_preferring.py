"""How a chat wants its alerts."""

from __future__ import annotations

import pytest

from bot.store import chats
from tests.support.chat import Room


@pytest.mark.parametrize(
    ("command", "answer", "name", "value"),
    [
        ("/edits none", "none is shown", "edits", "none"),
        ("/edits MATERIAL", "change the meaning", "edits", "material"),
        ("/threads on", "Threads are on", "threads", True),
        ("/pins on", "Pins are on", "pins", True),
    ],
)
async def test_a_choice_is_kept_and_said(
    room: Room, command: str, answer: str, name: str, value: object
) -> None:
    """The answer tells what it means; asked without a word, the command tells it again."""
    reader, chat = room.person()
    assert answer in (await room.ask(reader, chat, command)).text
    async with room.db.read() as connection:
        found = await chats.find(connection, chat.id, None)
    assert found is not None
    assert getattr(found, name) == value
    assert answer in (await room.ask(reader, chat, command.split()[0])).text


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("/edits some", "“some” is none of the choices"),
        ("/threads maybe", "“maybe” is neither on nor off: /threads on"),
        ("/edits", "all are shown"),
        ("/threads", "Threads are off"),
        ("/pins", "Pins are off"),
    ],
)
async def test_what_is_no_choice_is_answered_and_changes_nothing(
    room: Room, command: str, answer: str
) -> None:
    """A wrong word is named with the right ones; no word tells what is so."""
    reader, chat = room.person()
    assert answer in (await room.ask(reader, chat, command)).text
    async with room.db.read() as connection:
        assert await chats.find(connection, chat.id, None) is None
