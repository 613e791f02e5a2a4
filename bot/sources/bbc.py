"""The BBC's live pages: the stream of posts in the page's data, or else in its markup.

The page's JSON-LD holds one page of several; its data tells how many there are, which posts are
breaking news, and has their bodies with links, lists, pictures and posts of other networks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from bot.errors import NoLiveBlogError
from bot.model import Snapshot, SourceEntry
from bot.sources.base import NOT_MINE, Hints, Page, Reading, Recognition, Request
from bot.sources.bbcdata import Stream, find_stream
from bot.sources.bbcposts import from_data, from_markup
from bot.sources.escaped import read_title
from bot.sources.jsonld import first_string
from bot.sources.linekinds import says_ended, title_says_ended
from bot.sources.pictures import absolute_url
from bot.sources.zones import zone_info
from bot.wording import Wording

OLDER_PAGES = 5
"""Asked for at the first poll; a page holds 20 to 40 posts."""

_HOME = "Europe/London"
_SITE = "https://www.bbc.co.uk/"
_POSTS = re.compile(
    r"<article\b[^<>]{0,600}?\bid=[\"']?post_[0-9a-f]{24}\b"
    r"|<li\b[^<>]{0,600}?\bid=[\"']?pulsar_\d{1,15}_"
)
_PAGE_PATH = re.compile(r"/page/\d{1,4}/?\Z")
_NUMBER = re.compile(r"(pageNumber(?:/|%2F|=))\d{1,4}")
_NOT_PARTS = ("page", "post")
_SUFFIX = re.compile(r"\s[-|–]\s(?:BBC (?:News|Sport)|BBC)\Z")


@dataclass(frozen=True, slots=True)
class _Part:
    """One document of a live page, as far as it was understood."""

    entries: Sequence[SourceEntry]
    title: str
    url: str
    pages: int = 1
    current: int = 1
    over: bool = False
    modern: bool = False
    naive: bool = False
    language: str = ""


class Bbc:
    """Reads the stream of a BBC live page."""

    @property
    def name(self) -> str:
        """Stored with the source."""
        return "bbc"

    def recognises(self, page: Page) -> Recognition:
        """Look for a stream of posts, in the page's data or in its markup."""
        if not _is_bbc(page):
            return NOT_MINE
        stream = find_stream(page)
        count = len(stream.posts) if stream else 0
        if not count and page.is_html:
            count = len(set(_POSTS.findall(page.text)))
        if not count:
            return NOT_MINE
        front = _front_page(page.url)
        poll = front if page.is_html and front != page.url else None
        reason = Wording.counted(
            "a BBC live page with {n} post", "a BBC live page with {n} posts", count
        )
        return Recognition(0.95, reason, poll)

    def read(self, page: Page, hints: Hints) -> Snapshot:
        """Read the posts of one document."""
        return _snapshot([_part(page, hints)], page, hints)

    def reading(self, page: Page, hints: Hints) -> Reading:
        """Read the posts, at the first poll those of some older pages too.

        So do later polls that meet no post that is known: more came than a page holds.
        """
        parts = [_part(page, hints)]
        first = parts[0]
        last = min(first.pages, first.current + OLDER_PAGES)
        wanted = range(first.current + 1, last + 1)
        if wanted and not any(entry.id in hints.known for entry in first.entries):
            answers = yield [Request(_page_address(page, first, number)) for number in wanted]
            found = [_older(answer, hints) for answer in answers if answer is not None]
            parts += [part for part in found if part is not None]
        return _snapshot(parts, page, hints)


def _is_bbc(page: Page) -> bool:
    host = (urlsplit(page.url).netloc.lower().rpartition("@")[2]).partition(":")[0]
    if host.endswith((".bbc.co.uk", ".bbc.com", ".bbci.co.uk")) or host in ("bbc.co.uk", "bbc.com"):
        return True
    signs = ("bbc-morph-lx-", "pulsar_") if page.is_html else ("bbc-morph-lx-", '"urn:asset:')
    return any(sign in page.text for sign in signs)


def _older(page: Page, hints: Hints) -> _Part | None:
    try:
        return _part(page, hints)
    except NoLiveBlogError:
        return None


def _part(page: Page, hints: Hints) -> _Part:
    """Read one document.

    Raises:
        NoLiveBlogError: it holds no stream of posts.
    """
    stream = find_stream(page)
    part = _from_stream(page, stream) if stream else None
    if part is None and page.is_html:
        part = _from_markup(page, hints)
    if part is None or not part.entries:
        raise NoLiveBlogError(Wording("The page holds no stream of BBC live posts any more."))
    return part


def _from_stream(page: Page, stream: Stream) -> _Part:
    title = stream.title or (_title(page) if page.is_html else "")
    url = _address(page, stream.path)
    entries = [from_data(post, title, url) for post in stream.posts]
    modern = any(entry.id and entry.id.startswith("asset:") for entry in entries[:1])
    language = first_string(stream.posts[0], "language") if stream.posts else ""
    return _Part(
        entries,
        title,
        url,
        stream.pages,
        stream.current,
        stream.over,
        modern,
        language=language or _language(page),
    )


def _from_markup(page: Page, hints: Hints) -> _Part:
    title, url = _title(page), _address(page, "")
    zone = hints.timezone if hints.timezone and zone_info(hints.timezone) else _HOME
    entries = list(from_markup(page, title, url, zone))
    naive = any(entry.id and entry.id.startswith("pulsar_") for entry in entries)
    if _is_cut(page):
        entries = entries[:-1]  # the last one may be half
    current = _shown_number(page, "current", 1)
    pages = _shown_number(page, "total", current)
    return _Part(entries, title, url, pages, current, naive=naive, language=_language(page))


def _language(page: Page) -> str:
    root = page.html.css_first("html") if page.is_html else None
    return (root.attributes.get("lang") or "") if root is not None else ""


def _is_cut(page: Page) -> bool:
    return "</body" not in page.text[-20_000:].lower()


def _shown_number(page: Page, which: str, default: int) -> int:
    node = page.html.css_first(f'[class*="qa-pagination-{which}-page-number"]')
    shown = node.text().strip() if node is not None else ""
    return int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 5 else default


def _title(page: Page) -> str:
    for selector, name in (("h1", ""), ('meta[property="og:title"]', "content"), ("title", "")):
        node = page.html.css_first(selector)
        if node is not None:
            raw = (node.attributes.get(name) or "") if name else node.text()
            if title := _SUFFIX.sub("", read_title(raw)):
                return title
    return ""


def _snapshot(parts: Sequence[_Part], page: Page, hints: Hints) -> Snapshot:
    first = parts[0]
    entries: list[SourceEntry] = []
    seen: set[str] = set()
    whole = first.current == 1
    for part in parts:
        fresh = [entry for entry in part.entries if entry.id is None or entry.id not in seen]
        whole = whole and bool(fresh)
        entries += fresh
        seen.update(entry.id for entry in fresh if entry.id)
    zone = hints.timezone or (_HOME if first.naive else None)
    warnings = (
        (
            Wording(
                "The page writes times without a zone; they are read as {zone}.", zone=zone or ""
            ),
        )
        if first.naive
        else ()
    )
    return Snapshot(
        adapter="bbc",
        title=first.title,
        url=first.url,
        entries=tuple(_first_of_each(entries)),
        timezone=zone,
        language=first.language[:35],
        complete=whole and len(parts) >= first.pages and not (page.is_html and _is_cut(page)),
        ended=_ended(first, entries),
        warnings=warnings,
    )


def _first_of_each(entries: Sequence[SourceEntry]) -> list[SourceEntry]:
    """A post that stands twice, as one that was pinned does, is counted once."""
    unique: dict[object, SourceEntry] = {}
    for number, entry in enumerate(entries):
        unique.setdefault(entry.id or number, entry)
    return list(unique.values())


def _ended(part: _Part, entries: Sequence[SourceEntry]) -> bool:
    if part.over or title_says_ended(part.title):
        return True
    dated = [entry for entry in entries if entry.published_at]
    newest = max(dated, key=lambda entry: str(entry.published_at), default=None)
    return newest is not None and says_ended(f"{newest.title}\n{newest.text}")


# -- addresses ----------------------------------------------------------------------------------


def _address(page: Page, path: str) -> str:
    """The live page's own address: its canonical link, else the one its data names."""
    if page.is_html:
        node = page.html.css_first('link[rel="canonical"][href]')
        href = node.attributes.get("href") if node is not None else None
        return _front_page(absolute_url(href, page.url) or page.url)
    return absolute_url(path, _SITE) or page.url


def _front_page(url: str) -> str:
    """The address of the newest posts: without what chooses others."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [pair for pair in pairs if not _chooses(pair[0].lower())]
    path = _PAGE_PATH.sub("", parts.path)
    if len(kept) == len(pairs) and path == parts.path and not parts.fragment:
        return url
    return urlunsplit(parts._replace(path=path, query=urlencode(kept), fragment=""))


def _chooses(name: str) -> bool:
    return name in _NOT_PARTS or name.startswith("pinned_post_")


def _page_address(page: Page, part: _Part, number: int) -> str:
    """Where a further page stands, in the form of the first."""
    if not page.is_html and _NUMBER.search(page.url):
        return _NUMBER.sub(rf"\g<1>{number}", page.url)
    front = _front_page(page.url) if page.is_html else part.url
    if part.modern:
        return urljoin(front, f"?page={number}")
    parts = urlsplit(front)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/page/{number}"))
