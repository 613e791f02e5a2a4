"""The bot-wide rate as a row: processes take turns from it, some milliseconds' worth at a time.

Telegram counts a bot's messages whichever process sends them. The row holds when the next message
is due at an exactly even rate (the generic cell rate algorithm, ITU-T I.371); a process that takes
turns moves that instant forward in one statement, so that no turn is given twice. Beside it stands
what pacing learnt from Telegram's refusals, which outlives a restart. A second row
gives the turns that are paid for.

On PostgreSQL the server's clock is asked, because the processes' own may differ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.columns import NEVER, from_micros, to_micros
from bot.store.schema import rate

FREE, PAID = 1, 2  # rows
SECOND = 1_000_000  # microseconds
FAR = 60 * SECOND  # nobody takes turns so far ahead
LONGEST_PAUSE = 3600 * SECOND


@dataclass(frozen=True, slots=True)
class Learnt:
    """What pacing learnt from Telegram.

    Attributes:
        factor: the share of the full rate that Telegram put up with at `lowered_at`.
        lowered_at: when Telegram last refused the bot as a whole, UTC.
        paused_until: nothing is sent to anybody before, UTC.
        ceiling: the share that was refused then.
        climb: seconds in which to come back to it.
    """

    factor: float = 1.0
    lowered_at: datetime = NEVER
    paused_until: datetime = NEVER
    ceiling: float = 1.0
    climb: float = 0.0


@dataclass(frozen=True, slots=True)
class Turns:
    """Turns that nobody else was given.

    One that is not used at its moment is to be let go: kept for later, several would come at once.

    Attributes:
        count: how many.
        wait: seconds from now until the first; below zero for turns that were missed and may be
            made up for at once.
        spacing: seconds between two.
        learnt: as all processes know it.
        now: the instant from which `wait` counts, by the clock that was asked; Unix seconds.
    """

    count: int
    wait: float
    spacing: float
    learnt: Learnt
    now: float

    def waits(self) -> list[float]:
        """Seconds from now until each turn."""
        return [self.wait + number * self.spacing for number in range(self.count)]


def cost(turns: int, rate_: float) -> int:
    """Microseconds that `turns` take at `rate_` turns a second, rounded up. Pure."""
    return math.ceil(turns * SECOND / rate_)


def first_turn(due: int, now: int, *, burst: int, paused_until: int) -> int:
    """When the first of the next turns may be taken. Pure; all in microseconds.

    The same as the statement of `reserve` says. Instants too far ahead were written before the
    clock was set back.

    Args:
        due: when the next turn is due at an even rate.
        now: the present instant.
        burst: time missed that may be made up for.
        paused_until: no turn before.
    """
    return max(min(due, now + FAR), now - burst, min(paused_until, now + LONGEST_PAUSE))


async def reserve(
    connection: AsyncConnection,
    turns: int,
    *,
    rate: float,
    burst: float = 0.0,
    paid: bool = False,
    now: datetime | None = None,
) -> Turns:
    """Take the next `turns` turns for this process.

    The row stays locked until the transaction ends: it is to hold this statement alone.

    Args:
        connection: a writing transaction.
        turns: at least 1; some tens of milliseconds' worth, for others wait behind them.
        rate: turns a second, over all processes.
        burst: seconds of missed time that may be made up for.
        paid: turns beyond the free rate, which follow each other in a row of their own.
        now: the present instant; by default the database's own.
    """
    is_server = connection.dialect.name == "postgresql"
    clock = _SERVER_CLOCK if is_server and now is None else "CAST(:now AS BIGINT)"
    greatest, least = ("greatest", "least") if is_server else ("max", "min")
    statement = _RESERVE.format(now=clock, greatest=greatest, least=least)
    values = {
        "id": PAID if paid else FREE,
        "cost": cost(turns, rate),
        "burst": math.floor(burst * SECOND),
        "far": FAR,
        "longest": LONGEST_PAUSE,
    }
    if ":now" in clock:
        values["now"] = to_micros(now or datetime.now(UTC))
    row = (await connection.execute(sa.text(statement), values)).one()
    return Turns(turns, row.wait / SECOND, 1.0 / rate, _learnt(row), row.now / SECOND)


async def learn(connection: AsyncConnection, learnt: Learnt) -> None:
    """Let all processes know, and the next start; the youngest refusal and longest pause count."""
    is_server = connection.dialect.name == "postgresql"
    await connection.execute(
        sa.text(_LEARN.format(greatest="greatest" if is_server else "max")),
        {
            "factor": learnt.factor,
            "lowered_at": to_micros(learnt.lowered_at),
            "paused_until": to_micros(learnt.paused_until),
            "ceiling": learnt.ceiling,
            "climb": learnt.climb,
        },
    )


async def learnt(connection: AsyncConnection) -> Learnt:
    """What is known by now."""
    row = (await connection.execute(sa.select(rate).where(rate.c.id == FREE))).one_or_none()
    if row is None:
        return Learnt()
    return Learnt(row.factor, row.lowered_at, row.paused_until, row.ceiling, row.climb)


async def book_paid(
    connection: AsyncConnection, day: date, count: int, *, daily: int
) -> tuple[int, int]:
    """Book messages to be paid for, out of a day's budget, whichever process sends them.

    Args:
        connection: a writing transaction.
        day: of the budget, UTC.
        count: how many; negative gives back what was booked that day and not used.
        daily: the budget.

    Returns:
        How many were booked, and how many can still be that day.
    """
    await connection.execute(sa.text("INSERT INTO rate (id) VALUES (1) ON CONFLICT DO NOTHING"))
    stored = sa.select(rate.c.paid_day, rate.c.paid_count).where(rate.c.id == FREE)
    row = (await connection.execute(stored.with_for_update())).one()
    kept, before = budget_day(row.paid_day, row.paid_count, day.toordinal())
    booked = min(count, max(0, daily - before)) if count > 0 else max(count, -before)
    if count < 0 and kept != day.toordinal():
        booked = 0  # of a day that is over
    await connection.execute(
        sa.update(rate).where(rate.c.id == FREE).values(paid_day=kept, paid_count=before + booked)
    )
    return booked, max(0, daily - before - booked)


def budget_day(stored: int, count: int, today: int) -> tuple[int, int]:
    """Which day's budget is used, and how much of it was; pure.

    A clock that is set back by some hours across midnight does not renew the budget; one that was
    wrong by days takes its count along to the right day.
    """
    if today > stored:
        return today, 0
    return (stored, count) if today >= stored - 1 else (today, count)


def _learnt(row: sa.Row[tuple[object, ...]]) -> Learnt:
    return Learnt(
        row.factor,
        from_micros(row.lowered_at),
        from_micros(row.paused_until),
        row.ceiling,
        row.climb,
    )


_SERVER_CLOCK = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"
# The clock is asked once the row is ours: whoever waited for it does not reckon with an old time.
_RESERVE = """
INSERT INTO rate (id, due_at)
VALUES (CAST(:id AS SMALLINT), {now} - CAST(:burst AS BIGINT) + CAST(:cost AS BIGINT))
ON CONFLICT (id) DO UPDATE SET
    due_at = {greatest}({least}(rate.due_at, {now} + CAST(:far AS BIGINT)),
                        {now} - CAST(:burst AS BIGINT),
                        {least}(rate.paused_until, {now} + CAST(:longest AS BIGINT)))
             + CAST(:cost AS BIGINT)
RETURNING due_at - CAST(:cost AS BIGINT) - {now} AS wait, {now} AS now,
          factor, lowered_at, paused_until, ceiling, climb
"""
_LEARN = """
INSERT INTO rate (id, factor, lowered_at, paused_until, ceiling, climb)
VALUES (1, :factor, :lowered_at, :paused_until, :ceiling, :climb)
ON CONFLICT (id) DO UPDATE SET
    factor = CASE WHEN excluded.lowered_at >= rate.lowered_at
                  THEN excluded.factor ELSE rate.factor END,
    ceiling = CASE WHEN excluded.lowered_at >= rate.lowered_at
                   THEN excluded.ceiling ELSE rate.ceiling END,
    climb = CASE WHEN excluded.lowered_at >= rate.lowered_at
                 THEN excluded.climb ELSE rate.climb END,
    lowered_at = {greatest}(excluded.lowered_at, rate.lowered_at),
    paused_until = {greatest}(excluded.paused_until, rate.paused_until)
"""
