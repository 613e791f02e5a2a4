"""Where the entries of a clock-time page begin: which of its times start one.

A time at the start of a block is a candidate. What the candidates have in common decides: their
spelling, their markup and their order. A time that opens a sentence ("16:30 is when polls
close"), a range, a line of a programme and a stamp under a comment start nothing.
"""

from __future__ import annotations

import enum
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.sources.blocks import ROOT, Block, Kind, Scope, common_scope
from bot.sources.clock import Lead, leading_clock, trailing_clock
from bot.sources.dates import DayMark, day_heading, find_dates, leading_day
from bot.sources.linekinds import follows_the_blog
from bot.sources.timeline import HALF_DAY, is_newest_first

SLACK = 30
"""Minutes an entry may be out of order without a doubt that it is one."""

LOOKAHEAD = 6
"""How many times in a row may stick out of the order and be taken for part of a text."""

FEW = 3
"""Entries from which on something can be said of all of them."""

TITLE_LENGTH = 220
"""Characters of the longest headline."""

_SENTENCE = re.compile(
    r"(?:is|are|was|were|will|would|has|had|have|and|or|to|on|in|at|by|until|till|from|local|this"
    r"|today|tomorrow|yesterday|tonight|when|marks?|marked|sees|saw|came|comes|sharp|daily|each|every"
    r"|onwards?|start|deadline|ist|sind|war|waren|wird|werden|soll|sollen|und|oder|bis|am|beginnt"
    r"|begann|heute|morgen|est|était|sera|et|ou|aujourd'hui|demain|heures|es|era|será|y|o|fue|hoy"
    r"|mañana|è|sarà|oggi|domani|foi|hoje|amanhã|jest|był|była|będzie|było|это|был|была|будет|було"
    r"|буде)\b"
)
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")


class Position(enum.Enum):
    """Where the time stands in its block."""

    LEADING = "leading"
    ALONE = "alone"
    TRAILING = "trailing"  # after a headline


@dataclass(frozen=True, slots=True)
class Start:
    """A time that starts an entry.

    Attributes:
        index: of its block.
        lead: the time and where it stands in the text.
        position: before the text, alone in its block, or after a headline.
        marked: set apart by markup: bold, a heading, an element of its own, plus signs.
        linked: all that follows in the block is a link.
        day: the day where the block names one beside the time.
    """

    index: int
    lead: Lead
    position: Position
    marked: bool
    linked: bool
    day: DayMark | None = None


def find_starts(
    blocks: Sequence[Block], *, country: str = "", language: str = "", month_first: bool = False
) -> list[Start]:
    """The times that start entries, in the page's order.

    Args:
        blocks: the whole page.
        country: ending of the page's host, for names of zones with several meanings.
        language: BCP 47 tag of the page, likewise.
        month_first: how the page writes dates in digits.
    """
    every = [
        start
        for index, block in enumerate(blocks)
        if (start := _start(block, index, country, language, month_first)) is not None
    ]
    every = _outside_boxes(every, blocks)
    for keep in (_common_position, _common_spelling, _common_markup, _common_kind):
        every = keep(every, blocks)
    every = _in_one_place(every, blocks)
    every = _without_sentences(every, blocks)
    return _without_strays(every, blocks)


def _start(
    block: Block, index: int, country: str, language: str, month_first: bool
) -> Start | None:
    """The time a block starts (or a headline ends) with."""
    text = block.text
    if block.kind is Kind.CONTROL or not _DIGIT.search(text[:60] + text[-30:]):
        return None
    day, at = leading_day(text, month_first=month_first) or (None, 0)
    lead = leading_clock(text, at, country=country, language=language)
    if lead is None and at:
        day, lead = None, leading_clock(text, country=country, language=language)
    if lead is not None:
        return _from_lead(block, index, lead, day)
    strong = block.strong_until() >= len(text)
    if len(text) <= TITLE_LENGTH and (block.kind is Kind.HEADING or strong):
        lead = trailing_clock(text, country=country, language=language)
        if lead is not None and _LETTER.search(text[: lead.start]):
            if day_heading(text[: lead.start]) is not None:
                return None  # "Posted 7 December 2015 – 12:15": no headline, a stamp
            return Start(index, lead, Position.TRAILING, marked=True, linked=False)
    return None


def _from_lead(block: Block, index: int, lead: Lead, day: DayMark | None) -> Start | None:
    text = block.text
    rest = text[lead.end :]
    if day is not None and day.year is not None and not block.timed:
        return None  # date with year and time: the stamp of a comment or of the page
    if len(rest) <= 40 and (dated := next(find_dates(rest), None)) is not None:
        if dated.mark.year is not None and not block.timed:
            return None
        if not _LETTER.search(rest[: dated.start] + rest[dated.end :]):
            day, rest = dated.mark, ""
    if not rest and _LETTER.match(text) and day is None and not lead.labelled:
        return None  # "Updated 14:50": about the page, not about an entry
    position = Position.LEADING if rest else Position.ALONE
    own = block.kind is Kind.HEADING or block.timed or lead.framed
    digits = len(text[: lead.end].rstrip(" :–—-|"))
    marked = own or block.strong_until() >= min(digits, 5) or (not rest and block.scope.depth > 0)
    if not lead.separated and not (marked or rest[:1].isupper() or rest[:1] in "\"“„«'‘"):
        return None
    return Start(index, lead, position, marked, bool(rest) and block.linked_from(lead.end), day)


def _outside_boxes(starts: list[Start], blocks: Sequence[Block]) -> list[Start]:
    """Leave out navigation, boxes, captions and quotations, unless everything stands in them."""
    flagged = {
        start.index
        for start in starts
        if blocks[start.index].scope.roles_below(0) or blocks[start.index].kind is Kind.QUOTE
    }
    outside = [start for start in starts if start.index not in flagged]
    return outside if len(outside) * 4 >= len(starts) else starts


def _majority(starts: list[Start], test: Callable[[Start], bool], share: float) -> bool:
    return bool(starts) and sum(map(test, starts)) >= share * len(starts)


def _common_position(starts: list[Start], blocks: Sequence[Block]) -> list[Start]:
    """Times after headlines and times before texts are two designs; a page has one."""
    if _majority(starts, lambda start: start.position is Position.TRAILING, 0.5):
        return [start for start in starts if start.position is Position.TRAILING]
    return [start for start in starts if start.position is not Position.TRAILING]


def _common_spelling(starts: list[Start], blocks: Sequence[Block]) -> list[Start]:
    """The most frequent spelling; others only where markup or a zone sets them apart as well."""
    if not starts:
        return starts
    counts = Counter(start.lead.clock.spelling for start in starts)
    common = counts.most_common(1)[0][0]
    marked = _majority(starts, lambda start: start.marked, 0.7)
    return [
        start
        for start in starts
        if start.lead.clock.spelling == common
        or start.lead.clock.zone is not None
        or (marked and start.marked)
    ]


def _common_markup(starts: list[Start], blocks: Sequence[Block]) -> list[Start]:
    """Where times are set apart by markup, one that is not belongs to a text."""
    if _majority(starts, lambda start: start.marked, 0.7):
        starts = [start for start in starts if start.marked]
    if _majority(starts, lambda start: start.position is Position.ALONE, 0.8):
        starts = [s for s in starts if s.position is Position.ALONE or s.marked]
    if not _majority(starts, lambda start: start.linked, 0.5):
        starts = [start for start in starts if not start.linked or start.marked]
    return starts


def _common_kind(starts: list[Start], blocks: Sequence[Block]) -> list[Start]:
    """A few list items among paragraphs are a programme inside a text."""

    def is_item(start: Start) -> bool:
        return blocks[start.index].kind is Kind.ITEM

    if _majority(starts, is_item, 0.5):
        return starts
    return [start for start in starts if not is_item(start)]


def _in_one_place(starts: list[Start], blocks: Sequence[Block]) -> list[Start]:
    """Leave out times of another design in another part of the page, and lists after the blog."""
    if len(starts) < FEW or blocks[starts[0].index].scope is ROOT:
        return starts

    def design(start: Start) -> tuple[object, ...]:
        block = blocks[start.index]
        return block.kind, block.scope.tag, block.timed, block.strong_until() > 0

    common, count = Counter(map(design, starts)).most_common(1)[0]
    if FEW <= count < len(starts):
        around = common_scope([blocks[s.index].scope for s in starts if design(s) == common])
        starts = [
            start
            for start in starts
            if design(start) == common or _within(blocks[start.index], around)
        ]
    around = common_scope([blocks[start.index].scope for start in starts[: len(starts) // 2 + 1]])
    for index in range(starts[len(starts) // 2].index, starts[-1].index):
        block = blocks[index]
        heads = block.kind is Kind.HEADING and follows_the_blog(block.text)
        if heads and not _within(block, around):
            return [start for start in starts if start.index < index]
    return starts


def _within(block: Block, around: Scope) -> bool:
    return block.scope.above(around.depth) is around


def _without_sentences(starts: list[Start], blocks: Sequence[Block]) -> list[Start]:
    """Leave out times that a sentence begins with, where other entries do not begin like that."""

    def opens_sentence(start: Start) -> bool:
        return _SENTENCE.match(blocks[start.index].text, start.lead.end) is not None

    if _majority(starts, opens_sentence, 0.34):
        return starts
    return [start for start in starts if start.marked or not opens_sentence(start)]


def _without_strays(starts: list[Start], blocks: Sequence[Block]) -> list[Start]:
    """Leave out times that stick out of the order and look like part of a text.

    One that sticks out is doubted if it goes on in lower case; several in a row are doubted if
    they stand close together like the lines of a programme.
    """
    if len(starts) < 3 or any(start.lead.clock.zone for start in starts):
        return starts
    minutes = [start.lead.clock.minute for start in starts]
    newest_first = is_newest_first(minutes)
    out: set[int] = set()
    for found in _strays(minutes, newest_first):
        out.update(_doubtful(found, starts, blocks))
    backwards = [minutes[-1 - i] for i in range(len(minutes))]
    for found in _strays(backwards, not newest_first):
        mirrored = [len(starts) - 1 - i for i in reversed(found)]
        out.update(_doubtful(mirrored, starts, blocks))
    return [start for position, start in enumerate(starts) if position not in out]


def _strays(minutes: Sequence[int], newest_first: bool) -> list[list[int]]:
    """Short stretches against the order after which the order goes on as before them."""

    def against(earlier: int, later: int) -> int:
        step = minutes[later] - minutes[earlier]
        return step if newest_first else -step

    def breaks(earlier: int, later: int) -> bool:
        return SLACK < against(earlier, later) <= HALF_DAY

    found: list[list[int]] = []
    index = 1
    while index < len(minutes):
        if not breaks(index - 1, index):
            index += 1
            continue
        for end in range(index + 1, min(index + 1 + LOOKAHEAD, len(minutes))):
            if not breaks(index - 1, end) and against(index - 1, end) <= SLACK:
                found.append(list(range(index, end)))
                index = end
                break
        index += 1
    return found


def _doubtful(
    positions: list[int], starts: Sequence[Start], blocks: Sequence[Block]
) -> Sequence[int]:
    """Those of a stretch that are to be left out."""
    if any(starts[position].marked for position in positions):
        return ()
    if len(positions) == 1:
        start = starts[positions[0]]
        rest = blocks[start.index].text[start.lead.end :]
        return positions if rest[:1].islower() else ()
    first, last = starts[positions[0]].index, starts[positions[-1]].index
    listed = last - first == len(positions) - 1
    return (
        positions if listed and not any(blocks[i].gap for i in range(first + 1, last + 1)) else ()
    )
