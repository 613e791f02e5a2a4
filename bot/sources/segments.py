"""A page's blocks -> entries: from where to where each one goes, and the day headings between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.sources.blocks import ROOT, Block, Kind, Role, Scope, common_scope
from bot.sources.dates import day_heading
from bot.sources.linekinds import (
    follows_the_blog,
    is_agency_line,
    is_headline,
    is_newsletter,
    is_page_furniture,
)
from bot.sources.starts import Position, Start, find_starts
from bot.sources.timeline import Heading

_CONTAINERS = frozenset({
    "article", "details", "div", "dl", "li", "section", "table", "tbody", "td", "tr",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Segment:
    """The blocks of one entry.

    Attributes:
        start: its time.
        title: index of the headline that stands before the time; None where none does.
        body: indexes of the blocks after the one with the time, as a range.
    """

    start: Start
    title: int | None
    body: range


@dataclass(frozen=True, slots=True)
class Coverage:
    """The part of a page that is the live blog.

    Attributes:
        segments: its entries, in the page's order.
        headings: day headings among them.
        around: the element that holds all entries.
        first: index of the first block of the first entry.
        end: index after the last block of the last entry.
    """

    segments: tuple[Segment, ...]
    headings: tuple[Heading, ...]
    around: Scope
    first: int
    end: int


def find_coverage(
    blocks: Sequence[Block], *, country: str = "", language: str = "", month_first: bool = False
) -> Coverage:
    """Divide a page into entries.

    Args:
        blocks: the whole page.
        country: ending of the page's host ("uk").
        language: BCP 47 tag of the page.
        month_first: how the page writes dates in digits.
    """
    starts = find_starts(blocks, country=country, language=language, month_first=month_first)
    if not starts:
        return Coverage((), (), ROOT, 0, 0)
    around = _around([blocks[start.index].scope for start in starts], blocks, starts)
    titles = _titles_before(starts, blocks)
    begins = [
        start.index if title is None else title for start, title in zip(starts, titles, strict=True)
    ]
    end = _end(blocks, starts[-1].index + 1, around)
    contained = _contained(blocks, starts, begins, around)
    segments = []
    for number, (start, title) in enumerate(zip(starts, titles, strict=True)):
        stop = begins[number + 1] if number + 1 < len(starts) else end
        if contained:
            own = blocks[start.index].scope.above(around.depth + 1)
            stop = next(
                (
                    index
                    for index in range(start.index + 1, stop)
                    if blocks[index].scope.above(around.depth + 1) is not own
                ),
                stop,
            )
        segments.append(Segment(start, title, range(start.index + 1, stop)))
    last = segments[-1].body
    stop = max(last.stop, starts[-1].index + 1)
    headings = _day_headings(blocks, starts, begins[0], end, month_first)
    return Coverage(tuple(segments), headings, around, begins[0], stop)


def _around(scopes: Sequence[Scope], blocks: Sequence[Block], starts: Sequence[Start]) -> Scope:
    """The innermost element that holds all entries."""
    common = common_scope(scopes)
    if len(set(map(id, scopes))) > 1 or common.parent is None:
        return common
    # All times stand in one element: a single entry, or times divided by line breaks.
    after = starts[-1].index + 1
    if after < len(blocks) and blocks[after].scope.above(common.depth) is common:
        return common
    return common.parent if len(scopes) == 1 else common


def _end(blocks: Sequence[Block], after: int, around: Scope) -> int:
    """Where the last entry ends: with its surroundings, or where the page speaks of itself."""
    for index in range(after, len(blocks)):
        block = blocks[index]
        if block.scope.above(around.depth) is not around:
            return index
        text = block.text
        if is_newsletter(text) or is_agency_line(text) or follows_the_blog(text):
            return index
        if is_page_furniture(text) and block.scope is ROOT:
            return index
    return len(blocks)


def _contained(
    blocks: Sequence[Block], starts: Sequence[Start], begins: Sequence[int], around: Scope
) -> bool:
    """Whether each entry has an element of its own, so that what stands outside is none of it."""
    own = [blocks[start.index].scope.above(around.depth + 1) for start in starts]
    if len(starts) < 2 or around is ROOT or len(set(map(id, own))) < len(own):
        return False
    if any(scope is around or scope.tag not in _CONTAINERS for scope in own):
        return False
    if any(
        blocks[begin].scope.above(around.depth + 1) is not scope
        for begin, scope in zip(begins, own, strict=True)
    ):
        return False
    inside = outside = 0
    for number in range(len(starts) - 1):
        for index in range(starts[number].index + 1, begins[number + 1]):
            if blocks[index].scope.above(around.depth + 1) is own[number]:
                inside += 1
            elif Role.ASIDE not in blocks[index].scope.roles_below(around.depth):
                outside += 1
    return inside >= 2 * outside


def _titles_before(starts: Sequence[Start], blocks: Sequence[Block]) -> list[int | None]:
    """For each time that stands alone, the headline just before it, where the page is like that."""
    found: list[int | None] = []
    previous = -1
    alone = after = 0
    for start in starts:
        index = start.index - 1
        title = None
        if start.position is Position.ALONE:
            alone += 1
            following = start.index + 1
            if following < len(blocks) and blocks[following].kind is Kind.HEADING:
                after += 1
            elif index > previous and _may_be_title(blocks, index):
                title = index
        found.append(title)
        previous = start.index
    named = sum(title is not None for title in found)
    # The first "headline" may be the page's own, so a page with one entry proves nothing.
    if alone < 2 or named < 0.7 * alone or after > named:
        return [None] * len(starts)
    return found


def _may_be_title(blocks: Sequence[Block], index: int) -> bool:
    block = blocks[index]
    if block.kind is Kind.HEADING:
        return day_heading(block.text) is None and block.level != 1
    plain = block.scope is ROOT or block.strong_until() >= len(block.text)
    return plain and is_headline(block.text) and day_heading(block.text) is None


def _day_headings(
    blocks: Sequence[Block], starts: Sequence[Start], begin: int, end: int, month_first: bool
) -> tuple[Heading, ...]:
    """Lines that name a day, between the entries and right before the first one."""
    headings: list[Heading] = []
    position = 0
    starting = {start.index for start in starts}
    first = begin
    while first > 0 and begin - first < 3 and _is_label(blocks[first - 1], month_first):
        first -= 1
    for index in range(first, end):
        while position < len(starts) and starts[position].index < index:
            position += 1
        if index in starting:
            continue
        mark = day_heading(blocks[index].text, month_first=month_first)
        if mark is None or (index < begin and mark.year is not None and position == 0):
            continue  # a full date at the top is the page's own
        if position and mark.day is None and mark.weekday is None and position >= len(starts):
            continue
        headings.append(Heading(position, mark))
    return tuple(headings)


def _is_label(block: Block, month_first: bool) -> bool:
    """A day's or a section's heading, which may stand between a day and its first entry."""
    return (block.kind is Kind.HEADING and block.level > 1) or (
        day_heading(block.text, month_first=month_first) is not None
    )
