"""Telegram's flood limits as strict sliding windows.

Sources: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this (about one
message a second in a chat, 20 a minute in a group, about 30 a second over all; channels are held
to the group's limit here). The real formulas are secret and more lenient in bursts; these windows
are the strict reading, so that a sender which passes here keeps the published limits.

With ``allow_paid_broadcast`` up to 1,000 messages a second are accepted, and those over the free
30 cost 0.1 Star each (same source). Here, messages without it stay within the free number, and all
together within the paid one.

What counts: every message a ``send*`` call makes (an album counts each picture) counts towards the
bot, the chat and, in groups and channels, the minute. ``edit*`` calls are not in the FAQ; third
parties measured about 20 a minute in a group, so edits have a minute of their own in groups and
channels. Answers to buttons, deletions, pins and questions are free.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is accepted; None switches a limit off.

    Attributes:
        global_per_second: messages in any second over all chats that are not paid for.
        paid_per_second: messages in any second over all chats, those paid for included.
        per_chat_per_second: messages in any second in one chat, counted as a gap.
        chat_burst: messages a rested chat takes at once; each later one waits for its gap.
        group_per_minute: messages in any 60 s in one group or channel.
        group_edits_per_minute: edits in any 60 s in one group or channel.
        tolerance: seconds by which a window may be missed, for the jitter of the network.
    """

    global_per_second: int | None = 30
    per_chat_per_second: float | None = 1.0
    chat_burst: int = 1
    group_per_minute: int | None = 20
    group_edits_per_minute: int | None = 20
    tolerance: float = 0.02
    paid_per_second: int | None = 1000

    @classmethod
    def off(cls) -> Limits:
        """No limit at all."""
        return cls(None, None, 1, None, None, paid_per_second=None)


@dataclass(slots=True)
class Counters:
    """What was accepted and what was not, since the start or the last reset.

    Attributes:
        accepted: messages made by ``send*`` calls.
        edits: accepted ``edit*`` calls.
        floods: calls answered 429.
        requests: all calls of methods.
        peak_per_second: most messages accepted in any one second.
        paid: of those accepted, the ones that allowed to be paid for.
        charged: of those, the ones that were over the free number: 0.1 Star each.
    """

    accepted: int = 0
    edits: int = 0
    floods: int = 0
    requests: int = 0
    peak_per_second: int = 0
    paid: int = 0
    charged: int = 0


@dataclass(slots=True)
class Limiter:
    """Decides about each message; times are monotonic seconds."""

    limits: Limits = field(default_factory=Limits)
    monotonic: Callable[[], float] = time.monotonic
    counters: Counters = field(default_factory=Counters)
    _recent: deque[float] = field(default_factory=deque)
    _recent_paid: deque[float] = field(default_factory=deque)
    _chats: dict[int, float] = field(default_factory=dict)
    _minutes: dict[int, deque[float]] = field(default_factory=dict)
    _edits: dict[int, deque[float]] = field(default_factory=dict)
    _flood_until: dict[int, float] = field(default_factory=dict)
    _all_until: float = 0.0

    def send(self, chat_id: int, *, group: bool, count: int = 1, paid: bool = False) -> int:
        """Account for `count` messages; 0 if accepted, else the seconds of the 429."""
        now = self.monotonic()
        limits = self.limits
        for recent in (self._recent, self._recent_paid):
            while recent and now - recent[0] >= 1.0:
                recent.popleft()
        wait = self._wait(chat_id, now, group=group, count=count, paid=paid)
        if wait:
            self.counters.floods += 1
            return wait
        if paid:
            self._charge(count)
        recent = self._recent_paid if paid else self._recent
        for _ in range(count):
            recent.append(now)
        if limits.per_chat_per_second is not None:
            self._note_gap(chat_id, now, count)
        if group and limits.group_per_minute is not None:
            self._minutes.setdefault(chat_id, deque()).extend([now] * count)
        counters = self.counters
        counters.accepted += count
        lately = len(self._recent) + len(self._recent_paid)
        counters.peak_per_second = max(counters.peak_per_second, lately)
        return 0

    def edit(self, chat_id: int, *, group: bool) -> int:
        """Account for one edit; 0 if accepted, else the seconds of the 429."""
        now = self.monotonic()
        flood = max(self._all_until, self._flood_until.get(chat_id, 0.0))
        wait = math.ceil(flood - now) if flood > now else 0
        most = self.limits.group_edits_per_minute
        if not wait and group and most is not None:
            wait = self._minute(self._edits, chat_id, now, most, 1)
            if not wait:
                self._edits.setdefault(chat_id, deque()).append(now)
        if wait:
            self.counters.floods += 1
        else:
            self.counters.edits += 1
        return wait

    def flood(self, seconds: float, chat_id: int | None = None) -> None:
        """Answer 429 for that long: to one chat, or to everything."""
        until = self.monotonic() + seconds
        if chat_id is None:
            self._all_until = max(self._all_until, until)
        else:
            self._flood_until[chat_id] = max(self._flood_until.get(chat_id, 0.0), until)

    def reset(self) -> None:
        """Forget everything counted so far."""
        self.counters = Counters()
        memories = (self._recent, self._recent_paid, self._chats, self._minutes, self._edits)
        for memory in (*memories, self._flood_until):
            memory.clear()
        self._all_until = 0.0

    def _charge(self, count: int) -> None:
        self.counters.paid += count
        free = self.limits.global_per_second
        if free is not None:
            over = len(self._recent) + len(self._recent_paid) + count - free
            self.counters.charged += max(0, min(count, over))

    def _wait(self, chat_id: int, now: float, *, group: bool, count: int, paid: bool) -> int:
        limits = self.limits
        flood = self._all_until
        if self._flood_until:
            flood = max(flood, self._flood_until.get(chat_id, 0.0))
        if flood > now:
            return math.ceil(flood - now)
        if self._too_many(now, count, paid=paid):
            self._all_until = now + 1.0
            return 1
        if limits.per_chat_per_second is not None:
            gap = 1.0 / limits.per_chat_per_second
            ready = self._chats.get(chat_id, 0.0) - (limits.chat_burst - 1) * gap
            if ready - limits.tolerance > now:
                return self._hold(chat_id, now, math.ceil(ready - now))
        if group and limits.group_per_minute is not None:
            wait = self._minute(self._minutes, chat_id, now, limits.group_per_minute, count)
            if wait:
                return self._hold(chat_id, now, wait)
        return 0

    def _too_many(self, now: float, count: int, *, paid: bool) -> bool:
        """Whether any second would hold too many messages over all chats."""
        limits = self.limits
        if not paid and limits.global_per_second is not None:
            over = len(self._recent) + count - limits.global_per_second
            if over > 0 and self._frees_at(self._recent, over) > now:
                return True
        if self._recent_paid and limits.paid_per_second is not None:
            over = len(self._recent) + len(self._recent_paid) + count - limits.paid_per_second
            if over > 0:
                together = sorted((*self._recent, *self._recent_paid))
                return self._frees_at(together, over) > now
        return False

    def _frees_at(self, times: Sequence[float], over: int) -> float:
        """When so many of these, oldest first, are out of the second."""
        return times[min(over, len(times)) - 1] + 1.0 - self.limits.tolerance

    def _hold(self, chat_id: int, now: float, seconds: int) -> int:
        self._flood_until[chat_id] = now + seconds
        return seconds

    def _minute(
        self, windows: dict[int, deque[float]], chat_id: int, now: float, most: int, count: int
    ) -> int:
        """Seconds until the minute has room for `count` more."""
        window = windows.get(chat_id)
        if window is None:
            return 0
        while window and now - window[0] >= 60.0 - self.limits.tolerance:
            window.popleft()
        over = len(window) + count - most
        if over <= 0 or not window:
            return 0
        return max(1, math.ceil(window[min(over, len(window)) - 1] + 60.0 - now))

    def _note_gap(self, chat_id: int, now: float, count: int) -> None:
        """Remember when the chat is ready again; forget chats that have been for long."""
        assert self.limits.per_chat_per_second is not None
        gap = 1.0 / self.limits.per_chat_per_second
        chats = self._chats
        chats[chat_id] = max(chats.get(chat_id, 0.0), now) + gap * count
        if len(chats) > 50_000:
            self._chats = {chat: ready for chat, ready in chats.items() if ready > now}
            if len(self._chats) > 25_000:
                return
            self._flood_until = {c: until for c, until in self._flood_until.items() if until > now}
