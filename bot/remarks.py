"""What is worth knowing about a page before it is watched, in sentences. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.model import Snapshot

QUIET = timedelta(days=1)


def remarks(snapshot: Snapshot, now: datetime) -> list[str]:
    """The adapter's own warnings, and what the entries themselves show.

    Args:
        snapshot: what was read.
        now: when, UTC.
    """
    found = list(snapshot.warnings)
    entries = snapshot.entries
    timeless = sum(entry.published_at is None for entry in entries)
    if timeless:
        found.append(
            f"{timeless:,} of {len(entries):,} entries have no time; alerts show when they were "
            "first seen."
        )
    if any(entry.id is None for entry in entries):
        found.append(
            "The entries have no ids: they are known by time and words, so one that is rewritten "
            "whole and moved in time counts as new."
        )
    wordless = sum(not (entry.text or entry.title or entry.withdrawn) for entry in entries)
    if wordless:
        found.append(f"{wordless:,} of {len(entries):,} entries have no words, only media.")
    newest = max((e.published_at for e in entries if e.published_at), default=None)
    if snapshot.ended:
        found.append("The page says that its coverage is over; nothing more may come.")
    elif newest is not None and now - newest > QUIET:
        days = (now - newest).days
        found.append(
            f"The newest entry is {days:,} {'day' if days == 1 else 'days'} old; "
            "coverage may be over."
        )
    return found
