"""The one place that says when a message may go out, for alerts and replies alike.

Every sender awaits `Pacer.slot`. A waiter first waits for its chat, then for the bot's common
turns; there, replies go before alerts, so that a reply is never stuck behind a broadcast: nobody
reserves a turn ahead, each turn is given to the most urgent waiter at the moment it falls due.
When the free turns are used up, a message that may be paid for takes one that costs.

All times are of a clock that neither being set nor a suspended machine moves, as the event loop's
is: after an hour's sleep the windows are as they were, and the backlog goes out at the rate.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from datetime import datetime
from heapq import heappop, heappush

from bot.delivery.chat_pace import ChatPace, Rates
from bot.delivery.common_rate import CommonRate, CommonTurns, Unlimited
from bot.delivery.flood import SPAN, FloodGuard
from bot.delivery.lessons import Lessons, Moment, of_bot, of_chat, to_bot, to_chat
from bot.delivery.pacing import NEVER
from bot.delivery.paid import PaidPolicy, PaidTurns
from bot.delivery.slot import Slot, Waiter
from bot.delivery.slow_chats import SlowChats
from bot.store.rate import Learnt

__all__ = ["Pacer", "Rates", "Slot"]

FINEST = 0.001  # seconds; uvloop's timers are no finer: it would go round and round until then
FORGET_EVERY = 5.0  # seconds
FORGET_ABOVE = 1_000  # chats
# Turns given in one round of the event loop, but to replies: where they fall due faster than the
# processor can use them, a round would take as long as all of them, and everybody waits for it.
A_ROUND = 8


class Pacer:
    """Hands out turns within Telegram's limits.

    Args:
        rates: the limits.
        clock: seconds that never run backwards; the event loop's by default.
        common: the bot's turns where several processes share them; of its own by default.
        paid: what may be bought beyond the free rate; nothing by default.
        paid_turns: the turns that are bought, where several processes share them.

    Attributes:
        paid: what may be bought, and what is booked of it.
        on_learnt: called when Telegram refused something: `lessons` has news.
        on_wanted: called when messages are to be booked: `PaidTurns.wanted` says how many.
        gate: whether turns are given to others than replies at present; `wake` when that changes.
    """

    def __init__(
        self,
        rates: Rates | None = None,
        *,
        clock: Callable[[], float] | None = None,
        common: CommonTurns | None = None,
        paid: PaidPolicy | None = None,
        paid_turns: CommonTurns | None = None,
    ) -> None:
        self.rates = rates or Rates()
        self._clock = clock  # None: the loop's, as soon as one runs
        if common is None:
            limited = self.rates.global_rate != math.inf
            common = CommonRate(self.rates.global_rate) if limited else Unlimited()
        self._common = common
        self.paid = PaidTurns(paid or PaidPolicy(), self.rates.global_rate, paid_turns)
        self._chats: dict[int, ChatPace] = {}
        self._waiting: dict[int, int] = {}  # chat -> waiters
        self._resting: list[tuple[float, int, Waiter]] = []  # until their chat is free
        self._unpaid: list[tuple[int, int, Waiter]] = []  # for a common turn; by rank, then age
        self._payers: list[tuple[int, int, Waiter]] = []  # the same; may also buy one
        self._stuck = False  # somebody waits for a turn that is granted to be counted
        self._numbers = 0
        self._given = 0  # turns in this round of the event loop
        self._cut = False  # there were more
        self._flood = FloodGuard()
        self._slow = SlowChats()
        self._paused_until = NEVER
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = math.inf
        self._forget_at = NEVER
        self._unsaved: set[int] = set()  # chats
        self.on_learnt: Callable[[], None] = _nobody
        self.on_wanted: Callable[[], None] = _nobody
        self.gate: Callable[[], bool] = _open

    async def slot(
        self,
        chat_id: int,
        *,
        group: bool,
        urgent: bool = False,
        edit: bool = False,
        hold: bool = False,
        key: bool = False,
        count: int = 1,
    ) -> Slot:
        """Wait until a message may be sent to `chat_id`.

        Args:
            chat_id: Telegram's id.
            group: a group or channel.
            urgent: a reply to somebody who waits: goes before alerts.
            edit: an edit of a message; an urgent one waits only for the common rate (and, in a
                group, its minute).
            hold: the caller will call `Slot.left` and `Slot.close`.
            key: a key event: goes before other alerts, and may be paid for where that is allowed.
            count: messages that the request makes: an album counts each picture.
        """
        now = self.now()
        if now >= self._forget_at:
            self._forget(now)
        pays = self.paid.pays_for(key=key, edit=edit)
        waiter = Waiter(
            chat_id, group=group, urgent=urgent, edit=edit, key=key, count=count, pays=pays
        )
        if (
            not self._unpaid
            and not self._payers
            and (urgent or self.gate())
            and self._common_free_at(now, waiter) <= now
            and self._pace(waiter).free_at(urgent=urgent, edit=edit, count=count) <= now
        ):
            waiter.since = now
            slot = self._grant(waiter, now, paid=False)
        else:
            slot = await self._wait(waiter)
        if not hold:
            slot.left()
        return slot

    def next_free(self, chat_id: int, *, group: bool, edit: bool = False) -> float:
        """Seconds until an alert may be sent to a chat, those waiting for it counted; 0 if now."""
        now = self.now()
        pace = self._chats.get(chat_id)
        if pace is None and self._slow.get(chat_id) is not None:
            pace = self._chat(chat_id, group=group)
        waiting = self._waiting.get(chat_id, 0)
        if pace is None:
            return waiting * self.rates.chat_gap
        return max(0.0, pace.free_at(urgent=False, edit=edit) - now) + waiting * pace.gap

    def flooded(self, chat_id: int, retry_after: float, *, group: bool) -> bool:
        """Telegram answered 429 for a chat; whether that was one too many for the whole bot.

        The chat is left alone for `retry_after` seconds, and sent to more slowly afterwards if it
        answers so again. Other chats are not, unless several different ones answer so at the same
        time.
        """
        now = self.now()
        sent = self._common.used_since(now - SPAN)
        whole = self._flood.flooded(chat_id, now, sent_lately=sent)
        refused = self._slow.refused(
            chat_id,
            now,
            retry_after,
            permitted=self.rates.permitted_gap(group=group),
            own=not self._flood.spared(now),
        )
        pace = self._chat(chat_id, group=group)
        pace.slow_down(refused, now)
        pace.answered = now
        self._unsaved.add(chat_id)
        if whole:
            self._slow.acquit(self._flood.involved())
            self._common.refused()
            self._paused_until = now + self._flood.pause(retry_after)
        self.on_learnt()
        return whole

    def lessons(self, utc: datetime) -> Lessons:
        """What was learnt of the bot, and of the chats that refused since the last call.

        Args:
            utc: the present instant.
        """
        moment = Moment(self.now(), utc)
        found = {chat: slow for chat in self._unsaved if (slow := self._slow.get(chat)) is not None}
        chats = {
            chat: of_chat(slow, moment)
            for chat, slow in found.items()
            if slow.own or slow.gap or slow.until > moment.seconds
        }
        self._unsaved.clear()
        lowered = self._flood.learnt(moment.seconds)
        return Lessons(of_bot(lowered, self._paused_until, moment), chats)

    def restore(self, lessons: Lessons, utc: datetime) -> None:
        """Go on with what was learnt before, by this process or another.

        Args:
            lessons: as `lessons` gave them.
            utc: the present instant.
        """
        moment = Moment(self.now(), utc)
        self._slow.restore({chat: to_chat(slow, moment) for chat, slow in lessons.chats.items()})
        self.adopt(lessons.bot, utc)

    def adopt(self, learnt: Learnt, utc: datetime) -> None:
        """Another process may know better how fast the bot as a whole may be."""
        lowered, paused_until = to_bot(learnt, Moment(self.now(), utc))
        if lowered is not None and self._flood.adopt(lowered):
            self._paused_until = max(self._paused_until, paused_until)

    @property
    def rate(self) -> float:
        """Messages a second that may go out at present for free; infinity if unlimited."""
        return self.rates.global_rate * self._flood.factor(self.now())

    @property
    def paid_rate(self) -> float:
        """Messages a second that can be bought on top of `rate` at present, if they may be."""
        return self.paid.present_rate * self._flood.factor(self.now())

    @property
    def remembered(self) -> int:
        """How many chats are remembered."""
        return len(self._chats)

    def now(self) -> float:
        """The clock's seconds."""
        if self._clock is None:
            self._clock = asyncio.get_running_loop().time
        return self._clock()

    def wake(self) -> None:
        """There are new turns: paid ones were booked, shared ones came, or the gate opened."""
        self._pump()

    # -- waiting --------------------------------------------------------------------------------

    async def _wait(self, waiter: Waiter) -> Slot:
        future: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        waiter.future = future
        self._numbers += 1
        waiter.number = self._numbers
        self._waiting[waiter.chat_id] = self._waiting.get(waiter.chat_id, 0) + 1
        self._rest(waiter)
        self._pump()
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                future.result().close()  # granted in the very moment of being cancelled
            else:
                self._stop_waiting(waiter.chat_id)
                future.cancel()
            raise

    def _rest(self, waiter: Waiter) -> None:
        pace = self._pace(waiter)
        free = pace.free_at(urgent=waiter.urgent, edit=waiter.edit, count=waiter.count)
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
            rested_at, _, waiter = heappop(self._resting)
            waiter.since = now if rested_at == NEVER else rested_at
            heappush(
                self._payers if waiter.pays else self._unpaid,
                (waiter.rank, waiter.number, waiter),
            )
        wake_at = math.inf
        while (line := self._first()) is not None:
            waiter = line[0][2]
            if not waiter.urgent and (self._given >= A_ROUND or not self.gate()):
                self._cut = self._given >= A_ROUND
                wake_at = math.inf
                break
            wake_at = self._common_free_at(now, waiter)
            if wake_at <= now:
                self._serve(line, now, paid=False)
            elif not self._payers:
                break
            elif (paid_at := self._paid_free_at(now, self._payers[0][2])) <= now:
                self._serve(self._payers, now, paid=True)
            else:
                wake_at = min(wake_at, paid_at)
                break
        else:
            wake_at = math.inf
        self._stuck = wake_at == math.inf and bool(self._unpaid or self._payers)
        if self._resting:
            wake_at = min(wake_at, self._resting[0][0])
        self._wake_at(wake_at, now)

    def _first(self) -> list[tuple[int, int, Waiter]] | None:
        """The line whose first waiter goes before the other's; None if nobody waits."""
        for line in (self._unpaid, self._payers):
            while line and line[0][2].gone:
                heappop(line)
        if self._unpaid and self._payers:
            return min(self._unpaid, self._payers, key=lambda line: line[0][:2])
        return self._unpaid or self._payers or None

    def _serve(self, line: list[tuple[int, int, Waiter]], now: float, *, paid: bool) -> None:
        waiter = heappop(line)[2]
        pace = self._pace(waiter)
        if pace.free_at(urgent=waiter.urgent, edit=waiter.edit, count=waiter.count) > now:
            self._rest(waiter)  # another waiter of the chat went first
            return
        self._stop_waiting(waiter.chat_id)
        if not self._given:
            asyncio.get_running_loop().call_soon(self._next_round)
        self._given += 1
        assert waiter.future is not None
        waiter.future.set_result(self._grant(waiter, now, paid=paid))

    def _next_round(self) -> None:
        self._given = 0
        if self._cut:
            self._cut = False
            self._pump()

    def _wake_at(self, at: float, now: float) -> None:
        if self._timer is not None:
            if self._timer_at == at:
                return
            self._timer.cancel()
            self._timer = None
        self._timer_at = at
        if at != math.inf:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(FINEST, at - now), self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._timer_at = math.inf
        self._pump()

    # -- counting -------------------------------------------------------------------------------

    def _common_free_at(self, now: float, waiter: Waiter) -> float:
        self._common.slowed = self._flood.factor(now)
        free = self._common.free_at(now, waiter.count, urgent=waiter.urgent)
        if free > now:
            waiting = len(self._unpaid) + len(self._payers) + waiter.count - 1
            self._common.expect(waiting, urgent=waiter.urgent)
        return max(free, self._paused_until)

    def _paid_free_at(self, now: float, waiter: Waiter) -> float:
        if self.paid.wanted:
            self.on_wanted()
        waiting = len(self._payers) + waiter.count - 1
        return max(self._paused_until, self.paid.free_at(now, waiter.count, waiting=waiting))

    def _grant(self, waiter: Waiter, now: float, *, paid: bool) -> Slot:
        turns = self._common
        if paid:
            turns = self.paid.take(waiter.count)
            turns.slowed = self._common.slowed
        due = turns.take(now, waiter.count, since=waiter.since, urgent=waiter.urgent)
        before = self._pace(waiter).take(
            now, urgent=waiter.urgent, edit=waiter.edit, count=waiter.count
        )
        return Slot(self, waiter, turns, taken=now, due=due, before=before, paid=paid)

    def slot_left(self, slot: Slot) -> None:
        """For `Slot`."""
        slot.left_at = now = self.now()
        slot.counted = slot.turns.left(slot.due, now, slot.count)
        pace = self._chats.get(slot.chat_id)
        if pace is not None:
            pace.move(slot.taken, now, urgent=slot.urgent, edit=slot.edit, count=slot.count)
        if self._stuck:
            self._pump()

    def slot_answered(self, slot: Slot) -> None:
        """For `Slot`."""
        assert slot.left_at is not None
        slot.turns.answered(slot.counted, self.now() - slot.left_at, slot.count)
        pace = self._chats.get(slot.chat_id)
        if pace is None or pace.answered < slot.left_at:
            self._flood.accepted()

    def slot_unused(self, slot: Slot) -> None:
        """For `Slot`."""
        slot.turns.give_back(slot.taken, slot.counted, slot.count)
        if slot.paid:
            self.paid.booked += slot.count
        pace = self._chats.get(slot.chat_id)
        if pace is not None:
            used = slot.taken if slot.left_at is None else slot.left_at
            pace.give_back(used, slot.before, edit=slot.edit, count=slot.count)
        if self._unpaid or self._payers or self._resting:
            self._pump()

    def _pace(self, waiter: Waiter) -> ChatPace:
        return self._chat(waiter.chat_id, group=waiter.group)

    def _chat(self, chat_id: int, *, group: bool) -> ChatPace:
        pace = self._chats.get(chat_id)
        if pace is None:
            pace = self._chats[chat_id] = ChatPace(self.rates, group=group)
            if (refused := self._slow.get(chat_id)) is not None:
                pace.slow_down(refused, self.now())
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


def _nobody() -> None:
    """Nobody wants to hear of it."""


def _open() -> bool:
    return True
