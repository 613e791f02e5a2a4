"""Live-blog formats: from a fetched document to a snapshot.

`ADAPTERS` is the ordered tuple of formats; adding one is a new file and one line there. `detect`
chooses among them, and `read` reads a page with the one a source is stored with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.errors import NoLiveBlogError
from bot.model import Snapshot
from bot.sources.aljazeera import AlJazeera
from bot.sources.amp import Amp
from bot.sources.arena import Arena
from bot.sources.base import Adapter, Hints, Page, Recognition
from bot.sources.bbc import Bbc
from bot.sources.dom import Dom, objection
from bot.sources.easyliveblogs import EasyLiveblogs
from bot.sources.embedded import Embedded
from bot.sources.enriched import enriched
from bot.sources.feed import Feed
from bot.sources.guardian import Guardian
from bot.sources.headings import Headings
from bot.sources.liveblog24 import LiveBlog24
from bot.sources.microdata import from_microdata
from bot.sources.norkon import Norkon
from bot.sources.pagestate import PageState
from bot.sources.reddit import Reddit
from bot.sources.schemaorg import SchemaOrg, from_json_ld
from bot.sources.selectors import Selectors
from bot.sources.sourcefabric import Sourcefabric
from bot.sources.tickaroo import Tickaroo
from bot.sources.timestamped import Timestamped
from bot.sources.validate import validated
from bot.sources.wordpress import WordPress
from bot.wording import Wording, listed

__all__ = ["ADAPTERS", "CUT", "THRESHOLD", "Detection", "by_name", "detect", "finished", "read"]

ADAPTERS: tuple[Adapter, ...] = (
    Guardian(),
    Bbc(),
    SchemaOrg((from_json_ld, from_microdata)),
    Feed(),
    Amp(),
    Timestamped(),
    Dom(),
    Selectors(),
    WordPress(),
    Sourcefabric(),
    Reddit(),
    AlJazeera(),
    Embedded(Norkon()),
    Embedded(LiveBlog24()),
    Embedded(Arena()),
    Embedded(Tickaroo()),
    Embedded(EasyLiveblogs()),
    Headings(),
    PageState(),
)
"""Every format; of two that are equally sure of a page, the earlier one reads it."""

CUT = Wording("the page ends in the middle; what it lacks is not taken for withdrawn")
"""Warning about a page whose end is missing."""

_OPENS = re.compile(r"<(html|body|head|/head)[\s>]", re.IGNORECASE)
_SCRIPTS = re.compile(r"<(/?)script[\s>]", re.IGNORECASE)
_ENDS = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
_END = 4_096  # characters at the end of a page in which it closes

THRESHOLD = 0.5
"""Confidence from which a page is taken for a live blog."""


@dataclass(frozen=True, slots=True)
class Detection:
    """Which format a page is of, and what spoke for it.

    Attributes:
        adapter: the one that will read it.
        recognition: its confidence and reason.
        considered: (name, recognition) of every format, in their order.
    """

    adapter: Adapter
    recognition: Recognition
    considered: tuple[tuple[str, Recognition], ...]


def by_name(name: str) -> Adapter:
    """The format of that name.

    Raises:
        NoLiveBlogError: there is none (any more).
    """
    for adapter in ADAPTERS:
        if adapter.name == name:
            return adapter
    raise NoLiveBlogError(
        Wording("This version of LiveRelay reads no format named {name}.", name=repr(name))
    )


def detect(page: Page, options: Mapping[str, str] | None = None) -> Detection:
    """Find the format of a page.

    Args:
        page: the first document.
        options: of the source; selectors an admin gave decide by themselves.

    Raises:
        NoLiveBlogError: it is no live blog; the sentence says what it seems to be, and the hint
            names a feed it links to.
        UnreadableError: its markup is built to exhaust whoever reads it.
    """
    if page.is_html:
        _ = page.html  # hostile markup ends here, whatever the formats would make of it
    if options and options.get("entry"):
        given = Recognition(1.0, Wording("read by the selectors that were given for it"))
        return Detection(by_name(Selectors().name), given, ())
    considered = tuple((adapter, _recognised(adapter, page)) for adapter in ADAPTERS)
    adapter, recognition = max(considered, key=lambda pair: pair[1].confidence)
    if recognition.confidence < THRESHOLD:
        seen = [recognition for _, recognition in considered]
        raise _no_live_blog(page, seen)
    names = tuple((other.name, recognition) for other, recognition in considered)
    return Detection(adapter, recognition, names)


def _recognised(adapter: Adapter, page: Page) -> Recognition:
    """How sure a format is; clock times are taken back where they date teasers or comments."""
    recognition = adapter.recognises(page)
    if isinstance(adapter, Timestamped) and recognition.confidence >= THRESHOLD:
        reason = objection(page, adapter.read(page, Hints()).entries)
        return Recognition(0.3, reason) if reason else recognition
    return recognition


def read(page: Page, hints: Hints, adapter_name: str | None = None) -> Snapshot:
    """Read a page with the format its source is stored with, or with the one it has now.

    A source may turn into another format; then the snapshot's `adapter` differs from
    `adapter_name`, and its ids are not those known so far.

    Raises:
        NoLiveBlogError: it is no live blog (any more).
        HalfPageError: the page is cut off.
        UnreadableError: its markup is built to exhaust whoever reads it.
    """
    if adapter_name is not None:
        try:
            snapshot = _read_with(by_name(adapter_name), page, hints)
        except NoLiveBlogError:
            snapshot = None
        if snapshot is not None and snapshot.entries:
            return snapshot
    return _read_with(detect(page, hints.options).adapter, page, hints)


def _read_with(adapter: Adapter, page: Page, hints: Hints) -> Snapshot:
    return finished(enriched(adapter.read(page, hints), page, hints), page)


def finished(snapshot: Snapshot, page: Page) -> Snapshot:
    """The last look at what a format made of a page, for every way of reading it."""
    if _is_cut(page):
        warnings = (CUT, *snapshot.warnings)
        entries = snapshot.entries[:-1]  # the last one may be half
        snapshot = replace(snapshot, entries=entries, complete=False, warnings=warnings)
    return validated(snapshot, page.fetched_at)


def _is_cut(page: Page) -> bool:
    """Whether a page of HTML ends in the middle: it never closes what encloses it.

    A page that leaves out the closing tags that may be left out (its head's too) tells nothing.
    """
    if not page.is_html or _ENDS.search(page.text, max(0, len(page.text) - _END)):
        return False
    scripts = _SCRIPTS.findall(page.text)
    if scripts and not scripts[-1]:
        return True  # within a script
    opened = {match[1].lower() for match in _OPENS.finditer(page.text)}
    if not opened & {"html", "body"}:
        return False
    return "head" not in opened or "/head" in opened


def _no_live_blog(page: Page, seen: list[Recognition]) -> NoLiveBlogError:
    feed = next((one.poll_url for one in seen if one.poll_url), None)
    hint = (
        Wording("The page links to a feed, which can be watched instead: {address}", address=feed)
        if feed
        else None
    )
    kind = page.document.content_type.partition(";")[0].strip().lower()
    if not page.text.strip():
        return NoLiveBlogError(
            Wording("The address answered with an empty page, so there is no live blog.")
        )
    if not page.is_html and kind.startswith(("image/", "audio/", "video/", "application/pdf")):
        return NoLiveBlogError(
            Wording("The address holds {kind}, which is no page and no live blog.", kind=kind)
        )
    told = [one for one in seen if one.reason and not one.poll_url]
    best = max(told, key=lambda one: one.confidence, default=None)
    if best is not None and best.confidence > 0:
        return NoLiveBlogError(
            Wording("This page holds no live blog: {reason}.", reason=best.reason), hint=hint
        )
    details = listed(*dict.fromkeys(one.reason for one in told), Wording("no live-blog markup"))
    if page.is_html:
        sentence = Wording(
            "This page holds no live blog: an ordinary article ({details}).", details=details
        )
    else:
        sentence = Wording(
            "This page holds no live blog: ordinary text or data ({details}).", details=details
        )
    return NoLiveBlogError(sentence, hint=hint)
