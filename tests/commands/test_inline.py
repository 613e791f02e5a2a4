"""Somebody types ``@bot words`` in another chat."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.markup import utf16_length
from bot.sandbox.state import User
from tests.support.chat import Room, entry


async def filled(room: Room) -> None:
    """Twenty-five storms and a long entry."""
    await room.add_source(
        "Harbour Gazette",
        *(
            entry(
                f"Storm {n:02}",
                minutes=n + 1,
                url=f"https://news.example/{n}",
                key_event=n == 0,
            )
            for n in range(25)
        ),
        entry("Report", minutes=90, text="The quay is long. " * 900, url="https://news.example/r"),
        topic="weather",
    )


async def offered(room: Room, user: User, words: str, offset: str = "") -> dict[str, Any]:
    """What is offered."""
    query = room.world.ask_inline(user, words, offset)
    await room.settle()
    answer: dict[str, Any] | None = query.answer
    assert answer is not None, "the query was never answered"
    return answer


async def test_entries_to_share(room: Room) -> None:
    """Each is the alert as it would be sent: words with formatting, source, link button."""
    await filled(room)
    reader, _ = room.person()
    answer = await offered(room, reader, "storm topic:weather")
    assert len(answer["results"]) == 10
    first = answer["results"][0]
    assert first["title"] == "❗ Storm 00"
    assert first["description"].startswith("11:59 · Harbour Gazette · Storm 00, says")
    content = first["input_message_content"]
    assert "Harbour Gazette" in content["message_text"]
    assert "Storm 00, says the harbour master." in content["message_text"]
    assert any(each["type"] == "bold" for each in content["entities"])
    button = first["reply_markup"]["inline_keyboard"][0][0]
    assert button["url"] == "https://news.example/0"


async def test_pages_go_to_the_end_and_do_not_move(room: Room) -> None:
    """Every hit comes once, also when something new arrives while somebody scrolls."""
    await filled(room)
    reader, _ = room.person()
    seen: list[str] = []
    offset, first = "", True
    while offset or first:
        answer = await offered(room, reader, "storm", offset)
        seen += [each["title"] for each in answer["results"]]
        offset = answer["next_offset"]
        if first:
            await room.add_source("Late Desk", entry("Storm late"))
        first = False
    assert [title.removeprefix("❗ ") for title in seen] == [f"Storm {n:02}" for n in range(25)]


async def test_without_words_the_newest(room: Room) -> None:
    """Nothing typed yet: the newest entries."""
    await filled(room)
    reader, _ = room.person()
    answer = await offered(room, reader, "")
    assert answer["results"][0]["title"] == "❗ Storm 00"


async def test_a_long_entry_is_one_message(room: Room) -> None:
    """What would be several messages is shortened to one, with its link."""
    await filled(room)
    reader, _ = room.person()
    (result,) = (await offered(room, reader, "quay long"))["results"]
    content = result["input_message_content"]
    assert utf16_length(content["message_text"]) <= 4096
    assert result["reply_markup"]["inline_keyboard"][0][0]["url"] == "https://news.example/r"


@pytest.mark.parametrize(
    ("words", "offset"),
    [
        ("🌊", ""),
        ("topic:nothing storm", ""),
        ("absent", ""),
        ('" OR * NEAR(', ""),
        ("storm", "5.9999"),
        ("x" * 256, ""),
    ],
)
async def test_nothing_to_offer(room: Room, words: str, offset: str) -> None:
    """An empty answer, never none."""
    await filled(room)
    reader, _ = room.person()
    assert (await offered(room, reader, words, offset))["results"] == []


async def test_a_forged_offset_begins_anew(room: Room) -> None:
    """What is no offset of ours is the beginning."""
    await filled(room)
    reader, _ = room.person()
    answer = await offered(room, reader, "storm", "';--")
    assert answer["results"][0]["title"] == "❗ Storm 00"


async def test_only_the_last_of_fast_letters_is_answered(room: Room) -> None:
    """Somebody who types on is offered what the last letters mean; nobody else waits for that."""
    await filled(room)
    reader, _ = room.person()
    other, _ = room.person("Other")
    typed = [room.world.ask_inline(reader, "storm"[:length]) for length in range(1, 6)]
    theirs = room.world.ask_inline(other, "quay")
    await room.settle()
    assert typed[-1].answer is not None
    assert len(typed[-1].answer["results"]) == 10
    assert sum(each.answer is not None for each in typed) < len(typed)
    assert theirs.answer is not None
