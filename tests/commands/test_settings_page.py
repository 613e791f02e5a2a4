"""``/settings``: everything a chat chose, by buttons."""

from __future__ import annotations

import pytest

from bot.store import silences
from tests.support.chat import Room


@pytest.mark.parametrize(
    ("button", "following", "field"),
    [
        ("Entries: all", "Entries: key events only", ("importance", "key")),
        ("Corrections: all", "Corrections: of the meaning", ("edits", "material")),
        ("Style: full", "Style: compact", ("style", "compact")),
        ("Quiet hours: none", "Quiet hours: 22:00–07:00", ("quiet", "22:00-07:00")),
        ("Key events in them: wait, too", "Key events in them: at once", ("breaks", True)),
        ("Alerts: at once", "Alerts: every hour", ("digest", "hourly")),
        ("Threads: off", "Threads: on", ("threads", True)),
        ("Pinned key events: off", "Pinned key events: on", ("pins", True)),
        ("Same news elsewhere: once", "Same news elsewhere: again", ("duplicates", False)),
    ],
)
async def test_a_tap_goes_on_to_the_next_choice(
    room: Room, button: str, following: str, field: tuple[str, object]
) -> None:
    """It is stored, said, and stands on the button."""
    reader, chat = room.person()
    page = await room.ask(reader, chat, "/settings")
    assert (await room.press(reader, page, button))["text"] == following
    assert following in str(page.markup)
    destination = await room.destination(chat)
    assert destination is not None
    async with room.db.read() as connection:
        silence = await silences.get(connection, destination.id)
    name, value = field
    assert getattr(destination, name, getattr(silence, name, None)) == value


async def test_what_was_typed_is_shown_and_a_tap_begins_anew(room: Room) -> None:
    """Hours that no button offers stand there as they are."""
    reader, chat = room.person()
    await room.ask(reader, chat, "/quiet 21:30-05:15")
    page = await room.ask(reader, chat, "/settings")
    await room.press(reader, page, "Quiet hours: 21:30–05:15")
    assert "Quiet hours: none" in str(page.markup)


@pytest.mark.parametrize(
    ("button", "shown"), [("Topics", "Weather"), ("Language", "Deutsch"), ("Time zone", "13:00")]
)
async def test_parts_open(room: Room, button: str, shown: str) -> None:
    """Topics, language and clock have their own buttons."""
    reader, chat = room.person()
    page = await room.ask(reader, chat, "/settings")
    await room.press(reader, page, button)
    assert shown in str(page.markup)


async def test_a_forged_press_shows_the_page_again(room: Room) -> None:
    """A setting that there is not changes nothing."""
    reader, chat = room.person()
    page = await room.ask(reader, chat, "/settings")
    await room.press(reader, page, room.forge(page, "sg:99:0"))
    assert "Entries: all" in str(page.markup)
