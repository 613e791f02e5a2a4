"""An admin looks at the sources as a tree, and at each on a page of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.commands.source_pages import dot
from bot.model import SourceState
from bot.store import schema, sources, topics
from tests.support.chat import NOW, Room, entry, open_room, page

URL = "https://news.example/live"


async def fails(room: Room, source_id: int, times: int) -> None:
    """So many polls of a source failed."""
    async with room.db.write() as connection:
        for number in range(times):
            await sources.mark_failed(
                connection,
                source_id,
                error="news.example answered with the status 503.",
                now=NOW + timedelta(minutes=number),
                next_poll_at=NOW + timedelta(minutes=number + 1),
            )


async def topics_of(room: Room, source_id: int) -> list[str]:
    """The topics that every entry of a source belongs to."""
    async with room.db.read() as connection:
        chosen = await topics.of_source(connection, source_id)
        return [each.slug for each in await topics.listed(connection) if each.id in chosen]


async def test_the_tree_shows_how_each_is(room: Room) -> None:
    """Found live blogs stand below their section, each with its dot and its entries an hour."""
    parent = await room.add_source("Gazette live")
    child = await room.add_source("Storm", entry("One"), entry("Two"))
    await room.add_source("Radio", state=SourceState.PAUSED)
    await room.add_source("Wire")
    async with room.db.write() as connection:
        table = schema.sources
        await connection.execute(
            table.update().where(table.c.id == child.id).values(parent_id=parent.id)
        )
    await fails(room, 4, 3)
    operator, desk = room.operator()
    tree = await room.ask(operator, desk, "/sources")
    lines = tree.text.splitlines()
    assert lines[1].startswith("🟢 #1 Gazette live")
    assert lines[2].startswith("└ 🟢 #2 Storm")
    assert lines[2].endswith("2/h")
    assert lines[3].startswith("⚪ #3 Radio")
    assert lines[4].startswith("🔴 #4 Wire")
    assert tree.button_texts == ["🟢 #1 Gazette live", "🟢 #2 Storm", "⚪ #3 Radio", "🔴 #4 Wire"]


async def test_many_are_on_pages(room: Room) -> None:
    """Twelve on each; the buttons turn them."""
    for number in range(14):
        await room.add_source(f"S{number}")
    operator, desk = room.operator()
    tree = await room.ask(operator, desk, "/sources")
    assert "(1 of 2)" in tree.text
    await room.press(operator, tree, "More »")
    assert tree.button_texts == ["🟢 #13 S12", "🟢 #14 S13", "« Back"]


async def test_the_page_of_a_source(room: Room) -> None:
    """What it holds, what failed in words, and buttons that poll, pause and resume it there."""
    await room.add_source("Gazette", entry("One"))
    await fails(room, 1, 2)
    operator, desk = room.operator()
    tree = await room.ask(operator, desk, "/sources")
    await room.press(operator, tree, "🟡 #1 Gazette")
    for part in (
        "🟡 #1 Gazette",
        "1 entry stored, 1 in the last hour",
        "Read as schemaorg",
        "It failed 2 times in a row",
        "news.example answered with the status 503.",
    ):
        assert part in tree.text
    notice = await room.press(operator, tree, "⏸ Pause")
    assert "Gazette is paused" in notice["text"]
    assert tree.text.startswith("⚪ #1 Gazette")
    await room.press(operator, tree, "▶️ Resume")
    assert (await room.source(1)).state is SourceState.ACTIVE
    await room.press(operator, tree, "🔄 Poll")
    assert len(room.woken) == 2
    await room.press(operator, tree, "« All sources")
    assert tree.button_texts == ["🟡 #1 Gazette"]
    await room.press(operator, tree, "🟡 #1 Gazette")
    await room.press(operator, tree, "🗑 Remove")
    assert "for good?" in tree.text
    await room.press(operator, tree, "🗑 Remove it")
    assert (await room.source(1)).state is SourceState.REMOVED


async def test_a_source_gets_another_name(room: Room) -> None:
    """The answer to the question is it; an answer to anything else, or of a reader, is not."""
    await room.add_source("Gazette")
    operator, desk = room.operator()
    tree = await room.ask(operator, desk, "/sources")
    await room.press(operator, tree, "🟢 #1 Gazette")
    await room.press(operator, tree, "✏️ Rename")
    question = room.world.messages(desk)[-1]
    assert question.text.startswith("✏️ #1 Gazette")
    answer = await room.ask(operator, desk, "<b>Harbour</b>\u202e Gazette", reply_to=question.id)
    assert "#1 is called <b>Harbour</b> Gazette from now on" in answer.text
    assert (await room.source(1)).name == "<b>Harbour</b> Gazette"
    own = room.world.say(operator, desk, "✏️ #1 mine")
    await room.settle()
    await room.say(operator, desk, "Forged", reply_to=own.id)
    assert (await room.source(1)).name == "<b>Harbour</b> Gazette"


async def test_all_entries_of_a_source_get_a_topic(room: Room) -> None:
    """From the page: at once for the last day, without an alert, and for what comes."""
    await room.add_source("Gazette", entry("The ferry is late"))
    operator, desk = room.operator()
    tree = await room.ask(operator, desk, "/sources")
    await room.press(operator, tree, "🟢 #1 Gazette")
    await room.press(operator, tree, "🏷 Topics")
    await room.press(operator, tree, "⚓ Harbour")
    assert "✅ ⚓ Harbour" in tree.button_texts
    assert await topics_of(room, 1) == ["harbour"]
    async with room.db.read() as connection:
        assert await connection.scalar(sa.select(schema.entry_topics.c.topic_id)) is not None
        assert await connection.scalar(sa.select(sa.func.count(schema.fanouts.c.id))) == 0
    await room.press(operator, tree, "« Done")
    assert "All its entries belong to: ⚓ Harbour" in tree.text
    await room.press(operator, tree, "🏷 Topics")
    await room.press(operator, tree, "✅ ⚓ Harbour")
    assert await topics_of(room, 1) == []


async def test_the_topics_of_a_proposal_outlive_a_restart(database_path: Path) -> None:
    """They are chosen below the preview, and kept when another process confirms it."""
    async with open_room(database_path) as room:
        room.pages[URL] = page(entry("Wave"))
        operator, desk = room.operator()
        summary = (await room.say(operator, desk, f"/addsource {URL}"))[-1]
        assert summary.button_texts == ["✅ Watch it", "Cancel", "🏷 Topics of all its entries"]
        text = summary.text
        await room.press(operator, summary, "🏷 Topics of all its entries")
        await room.press(operator, summary, "🌦 Weather")
        await room.press(operator, summary, "« Done")
        assert summary.text == text
        data = summary.buttons[0][0]["callback_data"]
    async with open_room(database_path) as room:
        operator, desk = room.operator()
        message = await room.ask(operator, desk, "/help")
        await room.press(operator, message, room.forge(message, data))
        assert (await room.source(1)).state is SourceState.ACTIVE
        assert await topics_of(room, 1) == ["weather"]
        async with room.db.write() as connection:
            await sources.remove(connection, 1)
        assert await topics_of(room, 1) == []


async def test_readers_see_the_plain_list(room: Room) -> None:
    """No buttons for them, nor for anybody in a group; forged ones do nothing."""
    await room.add_source("Gazette")
    reader, chat = room.person()
    shown = await room.ask(reader, chat, "/sources")
    assert shown.buttons == []
    for data in ("xo:1:0", "xu:1:0", "xh:1:1", "xn:1:0"):
        notice = await room.press(reader, shown, room.forge(shown, data))
        assert "no longer works" in notice["text"]
    assert (await room.source(1)).state is SourceState.ACTIVE


@pytest.mark.parametrize("data", ["xo:77:0", "xu:77:0", "xh:77:1", "xg:77:0", "xn:77:0", "xi:77:0"])
async def test_a_page_of_nothing(room: Room, data: str) -> None:
    """An admin's forged or old button leads nowhere."""
    operator, desk = room.operator()
    message = await room.ask(operator, desk, "/help")
    notice = await room.press(operator, message, room.forge(message, data))
    assert "no longer works" in notice["text"]


async def test_health_dots(room: Room) -> None:
    """Doubtful: one failure, never polled, or long overdue because nobody polls."""
    source = await room.add_source("Gazette")
    assert dot(source, NOW) == "🟢"
    assert dot(replace(source, failures=1), NOW) == "🟡"
    assert dot(replace(source, last_polled_at=None), NOW) == "🟡"
    assert dot(source, NOW + timedelta(minutes=10)) == "🟡"
    assert dot(replace(source, state=SourceState.ENDED), NOW) == "⚪"
