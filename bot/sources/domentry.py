"""One entry's element of a page: its time, title, author and body, told apart as a reader would."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborNode

from bot.model import Link, Media
from bot.sources.canonical import EMPTY, Body, read_body
from bot.sources.characters import escape, escape_attribute
from bot.sources.clock import Lead
from bot.sources.dompeel import (
    drop_furniture,
    mark_captions,
    take_author,
    take_labels,
    take_times,
    take_title,
)
from bot.sources.domstamp import ANY, NO_STAMP, Spelling, Stamp
from bot.sources.domtree import Tree, children, is_quoted, parts
from bot.sources.instants import Instant, read_instant
from bot.sources.pictures import absolute_url

PUBLISHED = (
    "data-sort-time", "data-post-time", "data-posted-date-timestamp", "data-published-at",
    "data-published", "data-publish-date", "data-publication-date", "data-created-at",
    "data-created", "data-timestamp", "data-unixtime", "data-datetime", "data-date-time",
    "data-time", "data-date", "data-js-time-stamp", "data-time-stamp", "data-ts", "data-epoch",
    "datetime", "title",
)  # fmt: skip
"""Attributes that hold when an entry was published, the surest first."""

UPDATED = (
    "data-update-time", "data-updated-at", "data-updated", "data-last-modified-time",
    "data-modified", "data-last-updated",
)  # fmt: skip
"""Attributes that hold when it was last changed."""

_TIME_TAG = (*PUBLISHED, "content")  # that one holds other things in other tags

TIME_MARKS = 'time, [title^="20"], ' + ", ".join(f"[{name}]" for name in PUBLISHED)
"""Selects whatever may carry an entry's time in an attribute."""

_STORY = re.compile(  # an address that ends in a headline, a number, or "live"
    r"[^/-]+(?:-[^/-]+){2,}\Z|\d{3,}[^/]*\Z|[0-9a-f]{8,}[^/]*\Z|(?:\A|/)(?:live|direct)\Z",
    re.IGNORECASE,
)
_OWN_PAGE = re.compile(r"/live-?(?:blogs?)?[_-](?:entry|entries|posts?|updates?)/", re.IGNORECASE)
_NUMBER = re.compile(r"\d{9,17}(?:\.\d{1,9})?")
_LABELLED = re.compile(r"\A(?:Image|Photo|Picture|Bild|Foto|Imagen)(?: caption)?\s?:\s+(?=\S)")
_CREDITED = re.compile(
    r"\s+(?:Pics?|Photo|Picture|Image|Foto|Bild|Credit|Quelle|Crédit)(?: by)?\s?:\s?[^\n:]{1,60}\Z"
)
_KEY = frozenset({"key", "keyevent", "highlight", "highlighted", "important", "breaking"})
_PIN = frozenset({"pinned", "sticky", "angepinnt", "pin"})
_SAYS_UPDATED = re.compile(
    r"updat|modif|edited|aktualis|actualis|actualiz|aggiorn|atualiz|обновл|оновл|güncel|تحديث",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DomEntry:
    """What an entry's element says.

    Attributes:
        title: one line, "" without.
        body: what is left when title, time and author are taken out.
        author: as shown.
        published: from an attribute, None without one.
        updated: likewise.
        stamp: what it shows as its time.
        permalink: absolute address of the entry on its own page, "" without.
        leads_to: absolute address its title, all of it or a "Read more" links to, "" without.
        words: the parts of its classes, lower case.
        important: one of its labels calls it so.
        on_top: one of its labels says that it was put on top.
    """

    title: str
    body: Body
    author: str = ""
    published: Instant | None = None
    updated: Instant | None = None
    stamp: Stamp = NO_STAMP
    permalink: str = ""
    leads_to: str = ""
    words: frozenset[str] = frozenset()
    important: bool = False
    on_top: bool = False

    @property
    def clock(self) -> Lead | None:
        """The time of day it shows, None without one."""
        return self.stamp.clock

    @property
    def leads_to_itself(self) -> bool:
        """Whether its title leads to a page that holds this entry alone."""
        return _OWN_PAGE.search(self.leads_to) is not None

    @property
    def key_event(self) -> bool:
        """Whether its classes or a label call it important."""
        return self.important or bool(self.words & _KEY)

    @property
    def pinned(self) -> bool:
        """Whether its classes or a label say that it was put on top."""
        return self.on_top or bool(self.words & _PIN)


def read_element(
    element: LexborNode | str, page_url: str, zone: str = "UTC", spelling: Spelling = ANY
) -> DomEntry:
    """Read one entry's element; the tree it belongs to stays as it is.

    Args:
        element: the element, or its markup.
        page_url: what its links are relative to, and which page is its own.
        zone: IANA name, for times in attributes that name none.
        spelling: how the page writes times.
    """
    tree = Tree.of(element if isinstance(element, str) else element.html or "")
    if tree is None:
        return DomEntry("", EMPTY)
    copy = tree.root
    published, updated = instants(copy, zone)
    permalink = _permalink(copy, page_url)
    stamp = take_times(tree, spelling)
    goes_on = drop_furniture(tree, page_url)
    author = take_author(tree)
    mark_captions(tree)
    labels = take_labels(tree)
    title, leads_to = take_title(tree, page_url)
    attributes = copy.attributes
    return DomEntry(
        title=title,
        body=_told_of(_with_link(read_body(_content(copy), page_url))),
        author=author,
        published=published,
        updated=updated,
        stamp=stamp if stamp.age else replace(stamp, age=labels.age),
        permalink=permalink,
        leads_to=leads_to or _around(copy, page_url) or goes_on,
        words=frozenset(parts(attributes)) | {name for name in ("pinned",) if name in attributes},
        important=labels.important,
        on_top=labels.pinned,
    )


def _told_of(body: Body) -> Body:
    """A body whose captions are without "Image:" before and "Pic: …" behind them."""
    if not any(one.caption for one in body.media):
        return body
    media = []
    for one in body.media:
        caption = _LABELLED.sub("", one.caption)
        rest = _CREDITED.sub("", caption)
        media.append(replace(one, caption=rest if rest.strip(" .") else caption))
    return replace(body, media=tuple(media))


def instants(node: LexborNode, zone: str) -> tuple[Instant | None, Instant | None]:
    """When an element says in its attributes that it was published and changed.

    The element's own attributes come first, then those inside it; of several the first that names
    its zone. Times inside quoted posts are not the entry's.
    """
    own = node.attributes
    published = _first(own, PUBLISHED, zone)
    updated = _first(own, UPDATED, zone)
    for mark in node.css(TIME_MARKS)[:40]:
        if published is not None and not published.naive and updated is not None:
            break
        if is_quoted(mark, node):
            continue
        attributes = mark.attributes
        found = _first(attributes, _TIME_TAG if mark.tag == "time" else PUBLISHED, zone)
        if found is None:
            continue
        parent = mark.parent
        about = f"{attributes.get('class')} {parent.attributes.get('class') if parent else ''}"
        before = mark.prev.text(deep=False) if mark.prev is not None else ""
        if _SAYS_UPDATED.search(about) or _SAYS_UPDATED.search(before[-30:]):
            updated = updated or found
        elif published is None or (published.naive and not found.naive):
            published = found
    return published, updated


def has_instant(attributes: dict[str, str | None], tag: str | None = None) -> bool:
    """Whether a tag's attributes hold a point in time that can be read."""
    return _first(attributes, _TIME_TAG if tag == "time" else PUBLISHED, "UTC") is not None


def leads_away(url: str, page_url: str) -> bool:
    """Whether an address is another page's, and no anchor or part of this one.

    What lies below a story's address is part of it; what lies below a section's is not.
    """
    here, there = (re.sub(r"\Ahttps?://(?:www\.)?", "", one) for one in (page_url, url))
    here = here.partition("#")[0].partition("?")[0].rstrip("/")
    there = there.partition("#")[0].partition("?")[0].rstrip("/")
    if there == here:
        return False
    return not (there.startswith(f"{here}/") and _STORY.search(here.partition("/")[2]))


def _first(attributes: dict[str, str | None], names: Iterable[str], zone: str) -> Instant | None:
    naive: Instant | None = None
    for name in names:
        value = (attributes.get(name) or "").strip() if name in attributes else ""
        if not value:
            continue
        found = read_instant(float(value) if _NUMBER.fullmatch(value) else value, zone)
        if found is not None and not found.naive:
            return found
        naive = naive or found
    return naive


def _permalink(root: LexborNode, page_url: str) -> str:
    """The address of the entry's own anchor, from the link on its time or title."""
    for link in root.css("a[href]")[:30]:
        href = link.attributes.get("href") or ""
        if "#" not in href and "permalink" not in parts(link.attributes):
            continue
        url = absolute_url(href, page_url)
        if url and "#" in url and not url.endswith("#") and not leads_away(url, page_url):
            return url
    return ""


def _with_link(body: Body) -> Body:
    """A body that is nothing but an address (an embed in the making) as a link."""
    if not body.text.startswith(("http://", "https://")) or body.links:
        return body
    url = absolute_url(body.text, "") if " " not in body.text and "\n" not in body.text else None
    if url is None:
        return body
    html = f'<p><a href="{escape_attribute(url)}">{escape(body.text)}</a></p>'
    link = Link(body.text, url)
    return Body(html, body.text, (link,), (*body.media, Media("embed", url)))


def _content(root: LexborNode) -> list[LexborNode]:
    """What stands in an entry's element: that it is a list item is no matter of its words."""
    nodes = []
    child = root.first_child if root.tag not in ("p", "blockquote", "pre", "a") else None
    while child is not None:
        nodes.append(child)
        child = child.next
    return nodes or [root]


def _around(root: LexborNode, page_url: str) -> str:
    """Where the entry leads if it is one link as a whole."""
    node: LexborNode | None = root
    for _ in range(4):
        if node is None:
            return ""
        if node.tag == "a":
            return absolute_url(node.attributes.get("href"), page_url) or ""
        inner = list(children(node))
        node = inner[0] if len(inner) == 1 else None
    return ""
