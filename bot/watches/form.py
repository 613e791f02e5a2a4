"""A tree as plain lists, as it is stored: read in microseconds, whatever becomes of the grammar.

``["and", ["word", "storm"], ["not", ["topic", "sea"]]]``
"""

from __future__ import annotations

from typing import Any

from bot.watches.tree import And, Author, Node, Not, Or, Phrase, Source, Topic, Word


def to_form(node: Node) -> list[Any]:
    """The tree as lists of text."""
    if isinstance(node, And):
        return ["and", *map(to_form, node.nodes)]
    if isinstance(node, Or):
        return ["or", *map(to_form, node.nodes)]
    if isinstance(node, Not):
        return ["not", to_form(node.node)]
    if isinstance(node, Word):
        return ["open" if node.open else "word", node.text]
    if isinstance(node, Phrase):
        return ["phrase", node.text]
    if isinstance(node, Topic):
        return ["topic", node.slug]
    if isinstance(node, Source):
        return ["source", node.part]
    return ["author", node.name]


def from_form(form: list[Any]) -> Node:
    """The tree that `to_form` made lists of.

    Raises:
        ValueError: it did not.
    """
    kind, first = form[0], form[1]
    if kind == "word":
        return Word(first)
    if kind == "phrase":
        return Phrase(first)
    if kind == "and":
        return And(tuple(map(from_form, form[1:])))
    if kind == "or":
        return Or(tuple(map(from_form, form[1:])))
    if kind == "not":
        return Not(from_form(first))
    if kind == "open":
        return Word(first, open=True)
    if kind == "topic":
        return Topic(first)
    if kind == "source":
        return Source(first)
    if kind == "author":
        return Author(first)
    msg = f"no such condition: {kind!r}"
    raise ValueError(msg)
