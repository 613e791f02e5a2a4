"""Receives what people send: connects to Telegram, by long polling or by webhook.

Telegram need not be there at the start: connecting is tried for ever, and said once. Updates of
one chat are handled in order, those of different chats side by side.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import structlog
from telegram import Bot, Update
from telegram.error import (
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)
from telegram.ext import Application, BaseRateLimiter
from telegram.request import BaseRequest

from bot.commands.handlers import publish_menu, register
from bot.commands.processor import PerChatProcessor
from bot.commands.services import Services
from bot.errors import StoreError, TokenError
from bot.wording import Wording

ALLOWED_UPDATES = [
    "message",
    "channel_post",
    "callback_query",
    "inline_query",
    "my_chat_member",
]
RETRY_AT_MOST = 30.0  # seconds between tries to reach Telegram
MAX_TOLD = 4000  # characters
CONFLICT_AGAIN = 300.0  # seconds before another word about a second receiver

log = structlog.get_logger(__name__)

_UNKNOWN_BOT = (
    "telegram.token: Telegram does not know this token. Copy it again from @BotFather "
    "(/mybots, API Token); it looks like 123456789:AbC…"
)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram is asked to send updates.

    Attributes:
        url: the public address.
        path: its path, which our web server answers.
        secret: what Telegram repeats with every update.
    """

    url: str
    path: str
    secret: str

    @classmethod
    def of(cls, url: str, secret: str, token: str) -> Webhook:
        """The webhook of a public address; without a secret one is made from the token."""
        made = hashlib.sha256(f"webhook {token}".encode()).hexdigest()
        return cls(url, urlsplit(url).path or "/", secret or made)


class Receiver:
    """The bot's ear: an ``Application`` of python-telegram-bot with our commands.

    Args:
        token: the bot's token.
        api_root: address of the Bot API server.
        request: transport for everything but long polling.
        updates_request: transport for long polling.
        limiter: paces what commands send.
        services: for the commands.
        webhook: None for long polling.
    """

    def __init__(
        self,
        *,
        token: str,
        api_root: str,
        request: BaseRequest,
        updates_request: BaseRequest,
        limiter: BaseRateLimiter[Any],
        services: Services,
        webhook: Webhook | None,
    ) -> None:
        self._services = services
        self._webhook = webhook
        self._application: Application[Any, Any, Any, Any, Any, Any] = (
            Application.builder()
            .token(token)
            .base_url(f"{api_root}/bot")
            .base_file_url(f"{api_root}/file/bot")
            .request(request)
            .get_updates_request(updates_request)
            .rate_limiter(limiter)
            .concurrent_updates(PerChatProcessor(services.db.precedence))
            .build()
        )
        register(self._application, services)
        self._conflict_said = -CONFLICT_AGAIN
        self._started = False
        self.username = ""

    @property
    def bot(self) -> Bot:
        """The bot, for calls outside commands."""
        bot: Bot = self._application.bot
        return bot

    async def connect(self, *, listen: bool = True) -> None:
        """Connect, however long it takes; from then on receive until `stop`.

        Args:
            listen: receive; else only `tell` and `report` work, beside a process that receives.

        Raises:
            TokenError: Telegram does not know the token.
        """
        await self._insist("connect", self._application.initialize)
        self.username = self.bot.username
        if not listen:
            log.info("connected", bot=f"@{self.username}", by="sending only")
            return
        await self._application.start()
        self._started = True
        if self._webhook is None:
            await self._poll()
        else:
            await self._insist("set the webhook", self._set_webhook)
        log.info("connected", bot=f"@{self.username}", by="webhook" if self._webhook else "polling")
        await self._insist("set the command menu", self._publish_menu)

    async def stop(self) -> None:
        """Receive no more; commands under way finish."""
        updater = self._application.updater
        if updater is not None and updater.running:
            await updater.stop()
        if self._started:
            await self._application.stop()
            self._started = False

    async def close(self) -> None:
        """Let go of the connections."""
        await self._application.shutdown()

    async def receive(self, update: dict[str, Any]) -> None:
        """Take one update that arrived by webhook."""
        parsed = Update.de_json(update, self.bot)
        if parsed is not None:
            await self._application.update_queue.put(parsed)

    async def report(self, text: Wording) -> None:
        """Tell every admin one sentence, each in their language.

        An admin who never wrote to the bot hears nothing.
        """
        admins = self._services.admins
        with suppress(StoreError):  # of all things it may be the database that is reported
            await admins.refresh()
        for admin in admins:
            await self.tell(admin, text, admins.language_of(admin), sign="\N{WARNING SIGN} ")

    async def tell(self, chat_id: int, text: Wording, language: str, *, sign: str = "") -> None:
        """Say something in a chat, as plain text; a failure is logged, not raised."""
        try:
            await self.bot.send_message(chat_id, (sign + text.say(language))[:MAX_TOLD])
        except Forbidden:
            log.info("a chat that should be told has not started the bot", chat=chat_id)
        except (TelegramError, RuntimeError) as error:  # RuntimeError: not connected yet
            log.warning("a chat could not be told", chat=chat_id, reason=str(error), text=str(text))

    async def _poll(self) -> None:
        updater = self._application.updater
        assert updater is not None
        await self._insist("start receiving", lambda: self.bot.delete_webhook())
        await updater.start_polling(
            timeout=25,
            bootstrap_retries=-1,
            allowed_updates=ALLOWED_UPDATES,
            error_callback=self._on_polling_error,
        )

    async def _set_webhook(self) -> None:
        assert self._webhook is not None
        await self.bot.set_webhook(
            self._webhook.url,
            secret_token=self._webhook.secret,
            allowed_updates=ALLOWED_UPDATES,
            max_connections=20,
        )

    async def _publish_menu(self) -> None:
        await self._services.admins.refresh()
        await publish_menu(self.bot, self._services.admins)

    async def _insist(self, what: str, attempt: Callable[[], Awaitable[object]]) -> None:
        """Try until it works; say that it does not, once, and that it does again."""
        wait, failed = 1.0, False
        while True:
            try:
                await attempt()
            except InvalidToken as error:
                raise TokenError(_UNKNOWN_BOT) from error
            except RetryAfter as error:
                await asyncio.sleep(_seconds(error))
            except (TelegramError, StoreError) as error:
                if not failed:
                    log.warning(_away(error), to=what, reason=str(error))
                failed = True
                await asyncio.sleep(wait)
                wait = min(wait * 2, RETRY_AT_MOST)
            else:
                if failed:
                    log.info("reached again", to=what)
                return

    def _on_polling_error(self, error: TelegramError) -> None:
        if not isinstance(error, Conflict):
            log.warning("receiving failed; trying on", reason=str(error))
            return
        now = asyncio.get_running_loop().time()
        if now - self._conflict_said >= CONFLICT_AGAIN:
            self._conflict_said = now
            log.error(
                "another program receives this bot's updates with the same token (409); "
                "commands reach only one of the two. Stop the other, or give this one its own "
                "token; alerts go on meanwhile"
            )


class WebhookEar:
    """What the web server hands updates to that arrive by webhook."""

    def __init__(self, webhook: Webhook, receiver: Receiver) -> None:
        self.path = webhook.path
        self.secret = webhook.secret
        self._receiver = receiver

    async def receive(self, update: dict[str, Any]) -> None:
        """Take one."""
        await self._receiver.receive(update)


def _away(error: TelegramError | StoreError) -> str:
    if isinstance(error, StoreError):
        return "The database cannot be reached; trying on, nothing is lost"
    return "Telegram cannot be reached; trying on, nothing is lost"


def _seconds(error: RetryAfter) -> float:
    wait = error.retry_after
    return float(wait) if isinstance(wait, int) else wait.total_seconds()
