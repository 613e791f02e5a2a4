"""An admin makes, changes and removes topics in the chat."""

from __future__ import annotations

import sqlalchemy as sa

from bot.model import Topic
from bot.store import schema, topics
from tests.support.chat import SECOND_OPERATOR_ID, Room, entry

STORM = '/addtopic storms storm flood "high water" -sport emoji=🌊'


async def stored(room: Room, slug: str) -> Topic | None:
    """A topic as it is offered now."""
    async with room.db.read() as connection:
        return await topics.by_slug(connection, slug)


async def tagged(room: Room, slug: str) -> list[str]:
    """The titles of the entries that belong to a topic."""
    topic = await stored(room, slug)
    assert topic is not None
    async with room.db.read() as connection:
        return list(
            await connection.scalars(
                sa.select(schema.entries.c.title)
                .join(schema.entry_topics, schema.entry_topics.c.entry_id == schema.entries.c.id)
                .where(schema.entry_topics.c.topic_id == topic.id)
                .order_by(schema.entries.c.id)
            )
        )


async def news(room: Room) -> None:
    """Four entries, two of them about a storm."""
    await room.add_source(
        "Harbour Gazette",
        entry("Storm nears the pier"),
        entry("High water at noon"),
        entry("Storm of goals in the sport hall"),
        entry("The ferry is late"),
    )


async def test_a_new_topic_is_tried_on_what_came(room: Room) -> None:
    """How many of the last entries match, with examples; nothing is saved before the press."""
    await news(room)
    operator, desk = room.operator()
    shown = await room.ask(operator, desk, STORM)
    for part in (
        "New topic: 🌊 Storms (storms)",
        "any of: storm, flood, high water",
        "none of: sport",
        "It matches 2 of the last 4 entries.",
        "• Storm nears the pier",
        "• High water at noon",
    ):
        assert part in shown.text
    assert "goals" not in shown.text
    assert await stored(room, "storms") is None
    await room.press(operator, shown, "✅ Save it")
    assert "2 entries of the last day belong to it" in shown.text
    topic = await stored(room, "storms")
    assert topic is not None
    assert topic.origin == "admin"
    assert await tagged(room, "storms") == ["Storm nears the pier", "High water at noon"]
    assert shown.buttons == []


async def test_nobody_is_sent_what_came_before(room: Room) -> None:
    """Tagging the past makes no work for the sender."""
    await news(room)
    operator, desk = room.operator()
    await room.press(operator, await room.ask(operator, desk, STORM), "✅ Save it")
    async with room.db.read() as connection:
        for table in (schema.fanouts, schema.deliveries):
            assert await connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0


async def test_two_presses_save_once(room: Room) -> None:
    """A double tap, a press of another admin, a press after "Cancel": the first one counts."""
    operator, desk = room.operator()
    second, _desk = room.operator(SECOND_OPERATOR_ID)
    shown = await room.ask(operator, desk, STORM)
    presses = [room.world.press(operator, shown, "✅ Save it") for _ in range(2)]
    await room.settle()
    assert presses[0].answer["text"] == "✅ Saved."
    assert "is saved already" in presses[1].answer["text"]
    other = await room.ask(operator, desk, "/addtopic tides tide")
    first = room.world.press(operator, other, "Cancel")
    late = room.world.press(second, other, "✅ Save it")
    await room.settle()
    assert first.answer["text"] == "Nothing was changed."
    assert "cancelled" in late.answer["text"]
    assert await stored(room, "tides") is None


async def test_other_words_from_then_on(room: Room) -> None:
    """/edittopic shows a line to copy; sent back with other words it re-tags the last day."""
    await news(room)
    operator, desk = room.operator()
    await room.press(operator, await room.ask(operator, desk, STORM), "✅ Save it")
    as_it_is = await room.ask(operator, desk, "/edittopic storms")
    line = '/edittopic storms storm flood "high water" -sport emoji=🌊 name="Storms"'
    assert line in as_it_is.text
    changed = await room.ask(operator, desk, "/edittopic storms ferry name=Ferries")
    assert "It matches 1 of the last 4 entries." in changed.text
    await room.press(operator, changed, "✅ Save it")
    assert await tagged(room, "storms") == ["The ferry is late"]
    topic = await stored(room, "storms")
    assert topic is not None
    assert (topic.emoji, topic.names["en"]) == ("🌊", "Ferries")


async def test_removing_asks_first(room: Room) -> None:
    """It says who follows it, and they are let go with it."""
    operator, desk = room.operator()
    await room.press(operator, await room.ask(operator, desk, STORM), "✅ Save it")
    reader, chat = room.person()
    await room.ask(reader, chat, "/topic storms")
    question = await room.ask(operator, desk, "/removetopic storms")
    assert "1 chat follows it." in question.text
    await room.press(operator, question, "Keep it")
    assert await stored(room, "storms") is not None
    question = await room.ask(operator, desk, "/removetopic storms")
    await room.press(operator, question, "🗑 Remove it")
    assert await stored(room, "storms") is None
    assert await room.follows(chat) == set()


async def test_topics_of_the_file_are_left_alone(room: Room) -> None:
    """They are changed where they stand; the answer says so."""
    operator, desk = room.operator()
    for command in ("/edittopic weather snow", "/removetopic weather"):
        assert "stands in the topics file" in (await room.ask(operator, desk, command)).text
    assert "already" in (await room.ask(operator, desk, "/addtopic weather snow")).text
    listed = (await room.ask(operator, desk, "/edittopic")).text
    assert "From the file, and changed there: weather, harbour" in listed


async def test_slips_are_named(room: Room) -> None:
    """The word that is wrong stands in the answer, hostile or not; nothing is changed."""
    operator, desk = room.operator()
    assert "“*” has no letters" in (await room.ask(operator, desk, "/addtopic tides *")).text
    assert "needs at least one word" in (await room.ask(operator, desk, "/addtopic tides")).text
    assert "There is no topic nope" in (await room.ask(operator, desk, "/removetopic nope")).text
    assert "Send a short name" in (await room.ask(operator, desk, "/addtopic")).text
    hostile = await room.ask(operator, desk, "/addtopic <b>x</b>\u202e storm")
    assert "cannot be a topic's short name" in hostile.text
    assert "\u202e" not in hostile.text


async def test_others_cannot(room: Room) -> None:
    """Neither by command nor by a forged button."""
    reader, chat = room.person()
    for command in ("/addtopic a b", "/edittopic a", "/removetopic a"):
        assert "do not know" in (await room.ask(reader, chat, command)).text
    operator, desk = room.operator()
    shown = await room.ask(operator, desk, STORM)
    data = shown.buttons[0][0]["callback_data"]
    message = await room.ask(reader, chat, "/help")
    notice = await room.press(reader, message, room.forge(message, data))
    assert "no longer works" in notice["text"]
    assert await stored(room, "storms") is None
