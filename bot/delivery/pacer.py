"""The one place that says when a message may go out, for alerts and replies alike.

Every sender awaits `Pacer.slot`. A waiter first waits for its chat, then for the bot's common
rate; there, replies go before alerts, so that a reply is never stuck behind a broadcast: nobody
reserves a turn ahead, each turn is given to the most urgent waiter at the moment it falls due.

Telegram counts what arrives, so a turn counts from the moment its request leaves (`Slot.left`),
and the windows are a few milliseconds longer than Telegram's, for the network's jitter.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from heapq import heappop, heappush

from bot.delivery.chat_pace import ChatPace, Rates
from bot.delivery.flood import SPAN, FloodGuard
from bot.delivery.pacing import NEVER, PENDING, Gcra, Window

__all__ = ["Pacer", "Rates", "Slot"]

JITTER = 0.008  # seconds by which the bot's window is longer than Telegram's
CREDIT = 0.1  # seconds of turns missed in a hiccup that are made up for
LONGEST_PAUSE = 2.0  # seconds without any message when the whole bot is too fast
FORGET_EVERY = 5.0  # seconds
FORGET_ABOVE = 1_000  # chats


class Slot:
    """Permission to send one message now.

    Counts as used when it is handed out. A slot taken with ``hold=True`` counts as about to be
    used until `left` or `close` is called; `close` gives an unused one back.
    """

    __slots__ = ("_before", "_edit", "_held", "_pacer", "_taken", "_urgent", "chat_id")

    def __init__(
        self, pacer: Pacer, chat_id: int, taken: float, before: float, *, urgent: bool, edit: bool
    ) -> None:
        self._pacer = pacer
        self.chat_id = chat_id
        self._taken = taken
        self._before = before
        self._urgent = urgent
        self._edit = edit
        self._held = True

    def left(self) -> None:
        """The request leaves at this moment."""
        if self._held:
            self._held = False
            self._pacer._used(self)  # noqa: SLF001  # the two classes are one mechanism

    def close(self) -> None:
        """Nothing more will be sent with this slot."""
        if self._held:
            self._held = False
            self._pacer._unused(self)  # noqa: SLF001  # the two classes are one mechanism


class _Waiter:
    __slots__ = ("chat_id", "edit", "future", "group", "number", "urgent")

    def __init__(
        self, chat_id: int, future: asyncio.Future[Slot], *, group: bool, urgent: bool, edit: bool
    ) -> None:
        self.chat_id = chat_id
        self.future = future
        self.group = group
        self.urgent = urgent
        self.edit = edit
        self.number = 0


class Pacer:
    """Hands out turns within Telegram's limits.

    Args:
        rates: the limits.
        clock: seconds that never run backwards; the event loop's by default.
    """

    def __init__(self, rates: Rates | None = None, *, clock: Callable[[], float] | None = None):
        self.rates = rates or Rates()
        self._clock = clock
        self._chats: dict[int, ChatPace] = {}
        self._waiting: dict[int, int] = {}  # chat -> waiters
        self._resting: list[tuple[float, int, _Waiter]] = []  # until their chat is free
        self._ready: list[tuple[bool, int, _Waiter]] = []  # for the common rate; urgent first
        self._numbers = 0
        self._flood = FloodGuard()
        self._paused_until = NEVER
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = math.inf
        self._forget_at = NEVER
        self._even: Gcra | None = None
        self._window: Window | None = None
        if self.rates.global_rate != math.inf:
            rate = self.rates.global_rate
            period = max(1.0, 1.0 / rate)
            self._full_rate = rate * period / (period + JITTER)
            self._even = Gcra(self._full_rate, CREDIT)
            self._window = Window(max(1, math.ceil(rate)), period + JITTER)

    async def slot(
        self,
        chat_id: int,
        *,
        group: bool,
        urgent: bool = False,
        edit: bool = False,
        hold: bool = False,
    ) -> Slot:
        """Wait until a message may be sent to `chat_id`.

        Args:
            chat_id: Telegram's id.
            group: a group or channel.
            urgent: a reply to somebody who waits: goes before alerts.
            edit: an edit of a message; an urgent one waits only for the common rate (and, in a
                group, its minute).
            hold: the caller will call `Slot.left` and `Slot.close`.
        """
        now = self.now()
        if now >= self._forget_at:
            self._forget(now)
        if (
            not self._ready
            and self._global_free_at(now) <= now
            and self._chat(chat_id, group=group).free_at(urgent=urgent, edit=edit) <= now
        ):
            slot = self._grant(chat_id, now, group=group, urgent=urgent, edit=edit)
        else:
            slot = await self._wait(chat_id, group=group, urgent=urgent, edit=edit)
        if not hold:
            slot.left()
        return slot

    def next_free(self, chat_id: int, *, group: bool, edit: bool = False) -> float:
        """Seconds until an alert may be sent to a chat, those waiting for it counted; 0 if now."""
        now = self.now()
        pace = self._chats.get(chat_id)
        ahead = self._waiting.get(chat_id, 0) * self.rates.chat_gap
        if pace is None:
            return ahead
        return max(0.0, pace.free_at(urgent=False, edit=edit) - now) + ahead

    def flooded(self, chat_id: int, retry_after: float, *, group: bool) -> bool:
        """Telegram answered 429 for a chat; whether that was one too many for the whole bot.

        The chat is left alone for `retry_after` seconds. Other chats are not, unless several
        different ones answer so at the same time.
        """
        now = self.now()
        pace = self._chat(chat_id, group=group)
        pace.blocked_until = max(pace.blocked_until, now + retry_after)
        sent = self._window.used_since(now - SPAN) if self._window is not None else 0
        whole = self._flood.flooded(chat_id, now, sent_lately=sent)
        if whole:
            self._paused_until = now + min(retry_after, LONGEST_PAUSE)
        return whole

    @property
    def rate(self) -> float:
        """Messages a second that may go out at present; infinity if unlimited."""
        return self.rates.global_rate * self._flood.factor(self.now())

    @property
    def remembered(self) -> int:
        """How many chats are remembered."""
        return len(self._chats)

    def now(self) -> float:
        """The clock's seconds."""
        return asyncio.get_running_loop().time() if self._clock is None else self._clock()

    # -- waiting --------------------------------------------------------------------------------

    async def _wait(self, chat_id: int, *, group: bool, urgent: bool, edit: bool) -> Slot:
        future: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        waiter = _Waiter(chat_id, future, group=group, urgent=urgent, edit=edit)
        self._numbers += 1
        waiter.number = self._numbers
        self._waiting[chat_id] = self._waiting.get(chat_id, 0) + 1
        self._rest(waiter)
        self._pump()
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                future.result().close()  # granted in the very moment of being cancelled
            else:
                self._stop_waiting(chat_id)
                future.cancel()
            raise

    def _rest(self, waiter: _Waiter) -> None:
        pace = self._chat(waiter.chat_id, group=waiter.group)
        free = pace.free_at(urgent=waiter.urgent, edit=waiter.edit)
        heappush(self._resting, (free, waiter.number, waiter))

    def _stop_waiting(self, chat_id: int) -> None:
        left = self._waiting[chat_id] - 1
        if left:
            self._waiting[chat_id] = left
        else:
            del self._waiting[chat_id]

    def _pump(self) -> None:
        """Give every turn that is due, then sleep until the next one."""
        now = self.now()
        while self._resting and self._resting[0][0] <= now:
            waiter = heappop(self._resting)[2]
            heappush(self._ready, (not waiter.urgent, waiter.number, waiter))
        free = self._global_free_at(now)
        while self._ready and free <= now:
            waiter = heappop(self._ready)[2]
            if waiter.future.done():
                continue
            urgent, edit = waiter.urgent, waiter.edit
            pace = self._chat(waiter.chat_id, group=waiter.group)
            if pace.free_at(urgent=urgent, edit=edit) > now:  # another waiter of the chat went
                self._rest(waiter)
                continue
            self._stop_waiting(waiter.chat_id)
            waiter.future.set_result(
                self._grant(waiter.chat_id, now, group=waiter.group, urgent=urgent, edit=edit)
            )
            free = self._global_free_at(now)
        wake_at = self._resting[0][0] if self._resting else math.inf
        if self._ready:
            wake_at = min(wake_at, free)
        self._wake_at(wake_at, now)

    def _wake_at(self, at: float, now: float) -> None:
        if self._timer is not None:
            if self._timer_at == at:
                return
            self._timer.cancel()
            self._timer = None
        self._timer_at = at
        if at != math.inf:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(0.0, at - now), self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._timer_at = math.inf
        self._pump()

    # -- counting -------------------------------------------------------------------------------

    def _global_free_at(self, now: float) -> float:
        free = self._paused_until
        if self._even is not None and self._window is not None:
            self._even.rate = self._full_rate * self._flood.factor(now)
            free = max(free, self._even.free_at(), self._window.free_at())
        return free

    def _grant(self, chat_id: int, now: float, *, group: bool, urgent: bool, edit: bool) -> Slot:
        if self._even is not None and self._window is not None:
            self._even.take(now)
            self._window.take(PENDING)
        before = self._chat(chat_id, group=group).take(now, urgent=urgent, edit=edit)
        return Slot(self, chat_id, now, before, urgent=urgent, edit=edit)

    def _used(self, slot: Slot) -> None:
        now = self.now()
        if self._window is not None:
            self._window.move(PENDING, now)
        pace = self._chats.get(slot.chat_id)
        if pace is not None:
            pace.move(slot._taken, now, urgent=slot._urgent, edit=slot._edit)  # noqa: SLF001  # one mechanism
        if self._ready:
            self._pump()

    def _unused(self, slot: Slot) -> None:
        if self._even is not None and self._window is not None:
            self._even.give_back()
            self._window.give_back(PENDING)
        pace = self._chats.get(slot.chat_id)
        if pace is not None:
            pace.give_back(slot._taken, slot._before, edit=slot._edit)  # noqa: SLF001  # one mechanism
        if self._ready or self._resting:
            self._pump()

    def _chat(self, chat_id: int, *, group: bool) -> ChatPace:
        pace = self._chats.get(chat_id)
        if pace is None:
            pace = self._chats[chat_id] = ChatPace(self.rates, group=group)
        return pace

    def _forget(self, now: float) -> None:
        """Forget the chats that rested: of a million, few are written to in a minute."""
        self._forget_at = now + FORGET_EVERY
        if len(self._chats) > FORGET_ABOVE:
            self._chats = {
                chat_id: pace
                for chat_id, pace in self._chats.items()
                if chat_id in self._waiting or not pace.idle(now)
            }
