"""Whether two live blogs tell the same news: one flash of an agency, twice. Pure.

Conservative: better twice than one of two different things. The same numbers, the same names, the
same negations, and no word of the shorter text that the longer one lacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.intake.topics import fold
from bot.model import SourceEntry

WITHIN = timedelta(hours=1)  # that lie between the two
WORDS_AT_LEAST = 6  # that mean something; fewer ("Goal!") repeat by themselves
LONGER_AT_MOST = 1.5
_WORDS_READ = 400
_SHORT = 3  # letters of a word that mostly means nothing by itself
_STEM = 5  # letters that inflected forms share at least
_ENDING = 3  # letters by which they differ at most

_WORD = re.compile(r"[^\W\d_][^\W_]*|\d[\d.,:]*")
_SAYS_NO = """
no not never none nor neither without cannot nicht kein keine keinen nie ohne pas non jamais
aucun sans ni nunca sin sem não nao senza mai bez не нет ни без ніколи değil yok hiç لا لم لن
ليس ما بدون نه نیست
"""
_SAYS_HOW_MANY = """
one two three four five six seven eight nine ten eleven twelve hundred thousand million billion
first second third half dozen dozens hundreds thousands ein eine einen zwei drei vier fünf sechs
sieben acht neun zehn elf zwölf hundert tausend millionen milliarde milliarden erste zweite
dritte un deux trois quatre cinq sept huit neuf dix cent mille uno dos tres cuatro cinco seis
siete ocho nueve diez cien mil due tre quattro cinque sei sette otto nove dieci cento
"""
_SAYS_LITTLE = """
have been being were will would with from that this these those their they there here also said
says more soon dass auch wird wurde wurden sind sich haben habe hatte sagt sagte dans pour avec
cette sont être plus dice como para este esta pero sono della delle nella anche
"""
_NEGATIONS = frozenset(fold(_SAYS_NO).split())
_COUNTS = frozenset(fold(_SAYS_HOW_MANY).split())
_FILLERS = frozenset(fold(_SAYS_LITTLE).split())


@dataclass(frozen=True, slots=True)
class Gist:
    """What a text comes down to.

    Attributes:
        words: that mean something, folded.
        numbers: as digits or as words.
        names: words that are capitalised within a sentence.
        negations: how many there are.
    """

    words: frozenset[str]
    numbers: frozenset[str]
    names: frozenset[str]
    negations: int


def gist(title: str, text: str) -> Gist:
    """What an entry comes down to, title and text."""
    words: set[str] = set()
    numbers: set[str] = set()
    names: set[str] = set()
    negations = 0
    begins = True
    said = f"{title}\n{text}"
    for place, found in enumerate(_WORD.finditer(said)):
        if place == _WORDS_READ:
            break
        word, plain = found[0], fold(found[0])
        before = said[: found.start()].rstrip(" \"'“”„«»’‘(–—-")
        begins = not before or before[-1] in ".!?:;…\n"
        if word[0].isdigit():
            numbers.add(re.sub(r"[.,:]", "", plain))
            continue
        if plain in _COUNTS:
            numbers.add(plain)
        if plain in _NEGATIONS or plain.endswith("n't"):
            negations += 1
        if word[0].isupper() and not begins:
            names.add(plain)
        if (len(plain) > _SHORT and plain not in _FILLERS) or not word.isascii():
            words.add(plain)
    return Gist(frozenset(words), frozenset(numbers), frozenset(names), negations)


def first_tellings(
    coming: Mapping[str, SourceEntry], told: Iterable[tuple[int, str, str]]
) -> dict[str, int]:
    """Which new entries repeat what was told: identity -> id of the entry that told it first.

    Args:
        coming: identity -> new entry of one source.
        told: (id, title, text) of entries of other sources, newest first.
    """
    before = [(entry_id, gist(title, text)) for entry_id, title, text in told]
    before.reverse()  # the oldest one is what chats have
    found: dict[str, int] = {}
    for identity, entry in coming.items():
        said = gist(entry.title, entry.text)
        same = (entry_id for entry_id, other in before if tells_the_same(said, other))
        if (first := next(same, None)) is not None:
            found[identity] = first
    return found


def tells_the_same(one: Gist, other: Gist) -> bool:
    """Whether two entries tell the same news; the order does not matter."""
    shorter, longer = sorted((one, other), key=lambda each: len(each.words))
    return (
        len(shorter.words) >= WORDS_AT_LEAST
        and len(longer.words) <= LONGER_AT_MOST * len(shorter.words)
        and one.numbers == other.numbers
        and one.negations == other.negations
        and _all_within(longer.names, shorter.words | shorter.names)
        and _all_within(shorter.names, longer.words | longer.names)
        and _all_within(shorter.words, longer.words)
    )


def _all_within(words: Iterable[str], others: frozenset[str]) -> bool:
    """Whether each word is among others, perhaps inflected."""
    return all(word in others or any(_akin(word, other) for other in others) for word in words)


def _akin(one: str, other: str) -> bool:
    if len(one) < _STEM or len(other) < _STEM or abs(len(one) - len(other)) > _ENDING:
        return False
    same = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        same += 1
    return same >= max(_STEM, max(len(one), len(other)) - _ENDING)
