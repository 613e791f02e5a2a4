"""A chat asks to be forgotten."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store import schema
from tests.support.chat import Room


async def rows(room: Room, table: sa.Table) -> int:
    """How many rows a table has."""
    async with room.db.read() as connection:
        return int(await connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


async def test_a_person_is_forgotten_after_a_question(room: Room) -> None:
    """Nothing before the press; after it no row of the chat, and a second press is harmless."""
    reader, chat = room.person("Ada", username="ada_harbour")
    await room.ask(reader, chat, "/topic weather")
    question = await room.ask(reader, chat, "/forget")
    assert "cannot be brought back" in question.text
    assert await room.follows(chat) == {"topic:weather"}
    presses = [room.world.press(reader, question, "🗑 Forget everything") for _ in range(2)]
    await room.settle()
    assert [press.answer["text"] for press in presses] == ["✅ Erased."] * 2
    assert "I know nothing of this chat any more" in question.text
    assert await rows(room, schema.chats) == 0
    assert await rows(room, schema.subscriptions) == 0
    assert "Hello" in (await room.ask(reader, chat, "/start")).text


async def test_it_can_be_thought_better_of(room: Room) -> None:
    """A press on “Keep it” erases nothing."""
    reader, chat = room.person()
    await room.ask(reader, chat, "/topic weather")
    question = await room.ask(reader, chat, "/forget")
    await room.press(reader, question, "Keep it")
    assert question.text == "Nothing was erased."
    assert await room.follows(chat) == {"topic:weather"}


async def test_in_a_group_only_its_admins(room: Room) -> None:
    """Neither the command nor the button of another works."""
    owner = room.world.add_user("Owner")
    member = room.world.add_user("Member")
    group = room.world.add_group("Harbour", admins=[owner], members=[member])
    await room.ask(owner, group, "/topic weather")
    assert "Only the admins of this group" in (await room.ask(member, group, "/forget")).text
    question = await room.ask(owner, group, "/forget")
    assert "whole chat" in question.text
    notice = await room.press(member, question, "🗑 Forget everything")
    assert "Only the admins" in notice["text"]
    assert await room.follows(group) == {"topic:weather"}
    await room.press(owner, question, "🗑 Forget everything")
    assert await rows(room, schema.chats) == 0


async def test_an_admin_hears_what_stays(room: Room) -> None:
    """The right to administrate is no part of the chat."""
    operator, desk = room.operator()
    await room.ask(operator, desk, "/topic weather")
    question = await room.ask(operator, desk, "/forget")
    await room.press(operator, question, "🗑 Forget everything")
    assert "That you are an admin" in question.text
    assert "There is no source" in (await room.ask(operator, desk, "/pause")).text
