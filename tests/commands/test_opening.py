"""An admin asks for the dashboard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.store import web_keys
from tests.support.chat import NOW, OPERATOR_ID, Room, open_room


async def test_it_says_which_setting_is_missing(room: Room) -> None:
    """No link that leads nowhere."""
    operator, desk = room.operator()
    assert "cannot be reached" in (await room.ask(operator, desk, "/dashboard")).text


async def test_a_link_of_ones_own(database_path: Path) -> None:
    """In private; its key opens the dashboard for that admin, once."""
    async with open_room(
        database_path, adapt=lambda s: replace(s, web_address=lambda: "https://relay.example.org")
    ) as room:
        operator, desk = room.operator()
        answer = await room.ask(operator, desk, "/dashboard")
        [[button]] = answer.buttons
        assert button["url"].startswith("https://relay.example.org/dashboard/enter?key=")
        key = button["url"].partition("key=")[2]
        async with room.db.write() as connection:
            assert await web_keys.use(connection, key, NOW) == OPERATOR_ID
            assert await web_keys.use(connection, key, NOW) is None
        group = room.world.add_group("Desk", admins=[operator])
        assert "private chat only" in (await room.ask(operator, group, "/dashboard")).text
        reader, chat = room.person()
        assert "do not know" in (await room.ask(reader, chat, "/dashboard")).text
