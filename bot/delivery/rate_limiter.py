"""Puts what the commands send under the same pace as the alerts, before them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Coroutine
from typing import Any

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.delivery.pacer import Pacer
from bot.delivery.telegram_errors import retry_seconds

LONGEST_RETRY = 30.0  # seconds a reply is held back after a 429; beyond, nobody waits any more
_PACED = ("send", "edit", "copy", "forward")
_FREE = frozenset(("sendChatAction",))


class PacedRateLimiter(BaseRateLimiter[int]):
    """python-telegram-bot's rate limiter on our pacer.

    Whatever makes or changes a message in a chat waits for its turn as urgent; everything else
    goes straight through.

    Args:
        pacer: shared with the sender of alerts.
    """

    __slots__ = ("_pacer",)

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer

    async def initialize(self) -> None:
        """Nothing to do."""

    async def shutdown(self) -> None:
        """Nothing to do."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,  # part of the interface
    ) -> Any:
        """Make the request in its turn; once more after a 429 that asks for a short wait."""
        chat = data.get("chat_id")
        if chat is None or not endpoint.startswith(_PACED) or endpoint in _FREE:
            return await callback(*args, **kwargs)
        chat_id, group = _identify(chat)
        for last in (False, True):
            slot = await self._pacer.slot(
                chat_id,
                group=group,
                urgent=True,
                edit=endpoint.startswith("edit"),
                hold=True,
                count=_messages(endpoint, data),
            )
            # The library does not tell when the request leaves; a late answer corrects this.
            slot.left()
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                wait = retry_seconds(error)
                self._pacer.flooded(chat_id, wait, group=group)
                if last or wait > LONGEST_RETRY:
                    raise
            finally:
                slot.close()
        raise AssertionError  # the second round returns or raises


def _messages(endpoint: str, data: dict[str, Any]) -> int:
    """How many messages a request makes: an album counts each picture."""
    return max(1, len(data.get("media") or ())) if endpoint == "sendMediaGroup" else 1


def _identify(chat: int | str) -> tuple[int, bool]:
    """The chat's id, and whether it is a group or channel: their ids are negative."""
    try:
        chat_id = int(chat)
    except ValueError:  # an @name, which only groups and channels have
        return -zlib.crc32(chat.lower().encode()), True  # type: ignore[union-attr]  # an int converts
    return chat_id, chat_id < 0
