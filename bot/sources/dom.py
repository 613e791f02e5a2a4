"""Any page that repeats a block with a time, where no structured data tell more.

The way of a page: groups of repeated elements (`domgroups`) → what each element says
(`domentry`) → days and instants where only clock times are shown (`timeline`) → a verdict
(`domjudge`). Ids are those the page's own elements carry.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from selectolax.lexbor import LexborNode

from bot.errors import NoLiveBlogError, UnreadableError
from bot.model import Snapshot, SourceEntry
from bot.sources import identity
from bot.sources.base import NOT_MINE, Hints, Page, Recognition
from bot.sources.blocks import Block, Kind
from bot.sources.domentry import DomEntry, read_element
from bot.sources.domgroups import Group, find_groups
from bot.sources.domjudge import NEEDED, Evidence, judge
from bot.sources.domtimes import is_dated, is_naive, needs_zone, placed, shown_zone, spelling_of
from bot.sources.headline import settle
from bot.sources.linekinds import is_load_more, says_ended, title_says_ended
from bot.sources.masthead import (
    Masthead,
    read_masthead,
)
from bot.sources.pagezone import guess_zone, stated_near
from bot.sources.timeline import Tick
from bot.sources.zones import LOCAL, zone_info
from bot.wording import Wording

ID_ATTRIBUTES = (
    "data-post-id", "data-ncpost-id", "data-liveblog-entry-id", "data-entry-id", "data-update-id",
    "data-liveblog-id", "data-live-id", "data-block-id", "data-item-id", "data-event-id",
    "data-message-id", "data-guid", "data-uuid", "data-urn", "data-key", "data-id", "id",
)  # fmt: skip
"""Attributes that hold an entry's id, the surest first."""

_MADE_UP = re.compile(  # ids that scripts give to elements anew each time
    r"(?:ember|react|radix|headlessui|mui|yui|gwt|ext-gen|ui-id|accordion|collapse|tab|slick|swiper)"
    r"[-_:]?.*|:r\w*:.*|\D*",
    re.IGNORECASE | re.DOTALL,
)
_OWN_ID = re.compile(
    r"data-(?!react|v-|radix)[a-z_-]{0,40}(?:id|key|guid|uuid|slug)", re.IGNORECASE
)
_SMALL = re.compile(r"\D*(\d{1,4})")
_LONGEST_ID = 120


@dataclass(frozen=True, slots=True)
class _Reading:
    """One group of a page, read."""

    evidence: Evidence
    recognition: Recognition
    masthead: Masthead
    zone: str
    warnings: tuple[str, ...]


class Dom:
    """Reads pages by the shape of their markup."""

    @property
    def name(self) -> str:
        """Stored with the source."""
        return "dom"

    def recognises(self, page: Page) -> Recognition:
        """Look for the group of elements that is most like a live blog."""
        try:
            best = _best(page, Hints())
        except UnreadableError as error:
            return Recognition(0.0, error.reason)
        return best.recognition if best is not None else NOT_MINE

    def read(self, page: Page, hints: Hints) -> Snapshot:
        """Read the entries of that group.

        Raises:
            NoLiveBlogError: no group is like a live blog.
            UnreadableError: the markup is built to exhaust whoever reads it.
        """
        best = _best(page, hints)
        if best is None or best.recognition.confidence < 0.5:
            seen = best.recognition.reason if best else Wording("no block with a time repeats")
            raise NoLiveBlogError(
                Wording("The page holds no live blog (any more): {reason}.", reason=seen)
            )
        entries = tuple(best.evidence.entries)
        return Snapshot(
            adapter=self.name,
            title=best.masthead.title,
            url=best.masthead.url,
            entries=entries,
            timezone=best.zone or None,
            language=best.masthead.language,
            complete=is_complete(page),
            ended=is_ended(best.masthead.title, entries),
            warnings=best.warnings,
        )


def objection(page: Page, entries: Sequence[SourceEntry]) -> str:
    """Why the entries that another format found by their clock times are no live blog.

    "" unless most of them stand in blocks that this format refuses: teasers, comments, an archive.
    """
    best = _best(page, Hints())
    if best is None or best.recognition.confidence >= 0.5:
        return ""
    blocks = best.evidence.entries
    if len(blocks) < NEEDED or len(blocks) < 0.6 * len(entries):
        return ""
    words = " ".join(" ".join(f"{one.title} {one.text}".split()) for one in blocks)
    found = sum(" ".join((one.title or one.text).split())[:40] in words for one in entries)
    return best.recognition.reason if found >= 0.6 * len(entries) else ""


def shown_entries(page: Page, hints: Hints) -> Sequence[SourceEntry]:
    """The entries of the group that is most like a live blog, for formats that know it is one."""
    best = _best(page, hints)
    return best.evidence.entries if best is not None else ()


def _best(page: Page, hints: Hints) -> _Reading | None:
    groups = find_groups(page)
    if not groups:
        return None
    blocks = page.blocks
    readings = [_read(page, hints, group, blocks) for group in groups]
    return max(readings, key=lambda one: (one.recognition.confidence, _size(one)))


def _size(reading: _Reading) -> int:
    return sum(len(entry.text) + len(entry.title) for entry in reading.evidence.entries)


def _read(page: Page, hints: Hints, group: Group, blocks: Sequence[Block]) -> _Reading:
    own = hints.timezone if hints.timezone and zone_info(hints.timezone) else ""
    url = page.url.partition("#")[0]
    spelling = spelling_of(page)
    read = [read_element(markup, url, own or "UTC", spelling) for markup in group.markup]
    kept = [index for index, one in enumerate(read) if _says(one)]
    elements = [group.elements[index] for index in kept]
    read = [read[index] for index in kept]
    group = Group(tuple(elements), tuple(group.markup[index] for index in kept), group.vendor)
    first = first_block(blocks, read)
    masthead = read_masthead(page, blocks, first, len(blocks))
    guessed, _ = guess_zone(masthead)
    told = own
    if not own and any(needs_zone(one) for one in read):
        stated = stated_near(blocks, first, first, masthead)
        told = (stated if stated and stated != LOCAL else "") or shown_zone(read, guessed)
    zone = told or guessed
    naive = any(one.published and one.published.naive for one in read)
    if naive and zone != (own or "UTC"):
        read = [read_element(markup, url, zone, spelling) for markup in group.markup]
    worked_out = placed(page, hints, elements, read, masthead, zone)
    entries = entries_of(elements, read, worked_out, page, masthead)
    dated = sum(is_dated(one) for one in read) * 2 > len(read)
    warnings = []
    if not told and any(needs_zone(one) for one in read):
        warnings.append(
            Wording(
                "The page does not say in which zone its times are: assuming {zone}. Set the "
                "source's zone if that is wrong.",
                zone=zone,
            )
        )
    evidence = Evidence(group, read, entries, masthead.cue, url, page.fetched_at, dated)
    return _Reading(evidence, judge(evidence), masthead, told, tuple(warnings))


def _says(one: DomEntry) -> bool:
    return bool(one.title or one.body.text or one.body.media)


def first_block(blocks: Sequence[Block], read: Sequence[DomEntry]) -> int:
    """Where the entries begin among the page's paragraphs; what stands before is its head."""
    starts = {text[:60] for one in read for text in (one.title, one.body.text.partition("\n")[0])}
    starts.discard("")
    for index, block in enumerate(blocks):
        if block.text[:60] in starts and block.level != 1:
            return index
    return min(len(blocks), 40)


def entries_of(
    elements: Sequence[LexborNode],
    read: Sequence[DomEntry],
    placed: dict[int, Tick],
    page: Page,
    masthead: Masthead,
) -> tuple[SourceEntry, ...]:
    """What the elements say as entries, with their own ids.

    Args:
        elements: of the entries.
        read: what each says.
        placed: index -> tick with the instant that was worked out.
        page: the page.
        masthead: what it says about itself.
    """
    url = page.url.partition("#")[0]
    entries = []
    for index, one in enumerate(read):
        at = one.published.at if one.published else None
        if index in placed and (at is None or is_naive(one)):
            at = placed[index].exact
        at = at or (one.updated.at if one.updated else None)
        age = one.stamp.age if at is None else None
        if age is not None and age.tells_time:
            at = age.before(page.fetched_at)
        title, body = settle(one.title, one.body, masthead.title, url)
        anchor = _attribute(elements[index], "id")
        anchored = f"{url}#{anchor}" if anchor and " " not in anchor else url
        entries.append(
            SourceEntry(
                id=None,
                published_at=at,
                updated_at=one.updated.at if one.updated and one.updated.at != at else None,
                title=title,
                text=body.text,
                html=body.html,
                url=one.permalink or (one.leads_to if one.leads_to_itself else anchored),
                author=one.author,
                key_event=one.key_event,
                pinned=one.pinned,
                media=body.media,
                links=body.links,
                slack=timedelta(seconds=age.unit if age else 0),
            )
        )
    ids = element_ids(elements, entries)
    return tuple(replace(entry, id=name) for entry, name in zip(entries, ids, strict=True))


def element_ids(elements: Sequence[LexborNode], entries: Sequence[SourceEntry]) -> list[str | None]:
    """The ids that the elements themselves carry, all from one attribute; None where none is good.

    An id is good that each entry has for itself, that is not made up by a script, and that does
    not merely count entries from the top.
    """
    others = (
        sorted(name for name in elements[0].attributes if _OWN_ID.fullmatch(name))
        if elements
        else []
    )
    for name in (*ID_ATTRIBUTES, *others):
        values = [_attribute(node, name) for node in elements]
        if sum(map(bool, values)) < 0.8 * len(values):
            continue
        if name == "id":
            values = ["" if _MADE_UP.fullmatch(value) else value for value in values]
        ids = identity.reliable([value or None for value in values])
        if sum(map(bool, ids)) >= 0.8 * len(ids) and not _counts_down(ids, entries):
            return ids
    return [None] * len(elements)


def _attribute(element: LexborNode, name: str) -> str:
    """An attribute of an element, or of the only element in it, and so on inwards."""
    node: LexborNode | None = element
    for _ in range(4):
        if node is None:
            return ""
        if value := (node.attributes.get(name) or "").strip():
            return value[:_LONGEST_ID]
        children = [child for child in node.iter() if child.is_element_node][:2]
        node = children[0] if len(children) == 1 else None
    return ""


def _counts_down(ids: Sequence[str | None], entries: Sequence[SourceEntry]) -> bool:
    """Whether the newest entries have the smallest numbers: then they are positions."""
    pairs = [
        (entry.published_at, int(match[1]))
        for name, entry in zip(ids, entries, strict=True)
        if entry.published_at and name and (match := _SMALL.fullmatch(name))
    ]
    if len(pairs) < 2 or len(pairs) < len(ids):
        return False
    pairs.sort()
    return pairs[0][1] > pairs[-1][1]


def is_complete(page: Page) -> bool:
    """Whether the page offers no further entries behind a button or on a next page."""
    if page.html.css_first('link[rel="next"], a[rel="next"]') is not None:
        return False
    return not any(
        is_load_more(block.text) and (block.kind is Kind.CONTROL or len(block.text) <= 40)
        for block in page.blocks
    )


def is_ended(title: str, entries: Sequence[SourceEntry]) -> bool:
    """Whether the headline or one of the newest entries says that coverage is over."""
    if title_says_ended(title):
        return True
    last = max((entry.published_at for entry in entries if entry.published_at), default=None)
    newest = [entry for entry in entries if entry.published_at == last]
    return any(says_ended(f"{entry.title}\n{entry.text}") for entry in newest[:3])
