"""Evaluates an expression by looking at everything, one condition after the other."""

from __future__ import annotations

from bot.intake.topics import fold
from bot.watches import words
from bot.watches.index import Watched
from bot.watches.tree import And, Author, Node, Not, Or, Phrase, Source, Topic


def holds(node: Node, watched: Watched) -> bool:
    """Whether an expression holds for an entry."""
    if isinstance(node, And):
        return all(holds(each, watched) for each in node.nodes)
    if isinstance(node, Or):
        return any(holds(each, watched) for each in node.nodes)
    if isinstance(node, Not):
        return not holds(node.node, watched)
    if isinstance(node, Topic):
        return node.slug in watched.topics
    if isinstance(node, Source):
        return fold(node.part) in fold(" ".join(watched.sources))
    if isinstance(node, Author):
        return _stands_in(words.tokens(node.name), words.tokens(watched.author), is_open=False)
    fields = [words.tokens(watched.title), words.tokens(watched.text)]
    if isinstance(node, Phrase):
        wanted = words.tokens(node.text)
        return any(_stands_in(wanted, field, is_open=False) for field in fields)
    if node.open or words.is_unspaced(node.text):
        return any(_stands_in([node.text], field, is_open=node.open) for field in fields)
    stems = words.stems_of(words.language_of(watched.language, watched.text or watched.title))
    wanted_stems = set(stems(node.text))
    return any(wanted_stems & set(stems(token)) for field in fields for token in field)


def _stands_in(wanted: list[str], found: list[str], *, is_open: bool) -> bool:
    width = len(wanted)
    return any(
        _fits(wanted, found[at : at + width], is_open=is_open)
        for at in range(len(found) - width + 1)
    )


def _fits(wanted: list[str], found: list[str], *, is_open: bool) -> bool:
    """Whole words; in scripts without spaces the ends may be parts of longer runs."""
    last = len(wanted) - 1
    for at, (want, token) in enumerate(zip(map(fold, wanted), map(fold, found), strict=True)):
        free_before = at == 0 and words.is_unspaced(wanted[at])
        free_behind = at == last and (is_open or words.is_unspaced(wanted[at]))
        if free_before and free_behind:
            fits = want in token
        elif free_before:
            fits = token.endswith(want)
        elif free_behind:
            fits = token.startswith(want)
        else:
            fits = want == token
        if not fits:
            return False
    return True
