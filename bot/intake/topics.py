"""Which topics an entry belongs to, by its words. Pure.

Words are compared whole, with case and accents folded, in any script: "Zürich" finds "ZURICH",
"war" does not find "warm". In scripts written without spaces between words (Chinese, Japanese,
Thai …) a word is found anywhere. A trailing ``*`` stands for any ending: "elect*".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.model import Topic, TopicRule

# Letters that Unicode does not decompose into a base letter and an accent.
_PLAIN = str.maketrans(
    {
        "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t",
        "æ": "ae", "œ": "oe", "þ": "th", "’": "'", "‘": "'", "ʼ": "'", "`": "'",
        "‐": "-", "‑": "-", "–": "-", "—": "-", "ـ": None,
        "أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ی": "ي", "ک": "ك",
    }
)  # fmt: skip
# Scripts without spaces between words: Thai, Lao, Burmese, Khmer, kana, Han.
UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# A letter of a word that ends at a space. The vowel signs of Indic scripts are no \w in Python.
_LETTER = rf"(?:[^\W{UNSPACED}]|[\u0900-\u0963\u0966-\u0dff])"
_IS_LETTER = re.compile(_LETTER)
_REMEMBERED = 0xA000  # Letters below it: all of today's writing; emoji and rarities are not.
# Combining classes of what is no accent: none, nukta, kana voicing ("ga" is not "ka"), virama.
_KEPT_MARKS = (0, 7, 8, 9)


def fold(text: str) -> str:
    """Text without case, accents, typographic variants and invisible signs; white space folded."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    kept = unicodedata.normalize("NFKD", plain).casefold().translate(_FOLDS)
    return " ".join(unicodedata.normalize("NFKC", kept).split())


class _Folds(dict[int, int | str | None]):
    """What becomes of a letter, None where it is dropped; asked of Unicode once, not each time."""

    def __missing__(self, code: int) -> int | None:
        kept = None if _is_dropped(chr(code)) else code
        if code < _REMEMBERED:
            self[code] = kept
        return kept


def _is_dropped(letter: str) -> bool:
    """Accents, variation selectors, and signs that are not seen: soft hyphens, joiners."""
    return (
        unicodedata.combining(letter) not in _KEPT_MARKS
        or "\ufe00" <= letter <= "\ufe0f"
        or unicodedata.category(letter) == "Cf"
    )


_FOLDS = _Folds(_PLAIN.items())


@dataclass(frozen=True, slots=True)
class _Rule:
    topic_id: int
    any: re.Pattern[str] | None
    all: tuple[re.Pattern[str], ...]
    none: re.Pattern[str] | None
    sources: tuple[str, ...]

    def fits(self, text: str, source: str) -> bool:
        if self.sources and not any(part in source for part in self.sources):
            return False
        if self.any is not None and not self.any.search(text):
            return False
        if not all(pattern.search(text) for pattern in self.all):
            return False
        return self.none is None or not self.none.search(text)


class TopicMatcher:
    """The rules of all topics, prepared once.

    Args:
        topics: the topics to match against; one whose rule asks for nothing matches nothing.
    """

    def __init__(self, topics: Iterable[Topic]) -> None:
        prepared = (_prepare(topic.id, topic.rule) for topic in topics if asks(topic.rule))
        self._rules = tuple(rule for rule in prepared if rule is not None)

    def match(self, *texts: str, source: str = "") -> list[int]:
        """Ids of the topics an entry belongs to.

        Args:
            *texts: its title and text.
            source: name and address of its source.
        """
        # A line end keeps a phrase from reaching out of the title into the text.
        text, where = "\n".join(fold(text) for text in texts), fold(source)
        return [rule.topic_id for rule in self._rules if rule.fits(text, where)]


def asks(rule: TopicRule) -> bool:
    """Whether a rule asks for anything at all."""
    return bool(rule.any or rule.all or rule.sources)


def has_words(phrase: str) -> bool:
    """Whether anything is left of a phrase to look for: "*" or a lone accent is nothing."""
    return bool(_literal(phrase))


def _prepare(topic_id: int, rule: TopicRule) -> _Rule | None:
    """The rule as patterns; None where what it asks for can never be found."""
    anything = _pattern(rule.any)
    everything = tuple(_pattern((word,)) for word in rule.all)
    where = tuple(part for part in map(fold, rule.sources) if part)
    if (rule.any and anything is None) or None in everything or (rule.sources and not where):
        return None
    return _Rule(
        topic_id,
        anything,
        tuple(pattern for pattern in everything if pattern),
        _pattern(rule.none),
        where,
    )


def _pattern(phrases: Sequence[str]) -> re.Pattern[str] | None:
    """One alternation of literal phrases: linear, whatever an admin writes.

    Phrases that begin with a letter share one look at what stands before.
    """
    bounded: list[str] = []
    free: list[str] = []
    for phrase in phrases:
        if part := _literal(phrase):
            (bounded if _IS_LETTER.match(fold(phrase)) else free).append(part)
    if bounded:
        free.append(f"(?<!{_LETTER})(?:{'|'.join(bounded)})")
    return re.compile("|".join(free)) if free else None


def _literal(phrase: str) -> str:
    """The phrase and, unless its end is open, that no letter follows; "" if it has no words."""
    folded = fold(phrase)
    word = folded.rstrip("*").rstrip()
    if not word:
        return ""
    after = f"(?!{_LETTER})" if _IS_LETTER.match(word[-1]) and word == folded else ""
    return re.escape(word) + after
