"""The queue of updates a bot fetches or is sent.

Rules of https://core.telegram.org/bots/api#getting-updates: an update stays until a higher offset
confirms it, a negative offset counts from the end, one ``getUpdates`` at a time, and what is not
in `allowed_updates` when it happens is never queued.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable

from bot.sandbox.answers import OTHER_GET_UPDATES, WEBHOOK_ACTIVE, Json, conflict

NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
KNOWN = frozenset(
    {
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "my_chat_member",
        *NOT_BY_DEFAULT,
    }
)


class Updates:
    """Updates that wait for the bot, oldest first."""

    def __init__(self, first_id: int = 100_001) -> None:
        self.waiting: deque[Json] = deque()
        self.allowed: frozenset[str] | None = None
        self.webhook_active = False
        self.on_add: Callable[[], None] = lambda: None
        self.total = 0
        self._ids = itertools.count(first_id)
        self._poll: asyncio.Future[None] | None = None

    def add(self, kind: str, payload: Json) -> None:
        """Queue one update, if the bot asked for its kind."""
        if self.allowed is None:
            if kind in NOT_BY_DEFAULT:
                return
        elif kind not in self.allowed:
            return
        self.waiting.append({"update_id": next(self._ids), kind: payload})
        self.total += 1
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        self.on_add()

    def allow(self, kinds: list[str] | None) -> None:
        """Remember which kinds are wanted; an empty list means all but the rare ones."""
        if kinds is not None:
            self.allowed = frozenset(kinds) & KNOWN if kinds else None

    def confirm(self, offset: int) -> None:
        """Forget updates below `offset`; a negative one keeps so many from the end."""
        if offset < 0:
            while len(self.waiting) > -offset:
                self.waiting.popleft()
            return
        while self.waiting and self.waiting[0]["update_id"] < offset:
            self.waiting.popleft()

    def drop(self) -> None:
        """Forget everything that waits."""
        self.waiting.clear()

    async def fetch(
        self, offset: int, limit: int, seconds: float, kinds: list[str] | None
    ) -> list[Json]:
        """Answer ``getUpdates``: at once if something waits, else after at most `seconds`.

        Raises:
            ApiError: 409 when a webhook is set or another call takes over.
        """
        if self.webhook_active:
            raise conflict(WEBHOOK_ACTIVE)
        self.stop_poll()
        self.allow(kinds)
        if offset:
            self.confirm(offset)
        if not self.waiting and seconds > 0:
            poll = self._poll = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(seconds):
                    await poll
            except TimeoutError:
                return []
            finally:
                if self._poll is poll:
                    self._poll = None
        return list(itertools.islice(self.waiting, limit))

    def stop_poll(self) -> None:
        """End a ``getUpdates`` that is under way with 409."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(conflict(OTHER_GET_UPDATES))
        self._poll = None
