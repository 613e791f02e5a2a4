"""In which order updates are handled: in turn within a chat, side by side between chats.

A slow command (reading a pasted page, an answer that waits for Telegram's limit of one chat) holds
up only its own chat.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any

import structlog
from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.store.precedence import Precedence

MAX_CONCURRENT = 1024  # updates held at once, most of them waiting for their turn
MAX_WAITING = 30  # messages and presses of one chat; a person who writes more is not answered
log = structlog.get_logger(__name__)


class PerChatProcessor(BaseUpdateProcessor):
    """For ``ApplicationBuilder.concurrent_updates``.

    Args:
        precedence: held while a person waits for an answer.
        max_concurrent: updates held at once.
    """

    __slots__ = ("_locks", "_precedence", "_waiting")

    def __init__(self, precedence: Precedence, max_concurrent: int = MAX_CONCURRENT) -> None:
        super().__init__(max_concurrent)
        self._precedence = precedence
        self._locks: dict[int, asyncio.Lock] = {}
        self._waiting: dict[int, int] = {}

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Handle an update when those of its chat that came before are done."""
        chat_id = _chat_of(update)
        if chat_id is None:
            with self._precedence.held():
                await coroutine
            return
        waiting = self._waiting.get(chat_id, 0)
        if waiting >= MAX_WAITING and _can_be_dropped(update):
            log.info("update dropped: too many wait", chat=chat_id)
            if isinstance(coroutine, Coroutine):
                coroutine.close()
            return
        self._waiting[chat_id] = waiting + 1
        try:
            async with self._locks.setdefault(chat_id, asyncio.Lock()):
                with self._precedence.held():
                    await coroutine
        finally:
            self._waiting[chat_id] -= 1
            if not self._waiting[chat_id]:
                del self._waiting[chat_id], self._locks[chat_id]


def _chat_of(update: object) -> int | None:
    if not isinstance(update, Update) or update.effective_chat is None:
        return None
    return update.effective_chat.id


def _can_be_dropped(update: object) -> bool:
    """Whether losing the update loses no fact: comings, goings and migrations must be known."""
    if not isinstance(update, Update):
        return False
    message = update.effective_message
    if update.callback_query is not None:
        return True
    return update.my_chat_member is None and bool(message and getattr(message, "text", None))
