"""schema.org ``LiveBlogPosting`` written as microdata: attributes of the visible page.

See https://html.spec.whatwg.org/multipage/microdata.html. Two liberties, because publishers take
them: ``content`` counts on any tag, and a ``content`` with bare quotation marks in it is read up
to the mark that ends it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.sources.base import Page
from bot.sources.characters import plain
from bot.sources.markup import parse_page
from bot.sources.schemaorg import Blog

MAX_NODES = 300_000
"""Elements looked at in one page."""

MAX_ITEMS = 5_000
"""Items (the blog, its updates, their authors and pictures) read of one page."""

MAX_CHARACTERS = 10_000_000
"""Of all values together: items nested in each other repeat what they hold."""

_BLOG = "LiveBlogPosting"
_UPDATE = "liveBlogUpdate"
_BODIES = frozenset({"articleBody", "text", "description", "reviewBody"})
_ADDRESS = {
    "a": "href", "area": "href", "link": "href", "audio": "src", "embed": "src", "iframe": "src",
    "img": "src", "amp-img": "src", "source": "src", "track": "src", "video": "src",
    "object": "data", "data": "value", "meter": "value", "time": "datetime",
}  # fmt: skip
_INSIDE = 12  # levels of wrappers around an update's unmarked words
_QUOTED = re.compile(
    r"""(<(?:meta|link)\b[^<>"']{0,300}(?:["'][^<>"']{0,300}["'][^<>"']{0,300}){0,6}?\bcontent=")"""
    r"""([^<>]*?)"(?=\s*/?>|\s*[\w:-]+=["']|\s+(?:itemprop|itemid|itemtype|itemscope|id|class|lang)\b)"""
)


def from_microdata(page: Page) -> Blog | None:
    """The live blog that the page's microdata describes, the one with the most updates."""
    if "itemtype" not in page.text and "ITEMTYPE" not in page.text:
        return None
    found = [_Item(node).read() for node in _tree(page).css(f'[itemtype*="{_BLOG}"]')[:20]]
    blogs = [(item, _updates(item)) for item in found]
    item, updates = max(blogs, key=lambda blog: len(blog[1]), default=({}, ()))
    if not item:
        return None
    return Blog(item, tuple(updates), {})


def _tree(page: Page) -> LexborHTMLParser:
    """The page, parsed again where quotation marks inside ``content`` would end it early."""
    if 'content="' not in page.text:
        return page.html
    mended, count = _QUOTED.subn(_escaped, page.text)
    return parse_page(mended) if count and mended != page.text else page.html


def _escaped(match: re.Match[str]) -> str:
    return f'{match[1]}{match[2].replace(chr(34), "&quot;")}"'


def _updates(item: dict[str, object]) -> list[dict[str, object]]:
    value = item.get(_UPDATE)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


class _Item:
    """One reading of one blog, with a stack of its own, so that depth costs no recursion."""

    def __init__(self, root: LexborNode) -> None:
        self._root = root
        self._left = MAX_NODES
        self._items = MAX_ITEMS
        self._characters = MAX_CHARACTERS

    def read(self) -> dict[str, object]:
        """The blog's properties, each a list of strings and objects."""
        blog = _begin(self._root)
        todo: list[tuple[LexborNode, dict[str, object]]] = [
            (child, blog) for child in reversed(list(_children(self._root)))
        ]
        updates: list[tuple[LexborNode, dict[str, object]]] = []
        while todo and self._left:
            self._left -= 1
            node, owner = todo.pop()
            attributes = node.attributes
            names = _names(attributes.get("itemprop"))
            inner = owner
            if "itemscope" in attributes or _BLOG in (attributes.get("itemtype") or ""):
                if not names or not self._items:
                    continue  # an item of its own
                self._items -= 1
                inner = _begin(node)
                _add(owner, names, inner)
                if _UPDATE in names:
                    updates.append((node, inner))
            elif names:
                for name in names[:3]:
                    value = _value(node, name) if self._characters > 0 else ""
                    self._characters -= len(value)
                    _add(owner, [name], value)
            todo.extend((child, inner) for child in reversed(list(_children(node))))
        for node, update in updates:
            if any("#" in str(url) for url in _strings(update.get("url"))):
                update.pop("@id", None)  # what it links to is its anchor, whatever its element's id
            if not any(update.get(name) for name in _BODIES):
                words = "".join(_unmarked(node, _INSIDE))
                if words.strip():
                    update["articleBody"] = [f"<div>{words}</div>"]
        return blog


def _names(itemprop: str | None) -> list[str]:
    """The properties a tag gives; a full address counts by its last part."""
    return [name.rpartition("/")[2] for name in (itemprop or "")[:300].split()]


def _strings(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _begin(node: LexborNode) -> dict[str, object]:
    """A new item with its type, and its id: given, or the anchor its element is."""
    attributes = node.attributes
    item: dict[str, object] = {"@type": (attributes.get("itemtype") or "").split()}
    address = (attributes.get("itemid") or "").strip()
    anchor = (attributes.get("id") or "").strip()
    if address or anchor:
        item["@id"] = address or f"#{anchor}"
    return item


def _add(item: dict[str, object], names: Sequence[str], value: str | dict[str, object]) -> None:
    for name in names:
        if name.startswith("@") or value == "":
            continue
        values = item.setdefault(name, [])
        if isinstance(values, list):
            values.append(value)


def _value(node: LexborNode, name: str) -> str:
    """The value of a property: markup for a body, an attribute, or the words."""
    attributes = node.attributes
    content = attributes.get("content")
    if content is not None:
        return content
    if name in _BODIES:
        return f"<div>{_inside(node)}</div>"
    written = attributes.get(_ADDRESS.get(node.tag or "", ""))
    return written or plain(node.text(separator=" "))


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        if child.is_element_node:
            yield child
        child = child.next


def _inside(node: LexborNode) -> str:
    parts = []
    child = node.first_child
    while child is not None:
        parts.append(child.html or "")
        child = child.next
    return "".join(parts)


def _unmarked(node: LexborNode, depth: int) -> Iterator[str]:
    """The markup of what stands in an item without being a property of it: its body."""
    child = node.first_child
    while child is not None:
        if not child.is_element_node:
            yield child.html or ""
        elif "itemprop" not in child.attributes and "itemscope" not in child.attributes:
            if child.css_first("[itemprop]") is None:
                yield child.html or ""
            elif depth:
                yield from _unmarked(child, depth - 1)
        child = child.next
