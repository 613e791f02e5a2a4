"""What every method works on: the world, the limits and the bot's own settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.answers import Json, too_many_requests
from bot.sandbox.limits import Limiter
from bot.sandbox.state import Chat
from bot.sandbox.webhook import Webhook
from bot.sandbox.world import World


@dataclass(slots=True)
class BotSettings:
    """What the bot said about itself.

    Attributes:
        commands: by scope (type, chat id, user id) and language.
        texts: "name", "description", "short_description" by language.
    """

    commands: dict[tuple[str, int, int, str], list[Json]] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)


@dataclass(slots=True)
class Api:
    """The parts a method needs.

    Attributes:
        callback_ttl: seconds within which a press may be answered.
    """

    world: World
    limiter: Limiter
    webhook: Webhook
    callback_ttl: float = 60.0
    settings: BotSettings = field(default_factory=BotSettings)

    def count_send(self, chat: Chat, count: int = 1, *, paid: bool = False) -> None:
        """Account for messages about to be made; `paid` as ``allow_paid_broadcast`` says.

        Raises:
            ApiError: 429.
        """
        wait = self.limiter.send(chat.id, group=chat.is_group, count=count, paid=paid)
        if wait:
            raise too_many_requests(wait)

    def count_edit(self, chat: Chat) -> None:
        """Account for an edit.

        Raises:
            ApiError: 429.
        """
        wait = self.limiter.edit(chat.id, group=chat.is_group)
        if wait:
            raise too_many_requests(wait)


Method = Callable[[Api, Json], Any | Awaitable[Any]]
