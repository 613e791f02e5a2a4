"""An admin tells every chat something."""

from __future__ import annotations

from pathlib import Path

import pytest
from telegram import Chat, Message, MessageEntity

from bot.commands import announcing
from bot.commands.announcing import duration, words_of
from bot.sandbox.state import Message as Shown
from bot.store import announcements
from bot.store.announcements import Announcement, Outcome, Result, State
from tests.support.chat import NOW, Room, open_room

WORDS = "/announce The service moves on Sunday."


async def shown(room: Room, text: str = WORDS) -> Shown:
    """The question below the preview."""
    operator, desk = room.operator()
    return (await room.say(operator, desk, text))[-1]


async def stands(room: Room, number: int = 1) -> Announcement | None:
    """The row."""
    async with room.db.read() as connection:
        return await announcements.get(connection, number)


async def two_readers(room: Room) -> None:
    """Two chats that can be told."""
    for name in ("Ada", "Ben"):
        reader, chat = room.person(name)
        await room.ask(reader, chat, "/start")


async def test_it_is_shown_before_it_goes_out(room: Room) -> None:
    """As it will look, with how many chats and how long; nothing is begun before the press."""
    await two_readers(room)
    operator, desk = room.operator()
    preview, question = await room.say(operator, desk, WORDS)
    assert preview.text == "The service moves on Sunday."
    assert "This goes to 2 chats, in about 1 s, behind the alerts." in question.text
    assert await stands(room) is None
    notice = await room.press(operator, question, "📣 Send it")
    assert notice["text"] == "📣 On its way."
    assert question.text.startswith("📣 Being sent: 0 of 2")
    assert question.button_texts == ["✋ Stop"]
    found = await stands(room)
    assert found is not None
    assert (found.text, found.total, found.state) == (preview.text, 2, State.RUNNING)
    assert (found.telegram_id, found.message_id) == (desk.id, question.id)


async def test_two_presses_tell_once(room: Room) -> None:
    """A double tap begins one announcement."""
    await two_readers(room)
    question = await shown(room)
    operator, _desk = room.operator()
    presses = [room.world.press(operator, question, "📣 Send it") for _ in range(2)]
    await room.settle()
    assert "on its way already" in presses[1].answer["text"]
    assert await stands(room, 2) is None


async def test_it_can_be_thought_better_of(room: Room) -> None:
    """Before it goes out nobody is told; under way no more chats are."""
    await two_readers(room)
    operator, _desk = room.operator()
    question = await shown(room)
    await room.press(operator, question, "Cancel")
    assert question.text == "Cancelled: nobody was told."
    assert await stands(room) is None
    question = await shown(room)
    await room.press(operator, question, "📣 Send it")
    presses = [room.world.press(operator, question, "✋ Stop") for _ in range(2)]
    await room.settle()
    assert "no more chats" in presses[0].answer["text"]
    assert "over already" in presses[1].answer["text"]
    found = await stands(room)
    assert found is not None
    assert found.state is State.CANCELLED


async def test_the_message_shows_how_it_goes(room: Room) -> None:
    """Progress with a button, then the report without one."""
    await two_readers(room)
    operator, _desk = room.operator()
    question = await shown(room)
    await room.press(operator, question, "📣 Send it")
    async with room.db.write() as connection:
        batch, _left = await announcements.next_batch(connection, 1, 10, NOW)
        first, second = (each.destination_id for each in batch)
        await announcements.record(connection, 1, {first: Result(Outcome.SENT)}, NOW)
        half = await announcements.get(connection, 1)
        await announcements.record(connection, 1, {second: Result(Outcome.BLOCKED, "blocked")}, NOW)
        await announcements.finish(connection, 1, NOW)
        whole = await announcements.get(connection, 1)
    assert half is not None
    assert whole is not None
    await announcing.show(room.application.bot, half)
    assert question.text.startswith("📣 Being sent: 1 of 2\n▰▰▰▰▰▰▰▰▰▰▱")
    assert question.button_texts == ["✋ Stop"]
    await announcing.show(room.application.bot, whole)
    assert question.text.startswith("✅ Announced: 2 of 2\nsent 1, failed 0, blocked 1")
    assert question.buttons == []


async def test_a_restart_between_preview_and_press(database_path: Path) -> None:
    """What was shown is a row: another process sends it."""
    async with open_room(database_path) as room:
        await two_readers(room)
        data = (await shown(room)).buttons[0][0]["callback_data"]
    async with open_room(database_path) as room:
        operator, desk = room.operator()
        message = await room.ask(operator, desk, "/help")
        await room.press(operator, message, room.forge(message, data))
        found = await stands(room)
    assert found is not None
    assert found.text == "The service moves on Sunday."


async def test_nothing_to_say_and_nobody_to_tell(room: Room) -> None:
    """Each is told, with what to do."""
    operator, desk = room.operator()
    assert "Write behind /announce" in (await room.ask(operator, desk, "/announce")).text
    assert "no chat yet" in (await room.ask(operator, desk, WORDS)).text


async def test_others_cannot(room: Room) -> None:
    """Neither by command nor by a forged button."""
    reader, chat = room.person()
    assert "do not know" in (await room.ask(reader, chat, WORDS)).text
    await two_readers(room)
    data = (await shown(room)).buttons[0][0]["callback_data"]
    message = await room.ask(reader, chat, "/help")
    notice = await room.press(reader, message, room.forge(message, data))
    assert "no longer works" in notice["text"]
    assert await stands(room) is None


def message(text: str, *entities: MessageEntity, **more: object) -> Message:
    """A message as Telegram gives it."""
    return Message(1, NOW, Chat(1, "private"), text=text, entities=entities, **more)  # type: ignore[arg-type] # the test's own


def test_formatting_is_kept() -> None:
    """Counted in UTF-16 units from the first letter behind the command, cut where that begins."""
    text = "/announce  🌊 high *tide\n\nnow"
    given = message(
        text,
        MessageEntity("bot_command", 0, 9),
        MessageEntity("bold", 0, 18),
        MessageEntity("text_link", 19, 5, url="https://news.example/"),
        MessageEntity("hashtag", 19, 5),
    )
    out = words_of(given)
    assert out is not None
    assert out.text == "🌊 high *tide\n\nnow"
    assert [(each.type, each.offset, each.length, each.url) for each in out.entities] == [
        ("bold", 0, 7, None),
        ("text_link", 8, 5, "https://news.example/"),
    ]


def test_a_message_that_is_answered_is_announced() -> None:
    """With its own formatting; what stands behind the command counts more."""
    answered = message("Low tide", MessageEntity("italic", 0, 3))
    command = MessageEntity("bot_command", 0, 9)
    out = words_of(message("/announce", command, reply_to_message=answered))
    assert out is not None
    assert (out.text, out.entities[0].type) == ("Low tide", "italic")
    both = words_of(message("/announce now", command, reply_to_message=answered))
    assert both is not None
    assert both.text == "now"
    assert words_of(message("/announce ", command)) is None


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.03, "1 s"), (80, "80 s"), (200, "3 min"), (9000, "2.5 h"), (4e6, "1,111.1 h")],
)
def test_durations(seconds: float, expected: str) -> None:
    """In the unit a person would choose."""
    assert duration(seconds, "en") == expected
