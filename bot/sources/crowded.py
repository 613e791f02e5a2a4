"""Refuses JSON of so many values that its objects would fill memory and hold up everyone else.

A megabyte of JSON can become fifty of Python objects, made in one go that no other thread can
interrupt. So values are counted in the text, before anything is parsed.
"""

from __future__ import annotations

import re

from bot.errors import UnreadableError
from bot.wording import Wording

MAX_VALUES = 300_000
"""Of one JSON text, roughly; the data of a live blog with 1,000 entries has about 50,000."""

_SHORT = 2 * MAX_VALUES  # characters that cannot hold so many: a value and its comma take two


_OPENING = re.compile(r"<script[\s/>]", re.IGNORECASE)
_CLOSING = re.compile(r"</script[\s/>]", re.IGNORECASE)


def is_crowded(text: str, start: int = 0, end: int | None = None) -> bool:
    """Whether a JSON text may hold more than `MAX_VALUES` values.

    Each value follows a comma or is the first of its list or object. Commas inside strings are
    counted too, which a text of any sense can afford.

    Args:
        text: holds the JSON.
        start: where that begins.
        end: where that ends, None at the text's own.
    """
    end = len(text) if end is None else end
    if end - start <= _SHORT:
        return False
    return sum(text.count(sign, start, end) for sign in ",[{") > MAX_VALUES


def refuse_crowded_json(text: str) -> None:
    """Refuse a document that is nothing but crowded JSON; anything else passes.

    Raises:
        UnreadableError: it is.
    """
    if text[:64].lstrip("\ufeff \t\r\n")[:1] in ("{", "[") and is_crowded(text):
        raise _refusal()


def refuse_crowded_scripts(text: str) -> None:
    """Refuse a page of HTML that carries crowded JSON.

    Raises:
        UnreadableError: it does.
    """
    if not is_crowded(text):
        return
    at = 0
    while opening := _OPENING.search(text, at):
        closing = _CLOSING.search(text, opening.end())
        at = closing.start() if closing else len(text)
        if is_crowded(text, opening.end(), at):
            raise _refusal()


def _refusal() -> UnreadableError:
    return UnreadableError(
        Wording(
            "The page's data holds more than {n} values, far more than a live blog has, so it is "
            "not read. Check that the address is the live blog's own.",
            n=MAX_VALUES,
        )
    )
