"""Finds better words where a search found nothing: those of the index that look alike."""

from __future__ import annotations

from dataclasses import replace

from rapidfuzz import fuzz, process
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.query import Query
from bot.store import search
from bot.store.search import Sought
from bot.store.words import Term, read_terms

_SIMILAR = 72  # of 100: "barier" and "barrier" have 92
_TRIED = 4  # words that are looked at, and candidates of each


async def better_words(connection: AsyncConnection, query: Query, sought: Sought) -> str | None:
    """The query's words with those that no entry has replaced by similar ones; None without any.

    What comes back is found: it was tried.
    """
    unknown = [
        term
        for term in query.terms
        if len(term.words) == 1 and not await search.count(connection, Sought((term,)))
    ]
    if not unknown or len(unknown) > _TRIED:
        return None
    words = query.words
    for term in unknown:
        other = await _similar(connection, term)
        if other is None:
            return None
        words = words.replace(term.shown, other, 1)
    found = await search.count(connection, replace(sought, terms=read_terms(words)))
    return words if found else None


async def _similar(connection: AsyncConnection, term: Term) -> str | None:
    """The word of the index that looks most like one; of equals the more frequent one."""
    word = term.words[0]
    for beginning in dict.fromkeys((word[:2], word[:1])):  # slips of the first letter are rare
        known = dict(await search.vocabulary(connection, beginning))
        hits = process.extract(
            word, list(known), scorer=fuzz.ratio, score_cutoff=_SIMILAR, limit=_TRIED
        )
        if hits:
            return str(max(hits, key=lambda hit: (round(hit[1]), known[hit[0]]))[0])
    return None
