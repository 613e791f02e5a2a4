"""How long entries took to their chats, as a histogram a stage, and percentiles of it.

Buckets grow by a tenth: bucket n holds what took from 1.1ⁿ to 1.1ⁿ⁺¹ milliseconds. So a percentile
is right to within ten percent, and an entry for a million chats takes a few dozen rows.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import latencies

SENT = "sent"  # from an entry being stored until a chat had it

_GROWTH = math.log(1.1)
_ADD = sa.text(
    "INSERT INTO latencies (entry_id, stage, bucket, count) "
    "VALUES (:entry_id, :stage, :bucket, :count) "
    "ON CONFLICT (entry_id, stage, bucket) DO UPDATE SET count = latencies.count + :count"
)


def bucket_of(seconds: float) -> int:
    """The bucket of a duration; what took less than a millisecond is in the first one."""
    return max(0, int(math.log(max(seconds, 1e-3) * 1e3) / _GROWTH))


def seconds_of(bucket: int) -> float:
    """The middle of a bucket, in seconds."""
    return 1e-3 * math.exp((bucket + 0.5) * _GROWTH)


def percentiles(buckets: Mapping[int, int], shares: Sequence[float]) -> list[float]:
    """The durations within which these shares (0 to 1) of what was counted were done, in seconds.

    Raises:
        ValueError: nothing was counted.
    """
    total = sum(buckets.values())
    if not total:
        msg = "there are no percentiles of nothing"
        raise ValueError(msg)
    found: list[float] = []
    for share in shares:
        seen = 0
        for bucket in sorted(buckets):
            seen += buckets[bucket]
            if seen >= share * total:
                break
        found.append(seconds_of(bucket))
    return found


async def add(connection: AsyncConnection, took: Iterable[tuple[int, float]]) -> None:
    """Count deliveries: pairs of an entry and the seconds it took."""
    counts = Counter((entry_id, bucket_of(seconds)) for entry_id, seconds in took)
    rows = [
        {"entry_id": entry_id, "stage": SENT, "bucket": bucket, "count": count}
        for (entry_id, bucket), count in sorted(counts.items())
    ]
    if rows:
        await connection.execute(_ADD, rows)


async def of_entry(connection: AsyncConnection, entry_id: int) -> dict[int, int]:
    """Bucket -> how many deliveries of an entry took so long."""
    rows = await connection.execute(
        sa.select(latencies.c.bucket, latencies.c.count).where(
            latencies.c.entry_id == entry_id, latencies.c.stage == SENT
        )
    )
    return dict(rows.all())
