"""An expression as a tree, and its canonical form, which reads back to the same tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

_SLUG = re.compile("[a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word in any of its forms; `open` ("elect*") with any ending."""

    text: str
    open: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in this form and order."""

    text: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic the entry belongs to, by its slug."""

    slug: str


@dataclass(frozen=True, slots=True)
class Source:
    """A part of the name or address of the entry's source, or of the section it was found on."""

    part: str


@dataclass(frozen=True, slots=True)
class Author:
    """Words of the author's name."""

    name: str


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be so."""

    node: Node


@dataclass(frozen=True, slots=True)
class And:
    """All of it."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of it."""

    nodes: tuple[Node, ...]


Leaf = Word | Phrase | Topic | Source | Author
Node = Leaf | Not | And | Or


def all_of(nodes: Iterable[Node]) -> Node:
    """What holds when all nodes hold: flat, each once."""
    return _joined(And, nodes)


def any_of(nodes: Iterable[Node]) -> Node:
    """What holds when any node holds: flat, each once."""
    return _joined(Or, nodes)


def negated(node: Node) -> Node:
    """What holds when the node does not."""
    return node.node if isinstance(node, Not) else Not(node)


def canonical(node: Node) -> str:
    """The expression with every operator and bracket written out."""
    if isinstance(node, And):
        return " AND ".join(_bracketed(each) for each in node.nodes)
    if isinstance(node, Or):
        return " OR ".join(_bracketed(each) for each in node.nodes)
    if isinstance(node, Not):
        return f"NOT {_bracketed(node.node)}"
    if isinstance(node, Word):
        return f"{node.text}*" if node.open else node.text
    if isinstance(node, Phrase):
        return f'"{node.text}"'
    if isinstance(node, Topic):
        return f"topic:{node.slug}" if _SLUG.fullmatch(node.slug) else f'topic:"{node.slug}"'
    if isinstance(node, Source):
        return f'source:"{node.part}"'
    return f'author:"{node.name}"'


def leaves(node: Node) -> Iterator[Leaf]:
    """Every leaf, from left to right, as often as it stands there."""
    if isinstance(node, (And, Or)):
        for each in node.nodes:
            yield from leaves(each)
    elif isinstance(node, Not):
        yield from leaves(node.node)
    else:
        yield node


def guards(node: Node, cost: Callable[[Leaf], float]) -> frozenset[Leaf] | None:
    """Leaves of which at least one holds wherever the expression does.

    Returns:
        Of several such sets the cheapest;
        None where there are none: the expression holds where nothing of it is found.
    """
    found = _guards(node, cost, wanted=True)
    return None if found is None else found[0]


def _guards(
    node: Node, cost: Callable[[Leaf], float], *, wanted: bool
) -> tuple[frozenset[Leaf], float] | None:
    if isinstance(node, Not):
        return _guards(node.node, cost, wanted=not wanted)
    if not isinstance(node, (And, Or)):
        return (frozenset((node,)), cost(node)) if wanted else None
    parts = [_guards(each, cost, wanted=wanted) for each in node.nodes]
    known = [part for part in parts if part is not None]
    if isinstance(node, And) is wanted:  # not (a or b) is: not a, and not b
        return min(known, key=lambda part: part[1], default=None)
    if len(known) < len(parts):
        return None
    return frozenset().union(*(part[0] for part in known)), sum(part[1] for part in known)


def _joined(kind: type[And] | type[Or], nodes: Iterable[Node]) -> Node:
    flat: dict[Node, None] = {}
    for node in nodes:
        flat |= dict.fromkeys(node.nodes if isinstance(node, kind) else (node,))
    return next(iter(flat)) if len(flat) == 1 else kind(tuple(flat))


def _bracketed(node: Node) -> str:
    return f"({canonical(node)})" if isinstance(node, (And, Or)) else canonical(node)
