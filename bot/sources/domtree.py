"""One entry's element as a tree of its own: what is named how in it, and taking parts out of it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from bot.sources import furniture
from bot.sources.characters import plain
from bot.sources.markup import parse_fragment

SMALL = 120
"""Characters of a line that only says when and by whom."""

LEAVES = 4_000
"""Elements looked at in one entry."""

NAMING = ("class", "data-testid", "data-test-id", "data-component-name", "data-qa")
"""Attributes that say what an element is for."""

_PART = re.compile(r"[\s_-]+|(?<=[a-z])(?=[A-Z])")
_LEVELS = 60
_TELLING = 4 * SMALL  # characters
_LOOKS = 100  # times the text of an entry may be looked at: depth times questions
_SURE = 50_000  # characters that may be looked at of any entry


@dataclass(frozen=True, slots=True)
class Element:
    """One element of an entry.

    Attributes:
        node: the element.
        words: by which it is named (`parts`), and those of ``itemprop`` and ``rel`` behind a colon.
    """

    node: LexborNode
    words: frozenset[str]


class Tree:
    """An entry's element, cut out of its page; its elements are looked through once.

    Args:
        root: the element.
    """

    def __init__(self, root: LexborNode) -> None:
        self.root = root
        self._left = _LOOKS * len(root.text()) + _SURE
        self._elements = [
            Element(node, _names(node.attributes))
            for node in root.css("*")[: LEAVES + 1]
            if node.mem_id != root.mem_id
        ]

    @classmethod
    def of(cls, markup: str) -> Tree | None:
        """The first element of some markup; None without one."""
        root = next((one for one in parse_fragment(markup) if one.is_element_node), None)
        return cls(root) if root is not None else None

    def text(self, node: LexborNode) -> str:
        """The words of an element, as far as its length and kind can be told from them.

        Elements inside one another are read again and again; past a bound they say nothing.
        """
        if self._left <= 0:
            return ""
        raw = node.text(separator=" ")
        self._left -= len(raw)
        return plain(raw[:_TELLING])

    def tagged(self, *tags: str) -> list[LexborNode]:
        """The elements of some tags inside the root, in their order."""
        return [one.node for one in self._elements if one.node.tag in tags]

    def named(self, words: frozenset[str], *tags: str, quoted: bool = False) -> list[LexborNode]:
        """The elements inside the root that a word of their names marks, or their tag.

        Args:
            words: lower case; as `Element.words` has them.
            tags: marked whatever they are called.
            quoted: also those inside a quotation or a figure.
        """
        return [
            one.node
            for one in self._elements
            if (words & one.words or one.node.tag in tags)
            and (quoted or not is_quoted(one.node, self.root))
        ]

    def drop(self, nodes: Sequence[LexborNode]) -> None:
        """Take nodes out, inner ones before those around them: a node goes with all it holds.

        The root stays.
        """
        once = {node.mem_id: node for node in nodes if node.mem_id != self.root.mem_id}
        if not once:
            return
        gone = {inner.mem_id for node in once.values() for inner in node.css("*")} | set(once)
        self._elements = [one for one in self._elements if one.node.mem_id not in gone]
        depths = {key: _depth(node) for key, node in once.items()}
        for key in sorted(once, key=lambda key: -depths[key]):
            once[key].decompose()


def _names(attributes: dict[str, str | None]) -> frozenset[str]:
    if not attributes:
        return frozenset()
    found = parts(attributes)
    for name in ("itemprop", "rel"):
        if name in attributes:
            found += [f":{word}" for word in (attributes[name] or "")[:SMALL].lower().split()]
    return frozenset(found)


def parts(attributes: dict[str, str | None]) -> list[str]:
    """The words an element's names are made of: "live-events__entryHead" has four."""
    if not attributes:
        return []
    found = [word for name in furniture.classes(attributes) for word in _words(name)]
    for name in NAMING[1:]:
        if name in attributes:
            found += _words((attributes[name] or "")[:SMALL])
    return found


def own_words(node: LexborNode) -> list[str]:
    """Each piece of text directly in a node, and in those directly in it."""
    found: list[str] = []
    child = node.first_child
    while child is not None and len(found) < 20:
        if words := plain(child.text(separator=" ")[: 2 * SMALL]):
            found.append(words)
        child = child.next
    return found


def children(node: LexborNode) -> Iterator[LexborNode]:
    """The elements directly in a node."""
    child = node.first_child
    while child is not None:
        if child.is_element_node:
            yield child
        child = child.next


def linked(node: LexborNode) -> int:
    """Characters of a node that are links."""
    links = [node] if node.tag == "a" else node.css("a[href]")[:40]
    return sum(len(plain(link.text(separator=" ")[:_TELLING])) for link in links)


def is_quoted(node: LexborNode, root: LexborNode) -> bool:
    """Whether a node stands in a quotation or an embedded post inside `root`."""
    inner = node.parent
    for _ in range(_LEVELS):
        if inner is None or inner.mem_id == root.mem_id:
            return False
        if inner.tag in ("blockquote", "figure", "iframe"):
            return True
        inner = inner.parent
    return False


def is_inside(node: LexborNode, others: Container[int]) -> bool:
    """Whether a node is, or stands in, one of some others (their `mem_id`)."""
    inner: LexborNode | None = node
    for _ in range(_LEVELS):
        if inner is None:
            return False
        if inner.mem_id in others:
            return True
        inner = inner.parent
    return False


def _words(names: str) -> list[str]:
    return [part.lower() for part in _PART.split(names) if part]


def _depth(node: LexborNode) -> int:
    depth, parent = 0, node.parent
    while parent is not None and depth < 1_000:
        depth, parent = depth + 1, parent.parent
    return depth
