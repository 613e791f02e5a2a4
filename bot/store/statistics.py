"""Numbers over time, for pictures: entries, deliveries, how long they took, chats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.columns import to_micros
from bot.store.latencies import SENT, percentiles
from bot.store.schema import chats, destinations

_ENTRIES = sa.text(
    "SELECT (shown_at - :start) / :step AS at, COUNT(*) AS n FROM entries "
    "WHERE shown_at >= :start AND shown_at < :stop AND withdrawn = :no GROUP BY 1"
).bindparams(sa.bindparam("no", value=False, type_=sa.Boolean()))
_TOOK = sa.text(
    "SELECT (e.shown_at - :start) / :step AS at, l.bucket, SUM(l.count) AS n "
    "FROM entries e JOIN latencies l ON l.entry_id = e.id AND l.stage = :stage "
    "WHERE e.shown_at >= :start AND e.shown_at < :stop GROUP BY 1, 2"
)
_MET = sa.text(
    "SELECT (met_at - :start) / :step AS at, COUNT(*) AS n FROM chats "
    "WHERE met_at >= :start AND met_at < :stop GROUP BY 1"
)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Numbers of steps of equal length; each tuple has one for each step.

    Attributes:
        start: of the first step, UTC.
        step: how long each is.
        entries: that readers could see.
        deliveries: of those entries, to chats.
        p50: seconds within which half of them were there; None where there are none.
        p95: the same for 95 of 100.
        chats: met until the end of each step.
        active: destinations that are on now.
        overall: p50 and p95 of all steps together, None without deliveries.
    """

    start: datetime
    step: timedelta
    entries: tuple[int, ...]
    deliveries: tuple[int, ...]
    p50: tuple[float | None, ...]
    p95: tuple[float | None, ...]
    chats: tuple[int, ...]
    active: int
    overall: tuple[float, float] | None


async def over(
    connection: AsyncConnection, start: datetime, step: timedelta, steps: int
) -> Statistics:
    """The numbers of so many steps from `start`."""
    given = {
        "start": to_micros(start),
        "stop": to_micros(start + step * steps),
        "step": step // timedelta(microseconds=1),
    }
    entries = {int(at): int(n) for at, n in await connection.execute(_ENTRIES, given)}
    met = {int(at): int(n) for at, n in await connection.execute(_MET, given)}
    took: list[dict[int, int]] = [{} for _ in range(steps)]
    for at, bucket, count in await connection.execute(_TOOK, {**given, "stage": SENT}):
        took[at][bucket] = int(count)
    shares = [_percentiles(buckets) for buckets in took]
    known = int(
        await connection.scalar(
            sa.select(sa.func.count()).select_from(chats).where(chats.c.met_at < start)
        )
        or 0
    )
    grown: list[int] = []
    for at in range(steps):
        known += met.get(at, 0)
        grown.append(known)
    whole: dict[int, int] = {}
    for buckets in took:
        for bucket, count in buckets.items():
            whole[bucket] = whole.get(bucket, 0) + count
    active = sa.select(sa.func.count()).select_from(destinations).where(destinations.c.active)
    return Statistics(
        start=start,
        step=step,
        entries=tuple(entries.get(at, 0) for at in range(steps)),
        deliveries=tuple(sum(buckets.values()) for buckets in took),
        p50=tuple(pair[0] if pair else None for pair in shares),
        p95=tuple(pair[1] if pair else None for pair in shares),
        chats=tuple(grown),
        active=int(await connection.scalar(active) or 0),
        overall=_percentiles(whole),
    )


def _percentiles(buckets: Mapping[int, int]) -> tuple[float, float] | None:
    if not buckets:
        return None
    half, most = percentiles(buckets, (0.5, 0.95))
    return half, most
