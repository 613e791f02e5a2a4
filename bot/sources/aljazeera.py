"""Al Jazeera's live blogs: a list of update ids, and one GraphQL request for each update.

The queries are stored on the server and asked for by name, with GET and the header ``wp-site``.
Times are UTC without a zone. The list holds all updates, so one that leaves it was withdrawn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import orjson

from bot.errors import NoLiveBlogError, UnreadableError
from bot.model import Snapshot, SourceEntry
from bot.sources import jsonapi
from bot.sources.base import NOT_MINE, Hints, Page, Reading, Recognition, Request
from bot.sources.escaped import read_escaped, read_title
from bot.sources.headline import settle
from bot.sources.instants import read_instant
from bot.sources.jsonld import Object, objects
from bot.sources.masthead import page_language
from bot.sources.pagetitle import page_title
from bot.sources.pictures import absolute_url
from bot.sources.schemaorg import SchemaOrg
from bot.wording import Wording

FIRST = 50
"""Updates read at the first poll, the newest."""

NEW = 40
"""New updates read at a later poll, the oldest of them first; the others follow at the next."""

AGAIN = 5
"""Known updates read again at each poll, the newest: these are the ones that are corrected."""

IN_TURN = 3
"""Older known updates read again at each poll, others every minute."""

_ROUNDS = (1, 2, 3, 5, 7, 11, 17, 23, 31, 47, 71, 107, 151, 227, 337, 509, 761, 1151, 1721)
"""Minutes in which all of them are read again. Primes, so that polls every few minutes meet them
all; few, so that a list that grows does not begin anew."""

_PATH = re.compile(r"/(?:[^/]{1,60}/)?liveblog/\d{4}/\d{1,2}/\d{1,2}/([^/]{1,300})/?")
_NAMES = re.compile(r"al ?jazeera|ArchipelagoSingleLiveBlog", re.IGNORECASE)
_LIST = "SingleLiveBlogChildrensQuery"
_SHELL = "ArchipelagoSingleLiveBlogQuery"
_UPDATE = "LiveBlogUpdateQuery"
_LANGUAGES = {"aje": "en", "aja": "ar"}


@dataclass(frozen=True, slots=True)
class _Blog:
    """Which blog it is.

    Attributes:
        root: scheme and host of the API; "" where it is not known.
        slug: the last part of its address, "" where it is not known.
        site: Al Jazeera's name of the edition ("aje" is the English one).
        url: where readers find it.
    """

    root: str
    slug: str
    site: str
    url: str
    title: str = ""
    language: str = ""

    def request(self, operation: str, variables: Mapping[str, object]) -> Request:
        """One of the queries that the server knows by name."""
        query = urlencode({
            "wp-site": self.site,
            "operationName": operation,
            "variables": orjson.dumps(dict(variables)).decode(),
            "extensions": "{}",
        })  # fmt: skip
        return Request(f"{self.root}/graphql?{query}", headers=(("wp-site", self.site),))

    def list_request(self) -> Request:
        """The ids of all updates."""
        return self.request(_LIST, {"postName": self.slug})

    def shell_request(self) -> Request:
        """Title, times of the updates, and whether the blog is live."""
        variables = {"name": self.slug, "postType": "liveblog", "preview": ""}
        return self.request(_SHELL, variables)

    def update_request(self, name: str) -> Request:
        """One update."""
        number = int(name)
        variables = {"postID": number, "postType": "liveblog-update", "preview": "", "isAmp": False}
        return self.request(_UPDATE, variables)


class AlJazeera:
    """Reads Al Jazeera's live blogs in full; their page shows the newest updates only."""

    @property
    def name(self) -> str:
        """Stored with the source."""
        return "aljazeera"

    def recognises(self, page: Page) -> Recognition:
        """Look at the address of a page, or for an answer of the API."""
        if page.is_html:
            if _blog_of_page(page) is None:
                return NOT_MINE
            return Recognition(0.95, Wording("an Al Jazeera live blog, by its address"))
        if not jsonapi.looks_like_json(page):
            return NOT_MINE
        value = jsonapi.answer(page)
        article = _article(value)
        ids = _ids(article)
        if ids is not None and (_variables(page.url) or "childrenMeta" in article or _typed(value)):
            return Recognition(
                0.95,
                Wording.counted(
                    "an Al Jazeera live blog's list of {n} update",
                    "an Al Jazeera live blog's list of {n} updates",
                    len(ids),
                ),
            )
        if _update(value).get("postType") == "liveblog-update":
            return Recognition(0.9, Wording("one update of an Al Jazeera live blog"))
        return NOT_MINE

    def asks_each_poll(self, page: Page) -> bool:
        """Always: neither page nor list tells that an update was corrected."""
        del page
        return True

    def read(self, page: Page, hints: Hints) -> Snapshot:
        """Read what one answer of the API tells, or the few updates in a page's own markup."""
        if page.is_html:
            try:
                return SchemaOrg().read(page, hints)
            except NoLiveBlogError as error:
                raise UnreadableError(
                    Wording(
                        "The page's updates come from Al Jazeera's API, so it can be read by its "
                        "address only, not from a file."
                    )
                ) from error
        blog, article = _blog(page), _article(jsonapi.answer(page))
        ids = _ids(article)
        if ids is not None:
            return _snapshot(blog, article, ids, {}, unread=True)
        update = _update(jsonapi.answer(page))
        name = jsonapi.identifier(update.get("id"))
        if not name or update.get("postType") != "liveblog-update":
            raise NoLiveBlogError(Wording("The address holds no Al Jazeera live blog any more."))
        return _snapshot(blog, article, [name], {name: update}, unread=False, complete=False)

    def reading(self, page: Page, hints: Hints) -> Reading:
        """Read the list, then the updates that are new, and some of the others again."""
        if not self.recognises(page).confidence:
            raise NoLiveBlogError(Wording("The address holds no Al Jazeera live blog any more."))
        blog, value = _blog(page), jsonapi.answer(page)
        if not blog.slug or not blog.root:
            return self.read(page, hints)
        listed, shell = yield [blog.list_request(), blog.shell_request()]
        article = _article(jsonapi.answer(shell)) or _article(value)
        ids = _ids(_article(jsonapi.answer(listed)))
        ids = _ids(article) if ids is None else ids
        if ids is None:
            raise UnreadableError(
                Wording(
                    "Al Jazeera's list of updates at {address} did not answer as expected. It is "
                    "tried again at the next poll.",
                    address=f"{blog.root}/graphql",
                )
            )
        first = not any(name in hints.known for name in ids)
        wanted = ids[:FIRST] if first else _wanted(ids, hints, page.fetched_at)
        answers: Sequence[Page | None] = ()
        if wanted:
            answers = yield [blog.update_request(name) for name in wanted]
        updates = {
            name: update
            for name, answer in zip(wanted, answers, strict=True)
            if (update := _update(jsonapi.answer(answer)))
        }
        if wanted and not updates and first:
            raise UnreadableError(
                Wording(
                    "None of the live blog's {n} updates could be fetched from {address}. It is "
                    "tried again at the next poll.",
                    n=len(wanted),
                    address=f"{blog.root}/graphql",
                )
            )
        return _snapshot(blog, article, ids, updates, unread=not first)


def _wanted(ids: Sequence[str], hints: Hints, now: datetime) -> list[str]:
    """Which updates to ask for at a later poll.

    What stands below the oldest known update was left out at the first poll and stays out.
    """
    last = max(place for place, name in enumerate(ids) if name in hints.known)
    new = [name for name in ids[:last] if name not in hints.known]
    known = [name for name in ids if name in hints.known]
    older = known[AGAIN:][::-1]  # counted from the oldest, where the list stays as it is
    turns = -(-len(older) // IN_TURN)
    minutes = next((one for one in _ROUNDS if one >= turns), _ROUNDS[-1])
    start = int(now.timestamp() // 60) % minutes * IN_TURN
    in_turn = older[start : start + IN_TURN]
    return [*new[::-1][:NEW], *known[:AGAIN], *in_turn]


# -- which blog ---------------------------------------------------------------------------------


def _blog_of_page(page: Page) -> _Blog | None:
    root = jsonapi.origin(page.url)
    parts = urlsplit(page.url) if root else None
    match = _PATH.fullmatch(parts.path) if parts else None
    if parts is None or match is None:
        return None
    host = (parts.hostname or "").lower()
    if "aljazeera" not in host and not _NAMES.search(page.text):
        return None
    url = f"{root}{parts.path}"
    language = page_language(page)
    return _Blog(root, unquote(match[1]), _site(host), url, page_title(page), language)


def _site(host: str) -> str:
    if host.endswith("aljazeera.net"):
        return "ajb" if host.startswith("balkans.") else "aja"
    return "aje"


def _blog(page: Page) -> _Blog:
    """The blog a document is about, as far as it tells."""
    found = _blog_of_page(page) if page.is_html else None
    if found is not None:
        return found
    root = jsonapi.origin(page.url)
    variables = _variables(page.url)
    article = _article(jsonapi.answer(page))
    slug = jsonapi.text(variables, "postName", "name") or jsonapi.text(article, "slug")
    site = _parameters(page.url).get("wp-site", [""])[0]
    return _Blog(root, slug, site or "aje", page.url)


def _parameters(url: str) -> dict[str, list[str]]:
    try:
        return parse_qs(urlsplit(url).query, max_num_fields=20)
    except ValueError:
        return {}


def _variables(url: str) -> Object:
    """The variables of a query in its address."""
    value = jsonapi.parsed(_parameters(url).get("variables", [""])[0])
    return value if isinstance(value, dict) else jsonapi.EMPTY


# -- answers ------------------------------------------------------------------------------------


def _article(value: object) -> Object:
    return jsonapi.part(value, "data", "article")


def _typed(value: object) -> bool:
    return jsonapi.text(_article(value), "__typename") == "Post"


def _update(value: object) -> Object:
    found = jsonapi.part(value, "data").get("posts")
    first = objects(found)[:1]
    return first[0] if first else jsonapi.EMPTY


def _ids(article: Object) -> list[str] | None:
    """The ids of the updates, newest first; None where they are not told."""
    children = article.get("children")
    if not isinstance(children, list):
        return None
    names = (jsonapi.identifier(child) for child in children)
    return [name for name in dict.fromkeys(names) if name and re.fullmatch(r"[0-9]{1,15}", name)]


def _snapshot(
    blog: _Blog,
    article: Object,
    ids: Sequence[str],
    updates: Mapping[str, Object],
    *,
    unread: bool,
    complete: bool = True,
) -> Snapshot:
    """Put together what was read; with `unread`, the updates that were not read are listed, too."""
    title = read_title(jsonapi.text(article, "title")) or blog.title
    url = absolute_url(jsonapi.text(article, "link"), blog.url) or blog.url
    times = {
        jsonapi.identifier(meta.get("id")): read_instant(meta.get("publishedTime"))
        for meta in objects(article.get("childrenMeta"))
    }
    entries = []
    for name in ids:
        time = times.get(name)
        published = time.at if time else None
        if name in updates:
            entries.append(_entry(name, updates[name], published, title, url))
        elif unread:
            entries.append(SourceEntry(name, published, "", url=_address(url, name), unread=True))
    return Snapshot(
        adapter="aljazeera",
        title=title,
        url=url,
        entries=tuple(entries),
        timezone="UTC",
        language=blog.language or _LANGUAGES.get(blog.site, ""),
        complete=complete,
        ended=article.get("isLive") is False,
    )


def _entry(
    name: str, update: Object, published: datetime | None, blog_title: str, url: str
) -> SourceEntry:
    if published is None:
        date = read_instant(update.get("date"))
        published = date.at if date else None
    modified = read_instant(update.get("modified_gmt"))
    body = read_escaped(jsonapi.text(update, "content"), url)
    shown = update.get("shouldDisplayTitle") is not False
    title = read_title(jsonapi.text(update, "title")) if shown else ""
    title, body = settle(title, body, blog_title, url)
    return SourceEntry(
        id=name,
        published_at=published or (modified.at if modified else None),
        updated_at=modified.at if modified else None,
        title=title,
        text=body.text,
        html=body.html,
        url=_address(url, name),
        author=_author(update),
        key_event=jsonapi.flag(update, "isBreaking"),
        media=body.media,
        links=body.links,
    )


def _address(url: str, name: str) -> str:
    return f"{url.partition('?')[0]}?update={name}" if url else ""


def _author(update: Object) -> str:
    """Who is shown as the author; the desk itself is not."""
    if update.get("showAuthor") is False:
        return ""
    names = [read_title(jsonapi.text(author, "name")) for author in objects(update.get("author"))]
    names.append(read_title(jsonapi.text(update, "writeInAuthor")))
    names.append(read_title(jsonapi.text(jsonapi.part(update, "writeInCoAuthor"), "name")))
    return ", ".join(dict.fromkeys(name for name in names if name))
