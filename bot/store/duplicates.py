"""Queries about news that several live blogs tell: what was told lately, which entry repeats it.

Of the entries that tell the same, the earliest that stands is the one that the others repeat.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import ChangeKind
from bot.store.revisions import keep_revision
from bot.store.schema import entries, fanouts, sources

COMPARED_AT_MOST = 300


@dataclass(frozen=True, slots=True)
class Telling:
    """One of the entries that tell the same news.

    Attributes:
        repeats: the one that all the others repeat; None for that one itself.
        source_ids: its live blog and the section page that this was found on.
    """

    id: int
    repeats: int | None
    source_ids: tuple[int, ...]
    withdrawn: bool
    key_event: bool


async def told_lately(
    connection: AsyncConnection, source_id: int, since: datetime
) -> list[tuple[int, str, str]]:
    """Entries of other sources, newest first, that repeat nothing: id, title, text."""
    rows = await connection.execute(
        sa.select(entries.c.id, entries.c.title, entries.c.text)
        .where(
            entries.c.shown_at >= since,
            entries.c.first_seen_at >= since,
            entries.c.source_id != source_id,
            entries.c.duplicate_of.is_(sa.null()),
            sa.not_(entries.c.withdrawn),
            sa.not_(entries.c.pruned),
        )
        .order_by(entries.c.shown_at.desc(), entries.c.id.desc())
        .limit(COMPARED_AT_MOST)
    )
    return [(row.id, row.title, row.text) for row in rows]


async def note(connection: AsyncConnection, entry_id: int, original_id: int, now: datetime) -> bool:
    """Note that an entry repeats an earlier one, whose messages are to name its source, too.

    That is a revision of the earlier one in which no word changed. Returns whether it still stands.
    """
    original = (
        await connection.execute(
            sa.select(entries)
            .where(entries.c.id == _first_of(original_id), sa.not_(entries.c.withdrawn))
            .with_for_update(key_share=True)
        )
    ).one_or_none()
    if original is None:
        return False
    await connection.execute(
        entries.update().where(entries.c.id == entry_id).values(duplicate_of=original.id)
    )
    await keep_revision(connection, original, now)
    await connection.execute(
        entries.update().where(entries.c.id == original.id).values(revision=original.revision + 1)
    )
    await connection.execute(
        fanouts.insert().values(
            entry_id=original.id,
            revision=original.revision + 1,
            kind=ChangeKind.REVISED,
            material=False,
            priority=1,
            created_at=now,
        )
    )
    return True


async def tellings(connection: AsyncConnection, entry_id: int) -> list[Telling]:
    """All entries that tell the news of one, itself among them, the earliest first."""
    first = _first_of(entry_id)
    rows = await connection.execute(
        sa.select(
            entries.c.id,
            entries.c.duplicate_of,
            entries.c.source_id,
            sources.c.parent_id,
            entries.c.withdrawn,
            entries.c.key_event,
        )
        .join(sources, sources.c.id == entries.c.source_id)
        .where(sa.or_(entries.c.id == first, entries.c.duplicate_of == first))
        .order_by(entries.c.id)
    )
    return [
        Telling(
            row.id,
            row.duplicate_of,
            (row.source_id,) if row.parent_id is None else (row.source_id, row.parent_id),
            row.withdrawn,
            row.key_event,
        )
        for row in rows
    ]


async def elect(connection: AsyncConnection, entry_id: int) -> None:
    """Let the earliest that stands of those that tell an entry's news be what the others repeat.

    To be called when the entry was withdrawn, or came back.
    """
    told = await tellings(connection, entry_id)
    first = next((one for one in told if not one.withdrawn), None)
    if first is None or first.repeats is None:
        return
    for repeats, ids in (
        (None, [first.id]),
        (first.id, [one.id for one in told if one is not first]),
    ):
        await connection.execute(
            entries.update().where(entries.c.id.in_(ids)).values(duplicate_of=repeats)
        )


def _first_of(entry_id: int) -> sa.ScalarSelect[int]:
    """The entry that one repeats, or itself."""
    one = entries.alias()
    return (
        sa.select(sa.func.coalesce(one.c.duplicate_of, one.c.id))
        .where(one.c.id == entry_id)
        .scalar_subquery()
    )


async def also(
    connection: AsyncConnection, entry_ids: list[int]
) -> dict[int, list[tuple[str, str]]]:
    """Entry id -> (name of the source, address) of each entry that repeats it and stands."""
    rows = await connection.execute(
        sa.select(entries.c.duplicate_of, sources.c.name, entries.c.url)
        .join(sources, sources.c.id == entries.c.source_id)
        .where(entries.c.duplicate_of.in_(entry_ids), sa.not_(entries.c.withdrawn))
        .order_by(entries.c.id)
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for original, name, url in rows:
        found.setdefault(original, []).append((name, url))
    return found
