"""Numbers as people of a language write them, after the Unicode CLDR."""

from __future__ import annotations

from babel.numbers import format_decimal

from bot.locales import language_of

_PATTERNS = {0: "#,##0", 1: "#,##0.0", None: "#,##0.####"}


def number_of(value: float, language: str, digits: int | None = 0) -> str:
    """A number with its thousands apart: "12,345.6", "12.345,6", "12 345,6".

    Args:
        value: rounded to `digits`.
        language: any tag, as for `bot.locales.language_of`.
        digits: 0 or 1, after the point; None for as many as it has, up to four.
    """
    return str(format_decimal(value, _PATTERNS[digits], locale=language_of(language)))
