"""``/share``: links and QR codes."""

from __future__ import annotations

import pytest

from bot.commands.sharing import qr_code
from tests.support.chat import Room, entry


@pytest.mark.parametrize(
    ("text", "payload", "name"),
    [
        ("weather", "?start=topic_weather", "🌦 Weather"),
        ("road works", "?start=topic_road-works", "🚧 Road works"),
        ("Harbour Gazette", "?start=source_1", "Harbour Gazette"),
        ("", "", "meets me"),
        ("all", "", "meets me"),
    ],
)
async def test_a_link_and_a_picture(room: Room, text: str, payload: str, name: str) -> None:
    """The link subscribes whoever opens it; the picture says the same."""
    await room.add_source("Harbour Gazette", entry("a"))
    reader, chat = room.person()
    answer = await room.ask(reader, chat, f"/share {text}")
    bot = room.application.bot.username
    assert f"https://t.me/{bot}{payload}\n" in answer.text
    assert name in answer.text
    assert answer.photo is not None
    if payload:
        other, elsewhere = room.person("Other")
        await room.ask(other, elsewhere, f"/start {payload.partition('=')[2]}")
        assert len(await room.follows(elsewhere)) == 1


@pytest.mark.parametrize("text", ["klingons", "weather, harbour", "\u202e", "<b>"])
async def test_what_cannot_be_shared(room: Room, text: str) -> None:
    """One thing that there is must be named; the answer says how."""
    reader, chat = room.person()
    assert "/share weather" in (await room.ask(reader, chat, f"/share {text}")).text


def test_the_picture_is_a_png_that_can_be_scanned() -> None:
    """Square, large enough for a camera, with the quiet zone that scanners need."""
    picture = qr_code("https://t.me/bot?start=topic_weather")
    assert picture.startswith(b"\x89PNG")
    width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
    assert width == height
    assert width >= 300
