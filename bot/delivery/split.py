"""Where a text that is too long for one message is parted.

Between paragraphs, else lines, else sentences, else words; a "word" longer than a message is cut
between characters as a reader sees them (a part of UAX #29): never inside a combining sequence, an
emoji joined of several, a flag, or a syllable of Hangul or an Indic script.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence

from bot.delivery.utf16 import utf16_length, utf16_offsets

_SENTENCE_END = re.compile(r"[.!?…؟۔।]+[\"'”’»)\]]*(?=\s)|[。！？]+[」』”’）]*")
_ENDING = tuple(".!?…؟۔।。！？")
_CLOSING = "\"'”’»)]」』）"
_JOINER = "\u200d"
_REGIONAL = range(0x1F1E6, 0x1F200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
_HANGUL_FOLLOWERS = range(0x1160, 0x1200)


def split(text: str, limit: int) -> list[tuple[int, int]]:
    """Stretches of `text`, in characters, that take at most `limit` UTF-16 units each.

    White space between two stretches belongs to neither; everything else does.
    """
    offsets = utf16_offsets(text)
    ranges: list[tuple[int, int]] = []
    start = _skip_space(text, 0)
    while start < len(text):
        hard = fitting(offsets, start, limit)
        end = len(text) if hard >= len(text) else _best_break(text, start, hard)
        stop = start + len(text[start:end].rstrip())
        if stop > start:
            ranges.append((start, stop))
        start = _skip_space(text, end)
    return ranges


def first_break(text: str, limit: int) -> int:
    """Where the first of the stretches of `split` ends; 0 for a text of white space."""
    if utf16_length(text) <= limit:
        return len(text.rstrip())
    start = _skip_space(text, 0)
    near = text[: start + limit + 1]  # a character takes a unit at least
    hard = fitting(utf16_offsets(near), start, limit) if start < len(text) else start
    end = _best_break(text, start, hard) if hard > start else start
    return start + len(text[start:end].rstrip())


def sentences_end(text: str, limit: int) -> int:
    """Where the first two sentences end within `limit` units, else the first; 0 if neither does."""
    found = 0
    for number, sentence in enumerate(_SENTENCE_END.finditer(text[: limit + 1])):
        if number == 2 or utf16_length(text[: sentence.end()]) > limit:
            break
        found = sentence.end()
    return found


def shorten(text: str, limit: int) -> str:
    """The beginning of `text`, cut at a sentence or word, with "…" unless it ends a sentence."""
    if utf16_length(text) <= limit:
        return text
    hard = fitting(utf16_offsets(text), 0, limit - 1)
    end = _best_break(text, 0, hard)
    words = text[:end].rstrip()
    if words.rstrip(_CLOSING)[-1:] in _ENDING:
        return words
    return words.rstrip(",;:–—- ") + "…"


def fitting(offsets: Sequence[int], start: int, limit: int) -> int:
    """The furthest end, in characters, of a stretch from `start` within `limit` units."""
    return max(start + 1, bisect_right(offsets, offsets[start] + limit) - 1)


def _skip_space(text: str, start: int) -> int:
    while start < len(text) and text[start].isspace():
        start += 1
    return start


def _best_break(text: str, start: int, hard: int) -> int:
    """The best place to end a stretch in (start, hard]; `hard` is inside the text."""
    half = start + (hard - start) // 2
    for mark in ("\n\n", "\n"):
        place = text.rfind(mark, half, hard + len(mark))
        if start < place <= hard:
            return place
    sentences = [m.end() for m in _SENTENCE_END.finditer(text, half, min(hard + 1, len(text)))]
    fits = [
        place for place in sentences if start < place <= hard and is_boundary(text, place, start)
    ]
    if fits:
        return fits[-1]
    for place in range(hard, start + (hard - start) // 8, -1):
        if text[place].isspace() and is_boundary(text, place, start):
            return place
    for place in range(hard, start, -1):
        if is_boundary(text, place, start):
            return place
    return hard


def is_boundary(text: str, place: int, since: int = 0) -> bool:
    """Whether a reader sees the characters before and after `place` as two.

    Args:
        text: the whole text.
        place: in characters.
        since: an earlier place that is a boundary, from where flags are counted.
    """
    if not 0 < place < len(text):
        return True
    before, after = text[place - 1], text[place]
    if before < "\u0300" and after < "\u0300":
        return True
    code = ord(after)
    if after in "\u200c\u200d" or unicodedata.category(after) in ("Mn", "Me", "Mc"):
        return False
    if code in _SKIN_TONES or code in _TAGS or code in _HANGUL_FOLLOWERS:
        return False
    if before == _JOINER and not after.isspace():
        return False
    if unicodedata.combining(before) == 9 and after.isalpha():
        return False  # a virama joins the next consonant
    if code in _REGIONAL and ord(before) in _REGIONAL:
        run = place
        while run > since and ord(text[run - 1]) in _REGIONAL:
            run -= 1
        return (place - run) % 2 == 0
    return True
