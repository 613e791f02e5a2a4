"""One rate for several processes, against the row's own arithmetic."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from bot.delivery.pacer import Pacer, Rates
from bot.delivery.shared_turns import SharedTurns
from bot.errors import StoreError
from bot.store.rate import SECOND, Learnt, Turns, cost, first_turn
from tests.support.virtual_time import run_virtual

EPOCH = 1_700_000_000.0  # Unix seconds at the loop's zero


class Row:
    """The row of the bot-wide rate, as the database keeps it, some milliseconds away."""

    def __init__(self, *, away: float = 0.004) -> None:
        self.away = away
        self.jump = 0.0
        self.due = 0
        self.asked = 0
        self.failing = False
        self.learnt = Learnt()

    async def reserve(self, count: int, per_second: float) -> Turns:
        """As `bot.store.rate.reserve`."""
        await asyncio.sleep(self.away / 2)
        if self.failing:
            raise StoreError("the database is being restarted")
        self.asked += 1
        now = int((asyncio.get_running_loop().time() + EPOCH + self.jump) * SECOND)
        first = first_turn(self.due, now, burst=0, paused_until=0)
        self.due = first + cost(count, per_second)
        await asyncio.sleep(self.away / 2)
        wait = (first - now) / SECOND
        return Turns(count, wait, 1.0 / per_second, self.learnt, now / SECOND)


def process(row: Row, rate: float) -> tuple[Pacer, asyncio.Task[None]]:
    """A process's pacer, and its task."""
    shared = SharedTurns(rate, row.reserve)
    pacer = Pacer(Rates(global_rate=rate), common=shared)
    shared.on_turns = pacer.wake
    return pacer, asyncio.ensure_future(shared.run())


async def send(pacer: Pacer, chats: range, left: list[float]) -> None:
    """One alert to each chat."""

    async def one(chat: int) -> None:
        await pacer.slot(chat, group=False)
        left.append(pacer.now())

    await asyncio.gather(*(one(chat) for chat in chats))


def run_processes(
    rate: float, counts: list[int], *, row: Callable[[], Row] = Row
) -> tuple[list[float], Row]:
    """Let processes send so many alerts each; when each left, and the row."""

    async def work() -> tuple[list[float], Row]:
        left: list[float] = []
        made = row()
        parts = [process(made, rate) for _ in counts]
        firsts = [10_000 * number for number in range(len(counts))]
        await asyncio.gather(
            *(
                send(pacer, range(first, first + count), left)
                for (pacer, _), first, count in zip(parts, firsts, counts, strict=True)
            )
        )
        for _, task in parts:
            task.cancel()
        return sorted(left), made

    return run_virtual(work())


def most_in_a_second(left: list[float]) -> int:
    """The most found in any second, its end not counted in."""
    return max(bisect_left(left, at + 1.0) - index for index, at in enumerate(left))


@pytest.mark.parametrize(("rate", "counts"), [(30, [120, 120]), (1000, [2000, 2000, 2000])])
def test_processes_together_keep_the_rate_and_use_it(rate: int, counts: list[int]) -> None:
    """No second holds more than the rate over all of them, and 98 % of it is used."""
    left, _ = run_processes(rate, counts)
    assert most_in_a_second(left) <= rate
    assert len(left) >= 0.98 * rate * (left[-1] - left[0])


def test_a_process_alone_gets_everything() -> None:
    """One that is busy while the others rest uses the whole rate."""
    left, _ = run_processes(200, [1000, 0, 0])
    assert len(left) >= 0.98 * 200 * (left[-1] - left[0])


def test_the_database_is_asked_some_times_a_second() -> None:
    """At 1,000 messages a second a process asks about twenty times a second, not a thousand."""
    left, row = run_processes(1000, [3000])
    assert row.asked <= 40 * (left[-1] - left[0])


def test_a_reply_waits_for_milliseconds_while_others_broadcast() -> None:
    """Asked in a process without a backlog, beside two that have one."""

    async def work() -> list[float]:
        row, waits = Row(), []
        busy = [process(row, 1000) for _ in range(2)]
        chat, task = process(row, 1000)
        sending = [
            asyncio.ensure_future(send(pacer, range(9000 * n, 9000 * n + 3000), []))
            for n, (pacer, _) in enumerate(busy)
        ]
        for asker in range(100_000, 100_010):
            await asyncio.sleep(0.2)
            asked = chat.now()
            await chat.slot(asker, group=False, urgent=True)
            waits.append(chat.now() - asked)
        for each in (*sending, task, *(running for _, running in busy)):
            each.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
        return waits

    assert max(run_virtual(work())) < 0.25


def test_a_late_process_makes_up_for_it_within_the_rate() -> None:
    """Hiccups of 30 ms cost next to nothing, and no second holds more for them."""

    async def work() -> list[float]:
        left: list[float] = []
        row = Row()
        pacer, task = process(row, 200)
        sending = asyncio.ensure_future(send(pacer, range(1000), left))
        while not sending.done():
            await asyncio.sleep(0.3)
            asyncio.get_running_loop().jump(0.03)  # type: ignore[attr-defined]  # the virtual loop's
        task.cancel()
        return left

    left = run_virtual(work())
    assert most_in_a_second(left) <= 200
    assert len(left) >= 0.95 * 200 * (left[-1] - left[0])


def test_turns_of_a_pause_are_given_up() -> None:
    """Turns that nobody used at their moment are not used later: no burst after a pause."""

    async def work() -> list[float]:
        left: list[float] = []
        row = Row()
        pacer, task = process(row, 100)
        await send(pacer, range(50), left)
        await asyncio.sleep(10.0)
        left.clear()
        await send(pacer, range(1000, 1050), left)
        task.cancel()
        return left

    left = run_virtual(work())
    assert min(later - earlier for earlier, later in pairwise(left)) > 0.005


def test_a_database_that_is_away_delays_and_loses_nothing() -> None:
    """While it is restarted nothing is sent, and everything afterwards."""

    async def work() -> tuple[int, int]:
        left: list[float] = []
        row = Row()
        pacer, task = process(row, 100)
        sending = asyncio.ensure_future(send(pacer, range(200), left))
        await asyncio.sleep(0.5)
        row.failing = True
        await asyncio.sleep(3.0)
        before = len(left)
        row.failing = False
        await sending
        task.cancel()
        return before, len(left)

    before, after = run_virtual(work())
    assert before < 70
    assert after == 200


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 0.2])
def test_the_database_s_clock_may_be_set(jump: float) -> None:
    """Set forth or back by an hour, or a little, in the middle of a broadcast: it goes on."""

    async def work() -> list[float]:
        left: list[float] = []
        row = Row()
        pacer, task = process(row, 100)
        sending = asyncio.ensure_future(send(pacer, range(400), left))
        await asyncio.sleep(2.0)
        row.jump = jump
        await sending
        task.cancel()
        return left

    left = run_virtual(work())
    assert most_in_a_second(left) <= 130
    assert left[-1] - left[0] < (70.0 if jump < 0 else 8.0)


def test_what_others_learnt_comes_with_the_turns() -> None:
    """A process hears of another's refusals as it takes turns."""

    async def work() -> Learnt:
        heard: list[Learnt] = []
        row = Row()
        row.learnt = Learnt(0.5)
        shared = SharedTurns(100, row.reserve)
        pacer = Pacer(Rates(global_rate=100), common=shared)
        shared.on_turns, shared.on_learnt = pacer.wake, heard.append
        task = asyncio.ensure_future(shared.run())
        await pacer.slot(1, group=False)
        task.cancel()
        return heard[0]

    assert run_virtual(work()) == Learnt(0.5)


def test_unused_turns_go_to_whoever_waits() -> None:
    """A slot that is closed without being used is the next one's at once."""

    async def work() -> float:
        pacer, task = process(Row(), 10)
        held = await pacer.slot(1, group=False, hold=True)
        waiting: Awaitable[object] = asyncio.ensure_future(pacer.slot(2, group=False))
        await asyncio.sleep(0)
        start = pacer.now()
        held.close()
        await waiting
        task.cancel()
        return pacer.now() - start

    assert run_virtual(work()) < 0.01


def test_an_album_waits_for_all_its_turns() -> None:
    """Ten pictures at 30 messages a second go out within a third of a second or so."""

    async def work() -> float:
        pacer, task = process(Row(), 30)
        await pacer.slot(1, group=False, count=10)
        await pacer.slot(2, group=False, count=10)
        task.cancel()
        return pacer.now()

    assert run_virtual(work()) < 0.8


@pytest.mark.parametrize("held", [0.5, 1.0, 1.05, 1.5, 30.0])
def test_a_turn_given_back_late_is_void(held: float) -> None:
    """Its moment belongs to a second that is over: nothing breaks, and the rate is kept."""

    async def work() -> list[float]:
        left: list[float] = []
        pacer, task = process(Row(), 20)
        slots = [await pacer.slot(chat, group=False, hold=True) for chat in range(5)]
        sending = asyncio.ensure_future(send(pacer, range(100, 160), left))
        await asyncio.sleep(held)
        for slot in slots:
            slot.close()
            await asyncio.sleep(0.03)
        await sending
        await asyncio.sleep(1.5)
        await send(pacer, range(200, 220), left)
        task.cancel()
        return sorted(left)

    left = run_virtual(work())
    assert len(left) == 80
    assert most_in_a_second(left) <= 20


@pytest.mark.parametrize("rate", [0.5, 2, 5, 9, 11])
def test_an_album_that_takes_longer_than_a_second(rate: float) -> None:
    """Where the rate is low, ten pictures wait for ten turns, and those behind them for theirs."""

    async def work() -> list[float]:
        left: list[float] = []
        pacer, task = process(Row(), rate)
        for number in range(3):
            await pacer.slot(9_000 + number, group=False, count=10)
            left.append(pacer.now())
            await send(pacer, range(100 * number, 100 * number + 3), left)
        task.cancel()
        return left

    left = run_virtual(work())
    assert len(left) == 12
    assert left[-1] - left[0] >= 0.95 * (2 * 10 + 9 - 1) / rate
    assert left[-1] <= 39 / rate + 5  # after an album, a second holds nothing else
