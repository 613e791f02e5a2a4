"""What every live-blog format shares: the page as an adapter sees it, and the adapter's duties.

An adapter is pure: a page in, a snapshot out. Adding a format is one new file and one line in
``bot/sources/__init__.py``.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Protocol, runtime_checkable

from selectolax.lexbor import LexborHTMLParser

from bot.model import Document, Snapshot
from bot.sources.blocks import Block
from bot.sources.charset import decode
from bot.sources.crowded import refuse_crowded_json, refuse_crowded_scripts
from bot.sources.htmlblocks import has_markup, html_blocks
from bot.sources.markup import parse_page
from bot.sources.textblocks import text_blocks


@dataclass(frozen=True)
class Page:
    """A document with the readings several adapters need, each made once, on demand.

    Not slotted, because `cached_property` stores its values in the instance.
    """

    document: Document

    @property
    def url(self) -> str:
        """The address the page came from, after redirects; base of its relative links."""
        return self.document.url

    @property
    def fetched_at(self) -> datetime:
        """When the page was complete, UTC."""
        return self.document.fetched_at

    @cached_property
    def text(self) -> str:
        """The body decoded, without NULs.

        Raises:
            UnreadableError: it is JSON built to exhaust whoever reads it.
        """
        text = decode(self.document.body, self.document.content_type)
        refuse_crowded_json(text)
        return text

    @cached_property
    def is_html(self) -> bool:
        """Whether the body is markup for a browser (by its header, else by its first bytes)."""
        kind = self.document.content_type.partition(";")[0].strip().lower()
        if kind in ("text/html", "application/xhtml+xml"):
            return True
        if kind and kind not in ("text/plain", "application/octet-stream"):
            return False
        head = self.text[:1024].lstrip("\ufeff \t\r\n").lower()
        return head.startswith(("<!doctype html", "<html", "<head", "<body", "<!--")) or (
            "<html" in head or "<body" in head
        )

    @cached_property
    def html(self) -> LexborHTMLParser:
        """The parsed page. Only meaningful where `is_html`.

        Raises:
            UnreadableError: its markup or data is built to exhaust whoever reads it.
        """
        refuse_crowded_scripts(self.text)
        return parse_page(self.text)

    @property
    def is_parsed(self) -> bool:
        """Whether somebody has asked for `html`, so that asking again costs nothing."""
        return "html" in vars(self)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The page as paragraphs, headings, list items … in reading order.

        Raises:
            UnreadableError: the markup is built to exhaust whoever reads it.
        """
        if self.is_html and has_markup(self.text):
            return html_blocks(self.html, self.url)
        return text_blocks(self.text)


@dataclass(frozen=True, slots=True)
class Request:
    """A further document an adapter needs to read a live blog.

    Attributes:
        url: absolute.
        headers: what the API asks for beyond the ordinary.
    """

    url: str
    headers: tuple[tuple[str, str], ...] = ()


Reading = Generator[Sequence[Request], Sequence[Page | None], Snapshot]
"""An adapter in conversation: it yields the requests it needs and is sent their pages in the same
order, None for each that failed; it returns the snapshot. Pure as `Adapter.read` is."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of the source beyond the page itself.

    Attributes:
        timezone: the zone an admin set, or the one an earlier poll found; used where the page
            names none.
        newest: publication time of the newest stored entry, UTC: anchors pages without a date.
        options: adapter-specific settings of the source (such as CSS selectors).
        known: ids of the entries that are stored; empty at the first poll, when more pages may
            be asked for than later.
    """

    timezone: str | None = None
    newest: datetime | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Recognition:
    """How sure an adapter is that it can read a page.

    Attributes:
        confidence: 0 (not mine) to 1 (certain). Below `detect`'s threshold a page is refused.
        reason: for a person: "a LiveBlogPosting with 12 updates".
        poll_url: another address to poll instead of the page (a feed or an API it names).
    """

    confidence: float
    reason: str
    poll_url: str | None = None


NOT_MINE = Recognition(0.0, "")


class Adapter(Protocol):
    """One live-blog format."""

    @property
    def name(self) -> str:
        """Short, stable: stored with the source and printed by `liverelay check`."""
        ...

    def recognises(self, page: Page) -> Recognition:
        """Tell how sure it is that this page is of its format. Cheap; never raises."""
        ...

    def read(self, page: Page, hints: Hints) -> Snapshot:
        """Read the page.

        Raises:
            bot.errors.NoLiveBlogError: the page is not of this format (any more).
            bot.errors.HalfPageError: the page is cut off.
        """
        ...


@runtime_checkable
class Conversing(Protocol):
    """A format that takes several documents: an API beside the page, or several pages."""

    def reading(self, page: Page, hints: Hints) -> Reading:
        """Read, asking for further documents.

        Used instead of `Adapter.read` where fetching is possible.

        Raises:
            bot.errors.NoLiveBlogError: the page is not of this format (any more).
        """
        ...
