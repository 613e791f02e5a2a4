"""Telling a chat's 429 from the whole bot's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.flood import HOLD, IN_A_ROW, LONGEST_CLIMB, SLOWER, FloodGuard


def flood(guard: FloodGuard, at: float) -> None:
    """Every chat refuses."""
    for chat in range(40):
        guard.flooded(chat, at + chat / 1000, sent_lately=30)


def test_one_chat_again_and_again_is_no_flood() -> None:
    """Different chats count, not answers."""
    guard = FloodGuard()
    assert not any(guard.flooded(7, n / 100, sent_lately=10) for n in range(50))
    assert guard.factor(1) == 1


def test_a_few_chats_among_many_are_no_flood() -> None:
    """At 1,000 messages a second, ten chats that refuse while others do not are ten chats."""
    guard = FloodGuard()
    for chat in range(10):
        assert not guard.flooded(chat, 0.5, sent_lately=1000)
        guard.accepted()


def test_several_chats_in_a_row_are_a_flood_however_many_were_sent() -> None:
    """Five refusals with nothing accepted in between: at 1,000 a second, hundreds would follow."""
    guard = FloodGuard()
    answers = [guard.flooded(chat, chat / 1000, sent_lately=1000) for chat in range(IN_A_ROW)]
    assert answers == [False] * (IN_A_ROW - 1) + [True]


def test_a_flood_lowers_the_rate_once_and_it_climbs_back() -> None:
    """Answers to what was under way do not lower it again; after a while it is whole."""
    guard = FloodGuard()
    lowered = [guard.flooded(chat, 0.01 * chat, sent_lately=30) for chat in range(40)]
    assert sum(lowered) == 1
    assert guard.factor(1) == SLOWER
    assert guard.factor(3) == SLOWER
    assert SLOWER < guard.factor(8) < 1
    assert guard.factor(30) == 1


def test_floods_that_go_on_lower_it_further_but_never_to_nothing() -> None:
    """There is always a probe left."""
    guard = FloodGuard()
    for second in range(0, 200, 2):
        flood(guard, second)
    assert 0 < guard.factor(200) <= 0.1


def test_a_rate_that_is_refused_again_and_again_is_asked_for_ever_less_often() -> None:
    """Where Telegram permits 20 of 30, an hour sees few floods and nearly all of 20 is used."""
    guard, floods, used, now = FloodGuard(), [], 0.0, 0.0
    while now < 3600:
        if guard.factor(now) > 20 / 30:
            flood(guard, now)
            floods.append(now)
            now += 2.0
        used += guard.factor(now) * 30 * 0.25
        now += 0.25
    assert len(floods) < 25
    assert len([at for at in floods if at > 1800]) <= 5
    assert used >= 0.85 * 20 * 3600


def test_a_passing_mood_of_telegram_does_not_last() -> None:
    """Lowered to a quarter by floods within seconds, it is whole again in a few minutes."""
    guard = FloodGuard()
    for second in (0, 2, 4, 6, 8, 10):
        flood(guard, second)
    assert guard.factor(11) < 0.3
    assert guard.factor(240) == 1


def test_only_younger_lessons_are_adopted() -> None:
    """What another process learnt before is no news; what it learnt since is."""
    guard, other = FloodGuard(), FloodGuard()
    flood(other, 1)
    flood(guard, 5)
    old, young = other.learnt(5), guard.learnt(5)
    assert old is not None
    assert young is not None
    assert not guard.adopt(old)
    assert not guard.adopt(young)
    assert other.adopt(young)


def test_pauses_double_while_nothing_is_accepted() -> None:
    """Two seconds, then four, then eight, but never more than was asked for."""
    guard, pauses = FloodGuard(), []
    for second in (0, 2, 4):
        flood(guard, second)
        pauses.append(guard.pause(5.0))
    assert pauses == [2.0, 4.0, 5.0]
    guard.accepted()
    flood(guard, 9)
    assert guard.pause(5.0) == 2.0


@given(st.floats(0, 3600), st.floats(-1e6, 1e6))
def test_what_was_learnt_goes_on_elsewhere(later: float, offset: float) -> None:
    """Another guard, on another clock, uses the same share from then on; in the end it is over."""
    guard, other = FloodGuard(), FloodGuard()
    for second in (0, 2, 30):
        flood(guard, second)
    found = guard.learnt(later)
    assert found is not None or later > 30.0 + LONGEST_CLIMB
    assert found is None or later < 31.0 + HOLD + 3 * LONGEST_CLIMB
    if found is not None:
        assert other.adopt(replace(found, at=found.at + offset))
        assert other.factor(later + offset) == pytest.approx(guard.factor(later), abs=1e-6)
