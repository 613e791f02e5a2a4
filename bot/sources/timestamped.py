"""Pages whose entries start with a clock time: "14:50 …", "2.05pm", "11.04 Uhr:", "9h05 - …".

Deutsche Welle's live blogs of 2019 to 2021 are the reference. Such pages carry no ids and no
dates on their entries; identity is left to intake, which aligns entries by time and text.

The way of a page: blocks → times that start entries (`starts`) → entries (`segments`) → days and
instants (`timeline`) → texts (`entrybody`) → a verdict (`verdict`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.errors import NoLiveBlogError, UnreadableError
from bot.model import Snapshot, SourceEntry
from bot.sources.base import NOT_MINE, Hints, Page, Recognition
from bot.sources.blocks import Block, Kind
from bot.sources.canonical import read_body
from bot.sources.clock import Lead
from bot.sources.dates import read_timestamp
from bot.sources.dayanchor import Anchors, named_day
from bot.sources.entrybody import EntryBody, read_entries
from bot.sources.linekinds import is_load_more, says_ended, title_says_ended
from bot.sources.masthead import (
    Masthead,
    date_below,
    page_country,
    page_language,
    read_masthead,
    writes_month_first,
)
from bot.sources.pagezone import PageZone, page_zone
from bot.sources.segments import Coverage, Segment, find_coverage
from bot.sources.timeline import Heading, Tick, Timeline, place
from bot.sources.verdict import NO_TIMES, Found, judge
from bot.wording import Wording

_LIKELY = re.compile(r"\d\s?(?:[:.hH∶]\s?\d\d|[aApP]\.?\s?[mM]|h\b|Uhr)|\d{4}\s?[A-Z]{2,4}")
_KEY = re.compile(
    r"(?:^|[\s_-])(?:key-?event|is-key|key|highlight(?:ed)?|important|breaking)(?:$|[\s_-])"
)
_PINNED = re.compile(r"(?:^|[\s_-])(?:pinned|sticky|angepinnt)(?:$|[\s_-])")
_STABLE_ID = re.compile(
    r"(?=.*\d)(?:.*\d{5,}.*|.*[0-9a-f]{8}-[0-9a-f]{4}-.*|.*[0-9a-f]{12,}.*)", re.IGNORECASE
)
_ID_LENGTH = 120


@dataclass(frozen=True, slots=True)
class _Reading:
    """A page as far as it was understood."""

    blocks: Sequence[Block]
    coverage: Coverage
    bodies: Sequence[EntryBody]
    masthead: Masthead
    zone: PageZone
    timeline: Timeline
    warnings: tuple[str, ...]


class Timestamped:
    """The adapter of clock-time pages."""

    name = "timestamped"

    def recognises(self, page: Page) -> Recognition:
        """How sure it is that the page is a live blog of clock times, and why."""
        try:
            if not _readable(page):
                return NOT_MINE
            if _LIKELY.search(page.text) is None:
                return Recognition(0.0, NO_TIMES)
            reading = _read(page, Hints())
        except UnreadableError as error:
            return Recognition(0.0, error.reason)
        return _judge(reading, page)

    def read(self, page: Page, hints: Hints) -> Snapshot:
        """Read the page.

        Raises:
            NoLiveBlogError: no entries that start with a clock time, or not enough of them.
            UnreadableError: the markup is built to exhaust whoever reads it.
        """
        if not _readable(page):
            raise NoLiveBlogError(
                Wording("The page is no text and no HTML, so it holds no clock times.")
            )
        reading = _read(page, hints)
        if not reading.coverage.segments:
            raise NoLiveBlogError(
                Wording(
                    "No paragraph of the page starts with a clock time, so it is no live blog of "
                    "that kind (any more)."
                )
            )
        return _snapshot(reading, page)


def _readable(page: Page) -> bool:
    kind = page.document.content_type.partition(";")[0].strip().lower()
    return page.is_html or not kind or kind.startswith("text/") or kind.endswith("/octet-stream")


def _read(page: Page, hints: Hints) -> _Reading:
    blocks = page.blocks
    country, language = page_country(page), page_language(page)
    month_first = writes_month_first(country, language)
    coverage = find_coverage(blocks, country=country, language=language, month_first=month_first)
    masthead = read_masthead(page, blocks, coverage.first, coverage.end)
    zone = page_zone(blocks, coverage, masthead, hints.timezone)
    warnings = [zone.warning] if zone.warning else []
    shown = masthead.shown
    if shown is None and masthead.published is None and masthead.modified is None:
        shown = date_below(blocks[coverage.end :], month_first)
        if shown is not None:
            warnings.append(
                Wording(
                    "The page shows no date: taking {date} from below the entries.",
                    date=shown.isoformat(),
                )
            )
    anchors = Anchors(
        fetched_at=page.fetched_at,
        published=masthead.published,
        modified=masthead.modified,
        shown=shown,
        newest=hints.newest,
    )
    ticks = [_tick(segment, blocks, anchors, zone.name) for segment in coverage.segments]
    headings = [
        Heading(heading.before, named_day(heading.mark, anchors, zone.name))
        for heading in coverage.headings
    ]
    timeline = place(_trusted(ticks), headings, zone.name, anchors)
    if coverage.segments and not timeline.anchored:
        warnings.append(
            Wording(
                "The page shows no date: its newest entry is taken for the latest one possible."
            )
        )
    bodies = read_entries(blocks, coverage, _web(page.url))
    return _Reading(blocks, coverage, bodies, masthead, zone, timeline, tuple(warnings))


def _tick(segment: Segment, blocks: Sequence[Block], anchors: Anchors, zone: str) -> Tick:
    start = segment.start
    day = named_day(start.day, anchors, zone) if start.day is not None else None
    return Tick(start.lead.clock, day, _exact(blocks[start.index], start.lead))


def _exact(block: Block, lead: Lead) -> datetime | None:
    """The instant in the ``<time>`` element around the clock time, if both tell one minute."""
    moment = read_timestamp(block.timestamp) if block.timestamp else None
    if not isinstance(moment, datetime) or (moment.minute - lead.clock.minute) % 15 != 0:
        return None
    return moment.replace(second=0, microsecond=0)


def _trusted(ticks: list[Tick]) -> list[Tick]:
    """Instants in the markup count only where they differ as the shown times do."""
    exact = {tick.exact for tick in ticks if tick.exact is not None}
    shown = {tick.clock.minute for tick in ticks if tick.exact is not None}
    if len(exact) >= len(shown):
        return ticks
    return [Tick(tick.clock, tick.day) for tick in ticks]


def _judge(reading: _Reading, page: Page) -> Recognition:
    found = Found(
        reading.blocks,
        reading.coverage,
        reading.bodies,
        reading.timeline,
        reading.masthead,
        page.fetched_at,
    )
    return judge(
        found,
        Wording("zone {zone} {why}", zone=reading.zone.name, why=reading.zone.why),
    )


def _snapshot(reading: _Reading, page: Page) -> Snapshot:
    url = _web(reading.masthead.url)
    anchors = [_anchor(segment, reading) for segment in reading.coverage.segments]
    ids = _stable_ids(anchors)
    entries = tuple(
        SourceEntry(
            id=ids[number],
            published_at=reading.timeline.instants[number],
            text=body.text,
            html=read_body(body.html, url).html,
            title=body.title,
            url=f"{url}#{anchors[number]}" if anchors[number] and url else url,
            author=body.author,
            key_event=_has_class(_KEY, segment, reading),
            pinned=_has_class(_PINNED, segment, reading),
            media=tuple(body.media),
            links=tuple(body.links),
        )
        for number, (segment, body) in enumerate(
            zip(reading.coverage.segments, reading.bodies, strict=True)
        )
    )
    return Snapshot(
        adapter=Timestamped.name,
        title=reading.masthead.title,
        url=url,
        entries=entries,
        timezone=reading.zone.name if reading.zone.told else None,
        language=reading.masthead.language,
        complete=_is_complete(reading, page),
        ended=_is_ended(reading, entries),
        warnings=reading.warnings,
    )


def _web(url: str) -> str:
    return url.partition("#")[0] if url.startswith(("http://", "https://")) else ""


def _anchor(segment: Segment, reading: _Reading) -> str:
    """The id of the entry's own element or heading, "" without one."""
    depth = reading.coverage.around.depth
    for index in (segment.start.index, segment.title):
        if index is None:
            continue
        block = reading.blocks[index]
        if block.anchor:
            return block.anchor
        scope = block.scope
        while scope.depth > depth and scope.parent is not None:
            if scope.anchor:
                return scope.anchor
            scope = scope.parent
    return ""


def _stable_ids(anchors: Sequence[str]) -> list[str | None]:
    """The anchors as ids, where each entry has its own and none is a mere position."""
    counts = Counter(anchors)
    usable = all(
        anchor and len(anchor) <= _ID_LENGTH and counts[anchor] == 1 and _STABLE_ID.match(anchor)
        for anchor in anchors
    )
    return [anchor if usable else None for anchor in anchors]


def _has_class(pattern: re.Pattern[str], segment: Segment, reading: _Reading) -> bool:
    scope = reading.blocks[segment.start.index].scope
    while scope.depth > reading.coverage.around.depth and scope.parent is not None:
        if scope.words and pattern.search(scope.words):
            return True
        scope = scope.parent
    return False


def _is_complete(reading: _Reading, page: Page) -> bool:
    """Whether the page offers no further entries behind a button or on a next page."""
    if page.is_html and page.html.css_first('link[rel="next"], a[rel="next"]') is not None:
        return False
    return not any(
        is_load_more(block.text)
        and (block.kind is Kind.CONTROL or block.linked_from(0) or len(block.text) <= 40)
        for block in reading.blocks[reading.coverage.first :]
    )


def _is_ended(reading: _Reading, entries: Sequence[SourceEntry]) -> bool:
    """Whether the headline, a line before the entries or one of the newest says so."""
    if title_says_ended(reading.masthead.title):
        return True
    dated = [entry for entry in entries if entry.published_at is not None]
    newest = sorted(dated, key=lambda entry: entry.published_at or datetime.min, reverse=True)[:2]  # noqa: DTZ901  # never reached, every entry is dated
    if any(says_ended(f"{entry.title}\n{entry.text}") for entry in newest):
        return True
    first = reading.coverage.first
    return any(says_ended(block.text) for block in reading.blocks[max(0, first - 12) : first])
