"""Queries about sources: adding, pausing, claiming for a poll, remembering how it went."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Source, SourceKind, SourceState
from bot.store.columns import NEVER
from bot.store.inserting import insert_new
from bot.store.schema import entries, source_topics, sources, subscriptions
from bot.wording import from_text, to_text

# Forgotten validators: the next poll fetches and reads the page whatever it was before.
_UNCONDITIONAL: dict[str, object] = {"wire_hash": "", "etag": None, "last_modified": None}


@dataclass(frozen=True, slots=True)
class PollMark:
    """What a poll leaves on its source besides entries.

    Attributes:
        polled_at: UTC.
        next_poll_at: UTC.
        interval: seconds until then, before jitter and server hints.
        etag: validator for the next request.
        last_modified: the other validator.
        wire_hash: hash of the body as it came over the wire.
        adapter: the adapter that read it; None leaves it.
        title: the live blog's headline; None leaves it.
        timezone: the zone the page names; None leaves it.
        language: the page's language; None leaves it.
        closing: the page says that coverage is over; None leaves it.
        ended: it has been over for a while: polling stops.
    """

    polled_at: datetime
    next_poll_at: datetime
    interval: float
    etag: str | None = None
    last_modified: str | None = None
    wire_hash: str = ""
    adapter: str | None = None
    title: str | None = None
    timezone: str | None = None
    language: str | None = None
    closing: bool | None = None
    ended: bool = False


async def propose(
    connection: AsyncConnection,
    *,
    url: str,
    poll_url: str,
    name: str,
    adapter: str,
    title: str,
    interval: float,
    added_by: int | None,
    now: datetime,
    kind: SourceKind = SourceKind.PAGE,
    pattern: str = "",
    options: Mapping[str, str] | None = None,
    timezone: str | None = None,
) -> Source:
    """Remember a previewed source until an admin confirms it with `activate`.

    An address that is known already is returned as it is, unless it was removed or only proposed
    before: then it becomes this proposal.
    """
    values = {
        "poll_url": poll_url,
        "name": name,
        "state": SourceState.PROPOSED,
        "adapter": adapter,
        "title": title,
        "interval": interval,
        "next_poll_at": now,
        "added_by": added_by,
        "created_at": now,
        "kind": kind,
        "parent_id": None,
        "pattern": pattern,
        "options": dict(options or {}),
        "timezone": timezone,
    }
    known = await by_url(connection, url)
    if known is None:
        await insert_new(connection, sources, {"url": url, **values})
    else:
        await connection.execute(
            sources.update()
            .where(
                sources.c.id == known.id,
                sources.c.state.in_((SourceState.REMOVED, SourceState.PROPOSED)),
            )
            .values(values)
        )
    found = await by_url(connection, url)
    assert found is not None
    return found


async def activate(connection: AsyncConnection, source_id: int, now: datetime) -> bool:
    """Start (or restart) watching: due at once; the first poll alerts nothing.

    Returns whether there was such a source that was not active already.
    """
    result = await connection.execute(
        sources.update()
        .where(sources.c.id == source_id, sources.c.state.in_(("proposed", "removed", "ended")))
        .values(
            state=SourceState.ACTIVE,
            primed=False,
            next_poll_at=now,
            failures=0,
            failing_since=None,
            last_error="",
            **_UNCONDITIONAL,
        )
    )
    return bool(result.rowcount)


async def pause(connection: AsyncConnection, source_id: int) -> bool:
    """Stop polling until `resume`; whether it was active."""
    return await _move(connection, source_id, (SourceState.ACTIVE,), {"state": SourceState.PAUSED})


async def resume(connection: AsyncConnection, source_id: int, now: datetime) -> bool:
    """Poll again, at once; what came meanwhile is alerted. Whether it was paused or ended.

    The silence after which coverage counts as over begins anew, or it would end with that poll.
    """
    values = {"state": SourceState.ACTIVE, "next_poll_at": now, **_UNCONDITIONAL}
    if await _move(connection, source_id, (SourceState.ENDED,), {**values, "last_entry_at": now}):
        return True
    return await _move(connection, source_id, (SourceState.PAUSED,), values)


async def poll_now(connection: AsyncConnection, source_id: int, now: datetime) -> bool:
    """Make an active source due at once, without conditions; whether it was active."""
    return await _move(
        connection,
        source_id,
        (SourceState.ACTIVE,),
        {"next_poll_at": now, **_UNCONDITIONAL},
    )


async def remove(connection: AsyncConnection, source_id: int) -> bool:
    """Stop watching for good; its entries stay searchable, subscriptions to it go.

    The live blogs a followed source has found go with it.
    """
    for child in await connection.scalars(
        sa.select(sources.c.id).where(
            sources.c.parent_id == source_id, sources.c.state != SourceState.REMOVED
        )
    ):
        await remove(connection, child)
    gone = await _move(
        connection,
        source_id,
        tuple(state for state in SourceState if state is not SourceState.REMOVED),
        {"state": SourceState.REMOVED},
    )
    if gone:
        await connection.execute(
            source_topics.delete().where(source_topics.c.source_id == source_id)
        )
        await connection.execute(
            subscriptions.delete().where(
                subscriptions.c.follow == "source", subscriptions.c.target_id == source_id
            )
        )
    return gone


async def end(connection: AsyncConnection, source_id: int) -> bool:
    """Poll no more, because coverage is over; whether it was active."""
    return await _move(connection, source_id, (SourceState.ACTIVE,), {"state": SourceState.ENDED})


async def rename(connection: AsyncConnection, source_id: int, name: str) -> None:
    """Give a source another name."""
    await connection.execute(sources.update().where(sources.c.id == source_id).values(name=name))


async def get(connection: AsyncConnection, source_id: int) -> Source | None:
    """The source with this id."""
    row = (
        await connection.execute(sa.select(sources).where(sources.c.id == source_id))
    ).one_or_none()
    return None if row is None else _source(row)


async def by_url(connection: AsyncConnection, url: str) -> Source | None:
    """The source with this (normalised) address."""
    row = (await connection.execute(sa.select(sources).where(sources.c.url == url))).one_or_none()
    return None if row is None else _source(row)


async def listed(
    connection: AsyncConnection,
    states: Sequence[SourceState] = (SourceState.ACTIVE, SourceState.PAUSED, SourceState.ENDED),
) -> list[Source]:
    """The sources in these states, oldest first."""
    rows = await connection.execute(
        sa.select(sources).where(sources.c.state.in_(states)).order_by(sources.c.id)
    )
    return [_source(row) for row in rows]


async def next_due(connection: AsyncConnection) -> datetime | None:
    """When the next poll can be claimed, UTC; None where nothing is watched."""
    claimable = sa.case(
        (sources.c.lease_until > sources.c.next_poll_at, sources.c.lease_until),
        else_=sources.c.next_poll_at,
    )
    found: datetime | None = await connection.scalar(
        sa.select(sa.func.min(claimable, type_=sources.c.next_poll_at.type)).where(
            sources.c.state == SourceState.ACTIVE
        )
    )
    return found


async def claim_due(
    connection: AsyncConnection, owner: str, now: datetime, *, limit: int, lease: float
) -> list[Source]:
    """Lease sources whose poll is due, longest overdue first, for `lease` seconds."""
    due = (
        sa.select(sources.c.id)
        .where(
            sources.c.state == SourceState.ACTIVE,
            sources.c.next_poll_at <= now,
            sources.c.lease_until <= now,
        )
        .order_by(sources.c.next_poll_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(await connection.scalars(due))
    if not ids:
        return []
    await connection.execute(
        sources.update()
        .where(sources.c.id.in_(ids))
        .values(lease_owner=owner, lease_until=now + timedelta(seconds=lease))
    )
    rows = await connection.execute(
        sa.select(sources).where(sources.c.id.in_(ids)).order_by(sources.c.next_poll_at)
    )
    return [_source(row) for row in rows]


async def mark_polled(
    connection: AsyncConnection, source_id: int, mark: PollMark, *, owner: str = ""
) -> bool:
    """Remember a successful poll and let go of the lease.

    An admin may have paused the source or asked for a poll meanwhile: the state only moves from
    active to ended.

    Returns:
        Whether `owner` still had the lease; if it had passed to another, nothing is changed.
    """
    values: dict[str, object] = {
        "last_polled_at": mark.polled_at,
        "next_poll_at": mark.next_poll_at,
        "interval": mark.interval,
        "etag": mark.etag,
        "last_modified": mark.last_modified,
        "wire_hash": mark.wire_hash,
        "failures": 0,
        "failing_since": None,
        "last_error": "",
        "lease_owner": None,
        "lease_until": NEVER,
    }
    for name in ("adapter", "title", "timezone", "language", "closing"):
        if (value := getattr(mark, name)) is not None:
            values[name] = value
    result = await connection.execute(
        sources.update().where(sources.c.id == source_id, *_held_by(owner)).values(values)
    )
    if mark.ended and result.rowcount:
        await end(connection, source_id)
    return bool(result.rowcount)


async def mark_failed(
    connection: AsyncConnection,
    source_id: int,
    *,
    error: str,
    now: datetime,
    next_poll_at: datetime,
    owner: str = "",
) -> int:
    """Remember a failed poll and let go of the lease; return how many failed in a row.

    A `bot.wording.Wording` stays one, so that each reader is told the error in their language.
    Where the lease has passed from `owner` to another, nothing is changed, and 0 returned.
    """
    result = await connection.execute(
        sources.update()
        .where(sources.c.id == source_id, *_held_by(owner))
        .values(
            failures=sources.c.failures + 1,
            failing_since=sa.func.coalesce(
                sources.c.failing_since, sa.literal(now, sources.c.failing_since.type)
            ),
            last_error=to_text(error),
            last_polled_at=now,
            next_poll_at=next_poll_at,
            lease_owner=None,
            lease_until=NEVER,
        )
    )
    if not result.rowcount:
        return 0
    return int(
        await connection.scalar(sa.select(sources.c.failures).where(sources.c.id == source_id)) or 0
    )


async def renew(
    connection: AsyncConnection, owner: str, now: datetime, *, held: Collection[int], lease: float
) -> None:
    """Hold on to sources that `owner` is still polling, for `lease` seconds from now."""
    await connection.execute(
        sources.update()
        .where(sources.c.lease_owner == owner, sources.c.id.in_(held))
        .values(lease_until=now + timedelta(seconds=lease))
    )


async def let_go(
    connection: AsyncConnection, owner: str, *, lease: float, held: Collection[int]
) -> None:
    """Free the leases that `owner` has and does not use, as if those polls had brought nothing.

    The database refused in the middle: a poll could not be stored, or it was claimed and the
    answer lost. Each is due again an interval after that, so that no page is asked without a pause.

    Args:
        connection: in a writing transaction.
        owner: this process.
        lease: seconds, as they were claimed.
        held: the sources it is polling.
    """
    found = await connection.execute(
        sa.select(sources.c.id, sources.c.interval, sources.c.lease_until).where(
            sources.c.lease_owner == owner, sources.c.id.not_in(held)
        )
    )
    for row in found.all():
        await connection.execute(
            sources.update()
            .where(sources.c.id == row.id)
            .values(
                lease_owner=None,
                lease_until=NEVER,
                next_poll_at=row.lease_until + timedelta(seconds=row.interval - lease),
            )
        )


async def release_all(connection: AsyncConnection) -> None:
    """Free the leases a crashed process left. Only for a process that is alone."""
    await connection.execute(
        sources.update()
        .where(sources.c.lease_owner.is_not(None))
        .values(lease_owner=None, lease_until=NEVER)
    )


async def entry_counts(connection: AsyncConnection) -> dict[int, int]:
    """Source id -> number of stored entries."""
    rows = await connection.execute(
        sa.select(entries.c.source_id, sa.func.count())
        .where(~entries.c.withdrawn, ~entries.c.pruned)
        .group_by(entries.c.source_id)
    )
    return dict(rows.all())


async def seen_since(connection: AsyncConnection, since: datetime) -> dict[int, int]:
    """Source id -> number of entries that were first seen since an instant."""
    rows = await connection.execute(
        sa.select(entries.c.source_id, sa.func.count())
        .where(entries.c.first_seen_at >= since)
        .group_by(entries.c.source_id)
    )
    return dict(rows.all())


def _held_by(owner: str) -> tuple[sa.ColumnElement[bool], ...]:
    """That `owner` holds the lease; nothing is asked where no owner is given.

    A free source is not the owner's either: who took it over has polled it and let go of it.
    """
    return (sources.c.lease_owner == owner,) if owner else ()


async def _move(
    connection: AsyncConnection,
    source_id: int,
    states: Sequence[SourceState],
    values: dict[str, object],
) -> bool:
    result = await connection.execute(
        sources.update()
        .where(sources.c.id == source_id, sources.c.state.in_(states))
        .values(values)
    )
    return bool(result.rowcount)


def _source(row: sa.Row[tuple[object, ...]]) -> Source:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    del fields["lease_owner"], fields["lease_until"]
    fields["last_error"] = from_text(str(fields["last_error"]))
    fields["state"] = SourceState(fields["state"])
    fields["kind"] = SourceKind(fields["kind"])
    return Source(**fields)
