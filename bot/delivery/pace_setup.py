"""Puts the pacer together: one process's own, or one that shares its turns through the database."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.chat_pace import Rates
from bot.delivery.pacer import Pacer
from bot.delivery.paid import PaidFor, PaidPolicy
from bot.delivery.shared_turns import SharedTurns
from bot.store import rate
from bot.store.engine import Database

CLOCK = time.monotonic  # an event loop's may be coarser, and a turn a millisecond is not rare


@dataclass(frozen=True, slots=True)
class Paced:
    """A pacer, and what must run for it: await `SharedTurns.run` of each in a task."""

    pacer: Pacer
    shared: tuple[SharedTurns, ...] = ()


def alone(rates: Rates, paid: PaidPolicy) -> Paced:
    """For a process that sends alone."""
    return Paced(Pacer(rates, clock=CLOCK, paid=paid))


def together(db: Database, rates: Rates, paid: PaidPolicy, *, now: Callable[[], datetime]) -> Paced:
    """For a process beside which others may send from the same database."""
    free = SharedTurns(rates.global_rate, _reserve(db, paid=False), clock=CLOCK)
    shared, bought = [free], None
    if paid.paid_for is not PaidFor.OFF:
        bought = SharedTurns(paid.rate - rates.global_rate, _reserve(db, paid=True), clock=CLOCK)
        shared.append(bought)
    pacer = Pacer(rates, clock=CLOCK, common=free, paid=paid, paid_turns=bought)
    for each in shared:
        each.on_turns = pacer.wake
    free.on_learnt = lambda learnt: pacer.adopt(learnt, now())
    return Paced(pacer, tuple(shared))


def _reserve(db: Database, *, paid: bool) -> Callable[[int, float], Awaitable[rate.Turns]]:
    async def reserve(count: int, per_second: float) -> rate.Turns:
        async def take(connection: AsyncConnection) -> rate.Turns:
            return await rate.reserve(connection, count, rate=per_second, paid=paid)

        return await db.transact(take)

    return reserve
