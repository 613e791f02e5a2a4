"""The sentences that say most about many entries. Pure, deterministic, in any language.

Extractive: nothing is worded anew. A sentence is worth what its words weigh (a word weighs more
the more entries mention it, and little if nearly all do), more at the beginning of an entry and in
a key event; of equals the later one tells more. Sentences are taken one after the other; the words
of one that was taken weigh less afterwards, and one that says again what was taken is left out.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from bot.store.words import words_of

MAX_SENTENCE = 320  # characters; longer ones are lists or tables
_SHORTEST = 4  # words
_LOOKED_AT = 4  # sentences of an entry: what matters stands first
_OF_ONE = 2  # sentences of one entry at most
_COMMON = 0.5  # a word in more of the sentences than this is most often grammar
_ALONE = 0.15  # the weight of a word that one entry has
_GRAMMAR = 0.15  # of its weight is left then
_SAME = 74  # of 100: two sentences with words so much alike say the same
_SHARED = 0.62  # of the shorter one's words
_KEY, _FIRST, _TITLE, _NUMBERS = 1.8, 1.25, 1.15, 1.08
_KEPT = 0.45  # of a word's weight, once a sentence with it was taken
_END = re.compile(r"(?<=[.!?…؟])[\"”»’)]*\s+|(?<=[。！？])|\n+")
_ABBREVIATION = re.compile(
    r"(?:^|\s)(?:\w|\w\.\w|Mr|Mrs|Ms|Dr|St|No|Nr|ca|bzw|etc|Sr|Sra|M|Mme|тов|г)\.$"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """An entry as it is summed up."""

    title: str
    text: str
    key_event: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, and the number of the piece it stands in."""

    piece: int
    text: str


@dataclass(slots=True)
class _Candidate:
    piece: int
    place: int
    text: str
    words: frozenset[str]
    factor: float


def summarise(pieces: Sequence[Piece], most: int) -> list[Sentence]:
    """At most `most` sentences, in the order of the pieces.

    Args:
        pieces: in order.
        most: sentences.
    """
    candidates = _candidates(pieces)
    weights = _weights(candidates)
    taken: list[_Candidate] = []
    of_piece: Counter[int] = Counter()
    while candidates and len(taken) < most:
        best = max(candidates, key=lambda each: (_worth(each, weights), each.piece, -each.place))
        if _worth(best, weights) <= 0 and taken:
            break
        candidates.remove(best)
        if of_piece[best.piece] >= _OF_ONE or any(_say_the_same(best, each) for each in taken):
            continue
        taken.append(best)
        of_piece[best.piece] += 1
        for word in best.words:
            weights[word] *= _KEPT
    taken.sort(key=lambda each: (each.piece, each.place))
    return [Sentence(each.piece, each.text) for each in taken]


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, white space folded; abbreviations do not end one."""
    found: list[str] = []
    for part in _END.split(text):
        said = " ".join(part.split())
        if found and _ABBREVIATION.search(found[-1]):
            found[-1] += f" {said}" if said else ""
        elif said:
            found.append(said)
    return found


def _candidates(pieces: Sequence[Piece]) -> list[_Candidate]:
    found = []
    for number, piece in enumerate(pieces):
        sentences = [(piece.title, _TITLE)] if piece.title.strip() else []
        body = [(text, 1.0) for text in sentences_of(piece.text[:4_000])[:_LOOKED_AT]]
        if body:
            body[0] = (body[0][0], _FIRST)
        for place, (text, factor) in enumerate(sentences + body):
            words = frozenset(words_of(text))
            if len(words) < _SHORTEST or len(text) > MAX_SENTENCE:
                continue
            factor *= _KEY if piece.key_event else 1.0
            factor *= _NUMBERS if any(c.isdigit() for c in text) else 1.0
            said = " ".join(text.split())
            found.append(_Candidate(number, place, said, words, factor))
    return found


def _weights(candidates: Sequence[_Candidate]) -> dict[str, float]:
    pieces: dict[str, set[int]] = {}
    uses: Counter[str] = Counter()
    for each in candidates:
        for word in each.words:
            pieces.setdefault(word, set()).add(each.piece)
            uses[word] += 1
    many = max(4.0, _COMMON * len(candidates))
    return {
        word: (math.log(len(found)) + _ALONE) * (_GRAMMAR if uses[word] > many else 1.0)
        for word, found in pieces.items()
    }


def _worth(candidate: _Candidate, weights: dict[str, float]) -> float:
    """The weight of its words, per word but not quite: a short sentence says less."""
    total = math.fsum(sorted(weights[word] for word in candidate.words))
    return candidate.factor * total / math.pow(len(candidate.words), 0.65)


def _say_the_same(one: _Candidate, other: _Candidate) -> bool:
    shared = len(one.words & other.words) / min(len(one.words), len(other.words))
    texts = " ".join(sorted(one.words)), " ".join(sorted(other.words))
    return shared >= _SHARED or fuzz.token_sort_ratio(*texts) >= _SAME
