"""The bot's ear at its start, when something it needs is away."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.receiver import Receiver
from bot.commands.roster import Admins
from bot.delivery.chat_pace import Rates
from bot.delivery.pacer import Pacer
from bot.delivery.telegram import AiohttpRequest, PacedRateLimiter
from bot.errors import StoreError
from bot.sandbox.server import SandboxServer
from tests.support.chat import Room


class _AwayAtFirst(Admins):
    """Whose table cannot be read the first time."""

    refused = 0

    async def refresh(self) -> None:
        if not self.refused:
            self.refused += 1
            raise StoreError("the database broke the connection")
        await super().refresh()


async def test_the_menus_are_set_when_the_database_is_back(room: Room) -> None:
    """A database that is away for a moment at the start does not end the process."""
    async with SandboxServer() as server:
        admins = _AwayAtFirst([], room.db)
        receiver = Receiver(
            token=server.token,
            api_root=server.api_root,
            request=AiohttpRequest(),
            updates_request=AiohttpRequest(),
            limiter=PacedRateLimiter(Pacer(Rates.off())),
            services=replace(room.services, admins=admins),
            webhook=None,
        )
        await receiver.connect()
        try:
            menu = await receiver.bot.get_my_commands()
        finally:
            await receiver.stop()
            await receiver.close()
    assert admins.refused == 1
    assert "latest" in [command.command for command in menu]
