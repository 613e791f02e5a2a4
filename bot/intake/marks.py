"""What a poll leaves on its source besides entries: when to ask again, and whether it is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.intake import schedule
from bot.intake.validators import trusted_last_modified
from bot.model import Document, Snapshot, Source, SourceKind
from bot.store.sources import PollMark

SILENCE = timedelta(days=1)  # after which a live blog that was found by itself is over
END_GRACE = timedelta(minutes=30)  # a blog that closed is still corrected for a while


@dataclass(frozen=True, slots=True)
class PollBounds:
    """How often sources are asked, in seconds, where a source has no bounds of its own."""

    minimum: float
    maximum: float


def mark_of(
    source: Source,
    document: Document,
    snapshot: Snapshot | None,
    bounds: PollBounds,
    now: datetime,
    *,
    changed: bool,
) -> PollMark:
    """The mark of a successful poll. Pure.

    Args:
        source: as it was claimed.
        document: the answer.
        snapshot: what was read of it; None for a page that did not change, and for a followed one.
        bounds: default intervals.
        now: UTC.
        changed: whether there was anything new, corrected or withdrawn.
    """
    closing = snapshot.ended if snapshot else source.closing
    maximum = source.max_interval or bounds.maximum
    interval = schedule.after_success(
        maximum if source.kind is SourceKind.FOLLOW else source.interval,
        changed=changed and source.primed,
        minimum=source.min_interval or bounds.minimum,
        maximum=maximum,
        max_age=document.max_age,
    )
    interval = max(interval, document.crawl_delay)
    unchanged = document.status == 304
    last_entry = source.last_entry_at or source.created_at
    return PollMark(
        polled_at=now,
        next_poll_at=now + timedelta(seconds=interval),
        interval=interval,
        etag=document.etag or (source.etag if unchanged else None),
        last_modified=trusted_last_modified(document.last_modified, document.fetched_at)
        or (source.last_modified if unchanged else None),
        wire_hash=source.wire_hash if unchanged else document.wire_hash,
        adapter=snapshot.adapter if snapshot else None,
        title=snapshot.title if snapshot else None,
        timezone=snapshot.timezone if snapshot else None,
        language=snapshot.language if snapshot else None,
        closing=closing,
        ended=not changed and _is_over(source, now - last_entry, closing=closing),
    )


def is_found(source: Source) -> bool:
    """Whether a followed page led to it, and not an admin."""
    return source.parent_id is not None


def _is_over(source: Source, silence: timedelta, *, closing: bool) -> bool:
    """Whether coverage is over: the page says so, or it was found by itself and fell silent."""
    return (closing and silence > END_GRACE) or (is_found(source) and silence > SILENCE)
