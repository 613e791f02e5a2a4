"""Text as watches compare it: tokens, folded, and their stems by language.

A token is a run of letters and digits of one kind of script: of those with spaces between words,
or of those without (Chinese, Japanese, Thai …). Folding is that of topics (`bot.intake.topics`).
Stems are Snowball's (https://snowballstem.org/algorithms/).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache, partial
from typing import Protocol

import snowballstemmer

from bot.intake.topics import UNSPACED, fold

LONGEST_STEMMED = 40  # letters; what is longer is no word

_ALGORITHMS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque",
    "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
# The language of a page that names none, by the first letters that say anything.
_SCRIPTS = (
    (re.compile("[پچژگکی]"), "fa"),
    (re.compile("[\u0620-\u06ff]"), "ar"),
    (re.compile("[\u0370-\u03ff\u1f00-\u1fff]"), "el"),
    (re.compile("[іїєґ]", re.IGNORECASE), "uk"),
    (re.compile("[\u0400-\u04ff]"), "ru"),
    (re.compile("[\u0900-\u097f]"), "hi"),
    (re.compile("[\u0530-\u058f]"), "hy"),
    (re.compile("[\u0b80-\u0bff]"), "ta"),
)
# Accents, vowel signs and points stand within words, but are no \w in Python.
_MARKS = (
    r"\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    r"\u06d6-\u06ed\u0900-\u0963\u0966-\u0dff"
)
_TOKEN = re.compile(rf"(?:[^\W{UNSPACED}]|[{_MARKS}])+|[{UNSPACED}]+")
_UNSPACED = re.compile(rf"[{UNSPACED}]")
# Not seen, or one of several signs for the same: joiners, soft hyphens, apostrophes, tatweel.
_SIGNS = str.maketrans(
    dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeffـ") | dict.fromkeys("ʼ’‘`", "'")
)


class Stems(Protocol):
    """Finds what the forms of a word have in common."""

    def __call__(self, token: str) -> tuple[str, ...]:
        """The keys of a token: two tokens that share one are forms of the same word."""


def tokens(text: str) -> list[str]:
    """The words of a text, without case, with their accents."""
    plain = unicodedata.normalize("NFKC", text.translate(_SIGNS)).casefold()
    found = _TOKEN.findall(unicodedata.normalize("NFKC", plain))
    return [token for token in found if fold(token)]


def folded(text: str) -> str:
    """The words of a text, without case and accents, each followed by a space."""
    return "".join([f"{fold(token)} " for token in tokens(text)])


def is_unspaced(token: str) -> bool:
    """Whether a token is of a script without spaces between words."""
    return _UNSPACED.match(token) is not None


def pattern(text: str, *, is_open: bool = False) -> str:
    """What to look for in `folded` text with a space before it: the words of `text`, in order.

    In scripts with spaces the words are whole; the last one only unless `is_open`.
    """
    parts = tokens(text)
    before = "" if is_unspaced(parts[0]) else " "
    after = "" if is_open or is_unspaced(parts[-1]) else " "
    return before + " ".join(fold(part) for part in parts) + after


def stems_of(language: str) -> Stems:
    """The stems of a language ("de", "pt-BR"); of one without, words are their own stems."""
    algorithm = _ALGORITHMS.get(primary(language))
    if algorithm is None:
        return _plain
    return partial(_stemmed, snowballstemmer.stemmer(algorithm))


@lru_cache
def primary(language: str) -> str:
    """The language itself of a tag: "pt" of "pt-BR"."""
    return re.split("[-_]", language.lower(), maxsplit=1)[0]


def language_of(language: str, text: str) -> str:
    """The language a text is in: as its page says, else by its letters, else English.

    Returns:
        Its code, "" for one whose words have no stems here.
    """
    known = primary(language)
    if known in ("", "und", "mul", "zxx"):
        start = text[:500]
        letters = None if start.isascii() else start
        found = (name for sign, name in _SCRIPTS if letters and sign.search(letters))
        known = next(found, "en")
    return known if known in _ALGORITHMS else ""


def _plain(token: str) -> tuple[str, ...]:
    return (fold(token),)


def _stemmed(stemmer: snowballstemmer.stemmer, token: str) -> tuple[str, ...]:
    """The word as written, too, for a form may be another form's stem; and without its accents.

    Stemmers expect accents, and people leave them out.
    """
    plain = fold(token)
    if len(token) > LONGEST_STEMMED or not token.isalpha():
        return (plain,)
    found = {plain: None, fold(stemmer.stemWord(token)): None}
    if plain != token:
        found[fold(stemmer.stemWord(plain))] = None
    return tuple(found)
