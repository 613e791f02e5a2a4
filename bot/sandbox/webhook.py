"""Delivery of updates by POST, as https://core.telegram.org/bots/api#setwebhook describes.

Updates go out one after the other; a failed one is tried again, with growing pauses, before any
later one, so that order is kept. For the sandbox http to this machine and any port are allowed.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.sandbox.answers import Json, bad_request
from bot.sandbox.updates import Updates

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_LOCAL = ("127.0.0.1", "::1", "localhost")


class Webhook:
    """Sends the queue of updates to an address while one is set.

    Args:
        updates: the queue.
        first_pause: seconds after a first failure; doubles up to `longest_pause`.
    """

    def __init__(
        self, updates: Updates, *, first_pause: float = 0.1, longest_pause: float = 5.0
    ) -> None:
        self.updates = updates
        self.first_pause = first_pause
        self.longest_pause = longest_pause
        self.url = ""
        self.secret = ""
        self.on_reply: Callable[[Json], Awaitable[Any]] | None = None
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._error: tuple[int, str] | None = None
        updates.on_add = self._news.set

    def check(self, url: str, secret: str) -> None:
        """Refuse an address or secret Telegram would refuse, and any other machine.

        Raises:
            ApiError: 400.
        """
        parts = urlsplit(url)
        local = parts.hostname in _LOCAL
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if not local:
            raise bad_request("bad webhook: Failed to resolve host: the sandbox stays at home")
        if secret and _SECRET.fullmatch(secret) is None:
            raise bad_request("secret token contains unallowed characters")

    async def set(self, url: str, secret: str) -> None:
        """Deliver to `url` from now on."""
        await self.remove()
        self.url, self.secret = url, secret
        self.updates.webhook_active = True
        self.updates.stop_poll()
        self._task = asyncio.create_task(self._deliver())

    async def remove(self) -> None:
        """Stop delivering."""
        self.url = self.secret = ""
        self.updates.webhook_active = False
        self._error = None
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def info(self) -> Json:
        """A `WebhookInfo`."""
        view: Json = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates.waiting),
        }
        if self.url:
            view["max_connections"] = 40
            view["ip_address"] = "127.0.0.1"
        if self.updates.allowed is not None:
            view["allowed_updates"] = sorted(self.updates.allowed)
        if self._error is not None:
            view["last_error_date"], view["last_error_message"] = self._error
        return view

    async def _deliver(self) -> None:
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers[SECRET_HEADER] = self.secret
        pause = self.first_pause
        async with ClientSession(timeout=ClientTimeout(total=30)) as session:
            while True:
                waiting = self.updates.waiting
                if not waiting:
                    self._news.clear()
                    await self._news.wait()
                    continue
                update = waiting[0]
                if await self._post(session, headers, update):
                    pause = self.first_pause
                    if waiting and waiting[0] is update:
                        waiting.popleft()
                    continue
                await asyncio.sleep(pause)
                pause = min(pause * 2, self.longest_pause)

    async def _post(self, session: ClientSession, headers: dict[str, str], update: Json) -> bool:
        """One try; a method call in the answer is carried out, as Telegram does."""
        try:
            async with session.post(
                self.url, data=orjson.dumps(update), headers=headers, ssl=False
            ) as response:
                body = await response.read()
                if not 200 <= response.status < 300:
                    reason = f"Wrong response from the webhook: {response.status} {response.reason}"
                    self._error = (int(time.time()), reason)
                    return False
        except (ClientError, TimeoutError, OSError) as error:
            self._error = (int(time.time()), f"Connection failed: {error or type(error).__name__}")
            return False
        with contextlib.suppress(ValueError):
            reply = orjson.loads(body) if body else None
            if isinstance(reply, dict) and "method" in reply and self.on_reply is not None:
                await self.on_reply(reply)
        return True
