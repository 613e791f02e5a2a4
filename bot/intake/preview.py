"""Which entries of a page are shown before it is watched, and as what. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.model import Entry, SourceEntry

_OLDEST = datetime.min.replace(tzinfo=UTC)


def newest(found: Sequence[SourceEntry], count: int) -> list[SourceEntry]:
    """The newest entries, oldest of them first; those without a time as the page orders them.

    A page shows its newest entries first, unless its times say the opposite.
    """
    standing = [entry for entry in found if not entry.withdrawn]
    if any(entry.published_at for entry in standing):
        standing = sorted(standing, key=lambda entry: entry.published_at or _OLDEST, reverse=True)
    return standing[:count][::-1]


def as_stored(entry: SourceEntry, source_id: int, now: datetime) -> Entry:
    """The row an entry would become, so that it can be rendered before it is one."""
    return Entry(
        id=0,
        source_id=source_id,
        identity=entry.id or "",
        revision=1,
        withdrawn=False,
        published_at=entry.published_at,
        updated_at=entry.updated_at,
        first_seen_at=now,
        revised_at=None,
        title=entry.title,
        text=entry.text,
        html=entry.html,
        url=entry.url,
        author=entry.author,
        key_event=entry.key_event,
        pinned=entry.pinned,
        media=entry.media,
        links=entry.links,
    )
