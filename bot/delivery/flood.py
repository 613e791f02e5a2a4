"""When many chats answer "too many requests" at once: the whole bot is too fast, pure.

One chat's 429 is that chat's. Several different chats within a second, and a good share of what
was sent in it, mean that Telegram counts the bot as a whole: then the bot pauses shortly, goes on
slower, and climbs back.
"""

from __future__ import annotations

SPAN = 1.0  # seconds in which answers count as one flood
CHATS = 3  # different chats, at least
SHARE = 0.3  # of what was sent in the span
SLOWER = 0.7  # the rate after a flood, as a share of that before
SLOWEST = 0.05
HOLD = 5.0  # seconds before the rate climbs again
CLIMB = 0.02  # of the full rate, a second


class FloodGuard:
    """Decides which share of the full rate is used.

    Times are seconds of any clock that never runs backwards.
    """

    __slots__ = ("_chats", "_factor", "_lowered_at")

    def __init__(self) -> None:
        self._chats: dict[int, float] = {}
        self._factor = 1.0
        self._lowered_at = float("-inf")

    def flooded(self, chat_id: int, now: float, *, sent_lately: int) -> bool:
        """A chat answered 429; whether the whole bot is to slow down now.

        Args:
            chat_id: the chat.
            now: the time.
            sent_lately: messages sent to any chat within the last `SPAN` seconds.
        """
        self._chats = {chat: at for chat, at in self._chats.items() if now - at <= SPAN}
        self._chats[chat_id] = now
        if len(self._chats) < max(CHATS, SHARE * sent_lately) or now - self._lowered_at <= SPAN:
            return False
        self._factor = max(SLOWEST, self.factor(now) * SLOWER)
        self._lowered_at = now
        self._chats.clear()
        return True

    def factor(self, now: float) -> float:
        """The share of the full rate to use now, at most 1."""
        if self._factor == 1.0:
            return 1.0
        climbed = self._factor + max(0.0, now - self._lowered_at - HOLD) * CLIMB
        if climbed >= 1.0:
            self._factor = 1.0
            return 1.0
        return climbed
