"""Who follows an entry, by walks of the subscriptions' index that stop at a chunk's end.

Each thing that can be followed is a range of the index, in which destinations stand in order. Asked
for with ``OR``, both databases would read and sort what is left of the whole audience for each
chunk. The statements are made once for each number of ranges: putting one together takes SQLAlchemy
longer than it takes a database to answer it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Follow
from bot.store.schema import subscriptions

_ID = subscriptions.c.destination_id
AFTER = sa.bindparam("after", type_=_ID.type)  # the last destination that was dealt with
LAST = sa.bindparam("last", type_=_ID.type)  # of this chunk
_SIZE = sa.bindparam("size", type_=sa.BigInteger)


def followed(source_ids: Iterable[int], topic_ids: Iterable[int]) -> dict[str, object]:
    """Parameters of the statements: what the audience follows; everything is always among it."""
    all_of_it = [
        (Follow.ALL, 0),
        *((Follow.SOURCE, number) for number in source_ids),
        *((Follow.TOPIC, number) for number in topic_ids),
    ]
    found: dict[str, object] = {}
    for number, (follow, target) in enumerate(all_of_it):
        found |= {f"follow_{number}": follow.value, f"target_{number}": target}
    return found


async def upper_bound(
    connection: AsyncConnection, audience: dict[str, object], *, after: int, size: int
) -> int | None:
    """The last of the next `size` destinations beyond `after`; None if there are no more."""
    bound = _bound(len(audience) // 2, each=connection.dialect.name == "postgresql")
    found: int | None = await connection.scalar(bound, {**audience, "after": after, "size": size})
    return found


def until(ranges: int) -> sa.Subquery:
    """The destinations beyond `AFTER` up to `LAST`, each once, as rows of ``destination_id``."""
    walks = [walk.where(LAST >= _ID) for walk in _walks(ranges)]
    return sa.union(*walks).order_by("destination_id").subquery()


@lru_cache
def _bound(ranges: int, *, each: bool) -> sa.Select[tuple[int]]:
    walks = _walks(ranges)
    if each:
        # SQLite merges the ranges as it walks them. PostgreSQL would read each to its end.
        walks = [sa.select(walk.order_by(_ID).limit(_SIZE).subquery().c[0]) for walk in walks]
    chunk = sa.union(*walks).order_by("destination_id").limit(_SIZE).subquery()
    return sa.select(sa.func.max(chunk.c[0]))


def _walks(ranges: int) -> list[sa.Select[tuple[int]]]:
    return [
        sa.select(_ID).where(
            subscriptions.c.follow == sa.bindparam(f"follow_{number}", type_=sa.Text),
            subscriptions.c.target_id == sa.bindparam(f"target_{number}", type_=_ID.type),
            AFTER < _ID,
        )
        for number in range(ranges)
    ]
