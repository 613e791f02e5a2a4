"""Turns for alerts and replies, in an event loop whose clock jumps."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from itertools import pairwise
from math import ceil, inf

import pytest

from bot.delivery.pacer import A_ROUND, Pacer, Rates
from tests.support.virtual_time import run_virtual


def now() -> float:
    """The loop's seconds."""
    return asyncio.get_running_loop().time()


def most_in(times: list[float], period: float) -> int:
    """The most found in any `period`, its start counted in."""
    times = sorted(times)
    return max(bisect_right(times, at) - bisect_left(times, at - period) for at in times)


async def broadcast(pacer: Pacer, chats: range, *, group: bool = False) -> list[float]:
    """One alert to each chat; when each left."""
    left: list[float] = []

    async def one(chat: int) -> None:
        await pacer.slot(chat, group=group)
        left.append(now())

    await asyncio.gather(*(one(chat) for chat in chats))
    return left


@pytest.mark.parametrize("rate", [30, 1000, 7.5, 0.5])
def test_a_broadcast_keeps_the_rate_and_uses_it(rate: float) -> None:
    """In no second more than allowed, and at least 99 % of what is allowed is used."""
    count = max(8, int(rate * 20))
    left = run_virtual(broadcast(Pacer(Rates(global_rate=rate)), range(count)))
    assert most_in(left, 1.0) <= ceil(rate)
    assert count - 1 >= 0.99 * rate * (left[-1] - left[0]) - 1


def test_a_broadcast_is_smooth() -> None:
    """After the first few, messages leave one by one and not thirty at once."""
    left = run_virtual(broadcast(Pacer(), range(120)))
    assert most_in(left, 0.2) <= 10
    assert max(b - a for a, b in pairwise(left)) < 0.25


def test_the_loop_has_its_rounds_however_many_turns_are_due() -> None:
    """Where a whole line may go at once, a few go in each round of the loop."""

    async def work() -> list[int]:
        pacer, may_go, left = Pacer(Rates(global_rate=inf)), False, 0
        pacer.gate = lambda: may_go

        async def one(chat: int) -> None:
            nonlocal left
            await pacer.slot(chat, group=False)
            left += 1

        senders = asyncio.gather(*(one(chat) for chat in range(500)))
        await asyncio.sleep(1)
        assert left == 0
        may_go, counted = True, [0]
        pacer.wake()
        while not senders.done():
            await asyncio.sleep(0)
            counted.append(left)
        return counted

    counted = run_virtual(work())
    assert counted[-1] == 500
    assert max(b - a for a, b in pairwise(counted)) <= A_ROUND


def test_messages_for_one_chat_are_a_second_apart() -> None:
    """Ten waiters for one chat go one a second, in the order in which they came."""

    async def work() -> list[tuple[int, float]]:
        pacer, left = Pacer(), []

        async def one(number: int) -> None:
            await pacer.slot(7, group=False)
            left.append((number, now()))

        await asyncio.gather(*(one(number) for number in range(10)))
        return left

    left = run_virtual(work())
    assert [number for number, _ in left] == list(range(10))
    assert all(1.0 <= b[1] - a[1] <= 1.03 for a, b in pairwise(left))


def test_a_group_gets_twenty_a_minute() -> None:
    """In no minute more than twenty, the permitted number is used, and none is left silent long."""

    async def work() -> list[float]:
        pacer, left = Pacer(), []

        async def one() -> None:
            await pacer.slot(-7, group=True)
            left.append(now())

        await asyncio.gather(*(one() for _ in range(100)))
        return left

    left = run_virtual(work())
    assert most_in(left, 60.0) <= 20
    assert min(b - a for a, b in pairwise(left)) >= 1.0
    assert 0.97 * (left[-1] - left[0]) / 60 * 20 <= 99


def test_a_reply_goes_before_a_broadcast() -> None:
    """With 3,000 alerts waiting, a reply waits for one turn only."""

    async def work() -> float:
        pacer = Pacer()
        alerts = asyncio.ensure_future(broadcast(pacer, range(3000)))
        await asyncio.sleep(5)
        asked = now()
        await pacer.slot(999_999, group=False, urgent=True)
        waited = now() - asked
        alerts.cancel()
        await asyncio.gather(alerts, return_exceptions=True)
        return waited

    assert run_virtual(work()) <= 0.05


def test_a_reply_in_a_busy_group_waits_seconds_not_a_minute() -> None:
    """Alerts for a group are spread over the minute, so that a reply finds a turn."""

    async def work() -> list[float]:
        pacer = Pacer()
        alerts = [asyncio.ensure_future(pacer.slot(-7, group=True)) for _ in range(60)]
        waits = []
        for _ in range(6):
            await asyncio.sleep(17)
            asked = now()
            await pacer.slot(-7, group=True, urgent=True)
            waits.append(now() - asked)
        for alert in alerts:
            alert.cancel()
        await asyncio.gather(*alerts, return_exceptions=True)
        return waits

    assert max(run_virtual(work())) <= 13


def test_an_urgent_edit_in_a_private_chat_waits_only_for_the_common_rate() -> None:
    """A keyboard is redrawn at once, also right after a message."""

    async def work() -> float:
        pacer = Pacer()
        await pacer.slot(7, group=False)
        asked = now()
        await pacer.slot(7, group=False, urgent=True, edit=True)
        await pacer.slot(7, group=False, urgent=True, edit=True)
        return now() - asked

    assert run_virtual(work()) < 0.1


def test_a_blocked_chat_does_not_delay_the_others() -> None:
    """After a 429 of one chat the others go on at full rate, and that chat waits its time."""

    async def work() -> tuple[list[float], float, float]:
        pacer = Pacer()
        pacer.flooded(3, 100.0, group=False)
        blocked = asyncio.ensure_future(pacer.slot(3, group=False))
        left = await broadcast(pacer, range(1000, 1300))
        until = pacer.next_free(3, group=False)
        await blocked
        return left, until, now()

    left, until, end = run_virtual(work())
    assert left[-1] <= 300 / 30 * 1.02
    assert until > 85
    assert 100 <= end <= 101


def test_many_429_at_once_slow_the_whole_bot_until_it_recovers() -> None:
    """The common rate goes down after a flood of refusals and is back a minute later."""

    async def work() -> tuple[float, float, float]:
        pacer = Pacer()
        await broadcast(pacer, range(30))
        for chat in range(20):
            pacer.flooded(chat, 3.0, group=False)
        low = pacer.rate
        started = now()
        await broadcast(pacer, range(1000, 1100))
        took = now() - started
        await asyncio.sleep(60)
        return low, took, pacer.rate

    low, took, high = run_virtual(work())
    assert low < 25
    assert took > 100 / 25
    assert high == 30


def test_two_chats_answering_429_are_no_flood() -> None:
    """The whole bot slows down only when several chats refuse."""

    async def work() -> float:
        pacer = Pacer()
        pacer.flooded(1, 3.0, group=False)
        pacer.flooded(2, 3.0, group=False)
        return pacer.rate

    assert run_virtual(work()) == 30


def test_a_cancelled_waiter_loses_no_turn() -> None:
    """Waiters cancelled while waiting, or in the moment of their turn, cost nothing."""

    async def work() -> tuple[list[float], int]:
        pacer = Pacer(Rates(global_rate=10))
        doomed = [asyncio.ensure_future(pacer.slot(chat, group=False)) for chat in range(500)]
        await asyncio.sleep(0)
        others = asyncio.ensure_future(broadcast(pacer, range(1000, 1050)))
        # The moment in which the second one is granted and has not run again.
        asyncio.get_running_loop().call_later(0.10081, lambda: [one.cancel() for one in doomed])
        left = await others
        await asyncio.gather(*doomed, return_exceptions=True)
        return left, sum(not one.cancelled() for one in doomed)

    left, served = run_virtual(work())
    assert left[-1] <= (50 + served) / 10 + 0.2


def test_a_slot_counts_when_its_request_leaves() -> None:
    """A request held up on its way counts from when it left; unused slots are given back."""

    async def work() -> list[float]:
        pacer = Pacer(Rates(global_rate=2))
        held = [await pacer.slot(chat, group=False, hold=True) for chat in (1, 2)]
        third = asyncio.ensure_future(pacer.slot(3, group=False))
        await asyncio.sleep(5)
        assert not third.done()
        start = now()
        held[0].left()
        held[1].close()
        await third
        first = now() - start
        await pacer.slot(4, group=False)
        return [first, now() - start]

    first, second = run_virtual(work())
    assert first == 0
    assert 1.0 <= second <= 1.02


@pytest.mark.parametrize("group", [False, True])
def test_a_slot_is_free_again_where_there_was_no_connection(group: bool) -> None:
    """Of the bot, of the chat and of a group's minute: what was tried in vain took nothing."""

    async def work() -> float:
        pacer = Pacer(Rates(global_rate=1, group_per_minute=1))
        for _ in range(5):
            slot = await pacer.slot(-1, group=group, hold=True)
            slot.left()
            await asyncio.sleep(0.01)
            slot.recall()
            slot.close()
        await pacer.slot(-1, group=group)
        return now()

    assert run_virtual(work()) == pytest.approx(0.05)


def test_behind_a_closed_gate_only_replies_leave() -> None:
    """Alerts wait until it opens, also one that comes first; then they go at the rate."""

    async def work() -> tuple[float, list[float]]:
        pacer, is_open = Pacer(Rates(global_rate=10)), False
        pacer.gate = lambda: is_open
        alerts = asyncio.create_task(broadcast(pacer, range(1, 31)))
        await asyncio.sleep(5)
        began = now()
        await pacer.slot(100, group=False, urgent=True)
        replied = now() - began
        await asyncio.sleep(5)
        assert not alerts.done()
        is_open = True
        pacer.wake()
        return replied, await alerts

    replied, left = run_virtual(work())
    assert replied < 0.2
    assert len(left) == 30
    assert min(left) >= 10
    assert most_in(left, 1.0) <= 10


def test_idle_chats_are_forgotten() -> None:
    """Writing to 30,000 chats leaves a few thousand in memory."""

    async def work() -> int:
        pacer = Pacer(Rates(global_rate=1000))
        for start in range(0, 30_000, 1000):
            await broadcast(pacer, range(start, start + 1000))
        return pacer.remembered

    assert run_virtual(work()) < 10_000


@pytest.mark.parametrize("asleep", [3600.0, 0.5])
def test_a_machine_that_wakes_up_does_not_stampede(asleep: float) -> None:
    """After an hour in which nothing ran, the alerts that wait go out at the rate.

    Most clocks stand still meanwhile; this is the worst one, which does not.
    """

    async def work() -> list[float]:
        pacer = Pacer()
        alerts = asyncio.ensure_future(broadcast(pacer, range(600)))
        await asyncio.sleep(5)
        asyncio.get_running_loop().jump(asleep)  # type: ignore[attr-defined]  # the virtual loop's
        return await alerts

    left = run_virtual(work())
    assert most_in(left, 1.0) <= 30
    woken = [at for at in left if at >= 5.0 + asleep]
    assert most_in(woken, 0.2) <= 16
    assert len(woken) > 400


def test_without_limits_nobody_waits() -> None:
    """Switched off, turns are handed out at once."""

    async def work() -> float:
        pacer = Pacer(Rates.off())
        await broadcast(pacer, range(100))
        for _ in range(100):
            await pacer.slot(-1, group=True)
        return now()

    assert run_virtual(work()) == 0
