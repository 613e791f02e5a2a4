"""Conversations in which somebody searches."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.markup import utf16_length
from bot.sandbox.state import Message
from tests.support.chat import Room, entry


async def filled(room: Room) -> None:
    """Two sources, twelve storms and a quay."""
    await room.add_source(
        "Harbour Gazette",
        *(
            entry(
                f"Storm {number:02}",
                minutes=10 * number + 1,
                text=f"The flood barrier number {number} is closed, says the harbour master.",
                url=f"https://news.example/storm-{number}",
            )
            for number in range(12)
        ),
        topic="weather",
    )
    await room.add_source(
        "City Desk",
        entry(
            "Quay walls", minutes=300, text="Old walls of the quay break. " * 30 + "A café opens."
        ),
        topic="harbour",
    )


def bold(message: Message) -> list[str]:
    """What stands in bold."""
    raw = message.text.encode("utf-16-le")
    return [
        raw[2 * each["offset"] : 2 * (each["offset"] + each["length"])].decode("utf-16-le")
        for each in message.entities
        if each["type"] == "bold"
    ]


async def test_hits_are_shown_with_their_words(room: Room) -> None:
    """Newest first, five on a page: time, source, linked title, the sentence with the hit."""
    await filled(room)
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/search barrier harbour")
    assert answer.text.startswith("🔎 barrier harbour · 12 entries · page 1 of 3")
    assert [line for line in answer.text.splitlines() if line.startswith("Storm")] == [
        f"Storm {number:02}" for number in range(5)
    ]
    assert "🌦 11:59 · Harbour Gazette" in answer.text
    assert "The flood barrier number 0 is closed" in answer.text
    assert bold(answer)[1:3] == ["barrier", "harbour"]
    links = [each["url"] for each in answer.entities if each["type"] == "text_link"]
    assert links[0] == "https://news.example/storm-0"
    assert answer.button_texts == ["More »"]


async def test_pages_turn_in_place_and_do_not_move(room: Room) -> None:
    """More and Back edit the message; what was written meanwhile does not shift the pages."""
    await filled(room)
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/search storm topic:weather")
    await room.add_source("Late Desk", entry("Storm late"), topic="weather")
    await room.press(reader, answer, "More »")
    assert "page 2 of 3" in answer.text
    assert "Storm 05" in answer.text
    assert "Storm 04" not in answer.text
    assert answer.button_texts == ["« Back", "More »"]
    await room.press(reader, answer, "More »")
    assert [line for line in answer.text.splitlines() if line.startswith("Storm")] == [
        "Storm 10",
        "Storm 11",
    ]
    assert answer.button_texts == ["« Back"]
    await room.press(reader, answer, "« Back")
    assert "page 2 of 3" in answer.text


async def test_a_span_counts_from_the_question(room: Room) -> None:
    """A page turned three hours later shows what the span meant when it was asked for."""
    await filled(room)
    room.world.wall = lambda: room.clock[0].timestamp()
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/search storm 2h")
    assert "12 entries" in answer.text
    room.clock[0] += timedelta(hours=3)
    later = await room.ask(reader, chat, "/search storm 2h")
    assert "Nothing I have stored" in later.text
    await room.press(reader, answer, "More »")
    assert "12 entries · page 2 of 3" in answer.text
    assert "Storm 05" in answer.text


async def test_an_old_page_without_words_says_what_to_do(room: Room) -> None:
    """A forged button, or one on a message of another kind, is answered and changes nothing."""
    await filled(room)
    reader, chat = room.person()
    other = await room.ask(reader, chat, "/help")
    before = other.text
    answer = await room.press(reader, other, room.forge(other, "h:0:1"))
    assert "/search" in answer["text"]
    assert other.text == before


@pytest.mark.parametrize("data", ["h:999999999999999999:9999", "h:0:9999", "mn:0:0"])
async def test_forged_pages_stay_inside(room: Room, data: str) -> None:
    """Numbers out of range show the last page, never an error."""
    await filled(room)
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/search storm")
    await room.press(reader, answer, room.forge(answer, data))
    assert answer.text.startswith("🔎 ")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("storm", 12),
        ("storm topic:weather", 12),
        ("storm topic:wetter", 12),
        ("storm topic:harbour", 0),
        ('storm source:"Harbour Gazette"', 12),
        ("walls source:city", 1),
        ("storm 30m", 3),
        ("storm since 11:30", 3),
        ('"barrier number"', 12),
        ('"number barrier"', 0),
        ("cafe", 1),
        ("topic:harbour", 1),
        ("today", 13),
        ("topic:harbour 1h", 0),
        ("topic:city-council", 0),
    ],
)
async def test_filters_and_spans(room: Room, text: str, count: int) -> None:
    """Topic, source and time narrow what is found, with words or without."""
    await filled(room)
    reader, chat = room.person()
    answer = await room.ask(reader, chat, f"/search {text}")
    if count:
        assert f"· {count} entr" in answer.text
    else:
        assert "Nothing" in answer.text or "no entry about" in answer.text


async def test_a_slip_is_corrected_by_a_tap(room: Room) -> None:
    """A word that no entry has brings a similar one that finds something, as a button."""
    await filled(room)
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/search barier closed")
    assert "Did you mean this?" in answer.text
    assert bold(answer)[-1] == "barrier closed"
    await room.press(reader, answer, "🔎 barrier closed")
    assert answer.text.startswith("🔎 barrier closed · 12 entries")


async def test_filters_that_hide_everything_are_told(room: Room) -> None:
    """Where only the filters exclude all, the answer says how much there is without them."""
    await filled(room)
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/search walls topic:weather 1h")
    assert "Without the filters there is 1 entry" in answer.text
    await room.press(reader, answer, "Search everywhere")
    assert answer.text.startswith("🔎 walls · 1 entry")


async def test_unknown_names_are_asked_back(room: Room) -> None:
    """A filter that names nothing says so, with what may have been meant."""
    await filled(room)
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/search storm topic:wether source:<b>nobody")
    assert "“wether”" in answer.text
    assert "Did you mean 🌦 Weather?" in answer.text
    assert "“<b>nobody”" in answer.text


@pytest.mark.parametrize("text", ["", "🌊", '""', "NEAR(", "topic:", "*" * 3000])
async def test_without_words_it_says_how(room: Room, text: str) -> None:
    """Nothing to search for: examples, and what the quotes and filters do."""
    await filled(room)
    reader, chat = room.person()
    answer = await room.ask(reader, chat, f"/search {text}")
    assert "/search" in answer.text or "Nothing I have stored" in answer.text


async def test_hostile_words_and_entries(room: Room) -> None:
    """Ten thousand characters, markup and overrides are words, within Telegram's limits."""
    hostile: dict[str, Any] = {"text": "wave <script>&amp; \u202ewave " + "wave " * 500}
    await room.add_source(
        "<i>Gazette</i>\u202e",
        *(entry("z" * 2_000 + f"<b>{n}", minutes=n + 1, id=str(n), **hostile) for n in range(9)),
    )
    reader, chat = room.person()
    for words in ("wave", "<script>", "wave " + "x" * 10_000, "' OR 1=1 --", "\u202ewave"):
        (answer,) = await room.say(reader, chat, f"/search {words}")
        assert utf16_length(answer.text) <= 4096
        assert "\u202e" not in answer.text
    answer = await room.ask(reader, chat, "/search wave")
    assert "<script>" in answer.text


async def test_anybody_in_a_group_may_turn_pages(room: Room) -> None:
    """Searching changes nothing, so everybody in a group may."""
    await filled(room)
    reader, _ = room.person()
    other, _ = room.person("Other")
    group = room.world.add_group("Harbour group", members=(reader, other))
    answer = await room.ask(reader, group, "/search storm")
    await room.press(other, answer, "More »")
    assert "page 2 of 3" in answer.text
