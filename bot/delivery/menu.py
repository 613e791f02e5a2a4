"""The button under an alert that opens what can be done with it. Pure.

What it says is the same for all chats that read alike, so it is part of the rendering; what it
opens is drawn when somebody presses it (``bot.commands.alert_menu``).
"""

from __future__ import annotations

import string
from collections.abc import Sequence

from bot.delivery.look import Look
from bot.outgoing import MenuButton

MENU = "al"
"""The action in the data of the button, as ``bot.commands.keyboards`` reads it."""

OTHERS = "+"
"""What stands in a button's data before the other entries of a merged message."""

MOST = 10**18  # no entry's id is as large
_DATA = 64  # bytes that Telegram allows
_AROUND = len(f"xx::9999{OTHERS}")  # the longest action and page
_DIGITS = string.ascii_letters + string.digits + "-_"
_HALF = len(_DIGITS) // 2  # a digit from here on says that the number goes on


def menu_button(entry_ids: Sequence[int], look: Look) -> MenuButton:
    """The button under a message that shows these entries, one at least."""
    first, *others = entry_ids
    code = others_code(first, others)
    data = f"{MENU}:{first}:0{OTHERS if code else ''}{code}"
    return MenuButton(look.words("More") if look.plain else "⋯", data)


def others_code(first: int, others: Sequence[int]) -> str:
    """The other entries of a merged message in a button's data; "" if they do not fit.

    Its deliveries are forgotten after some days, and then nothing else tells what it shows. The
    ids rise, so the differences are told: a letter up to 32, two up to 1,024. Forty of a digest fit
    if they are near to each other.
    """
    room = _DATA - _AROUND - len(str(first))
    code = ""
    for before, entry_id in zip((first, *others), others, strict=False):
        number = entry_id - before - 1
        if number < 0:
            return ""
        while number >= _HALF:
            code += _DIGITS[_HALF + number % _HALF]
            number //= _HALF
        code += _DIGITS[number]
    return code if len(code) <= room else ""


def read_others(first: int, code: str) -> tuple[int, ...]:
    """What `others_code` told; nothing for what it does not make."""
    found: list[int] = []
    last, number, unit = first, 0, 1
    for digit in code:
        value = _DIGITS.find(digit)
        number += value % _HALF * unit
        unit *= _HALF
        if value < _HALF:
            last += number + 1
            found.append(last)
            number, unit = 0, 1
    return tuple(found) if unit == 1 and last < MOST else ()
