"""Reads what stands behind ``/search``, and finds the hits in a text again. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.commands.period import Period, read_period
from bot.store.words import Term, folded_with_places, is_spaceless, read_terms

MAX_QUERY = 200  # characters that are read, and shown again
AROUND = 170  # characters of a text that are shown around a hit
_LONGEST = 20_000  # characters of an entry that are looked through for one
_FILTER = re.compile(
    r'(?<!\S)(topic|source):\s*(?!topic:|source:)(?:["“”„«]([^"“”„«»]*)["“”»]?|([^\s"“”„«»]*))',
    re.IGNORECASE,
)
_QUOTED = re.compile(r'["“”„«»「」][^"“”„«»「」]*["“”„«»「」]')
_SINCE = re.compile(r"(?<!\S)since[\s:]+(\S+)", re.IGNORECASE)
# Where words are meant "5g" is none of Polish hours: only spans nobody takes for a word.
_SPAN = re.compile(r"\d{1,4}(?:m|min|h|std|d|w|ч|мин|хв|год)|today|yesterday", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for.

    Attributes:
        text: all of it, on one line, as it is shown again.
        words: without filters and span.
        terms: the words as the index has them.
        topics: names behind ``topic:``.
        sources: names behind ``source:``.
        period: when; None for any time.
    """

    text: str
    words: str
    terms: tuple[Term, ...]
    topics: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    period: Period | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was given to search by."""
        return not (self.terms or self.topics or self.sources or self.period)


def read_query(text: str, now: datetime, zone: ZoneInfo) -> Query:
    """Read words, "phrases", ``topic:``, ``source:`` and one span (``2h``, ``today``).

    Args:
        text: as written; only the first `MAX_QUERY` characters count.
        now: from which spans are counted back, UTC.
        zone: for days and clock times.
    """
    text = " ".join(text[: MAX_QUERY * 5].split())[:MAX_QUERY].rstrip()
    names: dict[str, list[str]] = {"topic": [], "source": []}
    for found in _FILTER.finditer(text):
        name = (found[2] or found[3] or "").strip()
        if name:
            names[found[1].lower()].append(name)
    words, period = _without_period(_FILTER.sub(" ", text), now, zone)
    words = " ".join(words.split())
    return Query(
        text, words, read_terms(words), tuple(names["topic"]), tuple(names["source"]), period
    )


def _without_period(text: str, now: datetime, zone: ZoneInfo) -> tuple[str, Period | None]:
    """The text without its span; what stands in quotes is none."""
    quoted = [found.span() for found in _QUOTED.finditer(text)]

    def is_free(place: int) -> bool:
        return not any(start <= place < end for start, end in quoted)

    candidates = [(found.span(), found[1]) for found in _SINCE.finditer(text)]
    candidates += [
        (found.span(), found[0]) for found in re.finditer(r"\S+", text) if _SPAN.fullmatch(found[0])
    ]
    for (start, end), said in candidates:
        period = read_period(said, now, zone) if is_free(start) else None
        if period is not None:
            return f"{text[:start]} {text[end:]}", period
    return text, None


def hits_in(text: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    """Where the terms stand in a text, as stretches of characters, in order, none in another."""
    found = _matches(text[:_LONGEST], terms)
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def excerpt(text: str, terms: Sequence[Term]) -> tuple[str, list[tuple[int, int]]]:
    """About `AROUND` characters around the first hit, and where the hits stand in them.

    Without a hit it is the beginning.
    """
    text = " ".join(text[:_LONGEST].split())
    hits = hits_in(text, terms)
    start = 0
    if hits and hits[0][1] > AROUND:
        start = _sentence_before(text, hits[0][0])
    end = min(len(text), start + AROUND)
    if end < len(text):
        space = text.rfind(" ", start + AROUND // 2, end)
        end = space if space > 0 else end
    lead, trail = "…" if start else "", "…" if end < len(text) else ""
    shift = len(lead) - start
    inside = [(a + shift, min(b, end) + shift) for a, b in hits if start <= a < end]
    return f"{lead}{text[start:end]}{trail}", inside


def _sentence_before(text: str, place: int) -> int:
    """Where the sentence begins that a place is in, or a word not far before it."""
    low = max(0, place - AROUND // 2)
    for found in re.finditer(r"[.!?。！？؟…]\s*", text[low:place]):
        low = low + found.end() if found.end() < place - low else low
        break
    else:
        space = text.find(" ", low, place)
        low = space + 1 if space >= 0 else low
    return low


def _matches(text: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    plain, places = folded_with_places(text)
    found = []
    for term in terms:
        for match in _pattern(term).finditer(plain):
            first, last = places[match.start()], places[match.end() - 1]
            found.append((first, last + 1))
    return found


def _pattern(term: Term) -> re.Pattern[str]:
    """What a term looks like in folded text: a word, a phrase, a run without spaces."""
    words: list[str] = []
    for word in term.words:
        if words and is_spaceless(word) and words[-1][-1:] == word[:1] and len(word) <= 2:
            words[-1] += word[1:]  # pairs of one run overlap by a letter
        else:
            words.append(word)
    body = r"\s+".join(map(re.escape, words)) or r"(?!)"
    free = is_spaceless(words[0][:1]) if words else False
    before = "" if free else r"(?<!\S)"
    if words and is_spaceless(words[-1][-1:]):
        return re.compile(before + body)
    return re.compile(before + body + (r"\S*" if term.prefix else r"(?!\S)"))
