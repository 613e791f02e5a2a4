"""Short ways to look at rows and to move a database forward, in SQL every backend speaks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.model import Batch, Change, ChangeKind, Decision, SourceEntry
from bot.store import fanouts, outbox, polls
from bot.store.columns import DeliveryState
from bot.store.engine import Database
from bot.store.outbox import Outcome, Release
from bot.store.sources import PollMark
from tests.support.store import utc_now

SOON = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def later(**parts: float) -> datetime:
    """An instant after now."""
    return utc_now() + timedelta(**parts)


async def rows(db: Database, table: sa.Table) -> list[sa.Row[Any]]:
    """All rows of a table in the order of its key."""
    async with db.read() as connection:
        return list(await connection.execute(sa.select(table).order_by(*table.primary_key)))


async def count(db: Database, table: sa.Table) -> int:
    """How many rows a table has."""
    async with db.read() as connection:
        return int(await connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


async def plan(db: Database, *, size: int = 1_000) -> int:
    """Expand every open fan-out; how many deliveries were queued."""
    queued = 0
    while True:
        async with db.write() as connection:
            planned = await fanouts.plan_chunk(connection, size=size, now=utc_now())
        if planned is None:
            return queued
        queued += planned.deliveries


async def claim(
    db: Database,
    owner: str = "one",
    *,
    now: datetime | None = None,
    limit: int = 100,
    lease: float = 60,
    each: int = 50,
) -> list[Batch]:
    """Claim due destinations; a second from now, so that everything planned is due."""
    async with db.write() as connection:
        return await outbox.claim(
            connection, owner, now or later(seconds=1), limit=limit, lease=lease, each=each
        )


async def record(
    db: Database,
    outcomes: Sequence[Outcome] = (),
    releases: Sequence[Release] = (),
    *,
    owner: str = "one",
) -> None:
    """Record outcomes and releases."""
    async with db.write() as connection:
        await outbox.record(connection, owner, outcomes, releases)


async def send_all(db: Database, revision: int = 1) -> None:
    """Claim everything that is due and record it as sent, with one message each."""
    for batch in await claim(db, "sender"):
        await record(
            db,
            [
                sent(each.entry_id, each.destination_id, revision=revision)
                for each in batch.deliveries
            ],
            [Release(batch.destination.id, utc_now() - HOUR)],
            owner="sender",
        )


def sent(entry_id: int, destination_id: int, *, revision: int = 1, message: int = 0) -> Outcome:
    """A delivery that went well."""
    return Outcome(
        entry_id=entry_id,
        destination_id=destination_id,
        state=DeliveryState.SENT,
        at=utc_now(),
        revision_sent=revision,
        message_ids=(message or 1_000 + entry_id,),
    )


def new(identity: str, text: str = "", *, published: datetime | None = None) -> Change:
    """A new entry whose text is its identity unless it is given."""
    text = text or identity
    entry = SourceEntry(id=identity, published_at=published or utc_now(), text=text)
    return Change(ChangeKind.NEW, identity, entry, content_hash=text)


def revised(identity: str, text: str, *, material: bool = True) -> Change:
    """Other words of an entry."""
    entry = SourceEntry(id=identity, published_at=utc_now(), text=text)
    return Change(ChangeKind.REVISED, identity, entry, content_hash=text, material=material)


def withdrawn(identity: str) -> Change:
    """An entry taken back."""
    return Change(ChangeKind.WITHDRAWN, identity, None)


async def commit(
    db: Database,
    source_id: int,
    *changes: Change,
    missing: dict[str, int] | None = None,
    topics: dict[str, Sequence[int]] | None = None,
    mark: PollMark | None = None,
    now: datetime | None = None,
    owner: str = "",
    same_as: dict[str, int] | None = None,
) -> int:
    """Store what a poll decided; how many fan-outs it queued."""
    now = now or utc_now()
    async with db.write() as connection:
        queued = await polls.commit_poll(
            connection,
            source_id,
            Decision(changes, missing or {}),
            mark or PollMark(polled_at=now, next_poll_at=now, interval=10),
            topic_ids=topics or {},
            same_as=same_as,
            now=now,
            owner=owner,
        )
    return queued or 0
