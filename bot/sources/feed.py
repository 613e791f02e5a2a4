"""Feeds as a source: RSS, RDF, Atom and JSON Feed, and pages that link to one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.errors import NoLiveBlogError, UnreadableError
from bot.model import Media, Snapshot, SourceEntry
from bot.sources.base import NOT_MINE, Hints, Page, Reading, Recognition, Request
from bot.sources.escaped import read_escaped, read_title
from bot.sources.feeditem import Channel, Item
from bot.sources.headline import settle
from bot.sources.identity import shortened
from bot.sources.instants import Instant, read_instant
from bot.sources.jsonfeed import is_json_feed, read_json_feed
from bot.sources.pictures import absolute_url
from bot.sources.xmlfeed import count_items, is_xml_feed, read_xml_feed
from bot.sources.zones import country_of, zone_info
from bot.wording import Wording

_FEED_TYPES = frozenset(
    ["application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"]
)
_MAX_MEDIA = 10
_MAX_PAGES = 5  # of one feed, at its first poll
_STAMP = re.compile(
    r"[?&#;:@_/|-]+(?:[a-z]{1,12}=)?"
    r"(\d{10}|\d{13}|\d{14}|\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)\Z",
    re.IGNORECASE,
)
_COUNTER = re.compile(r"(?<=[^#])#\d{1,3}\Z")


class Feed:
    """Reads feeds; a feed rolls, so an item that is gone says nothing."""

    @property
    def name(self) -> str:
        """Stored with the source."""
        return "feed"

    def recognises(self, page: Page) -> Recognition:
        """Certain of a feed; of a page that links to one only that the feed could be polled."""
        if is_json_feed(page.text):
            return Recognition(0.8, Wording("a JSON Feed"))
        if is_xml_feed(page.text):
            return Recognition(
                0.8,
                Wording.counted(
                    "a feed with {n} item", "a feed with {n} items", count_items(page.text)
                ),
            )
        if page.is_html and (url := linked_feed(page)) is not None:
            return Recognition(
                0.3, Wording("a page that links to a feed, {address}", address=url), poll_url=url
            )
        return NOT_MINE

    def read(self, page: Page, hints: Hints) -> Snapshot:
        """Read the items in the feed's order."""
        return _Reading(page, hints, _channel(page)).snapshot()

    def reading(self, page: Page, hints: Hints) -> Reading:
        """Read, at the first poll with the older pages of a feed that has them."""
        channel = _channel(page)
        items, older, asked = list(channel.items), channel.older, {page.url}
        while older is not None and not hints.known and len(asked) < _MAX_PAGES:
            if older in asked:
                break
            asked.add(older)
            (following,) = yield (Request(older),)
            try:
                further = _channel(following) if following is not None else None
            except UnreadableError:
                further = None
            if further is None:
                break
            items += further.items
            older = further.older
        return _Reading(page, hints, replace(channel, items=tuple(_once(items)))).snapshot()


def _channel(page: Page) -> Channel:
    channel: Channel | None = None
    if is_xml_feed(page.text):
        channel = read_xml_feed(page.text, page.url)
    elif is_json_feed(page.text):
        channel = read_json_feed(page.text, page.url)
    if channel is None:
        raise NoLiveBlogError(Wording("The address does not hold a feed any more."))
    return channel


def _once(items: Sequence[Item]) -> Iterator[Item]:
    """Items without those that slid onto the next page while the pages were fetched."""
    seen: set[tuple[str, ...]] = set()
    for item in items:
        key = (item.id, item.url, item.title, item.body)
        if key not in seen:
            seen.add(key)
            yield item


def linked_feed(page: Page) -> str | None:
    """The feed a page names in its head: of several, the one nearest to the page's own address."""
    found: list[str] = []
    for node in page.html.css("link[rel][type][href]"):
        attributes = node.attributes
        if "alternate" not in (attributes.get("rel") or "").lower().split():
            continue
        kind = (attributes.get("type") or "").partition(";")[0].strip().lower()
        words = f"{attributes.get('href')} {attributes.get('title')}".lower()
        if kind in _FEED_TYPES and "comment" not in words:
            url = absolute_url(attributes.get("href"), page.url)
            if url is not None:
                found.append(url)
    own = urlsplit(page.url).path
    return max(found, key=lambda url: _shared(urlsplit(url).path, own), default=None)


def _shared(path: str, own: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(path, own, strict=False)) if a != b), len(own))


class _Reading:
    """One reading of one feed."""

    def __init__(self, page: Page, hints: Hints, channel: Channel) -> None:
        self._page = page
        self._channel = channel
        self._zone = hints.timezone if hints.timezone and zone_info(hints.timezone) else None
        self._country = country_of(page.url)
        self._naive = False
        self._unread = 0

    def snapshot(self) -> Snapshot:
        items = self._channel.items
        times = [self._times(item) for item in items]
        ids, warnings = _identities(items, times)
        warnings = [*self._channel.warnings, *warnings]
        title = read_title(self._channel.title)
        entries = tuple(
            self._entry(item, name, stamps, title)
            for item, name, stamps in zip(items, ids, times, strict=True)
        )
        if self._naive:
            warnings.append(
                Wording(
                    "The feed writes times without a zone; they are read as {zone}. Set the "
                    "source's zone if that is wrong.",
                    zone=self._zone or "UTC",
                )
            )
        if self._unread:
            warnings.append(
                Wording(
                    "{count} of {all} items have no time that could be read.",
                    count=self._unread,
                    all=len(items),
                )
            )
        return Snapshot(
            adapter="feed",
            title=title,
            url=self._channel.url,
            entries=entries,
            timezone=self._zone,
            language=self._channel.language[:35],
            complete=False,
            warnings=tuple(warnings),
        )

    def _entry(
        self,
        item: Item,
        name: str | None,
        times: tuple[datetime | None, datetime | None],
        feed_title: str,
    ) -> SourceEntry:
        url = absolute_url(item.url, item.base) or self._channel.url
        body = read_escaped(item.body, url)
        title, body = settle(read_title(item.title), body, feed_title, url)
        attached = (
            Media(kind, address)
            for kind, written in item.media
            if (address := absolute_url(written, item.base))
        )
        published, updated = times
        return SourceEntry(
            id=name,
            published_at=published,
            updated_at=updated,
            title=title,
            text=body.text,
            html=body.html,
            url=url,
            author=read_title(item.author),
            media=tuple(_distinct([*attached, *body.media])),
            links=body.links,
        )

    def _times(self, item: Item) -> tuple[datetime | None, datetime | None]:
        """When an item was published and, if later, updated."""
        published = self._instant(item.published)
        updated = self._instant(item.updated)
        if published is None and item.fallback is not None and item.published:
            published = read_instant(item.fallback)
        published, updated = published or updated, updated if published else None
        if published is None:
            self._unread += 1
            return None, None
        later = updated is not None and updated.at > published.at
        return published.at, updated.at if updated and later else None

    def _instant(self, written: str) -> Instant | None:
        found = read_instant(written, self._zone or "UTC", self._country)
        self._naive = self._naive or bool(found and found.naive)
        return found


def _identities(
    items: Sequence[Item], times: Sequence[tuple[datetime | None, datetime | None]]
) -> tuple[list[str | None], list[str]]:
    """An id for each item: its guid, else its link, else none; and what is to be said of them."""
    guids = [item.id for item in items]
    bare = [_unstamped(item.id, stamps) for item, stamps in zip(items, times, strict=True)]
    warnings: list[str] = []
    if bare != guids and all(n == 1 for name, n in Counter(bare).items() if name):
        guids = bare
        warnings.append(
            Wording("The feed's ids end in a time or a count that moves; it is ignored.")
        )
    links = [item.url for item in items]
    of_guid, of_link = Counter(guids), Counter(links)
    ids: list[str | None] = []
    for guid, link in zip(guids, links, strict=True):
        if guid and of_guid[guid] == 1:
            ids.append(shortened(guid))
        elif link and of_link[link] == 1:
            ids.append(shortened(link))
        else:
            ids.append(None)
    if any(name is None for name in ids):
        warnings.append(Wording("Some items have neither an id nor a link of their own."))
    return ids, warnings


def _unstamped(guid: str, times: tuple[datetime | None, datetime | None]) -> str:
    """A guid without the time of the last change, or the counter of changes, at its end."""
    if "://" in guid and (count := _COUNTER.search(guid)):
        return guid[: count.start()]
    match = _STAMP.search(guid)
    if match is None or not match.start():
        return guid
    written = match[1]
    if len(written) == 14 and written.isdigit():
        written = f"{written[:8]}T{written[8:]}"
    stamp = read_instant(written)
    near = stamp and any(t and abs(t - stamp.at) <= timedelta(days=1) for t in times)
    return guid[: match.start()] if near else guid


def _distinct(found: Sequence[Media]) -> Iterator[Media]:
    """Each picture once: feeds list it in several sizes, the largest first."""
    seen: set[str] = set()
    for media in found:
        parts = urlsplit(media.url)
        path = f"{parts.netloc}{parts.path}"
        if path not in seen and len(seen) < _MAX_MEDIA:
            seen.add(path)
            yield media
