"""Turns that cost: after the free ones, for whom it is allowed, as far as they are booked."""

from __future__ import annotations

import asyncio

import pytest

from bot.delivery.pacer import Pacer, Rates
from bot.delivery.paid import PaidFor, PaidPolicy
from bot.delivery.slot import Slot
from tests.support.virtual_time import run_virtual


def pacer(paid_for: PaidFor, booked: int) -> Pacer:
    """A pacer at 30 a second for free and 1,000 in all, with so many messages booked."""
    made = Pacer(Rates(), paid=PaidPolicy(paid_for, 1000.0, 10_000))
    made.paid.booked = booked
    return made


async def broadcast(
    paced: Pacer, count: int, *, key: bool = False, edit: bool = False
) -> tuple[list[Slot], float]:
    """A slot for each of so many chats, and how long that took."""
    start = paced.now()
    slots = await asyncio.gather(
        *(paced.slot(chat, group=False, key=key, edit=edit) for chat in range(1, count + 1))
    )
    return slots, paced.now() - start


@pytest.mark.parametrize(
    ("paid_for", "key", "edit", "pays"),
    [
        (PaidFor.OFF, True, False, False),
        (PaidFor.KEY, False, False, False),
        (PaidFor.KEY, True, False, True),
        (PaidFor.ALL, False, False, True),
        (PaidFor.ALL, True, True, False),
    ],
)
def test_who_is_paid_for(paid_for: PaidFor, key: bool, edit: bool, pays: bool) -> None:
    """Only what the setting names is paid for, never an edit; the rest goes at the free rate."""
    slots, took = run_virtual(broadcast(pacer(paid_for, 5000), 300, key=key, edit=edit))
    assert any(slot.paid for slot in slots) == pays
    assert (took < 1.0) == pays


def test_free_turns_are_used_first() -> None:
    """Of what goes out in ten seconds, 30 a second cost nothing, and 1,000 a second go out."""

    async def work() -> tuple[int, float, int]:
        paced = pacer(PaidFor.ALL, 20_000)
        slots, took = await broadcast(paced, 10_000)
        return sum(not slot.paid for slot in slots), took, paced.paid.booked

    free, took, booked = run_virtual(work())
    assert 10.0 <= took <= 10.2
    assert 290 <= free <= 310
    assert booked == 20_000 - (10_000 - free)


def test_a_lone_message_costs_nothing() -> None:
    """Below the free rate nothing is paid for, though it may be."""
    slots, _ = run_virtual(broadcast(pacer(PaidFor.ALL, 5000), 2))
    assert [slot.paid for slot in slots] == [False, False]


def test_what_is_booked_is_the_end() -> None:
    """When the budget is used up the rest goes at the free rate, and more is asked for."""

    async def work() -> tuple[int, float, int]:
        paced, asked = pacer(PaidFor.ALL, 100), [0]

        def on_wanted() -> None:
            asked[0] += 1

        paced.on_wanted = on_wanted
        slots, took = await broadcast(paced, 400)
        return sum(slot.paid for slot in slots), took, asked[0]

    paid, took, asked = run_virtual(work())
    assert paid == 100
    assert took == pytest.approx(300 / 30, abs=0.5)
    assert asked


def test_new_bookings_wake_who_waits() -> None:
    """As soon as messages are booked, those that wait for the free rate go out."""

    async def work() -> float:
        paced = pacer(PaidFor.KEY, 0)
        waiting = asyncio.ensure_future(broadcast(paced, 500, key=True))
        await asyncio.sleep(1.0)
        paced.paid.booked = 1000
        paced.wake()
        return (await waiting)[1]

    assert run_virtual(work()) < 1.7


def test_a_slot_that_is_not_used_is_given_back() -> None:
    """A message that was paid for and not sent does not cost."""

    async def work() -> int:
        paced = pacer(PaidFor.ALL, 50)
        slots = await asyncio.gather(
            *(paced.slot(chat, group=False, hold=True) for chat in range(1, 21))
        )
        for slot in slots:
            slot.close()
        return paced.paid.booked

    assert run_virtual(work()) == 50


def test_a_reply_and_a_key_event_go_before_other_alerts() -> None:
    """With 300 alerts waiting, replies are first, then key events."""

    async def work() -> list[str]:
        paced, order = Pacer(), []

        async def one(name: str, chat: int, *, key: bool = False, urgent: bool = False) -> None:
            await paced.slot(chat, group=False, key=key, urgent=urgent)
            order.append(name)

        alerts = [asyncio.ensure_future(one("alert", chat)) for chat in range(300)]
        await asyncio.sleep(1.0)
        order.clear()
        key = asyncio.ensure_future(one("key", 1001, key=True))
        await asyncio.gather(key, one("reply", 1002, urgent=True))
        for alert in alerts:
            alert.cancel()
        await asyncio.gather(*alerts, return_exceptions=True)
        return order

    assert run_virtual(work())[:2] == ["reply", "key"]


def test_an_album_takes_as_many_turns_as_it_has_pictures() -> None:
    """Three albums of ten use a second of the free rate, and a chat's next message waits longer."""

    async def work() -> tuple[float, float]:
        paced = Pacer()
        start = paced.now()
        for chat in (1, 2, 3):
            await paced.slot(chat, group=False, count=10)
        await paced.slot(4, group=False)
        return paced.now() - start, paced.next_free(3, group=False)

    took, wait = run_virtual(work())
    assert 0.9 <= took <= 1.1
    assert 9.0 <= wait <= 10.3
