"""Characters that belong in a message, and those that do not.

Removed are control characters, lone surrogates (they cannot be encoded), soft hyphens, zero-width
spaces and bidirectional overrides (they can make a sentence read as another one). Joiners stay
inside a word, because emoji, Persian and Indic scripts need them.
"""

from __future__ import annotations

import html
import re

_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u2060-\u206f\u202a-\u202e"
    "\ufeff\ufff9-\ufffc\ufffe\uffff\ud800-\udfff]"
)
_EDGE_JOINERS = re.compile("(?<!\\S)[\u200c-\u200f]+|[\u200c-\u200f]+(?!\\S)")
_VISIBLE = re.compile(
    "[^\\s\u115f\u1160\u200b-\u200f\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0000-\U000e01ef]"
)


def strip_unwanted(text: str) -> str:
    """Remove what must not reach a message; white space stays as it is."""
    if text.isprintable() and "\ufffc" not in text:  # the only one that counts as printable
        return text
    text = _UNWANTED.sub("", text)
    return _EDGE_JOINERS.sub("", text) if not text.isascii() else text


def plain(text: str) -> str:
    """One line of clean text: unwanted characters removed, all white space folded to one space."""
    # Of all white space only the space itself is printable; most texts are as they should be.
    if text.isprintable() and "  " not in text and "\ufffc" not in text:
        return text.strip(" ")
    return " ".join(strip_unwanted(text).split())


def is_visible(text: str) -> bool:
    """Whether a reader would see anything."""
    return _VISIBLE.search(text) is not None


def escape(text: str) -> str:
    """Escape text for use between tags."""
    if "&" in text or "<" in text or ">" in text:  # looking is cheaper than replacing nothing
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def escape_attribute(value: str) -> str:
    """Escape a value for use between double quotes in a tag."""
    return html.escape(value, quote=True)
