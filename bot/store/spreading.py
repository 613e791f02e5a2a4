"""Gathers who watches for one of the many expressions that an entry matches.

Of a few matching watches each is a range of the subscriptions' index, as topics are. Of thousands,
most of them of one destination, the destinations are gathered into ``entry_watchers`` first, where
they stand in order: once, in small transactions, before the first of them is planned. Those that
very many share stay ranges.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Follow
from bot.store.inserting import insert_into
from bot.store.schema import entry_watchers, entry_watches, fanouts, subscriptions

FEW = 8  # watches with a range each; a statement with hundreds would take long to be put together
MANY = 2_000  # destinations: so many are a range, and so many are gathered in one transaction
COUNTED = 500  # watches looked at in one transaction


@dataclass(frozen=True, slots=True)
class Watched:
    """The watches that an entry matches.

    Attributes:
        large: ids of those that stand in a range each.
        scattered: the destinations of more were gathered.
    """

    entry_id: int
    large: tuple[int, ...] = ()
    scattered: bool = False


NOBODY = Watched(0)


async def watched_by(connection: AsyncConnection, entry_id: int) -> Watched:
    """From where the audience of an entry's watches is to be read."""
    given = {"watched": entry_id}
    ids = list(await connection.scalars(_first(), given))
    if len(ids) <= FEW:
        return Watched(entry_id, tuple(ids))
    large = list(await connection.scalars(_large(), given))
    return Watched(entry_id, tuple(large), scattered=True)


async def spread(connection: AsyncConnection, fanout: sa.Row[Any]) -> bool:
    """Gather some more of a new entry's watchers; whether there was anything to gather."""
    entry_id, after = fanout.entry_id, fanout.watch_cursor
    if after == 0:
        first = list(await connection.scalars(_first(), {"watched": entry_id}))
        if len(first) <= FEW:
            return False
    rows = await connection.execute(_counts(), {"watched": entry_id, "watch": after})
    counts = list(rows.all())
    if not counts:
        return False
    large: list[int] = []
    small: list[int] = []
    total = 0
    last = after
    for watch_id, count in counts:
        if count > MANY:
            large.append(watch_id)
        elif total + count > MANY and small:
            break
        else:
            small.append(watch_id)
            total += count
        last = watch_id
    if large:
        await connection.execute(
            entry_watches.update()
            .where(entry_watches.c.entry_id == entry_id, entry_watches.c.watch_id.in_(large))
            .values(large=True)
        )
    if small:
        await connection.execute(
            _gathering(connection.dialect.name), {"watched": entry_id, "small": small}
        )
    await connection.execute(
        fanouts.update().where(fanouts.c.id == fanout.id).values(watch_cursor=last)
    )
    return True


async def forget(connection: AsyncConnection, after: int, size: int) -> int | None:
    """Delete some of what was gathered for the first entry beyond `after` that is planned whole.

    Returns:
        What to go on with; None when nothing is left.
    """
    open_ones = sa.exists().where(
        fanouts.c.entry_id == entry_watchers.c.entry_id, sa.text("fanouts.done_at IS NULL")
    )
    entry_id = await connection.scalar(
        sa.select(sa.func.min(entry_watchers.c.entry_id)).where(entry_watchers.c.entry_id > after)
    )
    if entry_id is None:
        return None
    of_entry = entry_watchers.c.entry_id == entry_id
    chunk = (
        sa.select(entry_watchers.c.destination_id)
        .where(of_entry, ~open_ones)
        .order_by(entry_watchers.c.destination_id)
        .limit(size)
        .subquery()
    )
    last = await connection.scalar(sa.select(sa.func.max(chunk.c.destination_id)))
    if last is None:
        return int(entry_id)
    await connection.execute(
        entry_watchers.delete().where(of_entry, entry_watchers.c.destination_id <= last)
    )
    return int(entry_id) - 1


@cache
def _first() -> sa.Select[int]:
    return _matched().limit(FEW + 1)


@cache
def _large() -> sa.Select[int]:
    return _matched().where(entry_watches.c.large)


@cache
def _counts() -> sa.Select[int, int]:
    """The next watches and how many destinations each has."""
    watch_id = entry_watches.c.watch_id
    audience = (
        sa.select(sa.func.count())
        .where(
            subscriptions.c.follow == sa.literal(Follow.WATCH.value, sa.Text),
            subscriptions.c.target_id == watch_id,
        )
        .correlate(entry_watches)
        .scalar_subquery()
    )
    return (
        sa.select(watch_id, audience)
        .where(
            entry_watches.c.entry_id == _entry(),
            watch_id > sa.bindparam("watch", type_=watch_id.type),
        )
        .order_by(watch_id)
        .limit(COUNTED)
    )


@cache
def _gathering(dialect: str) -> sa.Executable:
    target = subscriptions.c.target_id
    return (
        insert_into(dialect, entry_watchers)
        .from_select(
            ["entry_id", "destination_id"],
            sa.select(
                sa.cast(_entry(), entry_watchers.c.entry_id.type), subscriptions.c.destination_id
            ).where(
                subscriptions.c.follow == sa.literal(Follow.WATCH.value, sa.Text),
                target.in_(sa.bindparam("small", expanding=True, type_=target.type)),
            ),
            include_defaults=False,
        )
        .on_conflict_do_nothing()
    )


def _matched() -> sa.Select[int]:
    return sa.select(entry_watches.c.watch_id).where(entry_watches.c.entry_id == _entry())


def _entry() -> sa.BindParameter[int]:
    return sa.bindparam("watched", type_=entry_watches.c.entry_id.type)
