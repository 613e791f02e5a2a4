"""Queries about watches: expressions, who watches for them, and which an entry matched.

An expression is a row that many destinations may share; who watches for it is a subscription that
follows "watch". So a watch is delivered, moved with its chat and switched off as anything that is
followed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Follow
from bot.store import locks, subscriptions
from bot.store.inserting import insert_new
from bot.store.schema import entry_watches, sources, watches
from bot.store.schema import subscriptions as followed


@dataclass(frozen=True, slots=True)
class Watch:
    """An expression somebody watches for, in its canonical form."""

    id: int
    expression: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where entries of a source come from.

    Attributes:
        name: of the source.
        language: of its page, "" where that names none.
        where: names and addresses, of the source and of the section it was found on.
    """

    name: str
    language: str
    where: tuple[str, ...]


class Added(Enum):
    """What became of a new watch."""

    NEW = auto()
    KNOWN = auto()  # it was watched for already
    FULL = auto()  # the destination has as many as it may


async def add(
    connection: AsyncConnection,
    destination_id: int,
    expression: str,
    form: list[Any],
    *,
    most: int,
    now: datetime,
) -> Added:
    """Watch for an expression.

    Args:
        connection: a writing transaction.
        destination_id: who watches.
        expression: its canonical form.
        form: its tree as lists (`bot.watches.form`).
        most: as many a destination may have.
        now: UTC.
    """
    # New expressions become visible in the order of their ids: `since` reads on from the highest.
    await locks.take(connection, locks.Lock.WATCHING)
    mine = await of(connection, destination_id)
    if any(watch.expression == expression for watch in mine):
        return Added.KNOWN
    if len(mine) >= most:
        return Added.FULL
    chosen = watches.update().where(watches.c.expression == expression).values(chosen_at=now)
    if not (await connection.execute(chosen)).rowcount:
        row = {"expression": expression, "form": form, "chosen_at": now}
        await insert_new(connection, watches, row)
    watch_id = await connection.scalar(
        sa.select(watches.c.id).where(watches.c.expression == expression)
    )
    assert watch_id is not None
    await subscriptions.add(connection, destination_id, (Follow.WATCH, watch_id), now)
    return Added.NEW


async def remove(connection: AsyncConnection, destination_id: int, watch_id: int) -> Watch | None:
    """Watch for an expression no more; None if the destination did not."""
    found = next((w for w in await of(connection, destination_id) if w.id == watch_id), None)
    if found is not None:
        await subscriptions.remove(connection, destination_id, (Follow.WATCH, watch_id))
    return found


async def clear(connection: AsyncConnection, destination_id: int) -> int:
    """Watch for nothing any more; how many watches there were."""
    result = await connection.execute(followed.delete().where(*_of(destination_id)))
    return result.rowcount


async def of(connection: AsyncConnection, destination_id: int) -> list[Watch]:
    """What a destination watches for, the oldest first."""
    rows = await connection.execute(
        sa.select(watches.c.id, watches.c.expression)
        .join(followed, followed.c.target_id == watches.c.id)
        .where(*_of(destination_id))
        .order_by(followed.c.created_at, watches.c.id)
    )
    return [Watch(*row) for row in rows]


async def matched(connection: AsyncConnection, entry_id: int, destination_id: int) -> list[Watch]:
    """What of a destination's watches an entry matched when it was stored."""
    rows = await connection.scalars(
        sa.select(entry_watches.c.watch_id).where(entry_watches.c.entry_id == entry_id)
    )
    ids = set(rows)
    return [watch for watch in await of(connection, destination_id) if watch.id in ids]


async def origins(connection: AsyncConnection, source_ids: Iterable[int]) -> dict[int, Origin]:
    """Source id -> where its entries come from."""
    parent = sources.alias()
    rows = await connection.execute(
        sa.select(
            sources.c.id,
            sources.c.language,
            sources.c.name,
            sources.c.url,
            parent.c.name.label("parent_name"),
            parent.c.url.label("parent_url"),
        )
        .outerjoin(parent, parent.c.id == sources.c.parent_id)
        .where(sources.c.id.in_(set(source_ids)))
    )
    found = {}
    for id_, language, *where in rows:
        found[id_] = Origin(where[0], language, tuple(part for part in where if part))
    return found


async def since(connection: AsyncConnection, last: int, limit: int) -> list[tuple[int, list[Any]]]:
    """The next expressions with ids above `last`, as (id, form), ascending.

    A form is empty where the expression was forgotten.
    """
    rows = await connection.execute(
        sa.select(watches.c.id, watches.c.form)
        .where(watches.c.id > last)
        .order_by(watches.c.id)
        .limit(limit)
    )
    return [(row.id, row.form) for row in rows]


async def note(connection: AsyncConnection, entry_id: int, watch_ids: Iterable[int]) -> None:
    """Store which expressions an entry matches; those noted before stay."""
    wanted = dict.fromkeys(watch_ids)
    if not wanted:
        return
    present = set(
        await connection.scalars(
            sa.select(entry_watches.c.watch_id).where(entry_watches.c.entry_id == entry_id)
        )
    )
    rows = [{"entry_id": entry_id, "watch_id": each} for each in wanted if each not in present]
    if rows:
        await connection.execute(entry_watches.insert(), rows)


async def prune(connection: AsyncConnection, before: datetime) -> int:
    """Forget expressions that nobody watches for and nobody chose since; how many.

    Of the newest the row stays, without its words: SQLite would give its id to the next
    expression, which no process would then read.
    """
    await locks.take(connection, locks.Lock.WATCHING)
    every = watches.alias()
    newest = sa.select(sa.func.max(every.c.id)).scalar_subquery()
    nobody = ~sa.exists().where(
        followed.c.follow == Follow.WATCH.value, followed.c.target_id == watches.c.id
    )
    unwatched = sa.and_(watches.c.chosen_at < before, nobody)
    gone = await connection.execute(watches.delete().where(unwatched, watches.c.id < newest))
    emptied = await connection.execute(
        watches.update()
        .where(unwatched, watches.c.id == newest, watches.c.expression != "")
        .values(expression="", form=[])
    )
    return gone.rowcount + emptied.rowcount


def _of(destination_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (followed.c.destination_id == destination_id, followed.c.follow == Follow.WATCH.value)
