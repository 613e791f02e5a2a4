"""One entry's element of a page: its time, title, author and body, told apart as a reader would."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from bot.model import Link, Media
from bot.sources import furniture
from bot.sources.canonical import EMPTY, Body, read_body
from bot.sources.characters import escape, escape_attribute, plain
from bot.sources.clock import Lead, leading_clock
from bot.sources.dates import find_dates
from bot.sources.instants import Instant, read_instant
from bot.sources.linekinds import is_page_furniture
from bot.sources.markup import parse_fragment
from bot.sources.months import weekday
from bot.sources.pictures import absolute_url

PUBLISHED = (
    "data-sort-time", "data-post-time", "data-posted-date-timestamp", "data-published-at",
    "data-published", "data-publish-date", "data-publication-date", "data-created-at",
    "data-created", "data-timestamp", "data-unixtime", "data-datetime", "data-date-time",
    "data-time", "data-date", "datetime",
)  # fmt: skip
"""Attributes that hold when an entry was published, the surest first."""

UPDATED = (
    "data-update-time", "data-updated-at", "data-updated", "data-last-modified-time",
    "data-modified", "data-last-updated",
)  # fmt: skip
"""Attributes that hold when it was last changed."""

TIME_MARKS = "time, " + ", ".join(f"[{name}]" for name in PUBLISHED)
"""Selects whatever may carry an entry's time in an attribute."""

SMALL = 120  # characters of a line that only says when and by whom
_TITLE = 300  # characters
_BEFORE_TITLE = 40  # characters of a label that may stand above a title
_LEAVES = 4_000  # elements looked at for labels in one entry
_NUMBER = re.compile(r"\d{9,17}(?:\.\d{1,9})?")
_PART = re.compile(r"[\s_-]+|(?<=[a-z])(?=[A-Z])")
_AUTHOR = frozenset({"author", "authors", "byline", "autor", "auteur", "autore", "writer"})
_META = frozenset({"meta", "metadata", "info", "dateline", "timestamp", "datetime", "date", "time"})
_HEAD = frozenset({"head", "headline", "title", "titel", "titre", "titulo", "titolo", "heading"})
_KEY = frozenset({"key", "keyevent", "highlight", "highlighted", "important", "breaking"})
_PIN = frozenset({"pinned", "sticky", "angepinnt", "pin"})
_CAPTION = frozenset({"caption", "captions", "bildunterschrift", "legende"})
_CREDIT = re.compile(r"\(?(?:image|photo|picture|foto|bild|credit|copyright|©)s?\b", re.IGNORECASE)
_SAYS_UPDATED = re.compile(
    r"updat|modif|edited|aktualis|actualis|actualiz|aggiorn|atualiz|обновл|оновл|güncel|تحديث",
    re.IGNORECASE,
)
_BY = re.compile(r"\A(?:by|von|par|por|di|da)\s+(?=\S)", re.IGNORECASE)
_RELATIVE = re.compile(
    r"(?:just now|gerade eben|à l['’]instant"
    r"|(?:about |an? |\d{1,3}) ?(?:s|m|h|d|secs?|mins?|hrs?|seconds?|minutes?|hours?|days?)\.? ago"
    r"|an? (?:minute|hour|day) ago"
    r"|vor \w{1,8} \w{2,9}|il y a \w{1,8} \w{1,9}|hace \w{1,8} \w{1,9}|há \w{1,8} \w{1,9}"
    r"|\d{1,3} \w{1,9} (?:fa|temu|назад|тому|önce|atrás)|منذ .{1,20})",
    re.IGNORECASE,
)
_STAMP_WORDS = re.compile(
    r"\A(?:posted|published|updated|last updated|edited|veröffentlicht|aktualisiert|publié"
    r"|mis à jour|publicado|actualizado|atualizado|pubblicato|aggiornato|opublikowano|опубликовано"
    r"|обновлено|güncelleme)?\s*(?:at|on|um|à|a las|alle|às|o|в)?\s*[:,–-]?\s*",
    re.IGNORECASE,
)
_EDGES = " ,|·•–-/"
_BARE_DATE = re.compile(r"[\d./-]{6,10}|\d{1,2}\.? [^\W\d_]{3,10}\.?(?: \d{4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class DomEntry:
    """What an entry's element says.

    Attributes:
        title: one line, "" without.
        body: what is left when title, time and author are taken out.
        author: as shown.
        published: from an attribute, None without one.
        updated: likewise.
        clock: the time of day it shows, None without one.
        stamp: the words it shows as its time.
        permalink: absolute address of the entry on its own page, "" without.
        leads_to: absolute address its title or all of it links to, "" without.
        words: the parts of its classes, lower case.
    """

    title: str
    body: Body
    author: str = ""
    published: Instant | None = None
    updated: Instant | None = None
    clock: Lead | None = None
    stamp: str = ""
    permalink: str = ""
    leads_to: str = ""
    words: frozenset[str] = frozenset()

    @property
    def key_event(self) -> bool:
        """Whether its classes call it important."""
        return bool(self.words & _KEY)

    @property
    def pinned(self) -> bool:
        """Whether its classes say that it was put on top."""
        return bool(self.words & _PIN)


def read_element(element: LexborNode | str, page_url: str, zone: str = "UTC") -> DomEntry:
    """Read one entry's element; the tree it belongs to stays as it is.

    Args:
        element: the element, or its markup.
        page_url: what its links are relative to, and which page is its own.
        zone: IANA name, for times in attributes that name none.
    """
    markup = element if isinstance(element, str) else element.html or ""
    copy = next((one for one in parse_fragment(markup) if one.is_element_node), None)
    if copy is None:
        return DomEntry("", EMPTY)
    published, updated = instants(copy, zone)
    permalink = _permalink(copy, page_url)
    stamp, clock = _take_times(copy)
    author = _take_author(copy)
    title, leads_to = _take_title(copy, page_url)
    _drop_labels(copy)
    _mark_captions(copy)
    attributes = copy.attributes
    return DomEntry(
        title=title,
        body=_with_link(read_body(_content(copy), page_url)),
        author=author,
        published=published,
        updated=updated,
        clock=clock,
        stamp=stamp,
        permalink=permalink,
        leads_to=leads_to or _around(copy, page_url),
        words=frozenset(parts(attributes)) | {name for name in ("pinned",) if name in attributes},
    )


def parts(attributes: dict[str, str | None]) -> list[str]:
    """The words that class names are made of: "live-events__entryHead" has four."""
    return [part.lower() for name in furniture.classes(attributes) for part in _PART.split(name)]


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
        if _is_quoted(mark, node):
            continue
        attributes = mark.attributes
        found = _first(attributes, PUBLISHED, zone)
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


def has_instant(attributes: dict[str, str | None]) -> bool:
    """Whether a tag's attributes hold a point in time that can be read."""
    return _first(attributes, PUBLISHED, "UTC") is not None


def leads_away(url: str, page_url: str) -> bool:
    """Whether an address is another page's, and no anchor or part of this one."""
    here, there = (re.sub(r"\Ahttps?://(?:www\.)?", "", one) for one in (page_url, url))
    here = here.partition("#")[0].partition("?")[0].rstrip("/")
    there = there.partition("#")[0].partition("?")[0].rstrip("/")
    return not (there == here or there.startswith(f"{here}/"))


def is_stamp(text: str) -> bool:
    """Whether a short line only says when: "12.50 BST", "Posted at 15:05", "4m ago"."""
    if len(text) > 60 or not any(map(str.isalnum, text)):
        return False
    match = _STAMP_WORDS.match(text)
    rest = text[match.end() :] if match else text
    if not rest:
        return bool(match and match.end())
    if _RELATIVE.fullmatch(rest) or _BARE_DATE.fullmatch(rest):
        return True
    if date := next(find_dates(rest), None):
        rest = f"{rest[: date.start]} {rest[date.end :]}"
    rest = " ".join(word for word in rest.split() if weekday(word.strip(",.")) is None)
    rest = rest.strip(_EDGES)
    rest = _STAMP_WORDS.sub("", rest).strip(_EDGES)
    lead = leading_clock(rest)
    return not rest or (lead is not None and lead.end == len(rest))


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


def _is_quoted(node: LexborNode, root: LexborNode) -> bool:
    """Whether a node stands in a quotation or an embedded post inside `root`."""
    inner = node.parent
    for _ in range(60):
        if inner is None or inner.mem_id == root.mem_id:
            return False
        if inner.tag in ("blockquote", "figure", "iframe"):
            return True
        inner = inner.parent
    return False


def _take_times(root: LexborNode) -> tuple[str, Lead | None]:
    """Take the times out; returns the words and the clock time of the first."""
    stamp = ""
    clock: Lead | None = None
    times = [node for node in root.css("time")[:40] if not _is_quoted(node, root)]
    for node in (*times, *_marked(root, "", _META)):
        text = plain(node.text(separator=" "))
        if len(text) > SMALL or _in_sentence(node, text):
            continue
        for words in (*reversed(own_words(node)), text):
            lead = leading_clock(words) if clock is None else None
            if lead is not None and lead.end == len(words):
                clock, stamp = lead, words
        if node.tag == "time" or is_stamp(text):
            stamp = stamp or text
            if node.mem_id != root.mem_id:
                node.decompose()
    return stamp, clock


def own_words(node: LexborNode) -> list[str]:
    """Each piece of text directly in a node, and in those directly in it."""
    found: list[str] = []
    child = node.first_child
    while child is not None and len(found) < 20:
        if words := plain(child.text(separator=" ")[: 2 * SMALL]):
            found.append(words)
        child = child.next
    return found


def _in_sentence(node: LexborNode, text: str) -> bool:
    parent = node.parent
    if parent is None or parent.tag not in ("p", "li", "blockquote"):
        return False
    return len(plain(parent.text(separator=" "))) > len(text) + _BEFORE_TITLE


def _take_author(root: LexborNode) -> str:
    author = ""
    for node in _marked(root, '[rel~="author"], [itemprop="author"], address', _AUTHOR):
        text = plain(node.text(separator=" "))
        if len(text) > SMALL:
            continue
        author = author or _BY.sub("", text).strip(" ,|·–-")
        node.decompose()
    for node in _marked(root, "", _META):
        text = plain(node.text(separator=" "))
        if len(text) > SMALL or node.css_first("p, h1, h2, h3, h4, h5, h6, blockquote, img"):
            continue
        author = author or _name(text)
        node.decompose()
    return author


def _name(text: str) -> str:
    """The name that is left in a line of time and author: "21:22 Name Surname"."""
    name = _BY.sub("", text).strip(" ,|·–-")
    words = name.split()
    if not 2 <= len(words) <= 4 or any(map(str.isdigit, name)) or is_page_furniture(name):
        return ""
    return name if all(word[0].isupper() for word in words if len(word) > 3) else ""


def _take_title(root: LexborNode, page_url: str) -> tuple[str, str]:
    """Take the title out; returns it and where it leads."""
    for node in _marked(root, "h1, h2, h3, h4, h5, h6, [itemprop=headline]", _HEAD):
        text = plain(node.text(separator=" "))
        if not text or len(text) > _TITLE or is_page_furniture(text) or is_stamp(text):
            continue
        if _words_before(node, root) > _BEFORE_TITLE:
            return "", ""
        link = node.css_first("a[href]")
        leads_to = ""
        if link is not None and len(plain(link.text(separator=" "))) >= 0.8 * len(text):
            leads_to = absolute_url(link.attributes.get("href"), page_url) or ""
        parent = node.parent
        for _ in range(4):
            if leads_to or parent is None or parent.mem_id == root.mem_id:
                break
            if parent.tag == "a":
                leads_to = absolute_url(parent.attributes.get("href"), page_url) or ""
            parent = parent.parent
        node.decompose()
        return text, leads_to
    return "", ""


def _words_before(node: LexborNode, root: LexborNode) -> int:
    """Characters of text that stand before a node in its entry, up to a few hundred."""
    count = 0
    inner: LexborNode | None = node
    for _ in range(60):
        if inner is None or inner.mem_id == root.mem_id:
            break
        sibling = inner.prev
        while sibling is not None and count <= _BEFORE_TITLE:
            if not (sibling.tag in furniture.DROPPED or sibling.tag in ("figure", "picture")):
                count += len(plain(sibling.text(separator=" ")))
            sibling = sibling.prev
        inner = inner.parent
    return count


def _drop_labels(root: LexborNode) -> None:
    """Take out what only says when, or is a button: "12.50 BST", "Share", "Copy link"."""
    labels = []
    for left, node in enumerate(root.css("a, span, p, div, small, em, li, summary")):
        if left > _LEAVES:
            break
        child = node.first_child
        if child is None or (child.next is not None and not child.is_text_node):
            continue
        if child.is_text_node and child.next is not None:
            continue
        if child.is_text_node:
            text = plain((child.text_content or "")[: 2 * SMALL])
            if (
                text
                and (is_stamp(text) or is_page_furniture(text))
                and not _in_sentence(node, text)
            ):
                labels.append(node)
    for node in labels:
        if node.mem_id != root.mem_id:
            node.decompose()


def _mark_captions(root: LexborNode) -> None:
    """Give captions the one class that `bot.sources.canonical` knows, and drop their credits."""
    for node in _marked(root, "", _CAPTION):
        if node.tag in ("figcaption", "figure") or node.css_first("img, picture, video, p + p"):
            continue
        for inner in list(_children(node)):
            if _CREDIT.match(plain(inner.text(separator=" "))):
                inner.decompose()
        node.attrs["class"] = "caption-text"


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
        children = list(_children(node))
        node = children[0] if len(children) == 1 else None
    return ""


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        if child.is_element_node:
            yield child
        child = child.next


def _marked(root: LexborNode, selector: str, words: frozenset[str]) -> list[LexborNode]:
    """Outermost elements inside an entry, by tag or by a word of their class; none quoted."""
    found: list[LexborNode] = []
    taken: set[int] = set()
    chosen = {node.mem_id for node in root.css(selector)[:200]} if selector else set()
    for node in root.css(f"{selector}, [class]" if selector else "[class]")[:_LEAVES]:
        if node.mem_id == root.mem_id:
            continue
        if node.mem_id not in chosen and not (words & set(parts(node.attributes))):
            continue
        if (node.parent is not None and node.parent.mem_id in taken) or _is_quoted(node, root):
            taken.add(node.mem_id)
            continue
        taken.add(node.mem_id)
        found.append(node)
    return found
