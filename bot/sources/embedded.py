"""Live blogs of vendors: a publisher's page embeds one, and its entries come from the vendor's API.

The page is what is polled: it has the headline, it is where readers are sent, and tomorrow it may
embed another blog. A vendor says how its embed looks and how its API is read (`Vendor`). Where the
API does not answer, entries that the page holds itself are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.errors import NoLiveBlogError, UnreadableError
from bot.model import Snapshot, SourceEntry
from bot.sources import jsonapi
from bot.sources.base import NOT_MINE, Hints, Page, Reading, Recognition
from bot.sources.dom import Dom, is_ended
from bot.sources.enriched import enriched
from bot.sources.jsonapi import Asking
from bot.sources.linekinds import title_says_ended
from bot.sources.masthead import page_language
from bot.sources.microdata import from_microdata
from bot.sources.pagetitle import page_title
from bot.sources.pictures import absolute_url
from bot.sources.schemaorg import SchemaOrg, from_json_ld
from bot.wording import Wording

MAX_PAGES = 10
"""Of an API's answers, in one reading."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a vendor's API told.

    Attributes:
        entries: newest first.
        complete: these are all the blog has.
        ended: the API says that coverage is over.
        title: the blog's own, "" where not told.
        language: BCP 47 tag, "" where not told.
        url: where readers find the blog, "" where not told.
        timezone: IANA name of the zone in which its times are written, "" where they name it.
        warnings: sentences for an admin.
    """

    entries: Sequence[SourceEntry]
    complete: bool
    ended: bool = False
    title: str = ""
    language: str = ""
    url: str = ""
    timezone: str = ""
    warnings: tuple[str, ...] = ()


class Vendor(Protocol):
    """One vendor of live blogs."""

    @property
    def name(self) -> str:
        """Short, stable: stored with the source."""
        ...

    @property
    def label(self) -> str:
        """Whose it is, for a person: "Norkon's Live Center"."""
        ...

    def embed(self, page: Page) -> str | None:
        """The API's address of the blog that a publisher's page embeds; None without one."""
        ...

    def count(self, page: Page) -> int | None:
        """How many posts a document holds that is an answer of the API; None for any other."""
        ...

    def telling(self, api: str, first: Page | None, hints: Hints, url: str) -> Asking[Told | None]:
        """Ask the API for what is new; None where it does not answer.

        Args:
            api: address of the blog, as `embed` gives it, or of `first`.
            first: an answer that is here already.
            hints: tells which entries are stored.
            url: where readers find the blog; entries stand on it.
        """
        ...


class Embedded:
    """Reads the live blogs of one vendor, wherever they are embedded."""

    def __init__(self, vendor: Vendor) -> None:
        """Take the vendor."""
        self._vendor = vendor

    @property
    def name(self) -> str:
        """Stored with the source."""
        return self._vendor.name

    def recognises(self, page: Page) -> Recognition:
        """Look for the vendor's embed in a page, or for an answer of its API."""
        if page.is_html:
            if self._vendor.embed(page) is None:
                return NOT_MINE
            return Recognition(
                0.95,
                Wording("a page with a live blog of {vendor}", vendor=self._vendor.label),
            )
        count = self._vendor.count(page) if jsonapi.looks_like_json(page) else None
        if count is None:
            return NOT_MINE
        return Recognition(
            0.95,
            Wording.counted(
                "the API of {vendor} with {n} post",
                "the API of {vendor} with {n} posts",
                count,
                vendor=self._vendor.label,
            ),
        )

    def asks_each_poll(self, page: Page) -> bool:
        """A page does not change with the entries that come from elsewhere."""
        return page.is_html

    def read(self, page: Page, hints: Hints) -> Snapshot:
        """Read one answer of the API, or the entries that a page holds itself."""
        return jsonapi.unanswered(self.reading(page, hints))

    def reading(self, page: Page, hints: Hints) -> Reading:
        """Read what the API tells of the blog that a page embeds."""
        api = self._vendor.embed(page) if page.is_html else page.url
        first = None if page.is_html else page
        if api is None or (first is not None and self._vendor.count(first) is None):
            raise NoLiveBlogError(
                Wording(
                    "The address holds no live blog of {vendor} any more.",
                    vendor=self._vendor.label,
                )
            )
        url = _own_address(page)
        told = yield from self._vendor.telling(api, first, hints, url)
        if told is not None:
            return self._snapshot(told, page, url)
        own = own_entries(page, hints)
        if own is None:
            raise UnreadableError(
                Wording(
                    "The page's entries come from {vendor} ({address}), which did not answer. It "
                    "is tried again at the next poll.",
                    vendor=self._vendor.label,
                    address=api,
                )
            )
        return replace(own, adapter=self.name, complete=False)

    def _snapshot(self, told: Told, page: Page, url: str) -> Snapshot:
        title = (page_title(page) if page.is_html else "") or told.title
        entries = tuple(told.entries)
        return Snapshot(
            adapter=self.name,
            title=title,
            url=told.url or url,
            entries=entries,
            timezone=told.timezone or None,
            language=page_language(page) or told.language,
            complete=told.complete,
            ended=told.ended or title_says_ended(title) or is_ended(title, entries),
            warnings=told.warnings,
        )


def own_entries(page: Page, hints: Hints) -> Snapshot | None:
    """The entries that a page holds itself, in structured data or in its markup; None without."""
    if not page.is_html:
        return None
    for adapter in (SchemaOrg((from_json_ld, from_microdata)), Dom()):
        try:
            if adapter.recognises(page).confidence >= 0.5:
                return enriched(adapter.read(page, hints), page, hints)
        except NoLiveBlogError:
            continue
    return None


def wanted_more(entries: Sequence[SourceEntry], hints: Hints) -> bool:
    """Whether older entries are worth asking for: at the first poll, or none of these is known."""
    return not any(entry.id in hints.known for entry in entries)


def _own_address(page: Page) -> str:
    node = page.html.css_first('link[rel="canonical"][href]') if page.is_html else None
    href = node.attributes.get("href") if node is not None else None
    return (absolute_url(href, page.url) or page.url).partition("#")[0]
