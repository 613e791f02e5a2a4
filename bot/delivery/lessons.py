"""What pacing learnt, as it is written down: in UTC instead of a process's own clock; pure.

A clock that was set in between must not silence a chat for a year. So what counts is how long ago
something was written down, at least no time, and how long it was to last then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.delivery.flood import CLIMB, Lowered
from bot.delivery.pacing import NEVER
from bot.delivery.slow_chats import Refused
from bot.store.rate import Learnt
from bot.store.slow_chats import SlowChat


@dataclass(frozen=True, slots=True)
class Lessons:
    """What is worth keeping.

    Attributes:
        bot: of the bot as a whole.
        chats: of chats, by Telegram's id; the one that refused last comes first.
    """

    bot: Learnt = field(default_factory=Learnt)
    chats: Mapping[int, SlowChat] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moment:
    """The same instant on two clocks: a process's own, in seconds, and UTC."""

    seconds: float
    utc: datetime

    def to_utc(self, seconds: float) -> datetime:
        """An instant of the process's clock."""
        return self.utc + timedelta(seconds=seconds - self.seconds)

    def since(self, utc: datetime) -> float:
        """Seconds that have passed; none if the clock was set back."""
        return max(0.0, (self.utc - utc).total_seconds())


def of_bot(lowered: Lowered | None, paused_until: float, moment: Moment) -> Learnt:
    """What the guard of the whole bot learnt, for the store."""
    if lowered is None:
        return Learnt()
    lowered_at = moment.to_utc(lowered.at)
    paused = lowered_at if paused_until == NEVER else moment.to_utc(paused_until)
    return Learnt(lowered.low, lowered_at, paused, lowered.ceiling, lowered.climb)


def to_bot(learnt: Learnt, moment: Moment) -> tuple[Lowered | None, float]:
    """What the store knows of the whole bot: for the guard, and the end of a pause."""
    if not 0.0 < learnt.factor < 1.0:
        return None, NEVER
    passed = moment.since(learnt.lowered_at)
    lowered = Lowered(
        low=learnt.factor,
        ceiling=min(1.0, max(learnt.ceiling, learnt.factor)),
        climb=learnt.climb if learnt.climb > 0.0 else CLIMB,
        at=moment.seconds - passed,
    )
    pause = (learnt.paused_until - learnt.lowered_at).total_seconds()
    return lowered, moment.seconds - passed + pause


def of_chat(refused: Refused, moment: Moment) -> SlowChat:
    """What a chat taught, for the store."""
    return SlowChat(moment.to_utc(refused.until), refused.gap, moment.utc)


def to_chat(slow: SlowChat, moment: Moment) -> Refused:
    """What the store knows of a chat."""
    wait = (slow.until - slow.saved_at).total_seconds()
    return Refused(moment.seconds - moment.since(slow.saved_at) + wait, max(0.0, slow.gap))
