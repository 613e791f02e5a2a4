"""The one transaction in which a poll becomes lasting: entries, fan-outs, the source's marks.

Everything or nothing (promise 1): no validator, no "seen" mark moves before the entries and the
work to deliver them are committed with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Change, ChangeKind, Decision, SourceEntry
from bot.store import duplicates, search, watches
from bot.store.entries import as_json
from bot.store.revisions import keep_revision
from bot.store.schema import entries, entry_topics, fanouts, sources
from bot.store.sources import PollMark, mark_polled


async def commit_poll(
    connection: AsyncConnection,
    source_id: int,
    decision: Decision,
    mark: PollMark,
    *,
    topic_ids: Mapping[str, Sequence[int]],
    watch_ids: Mapping[str, Sequence[int]] | None = None,
    same_as: Mapping[str, int] | None = None,
    now: datetime,
    owner: str = "",
) -> int | None:
    """Store what a poll decided.

    On the first poll of a source nothing is fanned out: what stands on the page is stored and
    searchable, not pushed (promise 8). An entry that another process stored meanwhile is left
    as it is. Polls of one source are stored one after the other, so that its fan-outs have
    ascending numbers in the order in which they become visible.

    Args:
        connection: a writing transaction.
        source_id: the polled source.
        decision: what intake decided, oldest first.
        mark: what to remember of the poll itself.
        topic_ids: identity -> topics the entry belongs to.
        watch_ids: identity -> watches the entry matches.
        same_as: identity -> id of another source's entry that told the same news.
        now: UTC.
        owner: who claimed the source; nothing is stored if its lease has passed to another.

    Returns:
        The number of fan-outs that were queued; None if nothing was stored because the lease has
        passed to another, or the source is gone.
    """
    source = await _locked(connection, source_id, decision)
    if source is None or (owner and source.lease_owner != owner):
        return None
    primed = source.primed
    queued = 0
    readable: dict[int, tuple[str, str] | None] = {}
    for change in decision.changes:
        topics = topic_ids.get(change.identity, ())
        if change.kind is ChangeKind.NEW:
            done = await _insert(connection, source_id, change, topics, now)
        else:
            done = await _replace(connection, source_id, change, topics, now)
        if done is None:
            continue
        entry_id, revision = done
        readable[entry_id] = (change.entry.title, change.entry.text) if change.entry else None
        if watch_ids:
            await watches.note(connection, entry_id, watch_ids.get(change.identity, ()))
        if primed and not change.silent:
            if (original := (same_as or {}).get(change.identity)) is not None:
                await duplicates.note(connection, entry_id, original, now)
            await connection.execute(
                fanouts.insert().values(
                    entry_id=entry_id,
                    revision=revision,
                    kind=change.kind,
                    material=change.material,
                    priority=_priority(change),
                    created_at=now,
                )
            )
            queued += 1
    await _index(connection, readable)
    for identity, polls in decision.missing.items():
        await connection.execute(
            entries.update()
            .where(entries.c.source_id == source_id, entries.c.identity == identity)
            .values(missing_polls=polls)
        )
    for identity, published_at in decision.retimed.items():
        await connection.execute(
            entries.update()
            .where(entries.c.source_id == source_id, entries.c.identity == identity)
            .values(published_at=published_at, shown_at=published_at)
        )
    for identity, (new_identity, content_hash) in decision.adopted.items():
        await connection.execute(
            entries.update()
            .where(entries.c.source_id == source_id, entries.c.identity == identity)
            .values(identity=new_identity, content_hash=content_hash)
        )
    marks: dict[str, object] = {"primed": True}
    if any(change.kind is ChangeKind.NEW for change in decision.changes):
        marks["last_entry_at"] = now
    await connection.execute(sources.update().where(sources.c.id == source_id).values(marks))
    await mark_polled(connection, source_id, mark)
    return queued


async def _locked(
    connection: AsyncConnection, source_id: int, decision: Decision
) -> sa.Row[bool, str | None] | None:
    """The source, for this transaction alone, with the entries the poll will change.

    They are locked in the order of their ids, as everybody does who locks several.
    """
    source = (
        await connection.execute(
            sa.select(sources.c.primed, sources.c.lease_owner)
            .where(sources.c.id == source_id)
            .with_for_update()
        )
    ).one_or_none()
    identities = [change.identity for change in decision.changes]
    identities += [*decision.missing, *decision.adopted]
    if identities and connection.dialect.name == "postgresql":
        await connection.execute(
            sa.select(entries.c.id)
            .where(entries.c.source_id == source_id, entries.c.identity.in_(identities))
            .order_by(entries.c.id)
            .with_for_update(key_share=True)
        )
    return source


async def _insert(
    connection: AsyncConnection,
    source_id: int,
    change: Change,
    topics: Sequence[int],
    now: datetime,
) -> tuple[int, int] | None:
    entry = change.entry
    if entry is None or await _find(connection, source_id, change.identity) is not None:
        return None
    result = await connection.execute(
        entries.insert()
        .values(
            source_id=source_id,
            identity=change.identity,
            revision=1,
            first_seen_at=now,
            shown_at=entry.published_at or now,
            **_content(change, entry),
        )
        .returning(entries.c.id)
    )
    entry_id = result.scalar_one()
    await _add_topics(connection, entry_id, topics)
    return entry_id, 1


async def _replace(
    connection: AsyncConnection,
    source_id: int,
    change: Change,
    topics: Sequence[int],
    now: datetime,
) -> tuple[int, int] | None:
    row = await _find(connection, source_id, change.identity)
    if row is None or row.pruned or row.retracted or _is_stored(change, row):
        return None
    revision = row.revision + 1
    await keep_revision(connection, row, now)
    values: dict[str, object] = {"revision": revision, "revised_at": now, "missing_polls": 0}
    if change.kind is ChangeKind.WITHDRAWN:
        values["withdrawn"] = True
    elif change.entry is not None:
        values |= _content(change, change.entry)
        values["withdrawn"] = False
        values["shown_at"] = change.entry.published_at or row.shown_at
        await _add_topics(connection, row.id, topics)
    await connection.execute(entries.update().where(entries.c.id == row.id).values(values))
    if row.withdrawn != values.get("withdrawn", row.withdrawn):
        await duplicates.elect(connection, row.id)
    return row.id, revision


async def _index(
    connection: AsyncConnection, readable: Mapping[int, tuple[str, str] | None]
) -> None:
    """Let the search find what entries say now; None for those that were withdrawn."""
    gone = [entry_id for entry_id, said in readable.items() if said is None]
    await search.forget(connection, gone)
    await search.put(
        connection, ((entry_id, *said) for entry_id, said in readable.items() if said is not None)
    )


def _priority(change: Change) -> int:
    """0 for a key event, which overtakes other live blogs' entries, else 1."""
    is_key = change.kind is ChangeKind.NEW and change.entry is not None and change.entry.key_event
    return 0 if is_key else 1


def _is_stored(change: Change, row: sa.Row[Any]) -> bool:
    """Whether another process stored the change meanwhile."""
    if change.kind is ChangeKind.WITHDRAWN:
        return bool(row.withdrawn)
    return not row.withdrawn and row.content_hash == change.content_hash


async def _find(connection: AsyncConnection, source_id: int, identity: str) -> sa.Row[Any] | None:
    result = await connection.execute(
        sa.select(entries).where(entries.c.source_id == source_id, entries.c.identity == identity)
    )
    return result.one_or_none()


async def _add_topics(connection: AsyncConnection, entry_id: int, topics: Sequence[int]) -> None:
    present = set(
        await connection.scalars(
            sa.select(entry_topics.c.topic_id).where(entry_topics.c.entry_id == entry_id)
        )
    )
    missing = [topic for topic in dict.fromkeys(topics) if topic not in present]
    if missing:
        await connection.execute(
            entry_topics.insert(),
            [{"entry_id": entry_id, "topic_id": topic} for topic in missing],
        )


def _content(change: Change, entry: SourceEntry) -> dict[str, Any]:
    return {
        "content_hash": change.content_hash,
        "published_at": entry.published_at,
        "updated_at": entry.updated_at,
        "title": entry.title,
        "text": entry.text,
        "html": entry.html,
        "url": entry.url,
        "author": entry.author,
        "key_event": entry.key_event,
        "pinned": entry.pinned,
        "media": as_json(entry.media),
        "links": as_json(entry.links),
    }
