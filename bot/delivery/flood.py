"""When the whole bot is too fast: told from a chat's own refusals, learnt, and tried again, pure.

One chat's 429 is that chat's. Several different chats one after the other with no message accepted
in between, or a good share of all that was sent in a second, mean that Telegram counts the bot as
a whole: then the bot pauses shortly, goes on slower, and climbs back.

It climbs as TCP's CUBIC does (RFC 9438): soon back to just under the rate that was refused, long
about that rate, then quickly on, in case the refusal was a passing mood. Where the same rate is
refused again, it is asked for less and less often.
"""

from __future__ import annotations

from dataclasses import dataclass

SAME = 0.05  # seconds; two clocks tell the same instant only so exactly
SPAN = 1.0  # seconds in which refusals count as one flood
CHATS = 3  # different chats, at least
SHARE = 0.3  # of what was sent in the span
IN_A_ROW = 5  # different chats refused with none served in between
ROW_SPAN = 5.0  # seconds in which they follow each other
SLOWER = 0.8  # the rate after a flood, as a share of that before
SLOWEST = 0.05
HOLD = 3.0  # seconds before the rate climbs again
CLIMB = 15.0  # seconds until it is back at what was refused
LONGEST_CLIMB = 600.0
ALIKE = 0.1  # share by which two refused rates differ at most to be called the same
PAUSE = 2.0  # seconds without any message, doubled while nothing is accepted


@dataclass(frozen=True, slots=True)
class Lowered:
    """A rate that was refused, and the way back to it.

    Attributes:
        low: the share of the full rate right after the flood.
        ceiling: the share that was refused.
        climb: seconds from the end of the hold until the ceiling is reached again.
        at: when; seconds of the guard's clock.
    """

    low: float
    ceiling: float
    climb: float
    at: float

    def share(self, now: float) -> float:
        """The share of the full rate to use at a time, at most 1."""
        after = now - self.at - HOLD
        if after <= 0.0:
            return self.low
        way = (after - self.climb) / self.climb  # -1 at the start, 0 at the ceiling
        return min(1.0, self.ceiling + (self.ceiling - self.low) * way**3)


class FloodGuard:
    """Decides which share of the full rate is used.

    Times are seconds of any clock that never runs backwards.
    """

    __slots__ = ("_in_a_row", "_lowered", "_pauses", "_refused")

    def __init__(self) -> None:
        self._refused: dict[int, float] = {}  # chat -> when, within the span
        self._in_a_row: dict[int, float] = {}
        self._lowered: Lowered | None = None
        self._pauses = 0  # floods since something was accepted

    def accepted(self) -> None:
        """A message was not refused."""
        self._pauses = 0
        if self._in_a_row:
            self._in_a_row.clear()

    def flooded(self, chat_id: int, now: float, *, sent_lately: int) -> bool:
        """A chat answered 429; whether the whole bot is to slow down now.

        Args:
            chat_id: the chat.
            now: the time.
            sent_lately: messages sent to any chat within the last `SPAN` seconds.
        """
        self._refused = {chat: at for chat, at in self._refused.items() if now - at <= SPAN}
        self._refused[chat_id] = now
        row = {chat: at for chat, at in self._in_a_row.items() if now - at <= ROW_SPAN}
        self._in_a_row = row | {chat_id: now}
        if self._in_flood(now):
            return False
        if len(self._refused) < max(CHATS, SHARE * sent_lately) and len(self._in_a_row) < IN_A_ROW:
            return False
        self._lower(now)
        return True

    def spared(self, now: float) -> bool:
        """Whether refusals at this time are the flood's, not their chats'."""
        return self._in_flood(now)

    def involved(self) -> frozenset[int]:
        """The chats whose refusals made the present flood."""
        return frozenset(self._refused) | frozenset(self._in_a_row)

    def pause(self, retry_after: float) -> float:
        """Seconds to send nothing at all, after a flood that asked for `retry_after` of them.

        Not at once all that was asked for: some ask for hours, and mean a chat. But each flood
        that follows without a message accepted doubles it.
        """
        return min(retry_after, PAUSE * 2.0 ** min(20, max(0, self._pauses - 1)))

    def factor(self, now: float) -> float:
        """The share of the full rate to use now, at most 1."""
        lowered = self.learnt(now)
        return 1.0 if lowered is None else lowered.share(now)

    def learnt(self, now: float) -> Lowered | None:
        """What is worth keeping: while the rate is lowered, and while its ceiling is remembered."""
        lowered = self._lowered
        if lowered is not None and now - lowered.at > HOLD + 2 * lowered.climb + LONGEST_CLIMB:
            self._lowered = lowered = None
        return lowered

    def adopt(self, lowered: Lowered) -> bool:
        """Go on with what another guard learnt, if it is younger than what this one knows.

        `Lowered.at` is in this guard's clock. Returns whether it was.
        """
        if self._lowered is not None and lowered.at <= self._lowered.at + SAME:
            return False
        self._lowered = lowered
        return True

    def _in_flood(self, now: float) -> bool:
        return self._lowered is not None and 0.0 <= now - self._lowered.at <= SPAN

    def _lower(self, now: float) -> None:
        before = self.learnt(now)
        ceiling = self.factor(now)
        low = max(SLOWEST, ceiling * SLOWER)
        climb = CLIMB
        if before is not None and abs(ceiling - before.ceiling) <= ALIKE * before.ceiling:
            climb = min(LONGEST_CLIMB, 2.0 * before.climb)
        self._lowered = Lowered(low, ceiling, climb, now)
        self._pauses += 1
