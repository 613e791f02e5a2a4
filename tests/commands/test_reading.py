"""Conversations in which somebody reads."""

from __future__ import annotations

import re

import pytest

from bot.model import SourceState
from bot.sandbox.markup import utf16_length
from tests.support.chat import Room, entry


async def filled(room: Room) -> None:
    """Two sources with entries about two topics."""
    await room.add_source(
        "Harbour Gazette",
        *(entry(f"Storm {number:02}", minutes=2 * number) for number in range(15)),
        topic="weather",
    )
    await room.add_source(
        "City Desk",
        *(entry(f"Quay {number:02}", minutes=2 * number + 1) for number in range(15)),
        topic="harbour",
    )


def titles(text: str) -> list[str]:
    """The entries in a list, as they stand."""
    return re.findall(r"(?:Storm|Quay) \d\d", text)


async def test_latest_of_everything_says_that_nothing_is_on(room: Room) -> None:
    """A chat that follows nothing gets the newest of all, and a hint."""
    await filled(room)
    reader, chat = room.person()
    listed, hint = await room.say(reader, chat, "/latest")
    assert titles(listed.text) == ["Storm 00", "Quay 00", "Storm 01", "Quay 01", "Storm 02"]
    assert "/topic" in hint.text


async def test_latest_shows_what_the_chat_follows(room: Room) -> None:
    """Only entries of the chat's topics, newest first, five of them."""
    await filled(room)
    reader, chat = room.person()
    await room.ask(reader, chat, "/topic harbour")
    listed = await room.ask(reader, chat, "/latest")
    assert titles(listed.text) == [f"Quay {number:02}" for number in range(5)]


@pytest.mark.parametrize(
    ("text", "count", "first"),
    [
        ("3", 3, "Storm 00"),
        ("1", 1, "Storm 00"),
        ("20", 20, "Storm 00"),
        ("٣", 3, "Storm 00"),
        ("weather", 5, "Storm 00"),
        ("harbour 2", 2, "Quay 00"),
        ("2 harbour", 2, "Quay 00"),
        ("7 wetter", 7, "Storm 00"),
        ("hafen", 5, "Quay 00"),
        ("city desk 4", 4, "Quay 00"),
        ("weather, harbour 6", 6, "Storm 00"),
        ("harbour 3 harbour gazette", 3, "Storm 00"),
        ("2 city desk", 2, "Quay 00"),
    ],
)
async def test_latest_counts_and_names(room: Room, text: str, count: int, first: str) -> None:
    """Number and name in either order, of a topic or a source."""
    await filled(room)
    reader, chat = room.person()
    answers = await room.say(reader, chat, f"/latest {text}")
    found = titles("\n".join(answer.text for answer in answers))
    assert len(found) == count
    assert found[0] == first


@pytest.mark.parametrize("text", ["21", "999999999999", "9" * 3000, "1000 weather harbour"])
async def test_more_than_twenty_is_twenty_and_said(room: Room, text: str) -> None:
    """A large number gives 20 entries and says that this is the most."""
    await filled(room)
    reader, chat = room.person()
    answers = await room.say(reader, chat, f"/latest {text}")
    assert len(titles("\n".join(answer.text for answer in answers))) == 20
    assert "at most 20" in answers[-1].text


@pytest.mark.parametrize("text", ["0", "-3", "–3", "10**9", "3.5", "½", "0 weather", "1e3"])
async def test_an_unusable_number_is_explained(room: Room, text: str) -> None:
    """The number is repeated, and the answer says what works."""
    await filled(room)
    reader, chat = room.person()
    answer = await room.ask(reader, chat, f"/latest {text}")
    assert text.split()[0] in answer.text
    assert "Ask for 1 to 20" in answer.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc", "I know nothing called “abc”."),
        ("wether", "Did you mean 🌦 Weather?"),
        ("wether", "/latest weather"),
        ("<b>x", "“<b>x”"),
        ("ha", "could be"),
    ],
)
async def test_an_unknown_name_is_asked_back(room: Room, text: str, expected: str) -> None:
    """What is not known or not clear is said, with what may have been meant."""
    await filled(room)
    await room.add_source("Hall report", url="https://news.example/hall")
    reader, chat = room.person()
    assert expected in (await room.ask(reader, chat, f"/latest {text}")).text


async def test_latest_of_an_empty_topic(room: Room) -> None:
    """A topic without entries is named, not answered with silence."""
    await filled(room)
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/latest road works")
    assert "no entry about 🚧 Road works" in answer.text


async def test_latest_before_anything_is_watched(room: Room) -> None:
    """An empty bot says why there is nothing."""
    reader, chat = room.person()
    assert "no live blog is being watched" in (await room.ask(reader, chat, "/latest")).text


async def test_hostile_entries_stay_words(room: Room) -> None:
    """Titles with markup, overrides and 10,000 characters are shown as words, within limits."""
    hostile = (
        "<b>bold</b><script>alert(1)</script>",
        "\u202egnp.exe \u2066",
        "z" * 10_000,
        "&amp; {name} %s 😀",
    )
    await room.add_source(
        "<i>Gazette</i> & \u202eSons",
        *(entry(title, minutes=number, id=str(number)) for number, title in enumerate(hostile)),
    )
    reader, chat = room.person()
    for command in ("/latest 20", "/sources", "/status", "/subscribe <i>gazette</i> & sons"):
        for answer in await room.say(reader, chat, command):
            assert utf16_length(answer.text) <= 4096
            assert "\u202e" not in answer.text
    shown = await room.say(reader, chat, "/latest")
    assert "<b>bold</b><script>" in shown[0].text


async def test_sources_says_how_each_goes(room: Room) -> None:
    """Running, paused and failing sources are told apart, each with its address."""
    await room.add_source("Gazette", entry("One"))
    await room.add_source("Desk", entry("Two"), state=SourceState.PAUSED)
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/sources")
    assert "🟢 Gazette – last looked at 0 s ago" in answer.text
    assert "⏸ Desk – paused" in answer.text
    links = [each["url"] for each in answer.entities if each["type"] == "text_link"]
    assert links == ["https://news.example/0", "https://news.example/1"]


async def test_a_great_many_sources_fit(room: Room) -> None:
    """A hundred sources with long names come in several messages, none lost."""
    for number in range(100):
        await room.add_source(f"Source number {number} " + "x" * 80)
    reader, chat = room.person()
    answers = await room.say(reader, chat, "/sources")
    text = "\n".join(answer.text for answer in answers)
    assert len(answers) > 1
    assert all(f"Source number {number} " in text for number in range(100))


async def test_sources_of_an_empty_bot(room: Room) -> None:
    """A reader hears that nothing is watched; an admin hears how to change that."""
    reader, chat = room.person()
    answer = await room.ask(reader, chat, "/sources")
    assert "No live blog is being watched" in answer.text
    assert "/addsource" not in answer.text
    operator, desk = room.operator()
    assert "/addsource" in (await room.ask(operator, desk, "/sources")).text


async def test_help_lists_what_this_person_can_do(room: Room) -> None:
    """Admin commands stand in an admin's private help only."""
    reader, chat = room.person()
    operator, desk = room.operator()
    group = room.world.add_group("Harbour watch", admins=[operator])
    assert "/addsource" not in (await room.ask(reader, chat, "/help")).text
    assert "/addsource" in (await room.ask(operator, desk, "/help")).text
    assert "/addsource" not in (await room.ask(operator, group, "/help")).text
