"""Who follows an entry, by walks of the subscriptions' index that stop at a chunk's end.

Each thing that can be followed is a range of the index, in which destinations stand in order. Asked
for with ``OR``, both databases would read and sort what is left of the whole audience for each
chunk. The statements are made once for each number of ranges: putting one together takes SQLAlchemy
longer than it takes a database to answer it.

The watches an entry matches may be thousands, most of them of one destination: those destinations
are gathered first, and are one range more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
        first: the lowest of their ids; None if there are none.
        last: the highest.
        count: how many they are.
        full: as many as were asked for: there may be more.
    """

    first: int | None
    last: int | None
    count: int
    full: bool

    def up_to(self, end: int | None) -> int | None:
        """A destination up to which those before `end` are; None if there are none."""
        if self.first is None or self.last is None:
            return None
        if end is None:
            return self.last
        return min(self.last, end) if self.first <= end else None

    def goes_on_at(self, after: int, end: int) -> int:
        """Beyond which destination the audience goes on when it was planned from `after` to `end`.

        That is `end`, or where its next destination is further away than that, right before it: so
        it is not asked for at each chunk of the others until they have come so far.
        """
        if self.first is None or self.first <= end + (end - after):
            return end
        return self.first - 1

    def none_beyond(self, end: int | None) -> bool:
        """Whether the audience has no destinations after `end`."""
        return not self.full and (end is None or self.last is None or self.last <= end)


async def bounds(
    connection: AsyncConnection, audiences: Sequence[Audience], *, after: int, size: int
) -> list[Bound]:
    """Of each audience the next destinations beyond `after`, about `size` of them in all.

    Those that have few of them before the others' end leave their share of `size` to the others.
    """
    share = max(1, size // len(audiences))
    found = [await _bound(connection, one, after, share) for one in audiences]
    end = end_of(found)
    if end is None:
        return found
    near = [number for number, one in enumerate(found) if one.first and one.first <= end]
    many = [number for number in near if found[number].full]
    few = sum(found[number].count for number in near if not found[number].full)
    larger = (size - few) // len(many)
    if larger > share:
        for number in many:
            found[number] = await _bound(connection, audiences[number], after, larger)
    return found


def end_of(found: Iterable[Bound]) -> int | None:
    """Up to where all destinations are known; None: there are no others."""
    return min((one.last for one in found if one.full and one.last is not None), default=None)


async def _bound(connection: AsyncConnection, audience: Audience, after: int, size: int) -> Bound:
    each = connection.dialect.name == "postgresql"
    found = await connection.execute(
        _bounding(audience.ranges, audience.scattered, each=each),
        {**audience.parameters, "after": after, "size": size},
    )
    first, last, count = found.one()
    return Bound(first, last, count, full=count == size)


def until(ranges: int, scattered: bool) -> sa.Subquery:
    """The destinations beyond `AFTER` up to `LAST`, each once, as rows of ``destination_id``."""
    walks = [walk.where(walk.selected_columns[0] <= LAST) for walk in _walks(ranges, scattered)]
    return sa.union(*walks).order_by("destination_id").subquery()


@lru_cache
def _bounding(ranges: int, scattered: bool, *, each: bool) -> sa.Select[int, int, int]:
    walks = _walks(ranges, scattered)
    if each:
        # SQLite merges the ranges as it walks them. PostgreSQL would read each to its end.
        walks = [
            sa.select(walk.order_by(walk.selected_columns[0]).limit(_SIZE).subquery().c[0])
            for walk in walks
        ]
    chunk = sa.union(*walks).order_by("destination_id").limit(_SIZE).subquery()
    return sa.select(sa.func.min(chunk.c[0]), sa.func.max(chunk.c[0]), sa.func.count())


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
