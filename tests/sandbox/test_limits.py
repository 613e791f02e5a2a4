"""The flood limits as sliding windows, on a clock the test moves."""

from __future__ import annotations

from bot.sandbox.limits import Limiter, Limits


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def limiter(limits: Limits) -> tuple[Limiter, Clock]:
    """A limiter and the clock it reads."""
    clock = Clock()
    return Limiter(limits, clock), clock


def test_thirty_in_any_second() -> None:
    """The 31st message within a second is refused, and so is everything until the wait is over."""
    flood, clock = limiter(Limits())
    for chat in range(30):
        assert flood.send(chat, group=False) == 0
        clock.now += 0.01
    assert flood.send(99, group=False) == 1
    clock.now += 0.75  # the window has room again, but the bot was told to wait
    assert flood.send(98, group=False) == 1
    clock.now += 0.26
    assert flood.send(97, group=False) == 0
    assert flood.counters.accepted == 31
    assert flood.counters.floods == 2
    assert flood.counters.peak_per_second == 30


def test_even_pace_is_never_refused() -> None:
    """30 messages a second, evenly spaced, pass for as long as one likes."""
    flood, clock = limiter(Limits())
    for number in range(3000):
        assert flood.send(number, group=False) == 0
        clock.now += 1 / 30


def test_one_a_second_in_a_chat() -> None:
    """A second message within a second is refused for that chat only."""
    flood, clock = limiter(Limits())
    assert flood.send(1, group=False) == 0
    clock.now += 0.5
    assert flood.send(1, group=False) == 1
    assert flood.send(2, group=False) == 0
    clock.now += 0.6
    assert flood.send(1, group=False) > 0  # was told to wait a whole second
    clock.now += 0.5
    assert flood.send(1, group=False) == 0


def test_tolerance_and_burst() -> None:
    """A gap may be 20 ms short, and a burst can be allowed."""
    flood, clock = limiter(Limits())
    assert flood.send(1, group=False) == 0
    clock.now += 0.985
    assert flood.send(1, group=False) == 0
    burst, _ = limiter(Limits(chat_burst=3))
    assert [burst.send(1, group=False) for _ in range(4)] == [0, 0, 0, 1]


def test_twenty_a_minute_in_a_group() -> None:
    """The 21st message in a minute is refused with the seconds until the first leaves it."""
    flood, clock = limiter(Limits())
    for _ in range(20):
        assert flood.send(-1, group=True) == 0
        clock.now += 1.5
    assert flood.send(-1, group=True) == 30
    assert flood.send(-2, group=True) == 0
    clock.now += 30
    assert flood.send(-1, group=True) == 0


def test_an_album_counts_each_picture() -> None:
    """Ten pictures are ten messages of the minute."""
    flood, clock = limiter(Limits(per_chat_per_second=None))
    assert flood.send(-1, group=True, count=10) == 0
    clock.now += 2
    assert flood.send(-1, group=True, count=10) == 0
    assert flood.send(-1, group=True, count=1) == 58


def test_edits_have_a_minute_of_their_own() -> None:
    """Edits are counted in groups only, beside the messages."""
    flood, _ = limiter(Limits())
    assert [flood.edit(-1, group=True) for _ in range(20)] == [0] * 20
    assert flood.edit(-1, group=True) == 60
    assert flood.send(-1, group=True) == 0
    assert [flood.edit(5, group=False) for _ in range(50)] == [0] * 50


def test_paid_messages_go_beyond_the_free_number() -> None:
    """1,000 a second in all with the flag, still 30 without it; those over the 30 are charged."""
    flood, clock = limiter(Limits())
    for chat in range(30):
        assert flood.send(chat, group=False) == 0
    for chat in range(100, 1070):
        assert flood.send(chat, group=False, paid=True) == 0
        clock.now += 0.0005
    assert flood.counters.paid == flood.counters.charged == 970
    assert flood.counters.peak_per_second == 1000
    assert flood.send(2000, group=False, paid=True) == 1
    clock.now += 1.0
    assert flood.send(2001, group=False, paid=True) == 0
    assert (flood.counters.paid, flood.counters.charged) == (971, 970)  # the last one was free


def test_without_the_flag_paid_messages_do_not_help() -> None:
    """The 31st message that nobody pays for is refused, however many are paid for."""
    flood, _ = limiter(Limits())
    for chat in range(30):
        assert flood.send(chat, group=False) == 0
        assert flood.send(100 + chat, group=False, paid=True) == 0
    assert flood.send(999, group=False) == 1


def test_off() -> None:
    """Without limits everything passes and is still counted."""
    flood, _ = limiter(Limits.off())
    assert [flood.send(1, group=True) for _ in range(500)] == [0] * 500
    assert flood.counters.peak_per_second == 500


def test_memory_stays_bounded() -> None:
    """Chats that have long been ready again are forgotten."""
    flood, clock = limiter(Limits(global_per_second=None))
    for number in range(120_000):
        flood.send(number, group=False)
        clock.now += 0.001
    assert len(flood._chats) <= 50_001
