"""UTF-16 units: how Telegram counts offsets, and the safe way to count its limits.

A character outside the Basic Multilingual Plane is two units (a surrogate pair).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate


def utf16_length(text: str) -> int:
    """Length in UTF-16 units."""
    if text.isascii():
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)


def utf16_offsets(text: str) -> Sequence[int]:
    """UTF-16 offset of each character of `text`, and of its end; rising, one longer than it."""
    if text.isascii() or max(text) <= "\uffff":
        return range(len(text) + 1)
    return list(accumulate((2 if character > "\uffff" else 1 for character in text), initial=0))
