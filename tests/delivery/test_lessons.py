"""What was learnt, written down and read again on another clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.flood import Lowered
from bot.delivery.lessons import Moment, of_bot, of_chat, to_bot, to_chat
from bot.delivery.pacer import Pacer
from bot.delivery.pacing import NEVER
from bot.delivery.slow_chats import Refused
from bot.store.rate import Learnt
from bot.store.slow_chats import SlowChat
from tests.support.virtual_time import run_virtual

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
SECONDS = st.floats(0, 1e6)


class Clock:
    """A process's own clock, which a test moves; each process's starts anywhere."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def flood(pacer: Pacer) -> None:
    """Every chat refuses, for a minute."""
    for chat in range(20):
        pacer.flooded(chat, 60.0, group=False)


@given(SECONDS, SECONDS, st.floats(0, 1e4), st.floats(0, 600), st.floats(0, 3600))
def test_a_restart_goes_on_as_if_there_had_been_none(
    before: float, after: float, ago: float, wait: float, down: float
) -> None:
    """Rate, pause and each chat's wait and gap are what they would have been without a restart."""
    lowered = Lowered(0.5, 0.7, 30.0, before - ago)
    saved = Moment(before, NOON)
    loaded = Moment(after, NOON + timedelta(seconds=down))
    again, paused = to_bot(of_bot(lowered, before + wait, saved), loaded)
    assert again is not None
    for later in (0.0, 10.0, 100.0):
        share = lowered.share(before + down + later)
        assert again.share(after + later) == pytest.approx(share, abs=1e-4)
    assert paused - after == pytest.approx(wait - down, abs=1e-3)
    refused = Refused(before + wait, 4.0)
    known = to_chat(of_chat(refused, saved), loaded)
    assert known.until - after == pytest.approx(wait - down, abs=1e-3)
    assert known.gap == 4.0


@given(st.floats(-1e9, 1e9), st.floats(0, 600))
def test_a_clock_that_was_set_silences_nobody(jump: float, wait: float) -> None:
    """However far the clock was set in between, nothing lasts longer than it was to last."""
    saved = Moment(1000.0, NOON)
    loaded = Moment(50.0, NOON + timedelta(seconds=jump))
    lowered, paused = to_bot(of_bot(Lowered(0.5, 0.7, 30.0, 990.0), 1000.0 + wait, saved), loaded)
    assert lowered is not None
    assert lowered.at <= 50.0
    assert paused <= 50.0 + 10.0 + wait + 1e-3
    assert to_chat(of_chat(Refused(1000.0 + wait), saved), loaded).until <= 50.0 + wait + 1e-3


def test_nothing_learnt_is_nothing_kept() -> None:
    """A bot that was never refused writes down a full rate, and reads it as such."""
    moment = Moment(5.0, NOON)
    assert of_bot(None, NEVER, moment) == Learnt()
    assert to_bot(Learnt(), moment) == (None, NEVER)


def test_a_pacer_knows_after_a_restart() -> None:
    """The rate is as low, a chat as slow and as long left alone as before; news are told once."""

    async def work() -> None:
        old, new = Clock(5000.0), Clock(12.0)
        pacer = Pacer(clock=old)
        for _ in range(3):
            pacer.flooded(-77, 10.0, group=True)
            old.now += 10.0
        flood(pacer)
        gap = pacer.next_free(-77, group=True)
        lessons = pacer.lessons(NOON)
        assert lessons.chats[-77].gap == 12.0
        assert pacer.lessons(NOON).chats == {}
        other = Pacer(clock=new)
        other.restore(lessons, NOON + timedelta(seconds=1))
        old.now += 1.0
        assert other.rate == pytest.approx(pacer.rate)
        assert other.rate < 30
        assert other.next_free(-77, group=True) == pytest.approx(max(0.0, gap - 1.0), abs=1e-3)
        assert other.next_free(1000, group=False) == 0

    run_virtual(work())


def test_another_process_s_flood_is_everyone_s() -> None:
    """A pacer that is told of another's flood slows down and pauses, too; an old one is no news."""

    async def work() -> None:
        pacer, other = Pacer(), Pacer()
        flood(pacer)
        other.adopt(pacer.lessons(NOON).bot, NOON)
        assert other.rate == pacer.rate < 30
        asked = other.now()
        await other.slot(1, group=False)
        assert 1.9 <= other.now() - asked <= 2.1
        young = other.rate
        other.adopt(Learnt(0.1, NOON - timedelta(hours=1), NOON - timedelta(hours=1)), NOON)
        assert other.rate >= young

    run_virtual(work())


def test_a_chat_that_was_let_go_long_ago_is_free() -> None:
    """Half an hour after its wait a chat that was slow is sent to at once."""

    async def work() -> float:
        pacer = Pacer()
        slow = {7: SlowChat(NOON, 2.0, NOON - timedelta(seconds=3))}
        lessons = Pacer().lessons(NOON)
        pacer.restore(type(lessons)(lessons.bot, slow), NOON + timedelta(minutes=30))
        await pacer.slot(7, group=False)
        return pacer.next_free(7, group=False)

    assert 0.9 <= run_virtual(work()) <= 1.03
