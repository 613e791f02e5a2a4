"""Whether what was found on a page is a live blog, in a number and in words for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from bot.sources.base import Recognition
from bot.sources.blocks import Block, Kind
from bot.sources.clock import starts_with_range
from bot.sources.entrybody import EntryBody
from bot.sources.masthead import Masthead
from bot.sources.segments import Coverage
from bot.sources.starts import Position
from bot.sources.timeline import Timeline

NO_TIMES = "no paragraph starts with a clock time"

NEEDED = 4
"""Entries without any sign that the page is a live blog."""

NEEDED_FAINT = 2
"""Entries where the headline says "live" or the like."""

_SHORT = 60
"""Characters; a programme's lines are shorter, a report's are longer."""

_AHEAD = timedelta(minutes=30)
"""What may be a wrong clock, or an entry slightly out of order."""


def judge(
    blocks: Sequence[Block],
    coverage: Coverage,
    bodies: Sequence[EntryBody],
    timeline: Timeline,
    masthead: Masthead,
    fetched_at: datetime,
    zone: str,
) -> Recognition:
    """Weigh the entries that were found.

    Four that are consistent are enough; fewer where the page calls itself a live blog. Lists of
    links, programmes and pages that speak of the future are refused with the reason.
    """
    count = len(coverage.segments)
    if count == 0:
        ranges = sum(starts_with_range(block.text) for block in blocks)
        return Recognition(
            0.0, f"{ranges} lines start with a stretch of time: a programme" if ranges else NO_TIMES
        )
    starts = [segment.start for segment in coverage.segments]
    ticker = all(start.lead.framed for start in starts)  # "+++ 12:41 … +++"
    cue = 2 if ticker else masthead.cue
    needed = {0: NEEDED, 1: NEEDED_FAINT}.get(cue, 1)
    told = "1 paragraph starts" if count == 1 else f"{count} paragraphs start"
    if count < needed:
        return Recognition(0.05 * count, f"only {told} with a clock time, too few for a live blog")
    if sum(start.linked for start in starts) >= 0.8 * count and count > 1:
        return Recognition(0.2, f"{count} links with a clock time each: a list of other pages")
    minutes = [start.lead.clock.minute for start in starts]
    if cue < 2:
        if _is_programme(bodies, minutes, newest_first=timeline.newest_first):
            return Recognition(
                0.2, f"{told} with a clock time, but they read like a programme or a timetable"
            )
        if timeline.anchored and min(timeline.instants) > fetched_at + _AHEAD:
            return Recognition(
                0.2, f"{told} with a clock time, but all lie in the future: a programme"
            )
    if count < 3 and not all(
        start.marked or start.position is not Position.LEADING or _reports(body)
        for start, body in zip(starts, bodies, strict=True)
    ):
        return Recognition(0.2, f"{told} with a clock time, but it may be part of a sentence")
    disorder = _disorder(timeline)
    if disorder > 0.34 and count > 3:
        return Recognition(
            0.3, f"{told} with a clock time, but in no order: {disorder:.0%} of the steps go back"
        )
    order = "newest first" if timeline.newest_first else "oldest first"
    entries = "1 entry that starts" if count == 1 else f"{count} entries that start"
    in_order = f", {order}" if count > 1 else ""
    return Recognition(
        _confidence(count, cue, disorder),
        f"{entries} with a clock time{in_order}, {zone}",
    )


def _confidence(count: int, cue: int, disorder: float) -> float:
    size = min(count, 20) / 20  # many consistent times are no accident
    return round(0.55 + 0.15 * size + 0.075 * cue - 0.2 * disorder, 3)


def _reports(body: EntryBody) -> bool:
    """Whether an entry says something in a sentence of its own."""
    start = (body.title or body.text)[:1]
    return bool(start) and not start.islower()


def _is_programme(
    bodies: Sequence[EntryBody], minutes: Sequence[int], *, newest_first: bool
) -> bool:
    """Short lines without sentences, or a rising timetable of full quarters of an hour."""
    texts = [body.text or body.title for body in bodies]
    short = sorted(len(text) for text in texts)[len(texts) // 2] <= _SHORT
    sentences = sum(_has_sentence(body) for body in bodies)
    if short and sentences * 10 < len(bodies) * 3:
        return True
    rising = not newest_first
    return rising and all(minute % 15 == 0 for minute in minutes) and len(minutes) > 1


def _has_sentence(body: EntryBody) -> bool:
    return any(
        "".join(run.text for run in runs).rstrip("\"'”’»)").endswith((".", "!", "?", "…"))
        for kind, runs in body.paragraphs
        if kind is not Kind.ITEM
    )


def _disorder(timeline: Timeline) -> float:
    """Share of steps that go more than half an hour against the order."""
    if len(timeline.instants) < 2:
        return 0.0
    against = 0
    for earlier, later in pairwise(timeline.instants):
        step = later - earlier if timeline.newest_first else earlier - later
        against += step > _AHEAD
    return against / (len(timeline.instants) - 1)
