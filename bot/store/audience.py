"""Who follows an entry, by walks of the subscriptions' index that stop at a chunk's end.

Each thing that can be followed is a range of the index, in which destinations stand in order. Asked
for with ``OR``, both databases would read and sort what is left of the whole audience for each
chunk. The statements are made once for each number of ranges: putting one together takes SQLAlchemy
longer than it takes a database to answer it.

The watches an entry matches may be thousands, most of them of one destination: those destinations
are gathered first, and are one range more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Follow
from bot.store.schema import entry_watchers, subscriptions
from bot.store.spreading import NOBODY, Watched

_ID = subscriptions.c.destination_id
AFTER = sa.bindparam("after", type_=_ID.type)  # the last destination that was dealt with
LAST = sa.bindparam("last", type_=_ID.type)  # of this chunk
_SIZE = sa.bindparam("size", type_=sa.BigInteger)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is to get an entry.

    Attributes:
        parameters: of the statements.
        ranges: how many ranges of the index it stands in.
        scattered: more of it was gathered beside (bot.store.spreading).
    """

    parameters: dict[str, object]
    ranges: int
    scattered: bool = False


def followed(
    source_ids: Iterable[int],
    topic_ids: Iterable[int],
    watched: Watched = NOBODY,
) -> Audience:
    """The audience of an entry of these sources and topics; everything is always among it."""
    all_of_it = [
        (Follow.ALL, 0),
        *((Follow.SOURCE, number) for number in source_ids),
        *((Follow.TOPIC, number) for number in topic_ids),
        *((Follow.WATCH, number) for number in watched.large),
    ]
    found: dict[str, object] = {}
    for number, (follow, target) in enumerate(all_of_it):
        found |= {f"follow_{number}": follow.value, f"target_{number}": target}
    if watched.scattered:
        found["watched"] = watched.entry_id
    return Audience(found, len(all_of_it), watched.scattered)


@dataclass(frozen=True, slots=True)
class Bound:
    """The next destinations of an audience.

    Attributes:
        last: the id of the last of them; None if there are none.
        count: how many they are.
    """

    last: int | None
    count: int


async def bound(connection: AsyncConnection, audience: Audience, *, after: int, size: int) -> Bound:
    """Where the next `size` destinations beyond `after` end; fewer if no more are left."""
    each = connection.dialect.name == "postgresql"
    found = await connection.execute(
        _bound(audience.ranges, audience.scattered, each=each),
        {**audience.parameters, "after": after, "size": size},
    )
    return Bound(*found.one())


def until(ranges: int, scattered: bool) -> sa.Subquery:
    """The destinations beyond `AFTER` up to `LAST`, each once, as rows of ``destination_id``."""
    walks = [walk.where(walk.selected_columns[0] <= LAST) for walk in _walks(ranges, scattered)]
    return sa.union(*walks).order_by("destination_id").subquery()


@lru_cache
def _bound(ranges: int, scattered: bool, *, each: bool) -> sa.Select[int, int]:
    walks = _walks(ranges, scattered)
    if each:
        # SQLite merges the ranges as it walks them. PostgreSQL would read each to its end.
        walks = [
            sa.select(walk.order_by(walk.selected_columns[0]).limit(_SIZE).subquery().c[0])
            for walk in walks
        ]
    chunk = sa.union(*walks).order_by("destination_id").limit(_SIZE).subquery()
    return sa.select(sa.func.max(chunk.c[0]), sa.func.count())


def _walks(ranges: int, scattered: bool) -> list[sa.Select[tuple[int]]]:
    walks = [
        sa.select(_ID).where(
            subscriptions.c.follow == sa.bindparam(f"follow_{number}", type_=sa.Text),
            subscriptions.c.target_id == sa.bindparam(f"target_{number}", type_=_ID.type),
            AFTER < _ID,
        )
        for number in range(ranges)
    ]
    if scattered:
        entry = sa.bindparam("watched", type_=entry_watchers.c.entry_id.type)
        found = entry_watchers.c.destination_id
        walks.append(sa.select(found).where(entry_watchers.c.entry_id == entry, found > AFTER))
    return walks
