"""What admins ask about one entry."""

from __future__ import annotations

import pytest

from bot.model import Retraction
from tests.support.chat import Room, entry
from tests.support.store import stored_entry


async def test_an_entry_is_taken_back_after_a_question(room: Room) -> None:
    """It is named by its number; a button says how; chats are edited at once."""
    await room.add_source("Harbour Gazette", entry("The barrier is closed"))
    operator, desk = room.operator()
    question = await room.ask(operator, desk, "/retract 1")
    assert "Take entry 1 back in every chat" in question.text
    assert room.woken == []
    notice = await room.press(operator, question, "✖ Strike it through")
    assert "struck through in every chat" in str(notice)
    assert len(room.woken) == 1
    assert (await stored_entry(room.db, 1)).retracted is Retraction.STRIKE
    again = await room.ask(operator, desk, "/retract 1")
    await room.press(operator, again, "✖ Strike it through")
    assert "taken back already" in again.text


async def test_leaving_it_changes_nothing(room: Room) -> None:
    """The question may be put away."""
    await room.add_source("Harbour Gazette", entry("The barrier is closed"))
    operator, desk = room.operator()
    question = await room.ask(operator, desk, "/retract barrier")
    await room.press(operator, question, "Leave it")
    assert question.text == "Nothing was taken back."
    assert (await stored_entry(room.db, 1)).retracted is None


@pytest.mark.parametrize("command", ["/retract", "/why"])
async def test_where_it_is_not_clear_it_is_asked(room: Room, command: str) -> None:
    """Words that several entries hold, words that none holds, no words at all."""
    await room.add_source("Harbour Gazette", entry("The tide rises"), entry("The tide falls"))
    operator, desk = room.operator()
    several = await room.ask(operator, desk, f"{command} tide")
    assert several.text == "Which one?"
    assert len(several.buttons) == 2
    assert "no entry “volcano”" in (await room.ask(operator, desk, f"{command} volcano")).text
    assert "Which entry?" in (await room.ask(operator, desk, command)).text


async def test_why_tells_what_became_of_an_entry(room: Room) -> None:
    """When it was seen, what it belongs to, and what this chat got of it."""
    await room.add_source("Harbour Gazette", entry("The barrier is closed"))
    operator, desk = room.operator()
    answer = await room.ask(operator, desk, "/why 1")
    assert "Entry 1 of Harbour Gazette" in answer.text
    assert "seen and stored" in answer.text
    assert "Never queued: it stood on the page when the source was added" in answer.text


@pytest.mark.parametrize("command", ["/retract 1", "/why 1"])
async def test_others_get_the_answer_of_an_unknown_command(room: Room, command: str) -> None:
    """Nobody learns that there is such a command."""
    reader, chat = room.person()
    assert "do not know" in (await room.ask(reader, chat, command)).text
