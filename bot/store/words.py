"""Text as the search index holds it, and what people search for, read the same way. Pure.

Case, accents, width and the forms of Arabic letters do not count. Words are runs of letters and
digits; scripts written without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) are cut into
overlapping pairs of letters, so that any part of a run is found as a phrase of pairs.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

MAX_WORDS = 8_000  # of an entry
MAX_WORD = 40  # characters; longer ones count by their beginning
MAX_QUERY = 300  # characters of what is searched for
MAX_TERMS = 12

# Han, kana, Bopomofo, Thai, Lao, Burmese, Khmer.
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3040-\u312f\u31a0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)
# Marks that only choose a form of the character before them, and joiners.
_FORMS = re.compile(
    "[\u00ad\u034f\u180b-\u180e\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]"
)
_QUOTED = re.compile('["“”„‟«»「」『』＂]')
# Letters that no decomposition takes apart, and Arabic ones that people write either way.
_SAME = {
    **dict(zip("łøđðħŋæœþ", ("l", "o", "d", "d", "h", "n", "ae", "oe", "th"), strict=True)),
    **dict(zip("ıةىیکےۀە", "iهييكيهه", strict=True)),
    "ـ": "",
}


@dataclass(frozen=True, slots=True)
class Term:
    """Something that must stand in an entry.

    Attributes:
        words: as the index has them, one after the other.
        prefix: the last one may go on: "storm" finds "storms".
        shown: as it was written.
    """

    words: tuple[str, ...]
    prefix: bool
    shown: str


def folded(text: str) -> str:
    """`text` without case, accents and punctuation; one space or more between words.

    Each character stands for itself, so that places can be counted (`folded_with_places`).
    """
    return text.translate(_folding())


def folded_with_places(text: str) -> tuple[str, list[int]]:
    """`folded`, and for each of its characters the place in `text` it comes from."""
    table = _folding()
    pieces, places = [], []
    for place, character in enumerate(text):
        piece = table[ord(character)]
        pieces.append(piece)
        places.extend([place] * len(piece))
    return "".join(pieces), places


def is_spaceless(text: str) -> bool:
    """Whether `text`, folded, is of a script without spaces."""
    return _SPACELESS.search(text) is not None


def words_of(*texts: str) -> list[str]:
    """The words an entry is found by, in order, at most `MAX_WORDS`."""
    found: list[str] = []
    for text in texts:
        for chunk in folded(text).split():
            if chunk.isascii() or not is_spaceless(chunk):
                found.append(chunk[:MAX_WORD])
            else:
                found.extend(_pairs(chunk))
        if len(found) >= MAX_WORDS:
            break
    return found[:MAX_WORDS]


def read_terms(text: str) -> tuple[Term, ...]:
    """What people search for: words, of which the beginning is enough, and "exact phrases".

    Anything else in the text only separates words. At most `MAX_TERMS`, each once.
    """
    found: dict[tuple[tuple[str, ...], bool], Term] = {}
    parts = _QUOTED.split(text[:MAX_QUERY])
    for number, part in enumerate(parts):
        is_phrase = number % 2 == 1 and number < len(parts) - 1
        for piece in [part] if is_phrase else part.split():
            term = _term(piece, prefix=not is_phrase)
            if term is not None:
                found.setdefault((term.words, term.prefix), term)
    return tuple(found.values())[:MAX_TERMS]


def _term(piece: str, *, prefix: bool) -> Term | None:
    chunks = folded(piece).split()
    if not chunks:
        return None
    words = words_of(*chunks[:-1])
    last = chunks[-1]
    if last.isascii() or not is_spaceless(last):
        words.append(last[:MAX_WORD])
    else:
        runs = _pairs(last)
        ends_spaceless = _SPACELESS.fullmatch(last[-1]) is not None
        # The single letter that ends a run in the index stands there only where the run ends.
        if ends_spaceless and len(runs) > 1:
            words.extend(runs[:-1])
            prefix = False
        else:
            words.extend(runs)
            prefix = prefix or ends_spaceless
    return Term(tuple(words), prefix, " ".join(piece.split()))


def _pairs(chunk: str) -> list[str]:
    """A chunk's words: runs without spaces as pairs and their last letter, the rest as it is."""
    found, end = [], 0
    for match in _SPACELESS.finditer(chunk):
        if match.start() > end:
            found.append(chunk[end : match.start()][:MAX_WORD])
        run = match[0]
        found += [run[at : at + 2] for at in range(len(run))]
        end = match.end()
    if end < len(chunk):
        found.append(chunk[end:][:MAX_WORD])
    return found


class _Folding(dict[int, str]):
    """What each character becomes, computed when it is first met."""

    def __missing__(self, code: int) -> str:
        found = "".join(map(_fold, unicodedata.normalize("NFKD", chr(code).casefold())))
        self[code] = found
        return found


@lru_cache(maxsize=1)
def _folding() -> _Folding:
    return _Folding()


def _fold(character: str) -> str:
    same = _SAME.get(character)
    if same is not None:
        return same
    if _FORMS.match(character):
        return ""
    category = unicodedata.category(character)
    if category[0] in "LN":
        return character
    if category in ("Mn", "Me"):  # an accent is dropped, a vowel of an Indian script is a letter
        return "" if unicodedata.combining(character) else character
    return character if category == "Mc" else " "
