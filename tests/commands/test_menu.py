"""The menu of commands Telegram's apps show."""

from __future__ import annotations

from bot.commands.handlers import ADMIN as ADMIN_HANDLERS
from bot.commands.handlers import CHANGING, OPEN
from bot.commands.menu import ADMIN, PUBLIC, READING, publish_menu
from bot.sandbox.methods_bot import commands_for
from tests.support.chat import OPERATOR_ID, Room


def shown(room: Room, chat: object, user: object) -> set[str]:
    """The commands an app suggests to a person in a chat."""
    found = commands_for(room.server.api, chat, user)  # type: ignore[arg-type] # the sandbox's own
    return {command["command"] for command in found}


async def test_each_sees_what_is_for_them(room: Room) -> None:
    """Readers, group members, group admins and the bot's admins each get their own menu."""
    reader, chat = room.person()
    operator, desk = room.operator()
    owner, member = room.world.add_user("Owner"), room.world.add_user("Member")
    group = room.world.add_group("Group", admins=[owner], members=[member])
    await publish_menu(room.application.bot, room.services.admins)
    assert shown(room, chat, reader) >= {"topic", "latest", "stop", "help"}
    assert "addsource" not in shown(room, chat, reader)
    assert shown(room, desk, operator) >= {"topic", "addsource", "removesource"}
    assert shown(room, group, member) == set(READING)
    assert shown(room, group, owner) >= {"topic", "subscribe", "stop"}


async def test_an_admin_who_starts_later_gets_the_menu_then(room: Room) -> None:
    """An admin unknown to the bot does not break publishing; their /start completes it."""
    await publish_menu(room.application.bot, [OPERATOR_ID])
    operator, desk = room.operator()
    assert "addsource" not in shown(room, desk, operator)
    await room.say(operator, desk, "/start")
    assert "addsource" in shown(room, desk, operator)


def test_every_command_with_a_handler_is_known_by_name() -> None:
    """The names that are suggested are exactly those that are handled."""
    public = {name for names in (*CHANGING, *OPEN) for name in names}
    admin = {name for names in ADMIN_HANDLERS for name in names}
    assert set(PUBLIC) == public
    assert set(ADMIN) == admin
