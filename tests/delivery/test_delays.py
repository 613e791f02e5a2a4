"""What is known of the way from a turn to Telegram."""

from __future__ import annotations

import random

from bot.delivery.delays import COST, LONGEST_LAG, MOST_COST, SETTLING, Lag, Strays


def settled(usual: float, rate: float = 1000) -> Strays:
    """Strays after the start, on a line whose answers take so long."""
    strays = Strays(rate)
    for _ in range(int(SETTLING * rate)):
        strays.of(usual)
    return strays


def test_the_usual_lag_is_found_and_exceptions_do_not_move_it_far() -> None:
    """After a hundred requests it is known; one that took a second counts as a few milliseconds."""
    lag = Lag()
    for _ in range(300):
        lag.note(0.002)
    assert 0.0019 < lag.usual <= 0.002
    lag.note(1.0)
    assert lag.usual < 0.0021
    for _ in range(1000):
        lag.note(1.0)
    assert lag.usual <= LONGEST_LAG


def test_at_the_start_a_message_arrives_with_its_answer() -> None:
    """While connections are made nothing is known but the answer."""
    assert Strays(30).of(0.3) == 0.3


def test_a_steady_line_has_no_strays() -> None:
    """A delay that is always the same costs nothing, however long it is."""
    strays = settled(0.08)
    assert max(strays.of(0.08) for _ in range(1000)) == 0.0


def test_one_late_answer_is_one_late_message() -> None:
    """An answer 50 ms later than usual: the message arrived 50 ms later."""
    strays = settled(0.02)
    assert 0.045 < strays.of(0.07) <= 0.05
    assert strays.of(0.02) == 0.0


def test_where_answers_take_any_time_only_extremes_count() -> None:
    """The corrections cost what they may, and no more."""
    chance = random.Random(7)
    strays = settled(0.05)
    late = [strays.of(0.05 + chance.expovariate(1 / 0.05)) for _ in range(200_000)]
    assert sum(late[-20_000:]) / 20_000 <= 1.2 * COST
    assert max(late[-20_000:]) > 0.1


def test_a_429_for_the_whole_bot_allows_more_and_it_falls_back() -> None:
    """More is corrected after it; an hour later as much as before."""
    chance = random.Random(7)
    strays = settled(0.05, rate=30)

    def cost(messages: int) -> float:
        late = [strays.of(0.05 + chance.expovariate(1 / 0.05)) for _ in range(messages)]
        return sum(late[messages // 2 :]) / (messages - messages // 2)

    before = cost(6_000)
    for _ in range(9):
        strays.refused()
    raised = cost(600)
    assert 2 * before < raised <= 1.5 * MOST_COST
    assert cost(108_000) <= 1.2 * COST
