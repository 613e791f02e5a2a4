"""The bot's ear at its start, when something it needs is away."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from bot.commands.receiver import Receiver
from bot.commands.roster import Admins
from bot.commands.services import Services
from bot.delivery.chat_pace import Rates
from bot.delivery.pacer import Pacer
from bot.delivery.telegram import HttpRequest, PacedRateLimiter
from bot.errors import StoreError
from bot.sandbox.server import SandboxServer
from bot.wording import Wording
from tests.support.chat import Room


class _AwayAtFirst(Admins):
    """Whose table cannot be read the first time."""

    refused = 0

    async def refresh(self) -> None:
        if not self.refused:
            self.refused += 1
            raise StoreError("the database broke the connection")
        await super().refresh()


def _receiver(server: SandboxServer, services: Services) -> Receiver:
    return Receiver(
        token=server.token,
        api_root=server.api_root,
        request=HttpRequest(),
        updates_request=HttpRequest(),
        limiter=PacedRateLimiter(Pacer(Rates.off())),
        services=services,
        webhook=None,
    )


async def test_each_admin_is_told_in_their_own_language(room: Room) -> None:
    """The language they chose; else the one they wrote in; else English."""
    german, german_desk = room.operator()
    await room.ask(german, german_desk, "/language de")
    world = room.world
    french = world.add_user("Bureau", user_id=41, language="fr")
    silent = world.add_user("Ufficio", user_id=42)
    french_desk, silent_desk = world.private_chat(french), world.private_chat(silent)
    admins = Admins([german.id, french.id, silent.id], room.db)
    await admins.refresh()
    admins.heard(french.id, "fr")
    receiver = _receiver(room.server, replace(room.services, admins=admins))
    await receiver.connect(listen=False)
    try:
        before = [world.messages(desk)[-1:] for desk in (german_desk, french_desk, silent_desk)]
        await receiver.report(Wording("{name} can be read again.", name="Gazette"))
        told = [world.messages(desk)[-1] for desk in (german_desk, french_desk, silent_desk)]
        assert [each.text for each in told] == [
            "⚠ Gazette ist wieder lesbar.",
            "⚠ Gazette est de nouveau lisible.",
            "⚠ Gazette can be read again.",
        ]
        assert all(each not in old for each, old in zip(told, before, strict=True))
        admins.forget()
        with suppress(StoreError):
            await room.db.close()
        await receiver.report(
            Wording("The database refuses: {reason}. Nothing is lost; it is tried on.", reason="x")
        )
        assert "verweigert sich" in world.messages(german_desk)[-1].text
    finally:
        await receiver.close()


async def test_the_menus_are_set_when_the_database_is_back(room: Room) -> None:
    """A database that is away for a moment at the start does not end the process."""
    async with SandboxServer() as server:
        admins = _AwayAtFirst([], room.db)
        receiver = _receiver(server, replace(room.services, admins=admins))
        await receiver.connect()
        try:
            menu = await receiver.bot.get_my_commands()
        finally:
            await receiver.stop()
            await receiver.close()
    assert admins.refused == 1
    assert "latest" in [command.command for command in menu]
