"""Which links of a section page or feed look like live blogs. Pure.

A link that looks so is only a candidate: it is fetched and detected before it is added, so a
guess too many costs one request, a guess too few a live blog.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from bot.errors import SourceError
from bot.model import Link
from bot.sources.base import Page
from bot.sources.escaped import read_title
from bot.sources.jsonfeed import is_json_feed, read_json_feed
from bot.sources.pictures import absolute_url
from bot.sources.url import canonical_url
from bot.sources.xmlfeed import is_xml_feed, read_xml_feed
from bot.wording import Wording

MAX_LINKS = 5_000
"""Of one page that are looked at."""

MAX_CANDIDATES = 200
"""Of one page; no section has more live blogs at once."""

# As whole words of an address: "/live/", "storm-live", "liveblog-storm".
_WORDS = frozenset({
    "live", "liveblog", "liveblogs", "liveblogg", "livecoverage", "livereport", "livestory",
    "liveticker", "liveupdates", "livetext", "ticker", "newsticker", "newsblog", "eilmeldungen",
    "direct", "directs", "endirect", "direkte", "diretta", "directo", "envivo", "vivo", "direto",
    "aovivo", "minuto", "relacja", "relacje", "zywo", "onlayn", "onlajn", "online",
    "translyaciya", "hronika", "khronika", "canli", "anlatim", "liveuppdatering", "livestudio",
    "liverapport", "suora", "онлайн", "хроника", "трансляция", "наживо", "مباشر", "تغطية",
})  # fmt: skip
_PHRASES = (
    "as it happened", "minute by minute", "minuto a minuto", "minute par minute", "en directo",
    "live updates", "ultima hora", "na zywo", "na żywo", "ao vivo", "em direto", "en vivo",
    "in diretta", "en direct", "в прямом эфире", "прямая трансляция", "بث مباشر",
)  # fmt: skip
# A film, a game's table or a shop is no page of entries, whatever is live about it.
_OTHER = frozenset({
    "video", "videos", "audio", "podcast", "podcasts", "tv", "radio", "livestream", "livestreams",
    "stream", "webcam", "watch", "player", "shop", "login", "account", "subscribe", "newsletter",
    "newsletters", "author", "authors", "tag", "tags", "rss", "feed", "feeds", "jobs",
    "horoscope", "lottery",
})  # fmt: skip
_FILES = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|mp[34]|pdf|zip|xml|rss|json|css|js)\Z")
_TITLE = re.compile(
    r"\W*(?:live(?:[\s-]*(?:blog|ticker|updates?|coverage))?|newsblog|ticker|liveblog|liveticker"
    r"|en direct|direct|en directo|en vivo|directo|ao vivo|em direto|diretta|in diretta|na żywo"
    r"|relacja|онлайн|наживо|canlı|مباشر)(?:\s*[:|–—•·]|\s+\S|\W*\Z)",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"\Ahttps?:", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|mc_cid|mc_eid|at_\w+|ns_\w+|cmpid|ref|source", re.IGNORECASE
)


def links_on(page: Page) -> list[Link]:
    """The links of a web page, or the items of a feed, in their order.

    Raises:
        UnreadableError: its markup is built to exhaust whoever reads it.
    """
    channel = None
    if is_xml_feed(page.text):
        channel = read_xml_feed(page.text, page.url)
    elif is_json_feed(page.text):
        channel = read_json_feed(page.text, page.url)
    if channel is not None:
        found = ((read_title(i.title), absolute_url(i.url, i.base)) for i in channel.items)
        return [Link(title, url) for title, url in found if url][:MAX_LINKS]
    if not page.is_html:
        return []
    base_node = page.html.css_first("base[href]")
    base = absolute_url(base_node.attributes.get("href"), page.url) if base_node else None
    links = []
    for node in page.html.css("a[href]")[:MAX_LINKS]:
        url = absolute_url(node.attributes.get("href"), base or page.url)
        if url:
            links.append(Link(" ".join(node.text().split())[:300], url))
    return links


def title_of(page: Page) -> str:
    """What the page calls itself, "" if it does not; one line."""
    if is_xml_feed(page.text):
        return read_title(read_xml_feed(page.text, page.url).title)
    if is_json_feed(page.text):
        channel = read_json_feed(page.text, page.url)
        return read_title(channel.title) if channel else ""
    node = page.html.css_first("title") if page.is_html else None
    return " ".join(node.text().split()) if node else ""


def candidates(links: Iterable[Link], page_url: str, pattern: str = "") -> list[str]:
    """The addresses among `links` that may be live blogs: canonical, each once, in their order.

    Args:
        links: of the page or feed.
        page_url: where they stand; only links to the same site count.
        pattern: part of an address, or the whole of it with ``*`` for anything; "" takes what
            looks like a live blog in address or title. One that begins with a scheme
            (``https://live.other.example/*``) may lead to another site.
    """
    wanted = pattern.strip()
    anywhere = wanted.lower().startswith(("http://", "https://"))
    own = _without_query(page_url)
    found: dict[str, None] = {}
    for link in links:
        url = _canonical(link.url)
        if url is None or _without_query(url) == own or not (anywhere or same_site(url, page_url)):
            continue
        if matches(wanted, url) if wanted else looks_live(url, link.text):
            found[url] = None
    bare = {url for url in found if "?" not in url}
    return [url for url in found if url in bare or _without_query(url) not in bare][:MAX_CANDIDATES]


def looks_live(url: str, title: str = "") -> bool:
    """Whether an address or the words of its link say "live blog", in any of many languages."""
    path = unquote(urlsplit(url).path).lower()
    words = _WORD.findall(path)
    if _FILES.search(path) or not words or not _OTHER.isdisjoint(words):
        return False
    if not _WORDS.isdisjoint(words):
        return True
    spaced = " ".join(words)
    return any(phrase in spaced for phrase in _PHRASES) or _TITLE.match(title) is not None


def matches(pattern: str, url: str) -> bool:
    """Whether an address fits a pattern, without regard to case; see `candidates`."""
    pattern, url = pattern.lower(), url.lower()
    if "*" not in pattern:
        return pattern in url
    first, *middle, last = pattern.split("*")
    if not url.startswith(first):
        # Without a scheme it may begin anywhere: "/live/*" means any site's.
        at = -1 if "://" in first else url.find(first)
        if at < 0:
            return False
        url = url[at:]
    at = len(first)
    for piece in middle:
        at = url.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return len(url) - len(last) >= at and url.endswith(last)


def same_site(url: str, other: str) -> bool:
    """Whether two addresses are of one site: the same host, or one is below the other."""
    one, two = (_bare_host(each) for each in (url, other))
    return one == two or one.endswith(f".{two}") or two.endswith(f".{one}")


def check_pattern(pattern: str) -> str:
    """A pattern as it is stored.

    Raises:
        SourceError: it would fit every link there is, or is endless.
    """
    cleaned = pattern.strip()
    if len(cleaned) > 500:
        raise SourceError(
            Wording("The pattern is longer than 500 characters; give a part of the address.")
        )
    if cleaned and not _WORD.search(_SCHEME.sub("", cleaned)):
        raise SourceError(
            Wording(
                "The pattern {pattern} fits every link. Give a part of the live blogs' addresses, "
                "such as /live/, or https://live.news.example/*.",
                pattern=repr(cleaned),
            )
        )
    return cleaned


def _canonical(url: str) -> str | None:
    """One spelling of an address, without what only counts who follows it."""
    try:
        parts = urlsplit(canonical_url(url))
    except (SourceError, ValueError):
        return None
    query = parts.query
    if query:
        pairs = parse_qsl(query, keep_blank_values=True)
        kept = [pair for pair in pairs if not _TRACKING.fullmatch(pair[0])]
        query = query if len(kept) == len(pairs) else urlencode(kept)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def _without_query(url: str) -> str:
    return url.partition("#")[0].partition("?")[0].rstrip("/")


def _bare_host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
