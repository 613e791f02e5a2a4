"""Chats that refuse the permitted pace."""

from __future__ import annotations

from bot.delivery.slow_chats import CHATS, HALVED, WIDEST, SlowChats


def refuse(slow: SlowChats, now: float, chat: int = 7, wait: float = 3.0) -> float:
    """A chat refuses; the gap it has learnt."""
    return slow.refused(chat, now, wait, permitted=1.0, own=True).gap


def test_a_first_429_is_only_waited_out() -> None:
    """Nothing is learnt from one refusal, nor from answers to what was under way."""
    slow = SlowChats()
    assert refuse(slow, 0.0) == 0.0
    assert refuse(slow, 0.5) == 0.0
    assert refuse(slow, 3.4) == 0.0  # the second wait lasts until 3.5


def test_a_chat_that_refuses_again_is_sent_to_ever_more_slowly() -> None:
    """Its gap doubles with each refusal of the permitted pace, up to a minute."""
    slow, now, gaps = SlowChats(), 0.0, []
    for _ in range(9):
        gaps.append(refuse(slow, now))
        now += 3.0
    assert gaps == [0.0, 2.0, 4.0, 8.0, 16.0, 32.0, WIDEST, WIDEST, WIDEST]


def test_the_gap_shrinks_back() -> None:
    """By half every few minutes; after half an hour nothing is left of a few seconds."""
    slow = SlowChats()
    refuse(slow, 0.0)
    refuse(slow, 3.0)
    found = slow.get(7)
    assert found is not None
    assert found.gap_at(6.0) == 2.0
    assert found.gap_at(6.0 + HALVED) == 1.0
    assert found.gap_at(6.0 + 1800) < 0.05


def test_a_refusal_much_later_is_a_first_one() -> None:
    """A chat that refuses once an hour is waited for once an hour."""
    slow = SlowChats()
    assert [refuse(slow, 3600.0 * n) for n in range(4)] == [0.0] * 4


def test_refusals_of_a_flood_are_not_the_chats() -> None:
    """What the whole bot did wrong is not held against a chat, before or after it was known."""
    slow = SlowChats()
    refuse(slow, 0.0)
    slow.acquit([7])
    assert refuse(slow, 4.0) == 0.0
    assert slow.refused(7, 8.0, 3.0, permitted=1.0, own=False).gap == 0.0


def test_memory_stays_bounded() -> None:
    """The chats that refused last are remembered, so many and no more."""
    slow = SlowChats()
    for chat in range(CHATS + 500):
        refuse(slow, chat / 1000, chat)
    assert len(slow) == CHATS
    assert slow.get(0) is None
    assert slow.get(CHATS + 499) is not None
