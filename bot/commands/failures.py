"""What happens when a handler fails: it is logged, and the person is told."""

from __future__ import annotations

import structlog
from telegram import Message, Update
from telegram.error import ChatMigrated, Forbidden, TelegramError

from bot.commands import reply
from bot.commands.conversation import Context
from bot.commands.place import place_of
from bot.commands.reply import Notice, say
from bot.commands.services import Services
from bot.commands.texts import Translate
from bot.errors import LiveRelayError, StoreError
from bot.locales import translation
from bot.store import chats

log = structlog.get_logger(__name__)


class FailureHandler:
    """The application's error handler.

    A chat that shut the bot out is switched off; a chat that moved is followed.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, update: object, context: Context) -> None:
        """Log what a handler raised, and answer the person who caused it."""
        error = context.error
        given = update if isinstance(update, Update) else None
        chat = given.effective_chat if given else None
        try:
            if chat is not None and isinstance(error, Forbidden):
                log.info("shut out of a chat", chat=chat.id, reason=str(error))
                await self._switch_off(chat.id, str(error))
                return
            if chat is not None and isinstance(error, ChatMigrated):
                await self._follow(chat.id, error.new_chat_id)
                return
            log.error("a command failed", chat=chat.id if chat else None, exc_info=error)
            if given is not None:
                await self._tell(given, context, error)
        except (TelegramError, LiveRelayError) as second:
            log.warning("a failure could not be told", reason=str(second))

    async def _switch_off(self, chat_id: int, reason: str) -> None:
        now = self._services.now()
        async with self._services.db.write() as connection:
            await chats.switch_off_chat(connection, chat_id, reason=reason, now=now)

    async def _follow(self, old_id: int, new_id: int) -> None:
        async with self._services.db.write() as connection:
            await chats.migrate(connection, old_id, new_id)

    async def _tell(self, update: Update, context: Context, error: Exception | None) -> None:
        user = update.effective_user
        text = failure_text(error, translation((user and user.language_code) or ""))
        if update.callback_query is not None:
            await reply.notify(update.callback_query, Notice(text, alert=True))
        elif isinstance(update.effective_message, Message) and update.my_chat_member is None:
            await reply.send(context.bot, place_of(update.effective_message), say(text))


def failure_text(error: Exception | None, translate: Translate) -> str:
    """What a person is told about a failure: what happened and what to do."""
    _ = translate
    if isinstance(error, StoreError):
        return _(
            "My storage cannot be used right now, so nothing was changed. "
            "Please try again in a few minutes."
        )
    if isinstance(error, TelegramError):
        return _("Telegram did not take my whole answer. /status shows what is on here.")
    return _("Something went wrong on our side, nothing was changed. Please try again.")
