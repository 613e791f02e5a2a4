"""What is on record about an entry's way to the chats: for `liverelay why` and ``/why``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Bundle, Destination, Entry, Follow
from bot.store import duplicates, latencies, watches
from bot.store.chats import DESTINATION_COLUMNS, as_destination
from bot.store.claimed import as_bundle
from bot.store.columns import DeliveryState
from bot.store.entries import as_entry, source_names
from bot.store.schema import (
    chats,
    deliveries,
    destinations,
    entries,
    entry_topics,
    fanouts,
    sources,
    subscriptions,
    topics,
)

LATELY = 1_000  # entries among which a message is looked for


@dataclass(frozen=True, slots=True)
class FanoutRecord:
    """One change of an entry on its way to all chats.

    Attributes:
        kind: "new", "revised" or "withdrawn".
        done_at: when the last chat was queued; None while it is under way.
        planned: deliveries it queued so far.
    """

    kind: str
    revision: int
    priority: int
    created_at: datetime
    done_at: datetime | None
    planned: int


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """An entry and what became of it as a whole.

    Attributes:
        topics: slugs.
        states: how many deliveries are in which state.
        took: histogram of seconds to the chats (`bot.store.latencies`).
        same_news: other entries that tell the same: (id, source, withdrawn).
    """

    entry: Entry
    source: str
    source_primed_at: datetime
    topics: tuple[str, ...]
    fanouts: tuple[FanoutRecord, ...]
    states: dict[DeliveryState, int]
    took: dict[int, int] = field(default_factory=dict)
    same_news: tuple[tuple[int, str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """One delivery, or why there is none.

    Attributes:
        matched: what the destination follows that fits: "all", "source Name", "topic slug".
        watches: what of its watches the entry matched when it was stored, as expressions.
        state: None where no delivery is on record.
    """

    destination: Destination
    off_reason: str
    not_before: datetime
    matched: tuple[str, ...]
    watches: tuple[str, ...] = ()
    state: DeliveryState | None = None
    queued_at: datetime | None = None
    due_at: datetime | None = None
    sent_at: datetime | None = None
    edited_at: datetime | None = None
    revision_sent: int | None = None
    attempts: int = 0
    message_ids: tuple[int, ...] = ()
    bundle: Bundle | None = None
    shape: str = ""
    error: str | None = None


async def find_entries(connection: AsyncConnection, words: str, limit: int = 5) -> list[Entry]:
    """The entries `words` may mean: by id, by address, else the newest that hold them."""
    query = sa.select(entries).where(~entries.c.pruned)
    if words.isdecimal() and len(words) < 19:
        query = query.where(entries.c.id == int(words))
    elif "://" in words:
        query = query.where(entries.c.url == words)
    else:
        pattern = f"%{words.replace('%', ' ').replace('_', ' ').strip()}%"
        query = query.where(sa.or_(entries.c.title.ilike(pattern), entries.c.text.ilike(pattern)))
    rows = await connection.execute(query.order_by(entries.c.id.desc()).limit(limit))
    return [as_entry(row) for row in rows]


async def shown_by(connection: AsyncConnection, telegram_id: int, message_id: int) -> list[Entry]:
    """The entries that a message of ours in a chat shows, as far as it is a recent one."""
    recent = sa.select(entries.c.id).order_by(entries.c.id.desc()).limit(LATELY).subquery()
    rows = await connection.execute(
        sa.select(deliveries.c.entry_id, deliveries.c.message_ids)
        .join(destinations, destinations.c.id == deliveries.c.destination_id)
        .join(chats, chats.c.id == destinations.c.chat_id)
        .where(
            chats.c.telegram_id == telegram_id,
            deliveries.c.entry_id.in_(sa.select(recent.c.id)),
            deliveries.c.message_ids.is_not(sa.null()),
        )
    )
    ids = [entry_id for entry_id, message_ids in rows if message_id in (message_ids or ())]
    found = await connection.execute(
        sa.select(entries).where(entries.c.id.in_(ids)).order_by(entries.c.id)
    )
    return [as_entry(row) for row in found]


async def of_entry(connection: AsyncConnection, entry_id: int) -> EntryRecord | None:
    """What is on record of an entry; None if there is none with this id."""
    row = (
        await connection.execute(
            sa.select(entries, sources.c.name, sources.c.created_at)
            .join(sources, sources.c.id == entries.c.source_id)
            .where(entries.c.id == entry_id)
        )
    ).one_or_none()
    if row is None:
        return None
    changes = await connection.execute(
        sa.select(fanouts).where(fanouts.c.entry_id == entry_id).order_by(fanouts.c.id)
    )
    states = await connection.execute(
        sa.select(deliveries.c.state, sa.func.count())
        .where(deliveries.c.entry_id == entry_id)
        .group_by(deliveries.c.state)
    )
    slugs = await connection.scalars(
        sa.select(topics.c.slug)
        .join(entry_topics, entry_topics.c.topic_id == topics.c.id)
        .where(entry_topics.c.entry_id == entry_id)
        .order_by(topics.c.id)
    )
    return EntryRecord(
        entry=as_entry(row),
        source=row.name,
        source_primed_at=row.created_at,
        topics=tuple(slugs),
        fanouts=tuple(
            FanoutRecord(
                change.kind,
                change.revision,
                change.priority,
                change.created_at,
                change.done_at,
                change.planned,
            )
            for change in changes
        ),
        states={DeliveryState(state): count for state, count in states},
        took=await latencies.of_entry(connection, entry_id),
        same_news=await _same_news(connection, entry_id),
    )


async def _same_news(
    connection: AsyncConnection, entry_id: int
) -> tuple[tuple[int, str, bool], ...]:
    others = [one for one in await duplicates.tellings(connection, entry_id) if one.id != entry_id]
    names = await source_names(connection, (one.source_ids[0] for one in others))
    return tuple((one.id, names[one.source_ids[0]], one.withdrawn) for one in others)


async def of_chat(
    connection: AsyncConnection, entry_id: int, telegram_id: int
) -> list[DeliveryRecord]:
    """What is on record of an entry for each destination within a chat."""
    found = await connection.execute(
        sa.select(*DESTINATION_COLUMNS, destinations.c.off_reason, destinations.c.not_before)
        .join(chats, chats.c.id == destinations.c.chat_id)
        .where(chats.c.telegram_id == telegram_id)
        .order_by(destinations.c.thread_id)
    )
    records = []
    for row in found.all():
        matched = await _matched(connection, entry_id, row.id)
        watched = await watches.matched(connection, entry_id, row.id)
        expressions = tuple(watch.expression for watch in watched)
        delivery = (
            await connection.execute(
                sa.select(deliveries).where(
                    deliveries.c.entry_id == entry_id, deliveries.c.destination_id == row.id
                )
            )
        ).one_or_none()
        base = (as_destination(row), row.off_reason, row.not_before, matched, expressions)
        if delivery is None:
            records.append(DeliveryRecord(*base))
            continue
        records.append(
            DeliveryRecord(
                *base,
                state=DeliveryState(delivery.state),
                queued_at=delivery.queued_at,
                due_at=delivery.due_at,
                sent_at=delivery.sent_at,
                edited_at=delivery.edited_at,
                revision_sent=delivery.revision_sent,
                attempts=delivery.attempts,
                message_ids=tuple(delivery.message_ids or ()),
                bundle=as_bundle(delivery.bundle),
                shape=delivery.shape or "",
                error=delivery.error,
            )
        )
    return records


async def _matched(
    connection: AsyncConnection, entry_id: int, destination_id: int
) -> tuple[str, ...]:
    """What a destination follows now that an entry belongs to."""
    source = (
        await connection.execute(
            sa.select(sources.c.id, sources.c.parent_id)
            .join(entries, entries.c.source_id == sources.c.id)
            .where(entries.c.id == entry_id)
        )
    ).one()
    of_topic = await connection.execute(
        sa.select(topics.c.id, topics.c.slug)
        .join(entry_topics, entry_topics.c.topic_id == topics.c.id)
        .where(entry_topics.c.entry_id == entry_id)
    )
    names: dict[int, str] = dict(of_topic.all())
    rows = await connection.execute(
        sa.select(subscriptions.c.follow, subscriptions.c.target_id).where(
            subscriptions.c.destination_id == destination_id
        )
    )
    found: list[str] = []
    for follow, target in rows:
        if follow == Follow.ALL:
            found.append("everything")
        elif follow == Follow.SOURCE and target == source.id:
            found.append("its source")
        elif follow == Follow.SOURCE and target == source.parent_id:
            found.append("the section its live blog was found on")
        elif follow == Follow.TOPIC and target in names:
            found.append(f"the topic {names[target]}")
    return tuple(found)
