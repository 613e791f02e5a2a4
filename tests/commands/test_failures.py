"""What a person hears when something breaks."""

from __future__ import annotations

from typing import NoReturn

import pytest

from bot.errors import StoreError
from bot.sandbox.faults import Fault, FaultKind
from tests.support.chat import Room, entry, page


def _refusing(*_: object) -> NoReturn:
    raise StoreError("the disk is gone")


async def test_a_bug_is_told_kindly(room: Room) -> None:
    """An unexpected exception is answered with one sentence, and the next command works."""
    room.pages["x"] = ValueError("a bug")
    operator, desk = room.operator()
    answer = await room.ask(operator, desk, "/addsource x")
    assert answer.text == (
        "Something went wrong on our side, nothing was changed. Please try again."
    )
    assert "Hello" in (await room.ask(operator, desk, "/start")).text


async def test_a_broken_store_has_its_own_sentence(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that refuses is told apart, to a command and to a press, each once."""
    reader, chat = room.person()
    picker = await room.ask(reader, chat, "/topic")
    with monkeypatch.context() as patched:
        for writing in ("write", "transact"):
            patched.setattr(room.db, writing, _refusing)
        answer = await room.ask(reader, chat, "/topic weather")
        assert "My storage cannot be used right now" in answer.text
        notice = await room.press(reader, picker, "🌦 Weather")
        assert "My storage cannot be used right now" in notice["text"]
        assert notice["show_alert"]
    assert await room.follows(chat) == set()
    assert "is on" in (await room.ask(reader, chat, "/topic weather")).text


async def test_blocked_while_answering(room: Room) -> None:
    """A chat that refuses the answer is switched off, and comes back with /start."""
    reader, chat = room.person()
    await room.ask(reader, chat, "/topic weather")
    room.server.faults.add(
        Fault(
            FaultKind.REFUSE,
            times=1,
            methods=("sendMessage",),
            status=403,
            description="Forbidden: bot was blocked by the user",
        )
    )
    assert await room.say(reader, chat, "/latest") == []
    destination = await room.destination(chat)
    assert destination is not None
    assert not destination.active
    await room.ask(reader, chat, "/start")
    destination = await room.destination(chat)
    assert destination is not None
    assert destination.active


async def test_a_press_whose_query_is_too_old_still_counts(room: Room) -> None:
    """What Telegram no longer lets us answer is done all the same, and breaks nothing."""
    reader, chat = room.person()
    picker = await room.ask(reader, chat, "/topic")
    room.server.api.callback_ttl = -1
    room.world.press(reader, picker, "🌦 Weather")
    await room.settle()
    assert await room.follows(chat) == {"topic:weather"}
    assert "✅ 🌦 Weather" in picker.button_texts


async def test_a_picker_that_was_deleted(room: Room) -> None:
    """A press on a message that is gone is still answered."""
    reader, chat = room.person()
    picker = await room.ask(reader, chat, "/topic")
    press = room.world.press(reader, picker, "🌦 Weather")
    picker.deleted_at = 1.0
    await room.settle()
    assert "is on" in press.answer["text"]
    assert await room.follows(chat) == {"topic:weather"}


async def test_a_slow_page_holds_up_nobody_else(room: Room) -> None:
    """While one chat waits for an answer, another is served."""
    room.pages["x"] = page(url="https://news.example/x")
    room.server.faults.add(
        Fault(FaultKind.LATENCY, times=1, methods=("sendChatAction",), seconds=0.5)
    )
    operator, desk = room.operator()
    reader, chat = room.person()
    room.world.say(operator, desk, "/addsource x")
    room.world.say(reader, chat, "/help")
    await room.server.wait_for(chat, "/latest")
    assert not any(message.from_bot for message in room.world.messages(desk))
    await room.settle()
    assert any(message.from_bot for message in room.world.messages(desk))


async def test_formatting_that_is_refused_costs_only_the_formatting(room: Room) -> None:
    """An entry Telegram refuses as it is arrives as plain words."""
    await room.add_source("Gazette", entry("Wave"))
    reader, chat = room.person()
    await room.ask(reader, chat, "/subscribe all")
    room.server.faults.add(
        Fault(
            FaultKind.REFUSE,
            times=1,
            methods=("sendMessage",),
            status=400,
            description="Bad Request: ENTITIES_TOO_LONG",
        )
    )
    answer = await room.ask(reader, chat, "/latest")
    assert "Wave" in answer.text
    assert not [each for each in answer.entities if each["type"] == "bold"]
