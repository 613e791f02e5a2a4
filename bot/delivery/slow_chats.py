"""Chats that refuse what Telegram's published limits permit: each learns a gap of its own, pure.

A first 429 is waited out and nothing more. A chat that answers 429 again, although it was left
alone for as long as it had asked and then sent to at the permitted pace, is sent to at half that
pace, and so on. The gap shrinks back by half every few minutes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

AGAIN = 900.0  # seconds after a wait within which another refusal is a repetition
WIDER = 2.0  # times the gap, after each
WIDEST = 60.0  # seconds between two messages
HALVED = 300.0  # seconds in which a learnt gap shrinks by half
CHATS = 10_000  # remembered at most, those refused last


@dataclass(frozen=True, slots=True)
class Refused:
    """What is remembered of a chat that answered 429.

    Attributes:
        until: how long it asked to be left alone; seconds of the clock.
        gap: seconds between two messages, right after that; 0 if the permitted pace will do.
        own: the chat refused; not the bot as a whole was too fast.
    """

    until: float
    gap: float = 0.0
    own: bool = True

    def gap_at(self, now: float) -> float:
        """The gap as it has shrunk until now."""
        if self.gap == 0.0 or now <= self.until:
            return self.gap
        return float(self.gap * 0.5 ** ((now - self.until) / HALVED))


class SlowChats:
    """The chats that refused lately; times are seconds of any clock that never runs backwards."""

    __slots__ = ("_chats",)

    def __init__(self) -> None:
        self._chats: OrderedDict[int, Refused] = OrderedDict()  # the last refused at the end

    def __len__(self) -> int:
        return len(self._chats)

    def get(self, chat_id: int) -> Refused | None:
        """What is remembered of a chat."""
        return self._chats.get(chat_id)

    def refused(
        self, chat_id: int, now: float, retry_after: float, *, permitted: float, own: bool
    ) -> Refused:
        """A chat answered 429.

        Args:
            chat_id: the chat.
            now: the time.
            retry_after: seconds it asks to be left alone.
            permitted: seconds between two messages at the permitted pace.
            own: whether it is the chat that refused, and not the bot as a whole that is too fast.
        """
        before = self._chats.pop(chat_id, None)
        until, gap = now + retry_after, 0.0
        if before is not None:
            gap = before.gap_at(now)
            # An answer that was under way when the chat asked for rest is no second refusal.
            if own and before.own and before.until <= now <= before.until + AGAIN:
                gap = min(WIDEST, max(permitted, gap) * WIDER)
            until = max(until, before.until)
        found = Refused(until, gap, own)
        self._keep(chat_id, found)
        return found

    def acquit(self, chat_ids: Iterable[int]) -> None:
        """It turned out that the bot as a whole was too fast when these refused."""
        for chat_id in chat_ids:
            if (found := self._chats.get(chat_id)) is not None:
                self._chats[chat_id] = replace(found, own=False)

    def restore(self, learnt: Mapping[int, Refused]) -> None:
        """Go on with what others learnt, the chat that refused last first; times on this clock."""
        for chat_id in reversed(list(learnt)):
            self._keep(chat_id, learnt[chat_id])

    def _keep(self, chat_id: int, refused: Refused) -> None:
        self._chats[chat_id] = refused
        if len(self._chats) > CHATS:
            self._chats.popitem(last=False)
