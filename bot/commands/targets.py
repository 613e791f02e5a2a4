"""Finds what people mean: a topic, a source or everything, by name. Pure.

Case, accents and punctuation do not count; the beginning of a name is enough where it is
unambiguous; names of several words may follow each other without commas.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.model import Follow, Source, Topic
from bot.store.subscriptions import Target

EVERYTHING: Target = (Follow.ALL, 0)
SUGGESTIONS = 3
_SIMILAR = 55  # of 100: "wether" and "weather" have 92, unrelated words rarely 50
_SEPARATORS = re.compile("[,;\n،؛、，；]")
_MARKS = ("Mn", "Me")


@dataclass(frozen=True, slots=True)
class Named:
    """Something that can be followed.

    Attributes:
        target: what and its id.
        label: as shown to people, not escaped.
        names: what it may be called.
    """

    target: Target
    label: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Words that do not name exactly one thing, and what may have been meant."""

    text: str
    candidates: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a text names.

    Attributes:
        found: each once, in the order of the text.
        ambiguous: words that fit several names.
        unknown: words that fit none, with similar names.
    """

    found: tuple[Named, ...] = ()
    ambiguous: tuple[Question, ...] = ()
    unknown: tuple[Question, ...] = ()


class Directory:
    """What can be named, indexed for looking up."""

    def __init__(self, entries: Iterable[Named]) -> None:
        self._names: dict[str, list[Named]] = {}
        for entry in entries:
            for name in dict.fromkeys(map(fold, entry.names)):
                if name:
                    self._names.setdefault(name, []).append(entry)
        self._most_words = max((name.count(" ") + 1 for name in self._names), default=1)

    def match(self, text: str) -> tuple[Named, ...]:
        """Everything `text` may name: by its full name, else by the beginning of it."""
        return self.exact(text) or self.beginning(text)

    def exact(self, text: str) -> tuple[Named, ...]:
        """What has exactly this name."""
        return tuple(self._names.get(fold(text), ()))

    def beginning(self, text: str) -> tuple[Named, ...]:
        """What has a name that begins so; a single letter of the Latin alphabet is too little."""
        start = fold(text)
        if len(start) < 2 and start.isascii():
            return ()
        return self._each(name for name in self._names if name.startswith(start))

    def containing(self, text: str) -> tuple[Named, ...]:
        """What has a name with this in it."""
        part = fold(text)
        return self._each(name for name in self._names if part in name) if part else ()

    def similar(self, text: str, limit: int = SUGGESTIONS) -> tuple[Named, ...]:
        """What has a name that looks like `text`, most similar first."""
        hits = process.extract(
            fold(text[:200]),
            list(self._names),
            scorer=fuzz.token_sort_ratio,
            score_cutoff=_SIMILAR,
            limit=limit * 4,
        )
        return self._each(name for name, _score, _index in hits)[:limit]

    def resolve(self, text: str) -> Resolved:
        """Read names, separated by commas or just following each other."""
        reading = _Reading(self)
        for piece in _SEPARATORS.split(text):
            if hits := self.match(piece):
                reading.hit(piece, hits)
            else:
                self._read_words(piece.split(), reading)
            reading.close()
        return reading.result()

    def _read_words(self, words: Sequence[str], reading: _Reading) -> None:
        at = 0
        while at < len(words):
            runs = [
                (" ".join(words[at : at + size]), size)
                for size in range(min(self._most_words, len(words) - at), 0, -1)
            ]
            named = next(
                (
                    (run, size, hits)
                    for look in (self.exact, self.beginning)
                    for run, size in runs
                    if (hits := look(run))
                ),
                None,
            )
            if named is None:
                reading.miss(words[at])
                at += 1
            else:
                reading.hit(named[0], named[2])
                at += named[1]

    def _each(self, names: Iterable[str]) -> tuple[Named, ...]:
        return tuple({entry.target: entry for n in names for entry in self._names[n]}.values())


class _Reading:
    """Collects what a text turned out to name."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._found: dict[Target, Named] = {}
        self._ambiguous: dict[str, Question] = {}
        self._unknown: dict[str, Question] = {}
        self._missed: list[str] = []

    def hit(self, words: str, hits: tuple[Named, ...]) -> None:
        self.close()
        if len(hits) == 1:
            self._found[hits[0].target] = hits[0]
        else:
            self._ambiguous.setdefault(fold(words), Question(words.strip(), hits))

    def miss(self, word: str) -> None:
        self._missed.append(word)

    def close(self) -> None:
        """Words that name nothing and stand together are one unknown name."""
        if self._missed:
            words = " ".join(self._missed)
            self._unknown.setdefault(fold(words), Question(words))
            self._missed = []

    def result(self) -> Resolved:
        similar = self._directory.similar
        return Resolved(
            tuple(self._found.values()),
            tuple(self._ambiguous.values()),
            # Only what will be shown is worth the search.
            tuple(
                Question(each.text, similar(each.text) if number < SUGGESTIONS else ())
                for number, each in enumerate(self._unknown.values())
            ),
        )


def fold(text: str) -> str:
    """`text` as it is compared: no case, no accents, words of letters and digits only."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in decomposed if unicodedata.category(c) not in _MARKS)
    words = "".join(c if c.isalnum() else " " for c in bare.casefold())
    return " ".join(words.split())


def everything(label: str, *names: str) -> Named:
    """The target that is every entry of every source."""
    return Named(EVERYTHING, label, ("all", "everything", label, *names))


def named_topic(topic: Topic, language: str) -> Named:
    """A topic, called by its slug and by its name in any language."""
    label = f"{topic.emoji} {topic.name(language)}".strip()
    return Named((Follow.TOPIC, topic.id), label, (topic.slug, *topic.names.values()))


def named_source(source: Source) -> Named:
    """A source, called by its name or as in a deep link."""
    return Named((Follow.SOURCE, source.id), source.name, (source.name, f"source_{source.id}"))
