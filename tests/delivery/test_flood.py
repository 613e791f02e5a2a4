"""Telling a chat's 429 from the whole bot's."""

from __future__ import annotations

from bot.delivery.flood import FloodGuard


def test_one_chat_again_and_again_is_no_flood() -> None:
    """Different chats count, not answers."""
    guard = FloodGuard()
    assert not any(guard.flooded(7, n / 100, sent_lately=10) for n in range(50))
    assert guard.factor(1) == 1


def test_a_few_chats_among_many_are_no_flood() -> None:
    """At 1,000 messages a second, ten chats that refuse are ten chats."""
    guard = FloodGuard()
    assert not any(guard.flooded(chat, 0.5, sent_lately=1000) for chat in range(10))


def test_a_flood_lowers_the_rate_once_and_it_climbs_back() -> None:
    """Answers to what was under way do not lower it again; after a while it is whole."""
    guard = FloodGuard()
    lowered = [guard.flooded(chat, 0.01 * chat, sent_lately=30) for chat in range(40)]
    assert sum(lowered) == 1
    assert guard.factor(1) == 0.7
    assert guard.factor(5) == 0.7
    assert 0.7 < guard.factor(12) < 1
    assert guard.factor(30) == 1


def test_floods_that_go_on_lower_it_further_but_never_to_nothing() -> None:
    """There is always a probe left."""
    guard = FloodGuard()
    for second in range(0, 200, 2):
        for chat in range(30):
            guard.flooded(chat, second + chat / 100, sent_lately=30)
    assert 0 < guard.factor(200) <= 0.1
