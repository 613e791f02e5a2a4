"""AMP pages with an ``<amp-live-list>``.

See https://amp.dev/documentation/components/amp-live-list. Every item carries its id, when it was
written (``data-sort-time``) and last changed (``data-update-time``); an item that was taken back
stays as a tombstone, so this format tells withdrawals by itself. Times are Unix times, which some
publishers write in milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from bot.errors import NoLiveBlogError
from bot.model import Snapshot, SourceEntry
from bot.sources import identity
from bot.sources.base import NOT_MINE, Hints, Page, Recognition
from bot.sources.domentry import instants, read_element
from bot.sources.headline import settle
from bot.sources.linekinds import says_ended, title_says_ended
from bot.sources.masthead import read_masthead
from bot.sources.zones import zone_info
from bot.wording import Wording

MAX_ITEMS = 5_000
"""Items read of one page."""

_TAG = "amp-live-list"


@dataclass(frozen=True, slots=True)
class _Lists:
    """The live lists of a page.

    Attributes:
        items: their items in the page's order.
        disabled: every list is switched off, as publishers do when coverage is over.
        paged: a list links to further pages, or holds as many items as a page may.
    """

    items: tuple[LexborNode, ...]
    disabled: bool
    paged: bool


class Amp:
    """Reads ``<amp-live-list>``."""

    @property
    def name(self) -> str:
        """Stored with the source."""
        return "amp"

    def recognises(self, page: Page) -> Recognition:
        """Look for a live list with items; one without is a live blog that has not begun."""
        lists = _lists(page)
        if lists is None:
            return NOT_MINE
        count = len(lists.items)
        if not count:
            return Recognition(0.5, Wording("an AMP live list without items yet"))
        return Recognition(
            0.92,
            Wording.counted(
                "an AMP live list with {n} item", "an AMP live list with {n} items", count
            ),
        )

    def read(self, page: Page, hints: Hints) -> Snapshot:
        """Read the items of every live list on the page.

        Raises:
            NoLiveBlogError: it has none (any more).
        """
        lists = _lists(page)
        if lists is None:
            raise NoLiveBlogError(Wording("The page holds no AMP live list any more."))
        zone = hints.timezone if hints.timezone and zone_info(hints.timezone) else None
        blocks = page.blocks
        head = read_masthead(page, blocks, len(blocks), len(blocks))
        ids = identity.reliable([_id(item) for item in lists.items])
        entries = tuple(
            _entry(item, name, page, head.title, zone or "UTC")
            for item, name in zip(lists.items, ids, strict=True)
        )
        dated = [entry for entry in entries if entry.published_at and not entry.withdrawn]
        newest = max(dated, key=lambda entry: entry.published_at or page.fetched_at, default=None)
        ended = lists.disabled or title_says_ended(head.title)
        if newest is not None and says_ended(f"{newest.title}\n{newest.text}"):
            ended = True
        return Snapshot(
            adapter=self.name,
            title=head.title,
            url=head.url,
            entries=entries,
            timezone=zone,
            language=head.language,
            complete=not lists.paged,
            ended=ended,
        )


def _entry(item: LexborNode, name: str | None, page: Page, blog: str, zone: str) -> SourceEntry:
    anchor = _id(item)
    page_url = page.url.partition("#")[0]
    url = f"{page_url}#{anchor}" if anchor else page_url
    if "data-tombstone" in item.attributes:
        published, updated = instants(item, zone)
        return SourceEntry(
            id=name,
            published_at=published.at if published else None,
            updated_at=updated.at if updated else None,
            text="",
            url=url,
            withdrawn=True,
        )
    read = read_element(item, page_url, zone)
    title, body = settle(read.title, read.body, blog, page_url)
    published, updated = read.published, read.updated
    return SourceEntry(
        id=name,
        published_at=published.at if published else (updated.at if updated else None),
        updated_at=updated.at if updated and updated != published else None,
        title=title,
        text=body.text,
        html=body.html,
        url=read.permalink or url,
        author=read.author,
        key_event=read.key_event,
        pinned=read.pinned,
        media=body.media,
        links=body.links,
    )


def _id(item: LexborNode) -> str | None:
    return (item.attributes.get("id") or "").strip() or None


def _lists(page: Page) -> _Lists | None:
    if not page.is_html or f"<{_TAG}" not in page.text.lower():
        return None
    lists = page.html.css(_TAG)[:50]
    if not lists:
        return None
    items: list[LexborNode] = []
    paged = False
    for one in lists:
        found = list(_items(one))
        items.extend(found)
        most = one.attributes.get("data-max-items-per-page") or ""
        paged = paged or one.css_first("[pagination] a[href]") is not None
        paged = paged or (most.isdecimal() and len(most) < 6 and len(found) >= int(most))
    disabled = all("disabled" in one.attributes for one in lists)
    return _Lists(tuple(items[:MAX_ITEMS]), disabled, paged)


def _items(live_list: LexborNode) -> Iterator[LexborNode]:
    """What stands directly in ``<div items>``: that is where the component looks."""
    for holder in live_list.css("[items]")[:5]:
        child = holder.first_child
        while child is not None:
            if child.is_element_node and {"id", "data-sort-time"} & child.attributes.keys():
                yield child
            child = child.next
