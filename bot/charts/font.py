"""The font that ships with LiveRelay: which characters it has, and how wide they are.

Widths are needed to lay out and cut lines before they are drawn. Only the tables for that are read
(https://learn.microsoft.com/typography/opentype/spec/: head, hhea, hmtx, cmap format 4).
"""

from __future__ import annotations

import struct
import unicodedata
from functools import lru_cache
from pathlib import Path

DIRECTORY = Path(__file__).parent / "fonts"
FAMILY = "DejaVu Sans"
FILES = {False: DIRECTORY / "DejaVuSans.ttf", True: DIRECTORY / "DejaVuSans-Bold.ttf"}
_WIDE = 1.0  # em: what is not in the font is as wide as an ideograph at most
_JOINED = 0.8  # Arabic letters that join are so much narrower than the lone forms of the map
_KEPT = ("L", "M", "N")  # categories of what another font of the machine may have
_JOINERS = "\u200c\u200d"


class Font:
    """Widths and coverage of one font file."""

    def __init__(self, data: bytes) -> None:
        tables = _tables(data)
        self._em: int = struct.unpack_from(">H", data, tables["head"] + 18)[0]
        count: int = struct.unpack_from(">H", data, tables["hhea"] + 34)[0]
        metrics = struct.unpack_from(f">{2 * count}H", data, tables["hmtx"])
        self._advances = metrics[::2]
        self._glyphs = _glyphs(data, tables["cmap"])

    def has(self, character: str) -> bool:
        """Whether the font can show it."""
        return ord(character) in self._glyphs

    def width(self, text: str, size: float) -> float:
        """How wide `text` is at a size, in the size's unit; ligatures make it narrower."""
        return size * sum(self._advance(character) for character in text)

    def cut(self, text: str, size: float, room: float) -> str:
        """`text`, shortened with "…" to fit."""
        if self.width(text, size) <= room:
            return text
        room -= self.width("…", size)
        kept = 0
        for character in text:
            room -= size * self._advance(character)
            if room < 0:
                break
            kept += 1
        return text[:kept].rstrip() + "…"

    def wrapped(self, text: str, size: float, room: float, lines: int) -> list[str]:
        """`text` in at most so many lines; the last one is cut."""
        words = text.split()
        found: list[str] = []
        while words and len(found) < lines - 1:
            line = [words.pop(0)]
            while words and self.width(" ".join((*line, words[0])), size) <= room:
                line.append(words.pop(0))
            found.append(self.cut(" ".join(line), size, room))
        if words:
            found.append(self.cut(" ".join(words), size, room))
        return found

    def _advance(self, character: str) -> float:
        glyph = self._glyphs.get(ord(character))
        if glyph is None:
            return 0.0 if unicodedata.combining(character) else _WIDE
        width = float(self._advances[min(glyph, len(self._advances) - 1)]) / self._em
        return width * _JOINED if "\u0620" <= character <= "\u06d3" else width


@lru_cache(maxsize=2)
def font(*, bold: bool = False) -> Font:
    """The font, read once."""
    return Font(FILES[bold].read_bytes())


def drawable(text: str) -> str:
    """`text` on one line without what would be an empty box: emoji and signs the font lacks.

    Marks of direction go too. Letters it lacks are kept: a font of the machine may have them.
    """
    ours = font()
    kept = []
    for character in text:
        category = unicodedata.category(character)
        if character.isspace():
            kept.append(" ")
        elif "\ufe00" <= character <= "\ufe0f":  # chooses a form of an emoji that is left out
            continue
        elif category[0] == "C":
            kept.append(character if character in _JOINERS else "")
        elif category[0] in _KEPT or ours.has(character):
            kept.append(character)
    return " ".join("".join(kept).split())


def needs_more(text: str) -> bool:
    """Whether `text` has characters only another font can show."""
    ours = font()
    return any(not ours.has(c) and not c.isspace() for c in text)


def _tables(data: bytes) -> dict[str, int]:
    (count,) = struct.unpack_from(">H", data, 4)
    found = {}
    for number in range(count):
        tag, _, offset, _ = struct.unpack_from(">4sIII", data, 12 + 16 * number)
        found[tag.decode("ascii")] = offset
    return found


def _glyphs(data: bytes, at: int) -> dict[int, int]:
    """Code point -> glyph, of the first subtable in format 4."""
    (count,) = struct.unpack_from(">H", data, at + 2)
    for number in range(count):
        (offset,) = struct.unpack_from(">I", data, at + 8 + 8 * number)
        if struct.unpack_from(">H", data, at + offset)[0] == 4:
            return _format_4(data, at + offset)
    msg = "the font has no character map in format 4"
    raise ValueError(msg)


def _format_4(data: bytes, at: int) -> dict[int, int]:
    segments = struct.unpack_from(">H", data, at + 6)[0] // 2
    ends = struct.unpack_from(f">{segments}H", data, at + 14)
    starts = struct.unpack_from(f">{segments}H", data, at + 16 + 2 * segments)
    deltas = struct.unpack_from(f">{segments}H", data, at + 16 + 4 * segments)
    offsets_at = at + 16 + 6 * segments
    offsets = struct.unpack_from(f">{segments}H", data, offsets_at)
    found = {}
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        for code in range(start, min(end, 0xFFFE) + 1):
            glyph = code
            if offsets[number]:
                place = offsets_at + 2 * number + offsets[number] + 2 * (code - start)
                (glyph,) = struct.unpack_from(">H", data, place)
                if glyph == 0:
                    continue
            if glyph := (glyph + deltas[number]) & 0xFFFF:
                found[code] = glyph
    return found
