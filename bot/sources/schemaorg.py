"""schema.org ``LiveBlogPosting``, the markup most large publishers add for search engines.

See https://schema.org/LiveBlogPosting. Publishers cut the list, order it as they like and repeat
the blog's own headline, picture and time in every update, so an update that is missing says
nothing, and what every update shares is not its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from bot.errors import NoLiveBlogError
from bot.model import Media, Snapshot, SourceEntry
from bot.sources import identity, jsonld
from bot.sources.base import NOT_MINE, Hints, Page, Recognition
from bot.sources.canonical import Body
from bot.sources.domentry import leads_away
from bot.sources.escaped import read_escaped, read_title
from bot.sources.headline import settle
from bot.sources.instants import exact, read_instant
from bot.sources.jsonld import Object, first_string, is_a, objects, strings, types
from bot.sources.linekinds import says_ended, title_says_ended
from bot.sources.pagehead import PageHead
from bot.sources.pictures import absolute_url
from bot.sources.zones import country_of, zone_info
from bot.wording import Wording

_BLOG = "LiveBlogPosting"
_ADDRESS = re.compile("[#/:]")
_MAX_MEDIA = 10
_MEDIA = frozenset({"image", "video", "associatedMedia", "sharedContent"})


@dataclass(frozen=True, slots=True)
class Blog:
    """A live blog as the markup gives it, whatever its syntax.

    Attributes:
        item: the properties of the blog itself.
        updates: those of its updates.
        known: id -> object, for properties that only refer to another object.
        warnings: sentences for an admin.
    """

    item: Object
    updates: tuple[Object, ...]
    known: Mapping[str, Object]
    warnings: tuple[str, ...] = ()


class SchemaOrg:
    """Reads ``LiveBlogPosting`` in the syntaxes it is given."""

    def __init__(self, syntaxes: Iterable[Callable[[Page], Blog | None]] | None = None) -> None:
        """Take the syntaxes to look for, best first; by default JSON-LD."""
        self._syntaxes = tuple(syntaxes) if syntaxes is not None else (from_json_ld,)

    @property
    def name(self) -> str:
        """Stored with the source."""
        return "schemaorg"

    def recognises(self, page: Page) -> Recognition:
        """Look for a live blog with updates; one without is a live blog that has not begun."""
        blog = self._blog(page)
        if blog is None:
            return NOT_MINE
        count = len(blog.updates)
        address = _address(blog.item, page.url)
        if _is_listed(address, page.url):
            return Recognition(
                0.3,
                Wording("a front page that lists a live blog, {address}", address=address),
            )
        if not count:
            return Recognition(0.5, Wording("a schema.org LiveBlogPosting without updates yet"))
        reason = Wording.counted(
            "a schema.org LiveBlogPosting with {n} update",
            "a schema.org LiveBlogPosting with {n} updates",
            count,
        )
        return Recognition(0.9, reason)

    def read(self, page: Page, hints: Hints) -> Snapshot:
        """Read the blog's updates in the order in which the markup lists them."""
        blog = self._blog(page)
        if blog is None:
            raise NoLiveBlogError(Wording("The page holds no schema.org LiveBlogPosting any more."))
        return _Reading(page, hints, blog).snapshot()

    def _blog(self, page: Page) -> Blog | None:
        if not page.is_html or _BLOG not in page.text:
            return None
        empty = None
        for syntax in self._syntaxes:
            blog = syntax(page)
            if blog is not None and blog.updates:
                return blog
            empty = empty or blog
        return empty


def from_json_ld(page: Page) -> Blog | None:
    """The live blog that the page's JSON-LD describes, merged from all its blocks.

    A page may also list other live blogs; the one with the page's own address is meant, else the
    one with the most updates.
    """
    known: dict[str, Object] = {}
    found: dict[str, list[tuple[Object, list[Object]]]] = {}
    warnings: list[str] = []
    for block in jsonld.blocks(page, _BLOG):
        blogs = []
        for item in jsonld.walk(block.value):
            if len(item) > 1 and (key := _key(item)):
                known[key] = item
            if is_a(item, _BLOG):
                blogs.append(item)
        for item in blogs:
            updates = list(_updates(item, known))
            if block.repaired:
                updates = [item for item in updates if _is_whole(item)][: -1 if block.cut else None]
            found.setdefault(_address(item, page.url), []).append((item, updates))
        if block.repaired and found:
            warnings.append(
                Wording("The page's JSON-LD is broken off; its last update was left out.")
                if block.cut
                else Wording(
                    "The page's JSON-LD is broken; it was read as far as it could be repaired."
                )
            )
    if not found:
        return None
    parts = max(
        found.items(),
        key=lambda pair: (
            any(updates for _, updates in pair[1])
            and identity.from_address(pair[0], page.url) is None,
            sum(len(updates) for _, updates in pair[1]),
        ),
    )[1]
    main = max(parts, key=lambda part: len(part[1]))[0]
    updates = [update for _, updates in parts for update in updates]
    return Blog(main, tuple(_unique(updates)), known, tuple(warnings))


def _updates(item: Object, known: Mapping[str, Object]) -> Iterator[Object]:
    for update in objects(item.get("liveBlogUpdate")):
        inner = objects(update.get("item")) if "item" in update else ()
        resolved = inner[0] if inner else update
        if len(resolved) <= 2 and set(resolved) <= {"@id", "@type"}:
            resolved = known.get(_key(resolved), resolved)
        if first_string(resolved, "headline", "name", "articleBody", "text", "description") or any(
            resolved.get(name) for name in ("image", "video", "datePublished", "sharedContent")
        ):
            yield resolved


def _is_whole(update: Object) -> bool:
    """Whether an update out of repaired JSON has what every update has."""
    words = first_string(update, "headline", "name", "articleBody", "text", "description")
    dates = (update.get("datePublished"), update.get("dateModified"), update.get("dateCreated"))
    return bool(words) and any(read_instant(date) for date in dates)


def _key(item: Object) -> str:
    key = item.get("@id")
    return key if isinstance(key, str) else ""


def _address(item: Object, base: str) -> str:
    url = first_string(item, "url") or _key(item)
    for page in objects(item.get("mainEntityOfPage")):
        url = url or _key(page)
    return absolute_url(url or first_string(item, "mainEntityOfPage"), base) or ""


def _is_listed(address: str, page_url: str) -> bool:
    """Whether a live blog's address lies below that of a home or section page that names it."""
    here, there = urlsplit(page_url), urlsplit(address)
    below = there.path.startswith(f"{here.path.rstrip('/')}/") and there.path != here.path
    return below and here.netloc == there.netloc and leads_away(address, page_url)


def _unique(updates: Sequence[Object]) -> Iterable[Object]:
    """Without repeated ones: pages carry a block twice, or the same update in two blocks."""
    if len({_own_name(update) for update in updates}) == len(updates):
        return updates
    unique: dict[object, Object] = {}
    for update in updates:
        unique.setdefault(_fingerprint(update), update)
    return unique.values()


def _own_name(update: Object) -> str:
    return _key(update) or first_string(update, "url")


def _fingerprint(update: Object) -> object:
    words = first_string(update, "articleBody", "text", "description")
    return (
        _own_name(update),
        first_string(update, "headline", "name"),
        first_string(update, "datePublished"),
        words[:1000],
    )


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where an entry stands on the page: the id of its element, and the time shown there."""

    element: str = ""
    shown: datetime | None = None


_NO_MARK = _Mark()


class _Reading:
    """One reading of one blog: what its updates share is found first."""

    def __init__(self, page: Page, hints: Hints, blog: Blog) -> None:
        self._page = page
        self._head = PageHead(page)
        self._blog = blog
        self._zone = hints.timezone if hints.timezone and zone_info(hints.timezone) else None
        self._country = country_of(page.url)
        self._naive = False
        self._url = _address(blog.item, page.url) or page.url
        self._title = read_title(first_string(blog.item, "headline", "name"))
        self._publisher = {
            read_title(first_string(self._resolve(item), "name"))
            for item in objects(blog.item.get("publisher"))
        }
        self._attachments = [tuple(self._attached(update)) for update in blog.updates]
        self._common = self._common_pictures()

    def snapshot(self) -> Snapshot:
        updates = self._blog.updates
        given = [self._id(update) for update in updates]
        marks = self._marks(given)
        entries = [
            self._entry(update, name, marks.get(own or "", _NO_MARK), attached)
            for update, own, name, attached in zip(
                updates, given, identity.reliable(given), self._attachments, strict=True
            )
        ]
        warnings = list(self._blog.warnings)
        if self._naive:
            zone = self._zone or "UTC"
            warnings.append(
                Wording(
                    "The page writes times without a zone; they are read as {zone}. Set the "
                    "source's zone if that is wrong.",
                    zone=zone,
                )
            )
        return Snapshot(
            adapter="schemaorg",
            title=self._title or self._head.title,
            url=self._url,
            entries=tuple(entries),
            timezone=self._zone,
            language=self._language(),
            complete=False,
            ended=self._ended(entries),
            warnings=tuple(warnings),
        )

    def _entry(
        self, update: Object, name: str | None, mark: _Mark, attached: Sequence[Media]
    ) -> SourceEntry:
        published = self._moment(update, "datePublished", "dateCreated", "uploadDate")
        updated = self._moment(update, "dateModified") if "dateModified" in update else None
        if mark.shown:
            published, updated = mark.shown, None
        body = self._body(update)
        title = read_title(first_string(update, "headline", "name"))
        title, body = settle(title, body, self._title, self._url)
        address = first_string(update, "url") or _key(update)
        if mark.element or not ("#" in address or "/" in address):
            address = f"#{mark.element}" if mark.element else ""
        if name is None:
            address = address.partition("#")[0]  # an anchor that is no id leads elsewhere tomorrow
        anchor = absolute_url(address, self._url)
        return SourceEntry(
            id=name,
            published_at=published or updated,
            updated_at=updated if updated != published else None,
            title=title,
            text=body.text,
            html=body.html,
            url=anchor or self._url,
            author=self._author(update) if "author" in update else "",
            media=self._media(body.media, attached) if body.media or attached else (),
            links=body.links,
        )

    # -- identity and time ----------------------------------------------------------------------

    def _id(self, update: Object) -> str | None:
        for property_name in ("@id", "url", "identifier"):
            value = update.get(property_name)
            if value is None or (property_name == "@id" and not isinstance(value, str)):
                continue
            name = identity.from_address(first_string(update, property_name), self._url)
            if name:
                return name
        return None

    def _moment(self, update: Object, *names: str) -> datetime | None:
        for name in names:
            value = update.get(name)
            if value is None:
                continue
            if isinstance(value, str) and (moment := exact(value)):
                return moment
            for candidate in value if isinstance(value, list) else (value,):
                if found := read_instant(candidate, self._zone or "UTC", self._country):
                    self._naive = self._naive or found.naive
                    return found.at
        return None

    def _marks(self, given: Sequence[str | None]) -> dict[str, _Mark]:
        """Where on the page each entry stands, as far as the markup itself does not tell.

        Looked up for bare ids, which name no anchor, and where all updates carry one and the same
        time: some publishers write the blog's latest time into every update, and then only the
        visible page tells when an entry came.
        """
        updates = self._blog.updates
        same = (
            len({first_string(update, "datePublished") for update in updates}) == 1 < len(updates)
        )
        bare = any((key := _key(update)) and not _ADDRESS.search(key) for update in updates)
        if not (same or bare):
            return {}
        wanted = {name: name for name in given if name}
        wanted.update({f"block-{name}": name for name in wanted})
        marks: dict[str, _Mark] = {}
        for node in self._page.html.css("[id]"):
            element = node.attributes.get("id") or ""
            name = wanted.get(element)
            if name is None or name in marks:
                continue
            stamp = node.css_first("time[datetime]") if same else None
            time = stamp.attributes.get("datetime") if stamp is not None else None
            shown = read_instant(time, self._zone or "UTC")
            marks[name] = _Mark(element, shown.at if shown and not shown.naive else None)
        return marks

    # -- words ----------------------------------------------------------------------------------

    def _body(self, update: Object) -> Body:
        return read_escaped(first_string(update, "articleBody", "text", "description"), self._url)

    def _author(self, update: Object) -> str:
        value = update.get("author")
        names = [read_title(name) for name in strings(value)]
        for item in objects(value):
            found = self._resolve(item)
            name = read_title(first_string(found, "name"))
            if name and not (name in self._publisher and "Person" not in types(found)):
                names.append(name)
        return ", ".join(dict.fromkeys(name for name in names if "://" not in name))

    def _resolve(self, item: Object) -> Object:
        return item if "name" in item else self._blog.known.get(_key(item), item)

    def _language(self) -> str:
        return (first_string(self._blog.item, "inLanguage") or self._head.language).strip()[:35]

    def _ended(self, entries: Sequence[SourceEntry]) -> bool:
        """The headline says so, or coverage was to end by now and the newest entry closes it."""
        if title_says_ended(self._title) or title_says_ended(self._head.title):
            return True
        end = read_instant(first_string(self._blog.item, "coverageEndTime"), self._zone or "UTC")
        dated = [entry for entry in entries if entry.published_at]
        newest = max(dated, key=_published, default=None)
        if newest is None or not says_ended(f"{newest.title}\n{newest.text}"):
            return False
        return end is None or end.at <= self._page.fetched_at

    # -- media ----------------------------------------------------------------------------------

    def _media(self, shown: Sequence[Media], attached: Sequence[Media]) -> tuple[Media, ...]:
        found: dict[str, Media] = {}
        for media in (*shown, *attached):
            path = _path(media.url)
            if path not in self._common and len(found) < _MAX_MEDIA:
                found.setdefault(path, media)
        return tuple(found.values())

    def _attached(self, update: Object) -> Iterator[Media]:
        if _MEDIA.isdisjoint(update):
            return
        shared = [*objects(update.get("associatedMedia")), *objects(update.get("sharedContent"))]
        videos = [*objects(update.get("video")), *(s for s in shared if "VideoObject" in types(s))]
        for video in videos:
            yield from self._video(video)
        images = update.get("image")
        for image in (images if isinstance(images, list) else [images])[:1]:
            yield from self._photo(image)
        for item in shared:
            if "ImageObject" in types(item):
                yield from self._photo(item)

    def _photo(self, image: object) -> Iterator[Media]:
        item = (
            self._blog.known.get(_key(image), image) if isinstance(image, dict) else {"url": image}
        )
        url = absolute_url(first_string(item, "url", "contentUrl", "@id"), self._url)
        if url:
            yield Media("photo", url, read_title(first_string(item, "caption")))

    def _video(self, item: Object) -> Iterator[Media]:
        caption = read_title(first_string(item, "caption", "name"))
        for kind, names in (
            ("video", ("contentUrl",)),
            ("embed", ("embedUrl",)),
            ("photo", ("thumbnailUrl", "thumbnail")),
        ):
            if url := absolute_url(first_string(item, *names), self._url):
                yield Media(kind, url, caption)
                return

    def _common_pictures(self) -> frozenset[str]:
        """Pictures of the blog itself, and those that several updates share."""
        times: Counter[str] = Counter()
        for attached in self._attachments:
            if attached:
                times.update({_path(media.url) for media in attached})
        shared = {path for path, count in times.items() if count > 2}
        value = self._blog.item.get("image")
        for image in value if isinstance(value, list) else [value]:
            shared.update(_path(media.url) for media in self._photo(image))
        return frozenset(shared)


def _published(entry: SourceEntry) -> datetime:
    assert entry.published_at is not None
    return entry.published_at


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}"
