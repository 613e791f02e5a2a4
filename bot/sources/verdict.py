"""Whether what was found on a page is a live blog, in a number and in words for a person.

Four entries that are consistent are enough, fewer where the page calls itself a live blog. A page
that says nothing of the kind has to look like one: newest first, in sentences, and with little
else on it; else it is an article with times in it. Lists of links, programmes and pages that
speak of the future are refused in any case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from bot.sources.base import Recognition
from bot.sources.blocks import ROOT, Block, Kind, Role, Scope
from bot.sources.clock import starts_with_range
from bot.sources.domentry import leads_away
from bot.sources.entrybody import EntryBody
from bot.sources.livecue import in_classes, is_plan
from bot.sources.masthead import Masthead
from bot.sources.segments import Coverage, Segment
from bot.sources.starts import Position
from bot.sources.timeline import Timeline
from bot.wording import Wording, listed

NO_TIMES = Wording("no paragraph starts with a clock time")

NEEDED = (4, 3, 1)
"""Entries without any sign that the page is a live blog, with a faint one, with a plain one.

Of times that markup sets apart one less is enough with a faint one."""

_SHORT = 60
"""Characters; a programme's lines are shorter, a report's are longer."""

_LINE = 40  # characters; shorter lines are bylines and dates

_LONG = 160
"""Characters; a programme tells no more of a film or a talk."""

_AHEAD = timedelta(minutes=30)
"""What may be a wrong clock, or an entry slightly out of order."""

_INTRODUCTION = 4  # paragraphs that may stand before the only entry of a page
_SHARE = 0.25  # of a page's words outside boxes that a live blog without a sign of it makes up


@dataclass(frozen=True, slots=True)
class Found:
    """What was read from a page.

    Attributes:
        blocks: the whole page.
        coverage: where its entries are.
        bodies: what each says.
        timeline: when each was written.
        masthead: what the page says about itself.
        fetched_at: UTC.
    """

    blocks: Sequence[Block]
    coverage: Coverage
    bodies: Sequence[EntryBody]
    timeline: Timeline
    masthead: Masthead
    fetched_at: datetime

    @property
    def minutes(self) -> list[int]:
        """The clock times as shown."""
        return [segment.start.lead.clock.minute for segment in self.coverage.segments]


def judge(found: Found, zone: str) -> Recognition:
    """Weigh the entries that were found.

    Args:
        found: what was read.
        zone: a few words on the zone of its times, for the reason.
    """
    segments = found.coverage.segments
    count = len(segments)
    if count == 0:
        ranges = sum(starts_with_range(block.text) for block in found.blocks)
        if ranges > 1:
            return Recognition(
                0.1,
                Wording.counted(
                    "{n} line starts with a stretch of time: a programme",
                    "{n} lines start with a stretch of time: a programme",
                    ranges,
                ),
            )
        return Recognition(0.0, NO_TIMES)
    cue = _cue(found)
    marked = all(segment.start.marked for segment in segments)
    if count < NEEDED[cue] - (cue == 1 and marked):
        return Recognition(0.05 * count, _too_few(count))
    refusal = _other(found, cue)
    if refusal:
        return Recognition(0.2, _but(count, refusal))
    disorder = _disorder(found.timeline)
    if count == 1:
        told = [zone]
    elif found.timeline.newest_first:
        told = [Wording("newest first"), zone]
    else:
        told = [Wording("oldest first"), zone]
    entries = Wording.counted(
        "{n} entry that starts with a clock time",
        "{n} entries that start with a clock time",
        count,
    )
    return Recognition(_confidence(count, cue, disorder), listed(entries, *told))


def _too_few(count: int) -> Wording:
    return Wording.counted(
        "only {n} paragraph starts with a clock time, too few for a live blog",
        "only {n} paragraphs start with a clock time, too few for a live blog",
        count,
    )


def _but(count: int, refusal: str) -> Wording:
    return Wording.counted(
        "{n} paragraph starts with a clock time, {refusal}",
        "{n} paragraphs start with a clock time, {refusal}",
        count,
        refusal=refusal,
    )


def _cue(found: Found) -> int:
    """How plainly the page, its markup or its entries' own signs say that it is a live blog."""
    segments = found.coverage.segments
    if all(segment.start.lead.framed for segment in segments):  # "+++ 12:41 … +++"
        return 2
    first = found.blocks[segments[0].start.index].scope
    return 2 if in_classes(_classes(first)) else found.masthead.cue


def _classes(scope: Scope) -> list[str]:
    """The classes of an entry's time and of all elements around it but the whole page's."""
    words = []
    inner: Scope | None = scope
    while inner is not None and inner.tag not in ("body", "html"):
        words.append(inner.words)
        inner = inner.parent
    return words


def _other(found: Found, cue: int) -> str:
    """What else the times may be, "" if nothing; to follow "7 paragraphs start with a …"."""
    segments, count = found.coverage.segments, len(found.coverage.segments)
    linked = sum(_leads_away(segment, found) for segment in segments)
    if cue < 2:
        linked = max(linked, min(count, _linked_headlines(found)))
    if count > 1 and linked >= (0.8 if cue == 2 else 0.5) * count:
        return Wording.counted(
            "but {n} of them leads to another page: a list of links",
            "but {n} of them lead to other pages: a list of links",
            linked,
        )
    if _is_numbered(segments):
        return Wording("but the numbers are those of sections")
    if answer := _plan(found, cue):
        return answer
    if count < 3 and not all(
        segment.start.marked or segment.start.position is not Position.LEADING or _reports(body)
        for segment, body in zip(segments, found.bodies, strict=True)
    ):
        return Wording("but it may be part of a sentence")
    if count == 1:
        if segments[0].start.day is not None or not _has_sentence(found.bodies[0]):
            return Wording("but no report: the page's own date or the like")
        if _introduction(found) > _INTRODUCTION:
            return Wording("but far down in a text of another kind")
    disorder = _disorder(found.timeline)
    if disorder > 0.34 and count > 3:
        return Wording(
            "but in no order: {share}% of the steps go back", share=round(100 * disorder)
        )
    return _chronicle(found) if cue == 0 else ""


def _plan(found: Found, cue: int) -> str:
    """Whether the times are those of a programme or of what is to come."""
    first = found.coverage.first
    heads = [found.masthead.title, *(b.text for b in found.blocks[max(0, first - 2) : first])]
    if cue == 2 and not any(map(is_plan, heads)):
        return ""
    if _is_programme(found):
        return Wording("but they read like a programme or a timetable")
    timeline = found.timeline
    if timeline.anchored and min(timeline.instants) > found.fetched_at + _AHEAD:
        return Wording("but all lie in the future: a programme")
    if _is_count_up(found):
        return Wording("but they count from zero: the chapters of a recording")
    return ""


def _chronicle(found: Found) -> str:
    """Why a page that nowhere speaks of a live blog is none: an article's chronicle, a table."""
    if not found.timeline.newest_first:
        return Wording(
            "oldest first, and nothing says that it is written live: a chronicle in an article"
        )
    if sum(_has_sentence(body) for body in found.bodies) * 3 < len(found.bodies):
        return Wording("but hardly a sentence follows: a table or a list")
    first, end = found.coverage.first, found.coverage.end
    own = sum(len(block.text) for block in found.blocks[first:end])
    around = [*found.blocks[:first], *found.blocks[end:]]
    if own < _SHARE * (own + sum(len(block.text) for block in around if _is_main(block))):
        return Wording("but they make up little of the page")
    return ""


def _is_main(block: Block) -> bool:
    return block.scope is ROOT or Role.ASIDE not in block.scope.roles_below(0)


def _confidence(count: int, cue: int, disorder: float) -> float:
    size = min(count, 20) / 20  # many consistent times are no accident
    return round(0.55 + 0.15 * size + 0.075 * cue - 0.2 * disorder, 3)


def _leads_away(segment: Segment, found: Found) -> bool:
    """Whether an entry's first words as a whole are a link to another page."""
    blocks, start = found.blocks, segment.start
    if start.linked:
        block = blocks[start.index].slice(start.lead.end)
    elif segment.title is not None:
        block = blocks[segment.title]
    elif start.position is Position.TRAILING:
        block = blocks[start.index].slice(0, start.lead.start)
    elif start.position is Position.ALONE:
        block = next((blocks[i] for i in segment.body if blocks[i].text), blocks[start.index])
    else:
        return False
    return _is_link(block, found)


def _linked_headlines(found: Found) -> int:
    """How many headlines from right above the first entry on lead to other pages."""
    coverage = found.coverage
    blocks = found.blocks[max(0, coverage.first - 1) : coverage.end]
    return sum(block.kind is Kind.HEADING and _is_link(block, found) for block in blocks)


def _is_link(block: Block, found: Found) -> bool:
    """Whether a block as a whole leads to another page."""
    return block.linked_from(0) and any(
        leads_away(link.url, found.masthead.url) for link in block.links
    )


def _is_numbered(segments: Sequence[Segment]) -> bool:
    """Whether "6.10", "6.11", "6.12" count a text's sections."""
    clocks = [segment.start.lead.clock for segment in segments]
    if any(clock.spelling != "24." for clock in clocks):
        return False
    steps = [later.minute - earlier.minute for earlier, later in pairwise(clocks)]
    return len(steps) > 1 and sum(step == 1 for step in steps) >= 0.7 * len(steps)


def _introduction(found: Found) -> int:
    """How many paragraphs of some length stand before the first entry."""
    blocks = found.blocks[: found.coverage.first]
    return sum(
        block.kind is Kind.PARAGRAPH and len(block.text) > _LINE and _is_main(block)
        for block in blocks
    )


def _reports(body: EntryBody) -> bool:
    """Whether an entry says something in a sentence of its own."""
    start = (body.title or body.text)[:1]
    return bool(start) and not start.islower()


def _is_programme(found: Found) -> bool:
    """Short lines without sentences, or a rising timetable of full five minutes."""
    bodies, minutes = found.bodies, found.minutes
    lengths = sorted(len(body.text or body.title) for body in bodies)
    middle = lengths[len(lengths) // 2]
    if middle <= _SHORT and sum(map(_has_sentence, bodies)) * 10 < len(bodies) * 3:
        return True
    quarters = sum(minute % 15 == 0 for minute in minutes) == len(minutes)
    if found.timeline.newest_first:
        return quarters and len(minutes) > 3
    fives = sum(minute % 5 == 0 for minute in minutes)
    if quarters and len(minutes) > 1:
        return True
    return fives >= 0.8 * len(minutes) and len(minutes) > 4 and middle <= _LONG


def _is_count_up(found: Found) -> bool:
    """Whether the times begin at nothing and rise: "00:00 Intro", "02:31 The first goal"."""
    minutes = found.minutes
    rising = all(later >= earlier for earlier, later in pairwise(minutes))
    return rising and len(minutes) > 2 and minutes[0] < 60 and minutes[0] % 60 < 2


def _has_sentence(body: EntryBody) -> bool:
    return any(
        "".join(run.text for run in runs)
        .rstrip("\"'”’»)")
        .endswith((".", "!", "?", "…", "؟", "。"))
        for kind, runs in body.paragraphs
        if kind not in (Kind.ITEM, Kind.NUMBERED)
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
