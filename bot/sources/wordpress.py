"""The WordPress Liveblog plugin: a post whose entries come from ``/wp-json/liveblog/v1/<post>/``.

See https://github.com/Automattic/liveblog (``class-wpcom-liveblog-rest-api.php``). The plugin keeps
an entry, its corrections and its deletion as rows; ``entries/<from>/<to>/`` gives those of a span
of time, in which a corrected entry keeps its id and a deleted one is a row without content.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from bot.errors import NoLiveBlogError, UnreadableError
from bot.model import Snapshot, SourceEntry
from bot.sources import jsonapi
from bot.sources.base import NOT_MINE, Hints, Page, Reading, Recognition, Request
from bot.sources.escaped import read_escaped, read_title
from bot.sources.headline import settle
from bot.sources.instants import read_instant
from bot.sources.jsonapi import Asking
from bot.sources.jsonld import Object, objects
from bot.sources.masthead import page_language
from bot.sources.pagetitle import page_title
from bot.sources.pictures import absolute_url
from bot.wording import Wording

FAR = 4_102_444_800
"""Unix time, seconds: the year 2100. A span that ends there is never over, so that its address
may be polled for good."""

MAX_PAGES = 10
"""Of the paged forms of the API, in one reading."""

_SETTINGS = re.compile(r"\bliveblog_settings\s*=\s*(?=\{)")
_CONTAINER = re.compile(
    r"<[a-z]+\s(?=[^<>]{0,300}\bid=[\"']?wpcom-liveblog-container\b)[^<>]{0,300}?"
    r"\bclass=[\"']?(\d{1,12})\b"
)
_REST_ROOT = re.compile(
    r"<link\s(?=[^<>]{0,300}https://api\.w\.org/)[^<>]{0,300}?\bhref=[\"']([^\"'<>]{1,500})"
)
_API = re.compile(r"(?P<base>.*?/liveblog/v\d+/(?P<post>\d+)/)(?P<rest>.*)", re.DOTALL)
_COMMAND = re.compile(
    r"<span[^<>]{0,200}\bliveblog-command\b[^<>]{0,200}>[^<>]{0,100}</span>\s*", re.IGNORECASE
)
_EMOJI = re.compile(r"<img[^<>]{0,500}\bliveblog-emoji\b[^<>]{0,500}>", re.IGNORECASE)
_TYPED_COMMAND = re.compile(r"\A((?:\s*<[a-z][^<>]{0,200}>)*\s*)/(?:key|alert)\b\s*", re.IGNORECASE)
_TYPES = ("new", "update", "delete")


class WordPress:
    """Reads live blogs of the plugin; their page itself holds no entries."""

    @property
    def name(self) -> str:
        """Stored with the source."""
        return "wordpress"

    def recognises(self, page: Page) -> Recognition:
        """Look for the plugin's container and settings in a page, or for its API's answer."""
        if page.is_html:
            post = _post(page)
            if post is None:
                return NOT_MINE
            return Recognition(
                0.95,
                Wording("the WordPress Liveblog plugin's container"),
                _entries_url(post.endpoint),
            )
        if not jsonapi.looks_like_json(page):
            return NOT_MINE
        rows = _own_rows(page)
        if rows is None:
            return NOT_MINE
        match = _API.match(page.url)
        poll_url = _entries_url(match["base"]) if match else None
        return Recognition(
            0.95,
            Wording.counted(
                "the WordPress Liveblog plugin's API with {n} row",
                "the WordPress Liveblog plugin's API with {n} rows",
                len(rows),
            ),
            poll_url if poll_url != page.url else None,
        )

    def asks_each_poll(self, page: Page) -> bool:
        """A page holds none of the entries, so that it need not change with them."""
        return page.is_html

    def read(self, page: Page, hints: Hints) -> Snapshot:
        """Read what one answer of the API holds; a page holds no entries."""
        return jsonapi.unanswered(self.reading(page, hints))

    def reading(self, page: Page, hints: Hints) -> Reading:
        """Read all rows; the post's own page is asked for its title and for whether it is over."""
        post = _post(page) if page.is_html else None
        if page.is_html:
            if post is None:
                raise NoLiveBlogError(Wording("The page holds no WordPress live blog any more."))
            first = yield from _first_answer(post.endpoint)
            rows = _rows(jsonapi.answer(first))
        else:
            first, rows = page, _own_rows(page)
        if first is None or rows is None:
            if post is None:
                raise NoLiveBlogError(
                    Wording("The address is no WordPress live blog's API any more.")
                )
            raise UnreadableError(
                Wording(
                    "The page's entries come from {address}, which did not answer. It is tried "
                    "again at the next poll.",
                    address=post.endpoint,
                )
            )
        rows, complete = yield from _further(first, rows, hints)
        if post is None:
            post = yield from _owner(first, rows)
        return _snapshot(post, rows, complete=complete)


@dataclass(frozen=True, slots=True)
class _Post:
    """What a page tells of its live blog.

    Attributes:
        endpoint: address under which its API lies, "" where unknown.
        url: the post's own address.
        archived: the newsroom closed the live blog.
    """

    endpoint: str
    url: str
    title: str = ""
    language: str = ""
    archived: bool = False


def _post(page: Page) -> _Post | None:
    """What a page tells of its live blog; None where it holds none."""
    text = page.text
    if "wpcom-liveblog-container" not in text and "liveblog_settings" not in text:
        return None
    settings = _settings(text)
    container = _CONTAINER.search(text)
    number = jsonapi.text(settings, "post_id") or (container[1] if container else "")
    endpoint = absolute_url(html.unescape(jsonapi.text(settings, "endpoint_url")), page.url)
    if endpoint is None:
        if not number.isascii() or not number.isdigit():
            return None
        link = _REST_ROOT.search(text)
        root = absolute_url(html.unescape(link[1]), page.url) if link else None
        root = root or absolute_url("/wp-json/", page.url)
        if root is None:
            return None
        endpoint = f"{root.rstrip('/')}/liveblog/v1/{number}/"
    return _Post(
        endpoint=endpoint,
        url=absolute_url(jsonapi.text(settings, "permalink"), page.url) or page.url,
        title=page_title(page),
        language=page_language(page),
        archived=jsonapi.text(settings, "state").strip().lower() == "archive",
    )


def _settings(text: str) -> Object:
    for match in _SETTINGS.finditer(text):
        try:
            value, _ = json.JSONDecoder(strict=False).raw_decode(text, match.end())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and ("endpoint_url" in value or "post_id" in value):
            return value
    return jsonapi.EMPTY


# -- requests -----------------------------------------------------------------------------------


def _entries_url(endpoint: str) -> str:
    """All rows there will ever be. Without the REST API the span follows the endpoint at once."""
    kind = "entries/" if "/liveblog/v" in endpoint else ""
    gap = "" if endpoint.endswith(("/", "=")) else "/"
    return f"{endpoint}{gap}{kind}0/{FAR}/"


def _first_answer(endpoint: str) -> Asking[Page | None]:
    """The rows of an endpoint, by whichever of the API's forms this site answers."""
    forms = [_entries_url(endpoint)]
    if "/liveblog/v" in endpoint:
        base = endpoint.rstrip("/")
        forms += [f"{base}/get-entries/1/0-0", f"{base}/lazyload/0/0"]
    for url in forms:
        (page,) = yield [Request(url)]
        if page is not None and _rows(jsonapi.answer(page)) is not None:
            return page
    return None


def _further(first: Page, rows: list[Object], hints: Hints) -> Asking[tuple[list[Object], bool]]:
    """The rows of the pages that follow: all at the first poll, later as far as they are new.

    Returns:
        The rows, and whether they hold all entries from the oldest to the newest of them.
    """
    match = _API.match(first.url)
    base, rest = (match["base"], match["rest"]) if match else ("", "")
    if rest.startswith("entries/"):
        return rows, True
    if rest.startswith("get-entries/"):
        pages = min(jsonapi.number(jsonapi.part(jsonapi.answer(first)), "pages") or 1, MAX_PAGES)
        for page in range(2, pages + 1):
            if _any_known(rows, hints):
                break
            (more,) = yield [Request(f"{base}get-entries/{page}/0-0")]
            found = _rows(jsonapi.answer(more))
            if not found:
                break
            rows = [*rows, *found]
        return rows, True
    if rest.startswith("lazyload/"):
        for _ in range(1, MAX_PAGES):
            oldest = min((stamp for row in rows if (stamp := _stamp(row))), default=None)
            if oldest is None or _any_known(rows, hints):
                break
            # One second is asked for twice: an entry of the same second may be left.
            (more,) = yield [Request(f"{base}lazyload/{int(oldest.timestamp()) + 1}/0")]
            seen = {_id(row) for row in rows}
            found = [r for r in _rows(jsonapi.answer(more)) or [] if _id(r) not in seen]
            if not found:
                break
            rows = [*rows, *found]
        return rows, True
    return rows, False


def _any_known(rows: Iterable[Object], hints: Hints) -> bool:
    return bool(hints.known) and any(_id(row) in hints.known for row in rows)


def _owner(first: Page, rows: Sequence[Object]) -> Asking[_Post]:
    """What the post's own page tells; its address stands in the entries."""
    match = _API.match(first.url)
    shared = next((url for row in rows if (url := _without_entry(row, first.url))), None)
    if shared is not None:
        (page,) = yield [Request(shared)]
        if page is not None and page.is_html:
            return _post(page) or _Post("", shared, page_title(page), page_language(page))
        return _Post("", shared)
    if match is None:
        return _Post("", first.url)
    root = match["base"].partition("/liveblog/v")[0]
    (page,) = yield [Request(f"{root}/wp/v2/posts/{match['post']}")]
    post = jsonapi.part(jsonapi.answer(page))
    title = jsonapi.text(jsonapi.part(post, "title"), "rendered")
    link = absolute_url(jsonapi.text(post, "link"), first.url)
    return _Post("", link or first.url, read_title(title))


def _without_entry(row: Object, base: str) -> str | None:
    """The post's address out of an entry's: ``?lbup=<id>`` names the entry."""
    url = absolute_url(jsonapi.text(row, "share_link"), base)
    if url is None:
        return None
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query) if pair[0] != "lbup"]
    return urlunsplit(parts._replace(query=urlencode(query), fragment=""))


# -- rows ---------------------------------------------------------------------------------------


def _rows(value: object) -> list[Object] | None:
    """The rows of an answer in any of the API's forms; None where it is none of them."""
    if isinstance(value, dict):
        value = value.get("entries")
    return objects(value) if isinstance(value, list) else None


def _own_rows(page: Page) -> list[Object] | None:
    """The rows of a document of which only its address or its looks tell where it is from."""
    value = jsonapi.answer(page)
    rows = _rows(value)
    if rows is None or _API.match(page.url) or any(map(_is_row, rows)):
        return rows
    return rows if isinstance(value, dict) and "latest_timestamp" in value else None


def _is_row(row: Object) -> bool:
    return row.get("type") in _TYPES and "id" in row and "content" in row and "timestamp" in row


def _id(row: Object) -> str | None:
    return jsonapi.identifier(row.get("id"))


def _stamp(row: Object, name: str = "timestamp") -> datetime | None:
    found = read_instant(row.get(name))
    return found.at if found else None


def _snapshot(post: _Post, rows: Sequence[Object], *, complete: bool) -> Snapshot:
    histories: dict[str | None, list[Object]] = {}
    for row in rows:
        if jsonapi.text(row, "status") not in ("draft", "pending", "future", "private", "trash"):
            histories.setdefault(_id(row), []).append(row)
    nameless = histories.pop(None, [])
    entries = [_entry(name, history, post) for name, history in histories.items()]
    entries += [_entry(None, [row], post) for row in nameless if row.get("type") != "delete"]
    return Snapshot(
        adapter="wordpress",
        title=post.title,
        url=post.url,
        entries=tuple(entries),
        language=post.language,
        complete=complete,
        ended=post.archived,
    )


def _entry(name: str | None, history: Sequence[Object], post: _Post) -> SourceEntry:
    """One entry out of all its rows; the last word counts."""
    moments = [_stamp(row) or _stamp(row, "entry_time") for row in history]
    begun = [_stamp(row, "entry_time") or at for row, at in zip(history, moments, strict=True)]
    published = min((at for at in begun if at), default=None)
    order = sorted(range(len(history)), key=lambda i: _rank(history[i], moments[i]))
    row, changed = history[order[-1]], moments[order[-1]]
    url = absolute_url(jsonapi.text(row, "share_link"), post.url) or post.url
    body = read_escaped(_markup(row), post.url)
    title, body = settle(read_title(jsonapi.text(row, "headline")), body, post.title, post.url)
    return SourceEntry(
        id=name,
        published_at=published,
        updated_at=changed if changed != published else None,
        title=title,
        text=body.text,
        html=body.html,
        url=url,
        author=_author(row),
        key_event=jsonapi.flag(row, "key_event") or "type-key" in _classes(row),
        media=body.media,
        links=body.links,
        withdrawn=row.get("type") == "delete",
    )


def _rank(row: Object, at: datetime | None) -> tuple[float, int]:
    kind = row.get("type")
    return (at.timestamp() if at else 0.0, _TYPES.index(kind) if kind in _TYPES else 0)


def _markup(row: Object) -> str:
    """The entry as readers see it, without the commands ("/key") that editors type."""
    rendered = jsonapi.text(row, "render")
    if rendered:
        return _EMOJI.sub("", _COMMAND.sub("", rendered))
    return _TYPED_COMMAND.sub(r"\1", jsonapi.text(row, "content"))


def _classes(row: Object) -> list[str]:
    return jsonapi.text(row, "css_classes").split()


def _author(row: Object) -> str:
    names = [read_title(jsonapi.text(author, "name")) for author in objects(row.get("authors"))]
    if not any(names):
        names = [read_title(jsonapi.text(row, "author_name", "author_link"))]
    return ", ".join(dict.fromkeys(name for name in names if name))
