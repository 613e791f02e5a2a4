"""What a page's text may not carry into a message.

Removed: control characters, lone surrogates (they cannot be encoded), bidirectional controls (they
can make a sentence read as another one and disorder the header), and what Telegram removes by
itself and would move our entities with (TDLib, ``clean_input_string``).
"""

from __future__ import annotations

import re
import unicodedata

MAX_MARKS = 30
"""Combining marks in a row that are kept, as in Unicode's Stream-Safe Text Format (UAX #15)."""

FIRST_STRONG_ISOLATE = "\u2068"
POP_DIRECTIONAL_ISOLATE = "\u2069"

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffc\ufffe\uffff\ud800-\udfff]"
)
_DROPPED_BY_TELEGRAM = re.compile("[\u0333\u033f\u030a]")
_MARKS = re.compile(
    f"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{{{MAX_MARKS}}})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_INVISIBLE = re.compile(
    "[\\s\u034f\u115f\u1160\u17b4\u17b5\u200c-\u200f\u2800\u3164\uffa0\ufe00-\ufe0f"
    "\u2066-\u2069\U000e0000-\U000e01ef]*"
)
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def clean(text: str) -> str:
    """Remove what must not reach a message; line ends become newlines, tabs spaces."""
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    text = _UNWANTED.sub("", text)
    if _DROPPED_BY_TELEGRAM.search(text):
        text = _DROPPED_BY_TELEGRAM.sub("", unicodedata.normalize("NFC", text))
    return _MARKS.sub(r"\1", text)


def clean_line(text: str) -> str:
    """One line of clean text; white space folded."""
    return " ".join(clean(text).split())


def is_visible(text: str) -> bool:
    """Whether a reader would see anything."""
    return _INVISIBLE.fullmatch(text) is None


def has_right_to_left(text: str) -> bool:
    """Whether any of it is written from right to left."""
    return not text.isascii() and _RIGHT_TO_LEFT.search(text) is not None
