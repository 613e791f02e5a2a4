"""When a page's entries were made: exact where the markup tells, else by what they show.

Entries may show "12:41", "5 March, 12:41" or "yesterday at 23:40", in a zone that the page need not
name; one with an exact instant beside its clock time gives the zone away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, timedelta

from selectolax.lexbor import LexborNode

from bot.sources.base import Hints, Page
from bot.sources.characters import plain
from bot.sources.clock import instant
from bot.sources.dates import DayMark, day_heading
from bot.sources.dayanchor import Anchors, day_in, named_day, shift
from bot.sources.domentry import DomEntry
from bot.sources.domstamp import Spelling, Stamp
from bot.sources.masthead import Masthead, page_country, page_language, writes_month_first
from bot.sources.timeline import Heading, Tick, place
from bot.sources.zones import zone_info

_HALF_DAY = 12 * 60  # minutes
_BARE_HOURS = frozenset({"fr", "es", "pt", "ca", "it"})  # languages that write "15h"


def spelling_of(page: Page) -> Spelling:
    """How a page writes times, by its country and language."""
    language = page_language(page)
    bare = language.partition("-")[0].lower() in _BARE_HOURS
    return Spelling(writes_month_first(page_country(page), language), bare)


def is_dated(one: DomEntry) -> bool:
    """Whether an entry itself tells its day and its time."""
    return one.published is not None or (one.clock is not None and one.stamp.dated)


def needs_zone(one: DomEntry) -> bool:
    """Whether the page's zone decides when an entry was made."""
    if one.published is not None:
        return one.published.naive
    if one.clock is None:
        return one.stamp.age is None
    return one.clock.clock.zone is None


def shown_zone(read: Sequence[DomEntry], home: str) -> str:
    """The zone in which entries show times whose instants their markup tells; "" where none do.

    Args:
        read: the entries.
        home: the zone the page most likely means; it is taken where it agrees.
    """
    offsets: Counter[int] = Counter()
    moments = []
    for one in read:
        if one.published is None or one.published.naive or one.clock is None:
            continue
        if one.clock.clock.zone is None:
            at = one.published.at
            apart = one.clock.clock.minute - (at.hour * 60 + at.minute)
            offsets[(apart + _HALF_DAY) % (2 * _HALF_DAY) - _HALF_DAY] += 1
            moments.append(at)
    offset, count = offsets.most_common(1)[0] if offsets else (0, 0)
    if count * 2 <= sum(offsets.values()):
        return ""
    there = max(moments).astimezone(zone_info(home) or UTC).utcoffset()
    if there == timedelta(minutes=offset):
        return home
    return f"Etc/GMT{-offset // 60:+d}" if offset % 60 == 0 else ""


def is_naive(one: DomEntry) -> bool:
    """Whether an entry's markup tells its time without a zone."""
    return one.published is not None and one.published.naive


def placed(
    page: Page,
    hints: Hints,
    elements: Sequence[LexborNode],
    read: Sequence[DomEntry],
    masthead: Masthead,
    zone: str,
) -> dict[int, Tick]:
    """The instants of entries that show a clock time only, by their index."""
    shown = [i for i, one in enumerate(read) if one.clock is not None]
    if not shown or all(read[i].published and not is_naive(read[i]) for i in shown):
        return {}
    month_first = writes_month_first(masthead.country, masthead.language)
    today = day_in(page.fetched_at, zone)
    anchors = Anchors(
        page.fetched_at, masthead.published, masthead.modified, masthead.shown, hints.newest
    )
    ticks, headings = [], []
    before: DayMark | None = None
    for number, index in enumerate(shown):
        one = read[index]
        assert one.clock is not None
        clock = one.clock.clock
        exact = one.published.at if one.published and not one.published.naive else None
        own = _day(one.stamp, today)
        day = own.near(today) if own is not None and own.day is not None else None
        if exact is None and day is not None:
            exact = instant(day, clock.minute, clock.zone or zone)
        ticks.append(Tick(clock, own, exact))
        mark = day_heading(_beside(elements[index]), month_first=month_first)
        if mark is None and own != before:
            mark = own  # those before it that name no day are of another
        if mark is not None:
            headings.append(Heading(number, named_day(mark, anchors, zone)))
        before = own
    last = day_heading(_beside(elements[shown[-1]], below=True), month_first=month_first)
    if last is not None:  # where one stands below the last entry, each stands below its own
        headings.append(Heading(len(shown), named_day(last, anchors, zone)))
    timeline = place(ticks, headings, zone, anchors)
    return {
        index: Tick(tick.clock, None, at)
        for index, tick, at in zip(shown, ticks, timeline.instants, strict=True)
    }


def _day(stamp: Stamp, today: date) -> DayMark | None:
    """The day that an entry names, also as "yesterday"."""
    if stamp.ago is None:
        return stamp.day
    day = shift(today, -stamp.ago)
    return DayMark(day.month, day.day, day.year)


def _beside(element: LexborNode, *, below: bool = False) -> str:
    """The short line directly above (or below) an entry, or the section it is at the edge of."""
    node: LexborNode | None = element
    for _ in range(3):
        sibling = _neighbour(node, below=below)
        while sibling is not None and not sibling.is_element_node:
            sibling = _neighbour(sibling, below=below)
        if sibling is not None:
            text = plain(sibling.text(separator=" ")[:300])
            return text if len(text) <= 70 else ""
        node = node.parent if node is not None else None
    return ""


def _neighbour(node: LexborNode | None, *, below: bool) -> LexborNode | None:
    if node is None:
        return None
    return node.next if below else node.prev
