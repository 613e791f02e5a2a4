"""Conversations in which somebody catches up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.markup import utf16_length
from bot.sandbox.state import Chat
from bot.store import reads
from tests.support.chat import NOW, Room, entry

LONG = "The harbour master says that ships wait outside and that the {n}th wave was the highest."


async def filled(room: Room) -> None:
    """Two live blogs: one with a key event, one without."""
    await room.add_source(
        "City Desk",
        entry("Quay walls break", minutes=20),
        entry("", minutes=30, id="untitled", text="A café on the quay opens again."),
        topic="harbour",
    )
    await room.add_source(
        "Harbour Gazette",
        entry("Storm ahead", minutes=100),
        entry(
            "Barrier closed",
            minutes=50,
            text="The flood barrier is closed. Nobody may pass.",
            key_event=True,
            url="https://news.example/barrier",
        ),
        topic="weather",
    )


async def read_at(room: Room, chat: Chat) -> object:
    """Up to where a chat has read."""
    destination = await room.destination(chat)
    if destination is None:
        return None
    async with room.db.read() as connection:
        return await reads.last_read_at(connection, destination.id)


async def test_what_happened_by_live_blog(room: Room) -> None:
    """Live blogs with key events first, key events in full and first, then headlines in order."""
    await filled(room)
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/catchup")
    assert answer.text == (
        "Since 00:00 · 4 entries\n\n"
        "🌦 Harbour Gazette · 2 entries\n"
        "❗ 11:10 Barrier closed. The flood barrier is closed. Nobody may pass.\n"
        "10:20 Storm ahead\n\n"
        "⚓ City Desk · 2 entries\n"
        "11:30 A café on the quay opens again.\n"
        "11:40 Quay walls break"
    )
    links = [each["url"] for each in answer.entities if each["type"] == "text_link"]
    assert links == ["https://news.example/barrier"]


async def test_it_goes_on_where_it_ended(room: Room) -> None:
    """A second one shows only what came since, also what was published shortly before."""
    await filled(room)
    reader, chat = room.person()
    await room.ask(reader, chat, "/catchup")
    assert await read_at(room, chat) == NOW
    assert "Nothing new since 12:00" in (await room.ask(reader, chat, "/catchup")).text
    room.clock[0] += timedelta(minutes=10)
    await room.add_source(
        "Late Desk", entry("Late words", minutes=5), entry("New words", minutes=-5)
    )
    room.clock[0] += timedelta(minutes=1)
    answer = await room.ask(reader, chat, "/catchup")
    assert answer.text.startswith("Since 12:00 · 2 entries")
    assert "Late words" in answer.text


async def test_only_what_is_followed(room: Room) -> None:
    """A chat that chose topics catches up on these."""
    await filled(room)
    reader, chat = room.person()
    await room.ask(reader, chat, "/topic harbour")
    answer = await room.ask(reader, chat, "/catchup")
    assert "City Desk" in answer.text
    assert "Gazette" not in answer.text


@pytest.mark.parametrize(
    ("text", "count"),
    [("1h", 3), ("25m", 1), ("since 11:35", 1), ("today", 4), ("seit 11:00", 3), ("2 hours", 4)],
)
async def test_spans(room: Room, text: str, count: int) -> None:
    """A span shows what was written in it; the mark stays where something is left out."""
    await filled(room)
    reader, chat = room.person()
    await room.ask(reader, chat, "/topic weather harbour")
    answer = await room.ask(reader, chat, f"/catchup {text}")
    assert f"· {count} entr" in answer.text


async def test_a_short_span_leaves_the_mark_until_the_press(room: Room) -> None:
    """Reading the last minutes is not reading everything, unless the chat says so."""
    await filled(room)
    reader, chat = room.person()
    await room.ask(reader, chat, "/catchup")
    room.clock[0] += timedelta(hours=4)
    await room.add_source("Desk", entry("Evening", minutes=-200))
    answer = await room.ask(reader, chat, "/catchup 1h")
    assert await read_at(room, chat) == NOW
    assert answer.button_texts == ["Caught up ✓"]
    notice = await room.press(reader, answer, "Caught up ✓")
    assert "16:00" in notice["text"]
    assert answer.button_texts == []
    assert await read_at(room, chat) == NOW + timedelta(hours=4)


async def test_latest_moves_the_mark(room: Room) -> None:
    """Who looked at the newest entries has read up to there."""
    await filled(room)
    reader, chat = room.person()
    await room.ask(reader, chat, "/topic weather harbour")
    await room.ask(reader, chat, "/latest")
    assert await read_at(room, chat) == NOW


@pytest.mark.parametrize("command", ["/latest", "/catchup"])
async def test_what_could_not_be_shown_is_not_read(room: Room, command: str) -> None:
    """An answer that did not arrive leaves the mark where it was, and the next one shows it."""
    await filled(room)
    reader, chat = room.person()
    await room.ask(reader, chat, "/topic weather harbour")
    await room.say(reader, chat, command)
    assert await read_at(room, chat) == NOW
    room.clock[0] += timedelta(minutes=10)
    await room.add_source("Late Desk", entry("New words", minutes=-5), topic="weather")
    room.clock[0] += timedelta(minutes=1)
    refuse = Fault(
        FaultKind.REFUSE,
        methods=("sendMessage",),
        status=403,
        description="Forbidden: bot was blocked by the user",
    )
    room.server.faults.add(refuse)
    await room.say(reader, chat, command)
    room.server.faults.clear()
    assert await read_at(room, chat) == NOW
    assert "New words" in (await room.ask(reader, chat, "/catchup")).text
    assert await read_at(room, chat) == NOW + timedelta(minutes=11)


async def test_a_long_absence_is_summed_up_in_a_few_messages(room: Room) -> None:
    """Hundreds of entries: a summary for each live blog, three messages, the rest by a button."""
    for number in range(40):
        await room.add_source(
            f"Desk {number:02}",
            *(
                entry(
                    f"Wave {number}-{each}",
                    minutes=each + 1,
                    text=LONG.format(n=each),
                    key_event=each % 4 == 0,
                    url=f"https://news.example/{number}/{each}",
                )
                for each in range(20)
            ),
        )
    reader, chat = room.person()
    first = await room.say(reader, chat, "/catchup")
    assert len(first) == 3
    assert all(utf16_length(each.text) <= 4096 for each in first)
    assert first[-1].button_texts == ["More »", "Caught up ✓"]
    assert "In short:" in first[0].text
    assert await read_at(room, chat) is None
    seen = list(first)
    while "More »" in seen[-1].button_texts:
        last = seen[-1]
        await room.press(reader, last, "More »")
        assert last.button_texts == []
        more = room.since(chat, last)
        assert 1 <= len(more) <= 3
        seen += more
    text = "\n".join(each.text for each in seen)
    assert all(text.count(f"Desk {number:02} · 20 entries") == 1 for number in range(40))
    assert await read_at(room, chat) == NOW


async def test_a_double_tap_brings_the_next_messages_once(room: Room) -> None:
    """Two taps on More in a row are one."""
    for number in range(30):
        await room.add_source(
            f"Desk {number:02}",
            *(
                entry(f"{number}-{each}", minutes=each + 1, text=LONG.format(n=each))
                for each in range(12)
            ),
        )
    reader, chat = room.person()
    first = await room.say(reader, chat, "/catchup")
    presses = [room.world.press(reader, first[-1], "More »") for _ in range(2)]
    await room.settle()
    assert all(press.answer is not None for press in presses)
    following = room.since(chat, first[-1])
    assert 1 <= len(following) <= 3
    assert len({each.text for each in following}) == len(following)


@pytest.mark.parametrize("text", ["soon", "-3h", "25:99", "<b>", "x" * 3000])
async def test_what_cannot_be_read_is_explained(room: Room, text: str) -> None:
    """Anything else is repeated, with what works."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, f"/catchup {text}")
    assert "no stretch of time" in answer.text
    assert "/catchup 2h" in answer.text


@pytest.mark.parametrize("data", ["cu:0:0", "cd:999999999999999999:0", "cd:1:1"])
async def test_forged_buttons(room: Room, data: str) -> None:
    """A stretch of time that cannot be ours changes nothing."""
    await filled(room)
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/catchup")
    notice = await room.press(reader, answer, room.forge(answer, data))
    assert "/catchup" in notice["text"]
    assert await read_at(room, chat) == NOW
