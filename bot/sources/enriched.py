"""Structured data with all that the page they stand on shows of the same live blog.

By the ids that its elements carry (`joined`, `lengthened`), or else by titles (`paired`).
"""

from __future__ import annotations

from bot.model import Snapshot
from bot.sources.base import Hints, Page
from bot.sources.joined import STRUCTURED, joined
from bot.sources.lengthened import lengthened
from bot.sources.paired import paired


def enriched(told: Snapshot, page: Page, hints: Hints) -> Snapshot:
    """The snapshot with what the page shows; itself where it was not read from structured data."""
    if told.adapter not in STRUCTURED:
        return told
    snapshot = joined(told, page, hints)
    if snapshot is told:  # no element carries an id of theirs
        return paired(told, page)
    return lengthened(snapshot, page)
