"""Lines that mix scripts, so that each runs the way its reader expects. Pure.

Apps give a line the direction of its first strong letter (UAX #9, rules P2 and P3). That is wrong
for an Arabic sentence that begins with a Latin name, and the other way round: such a line gets an
invisible mark in front. A name that stands in a line of ours is isolated where its script runs the
other way, or else it would reorder what stands beside it.
"""

from __future__ import annotations

import unicodedata

from bot.delivery.cleaning import FIRST_STRONG_ISOLATE, POP_DIRECTIONAL_ISOLATE, has_right_to_left
from bot.delivery.look import RIGHT_TO_LEFT_MARK
from bot.delivery.richtext import Builder, RichText

LEFT_TO_RIGHT_MARK = "\u200e"
_LOOKED_AT = 2_000  # characters that tell which way a text runs


def isolated(text: str, *, rtl: bool = False) -> str:
    """Text to stand inside a line of ours, kept from reordering it.

    Args:
        text: one line.
        rtl: the line runs from right to left.
    """
    foreign = _has_left_to_right(text) if rtl else has_right_to_left(text)
    return f"{FIRST_STRONG_ISOLATE}{text}{POP_DIRECTIONAL_ISOLATE}" if foreign else text


def runs_right_to_left(*texts: str) -> bool:
    """Whether most letters do."""
    if not any(map(has_right_to_left, texts)):
        return False
    right = left = 0
    for text in texts:
        for character in text[:_LOOKED_AT]:
            strong = _strong(character)
            right += strong == "R"
            left += strong == "L"
    return right > left


def directed(rich: RichText, *, rtl: bool) -> RichText:
    """The same words, each line running as the text does.

    A line without a letter of the text's own script stays as it is, and so does code.

    Args:
        rich: some lines.
        rtl: the text runs from right to left.
    """
    if not has_right_to_left(rich.text):
        return rich
    code = [(span.start, span.end) for span in rich.spans if span.type == "pre"]
    mark = RIGHT_TO_LEFT_MARK if rtl else LEFT_TO_RIGHT_MARK
    built = Builder()
    start = done = 0
    for line in rich.text.splitlines(keepends=True):
        in_code = any(a <= start < b for a, b in code)
        if not in_code and _runs_otherwise(line, "R" if rtl else "L"):
            if done < start:
                built.append(rich.slice(done, start))
            built.add(mark)
            done = start
        start += len(line)
    return built.append(rich.slice(done, len(rich.text))).build() if done or built.length else rich


def _runs_otherwise(line: str, wanted: str) -> bool:
    """Whether a line that holds letters of the wanted direction begins with another one."""
    first = next((strong for c in line if (strong := _strong(c))), "")
    return bool(first) and first != wanted and any(_strong(c) == wanted for c in line)


def _has_left_to_right(text: str) -> bool:
    return any(_strong(character) == "L" for character in text)


def _strong(character: str) -> str:
    """The direction of a letter: "R", "L", or "" for what has none of its own."""
    kind = unicodedata.bidirectional(character)
    if kind in ("R", "AL"):
        return "R"
    return "L" if kind == "L" else ""
