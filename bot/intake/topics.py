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
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff]"
)


def fold(text: str) -> str:
    """Text without case, accents and typographic variants; white space folded."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_PLAIN)
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(unicodedata.normalize("NFKC", kept).split())


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
        self._rules = tuple(_prepare(topic.id, topic.rule) for topic in topics if asks(topic.rule))

    def match(self, *texts: str, source: str = "") -> list[int]:
        """Ids of the topics an entry belongs to.

        Args:
            *texts: its title and text.
            source: name and address of its source.
        """
        text, where = fold("\n".join(texts)), fold(source)
        return [rule.topic_id for rule in self._rules if rule.fits(text, where)]


def asks(rule: TopicRule) -> bool:
    """Whether a rule asks for anything at all."""
    return bool(rule.any or rule.all or rule.sources)


def _prepare(topic_id: int, rule: TopicRule) -> _Rule:
    return _Rule(
        topic_id,
        _pattern(rule.any),
        tuple(pattern for word in rule.all if (pattern := _pattern((word,)))),
        _pattern(rule.none),
        tuple(fold(part) for part in rule.sources),
    )


def _pattern(phrases: Sequence[str]) -> re.Pattern[str] | None:
    """One alternation of literal phrases: linear, whatever an admin writes."""
    parts = [part for phrase in phrases if (part := _literal(phrase))]
    return re.compile("|".join(parts)) if parts else None


def _literal(phrase: str) -> str:
    open_end = phrase.rstrip().endswith("*")
    folded = fold(phrase.rstrip().removesuffix("*"))
    if not folded:
        return ""
    before = r"(?<!\w)" if _is_bounded(folded[0]) else ""
    after = r"(?!\w)" if _is_bounded(folded[-1]) and not open_end else ""
    return before + re.escape(folded) + after


def _is_bounded(letter: str) -> bool:
    return (letter.isalnum() or letter == "_") and not _UNSPACED.match(letter)
