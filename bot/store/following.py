"""Queries about sources that follow a section: the links they saw, the live blogs they added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import LinkOutcome, Source, SourceKind, SourceState
from bot.store.inserting import insert_new
from bot.store.schema import followed_links, sources
from bot.store.sources import by_url

KEPT = timedelta(days=60)  # no section links to anything for so long
_CHUNK = 200  # addresses in one query


async def unseen(
    connection: AsyncConnection,
    source_id: int,
    urls: Sequence[str],
    again: Mapping[LinkOutcome, timedelta],
    now: datetime,
) -> list[str]:
    """Those of `urls` to be looked at now, in their order.

    Left out are sources of any state (an admin may have removed one) and links that were looked
    at lately.

    Args:
        connection: a transaction.
        source_id: the source that follows.
        urls: canonical addresses.
        again: outcome -> after how long such a link is looked at once more; others never.
        now: UTC.
    """
    skip: set[str] = set()
    for at in range(0, len(urls), _CHUNK):
        part = urls[at : at + _CHUNK]
        skip.update(
            await connection.scalars(
                sa.select(sources.c.url).where(
                    sources.c.url.in_(part), sources.c.state != SourceState.PROPOSED
                )
            )
        )
        rows = await connection.execute(
            sa.select(
                followed_links.c.url, followed_links.c.outcome, followed_links.c.seen_at
            ).where(followed_links.c.source_id == source_id, followed_links.c.url.in_(part))
        )
        for url, outcome, seen_at in rows:
            wait = again.get(LinkOutcome(outcome))
            if wait is None or now - seen_at < wait:
                skip.add(url)
    return [url for url in urls if url not in skip]


async def added_since(connection: AsyncConnection, source_id: int, since: datetime) -> int:
    """How many live blogs a source has added since an instant."""
    return int(
        await connection.scalar(
            sa.select(sa.func.count())
            .select_from(sources)
            .where(sources.c.parent_id == source_id, sources.c.created_at > since)
        )
        or 0
    )


async def remember(
    connection: AsyncConnection, source_id: int, url: str, outcome: LinkOutcome, now: datetime
) -> None:
    """Note that a link was looked at and what it was; forget what is very old."""
    here = followed_links.c.source_id == source_id
    await connection.execute(
        followed_links.delete().where(
            here, sa.or_(followed_links.c.url == url, followed_links.c.seen_at < now - KEPT)
        )
    )
    link = {"source_id": source_id, "url": url, "outcome": outcome, "seen_at": now}
    await insert_new(connection, followed_links, link)


async def adopt(
    connection: AsyncConnection,
    parent: Source,
    *,
    url: str,
    same_as: str,
    poll_url: str,
    name: str,
    adapter: str,
    title: str,
    interval: float,
    now: datetime,
) -> Source | None:
    """Watch a live blog a source links to: due at once, and its first poll alerts nothing.

    Args:
        connection: a writing transaction.
        parent: the source that links to it.
        url: its address.
        same_as: the address the page gives itself; where that is a source already, this is it.
        poll_url: the address that is fetched.
        name: shown in alerts.
        adapter: reads it.
        title: its headline.
        interval: seconds between polls.
        now: UTC.

    Returns:
        The new source; None where it is known already, in any state but proposed.
    """
    for address in (url, same_as):
        known = await by_url(connection, address)
        if known is not None and known.state is not SourceState.PROPOSED:
            return None
    values = {
        "poll_url": poll_url,
        "name": name,
        "state": SourceState.ACTIVE,
        "adapter": adapter,
        "title": title,
        "interval": interval,
        "next_poll_at": now,
        "added_by": parent.added_by,
        "created_at": now,
        "kind": SourceKind.PAGE,
        "parent_id": parent.id,
    }
    if not await insert_new(connection, sources, {"url": url, **values}):
        # Somebody was just shown a preview of it; or another process added it.
        taken = await connection.execute(
            sources.update()
            .where(sources.c.url == url, sources.c.state == SourceState.PROPOSED)
            .values(values)
        )
        if not taken.rowcount:
            return None
    return await by_url(connection, url)


def as_tree(found: Sequence[Source]) -> list[tuple[Source, tuple[Source, ...]]]:
    """Sources in their order, each with those that were found on it. Pure."""
    ids = {source.id for source in found}
    children: dict[int, list[Source]] = {}
    for source in found:
        if source.parent_id in ids and source.parent_id is not None:
            children.setdefault(source.parent_id, []).append(source)
    return [
        (source, tuple(children.get(source.id, ())))
        for source in found
        if source.parent_id not in ids
    ]
