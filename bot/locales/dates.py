"""Days as people of a language write them, after the Unicode CLDR."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from babel.dates import format_date

from bot.locales import language_of

_DAY = "d MMM"
_DAY_OF_ANOTHER_YEAR = "d MMM y"


@lru_cache(maxsize=4_096)
def day_of(day: date, language: str, today: date | None = None) -> str:
    """A day in a few letters: "27 Nov", with its year where that is not this one.

    Args:
        day: local.
        language: any tag, as for `bot.locales.language_of`.
        today: where it is known.
    """
    pattern = _DAY if today is None or today.year == day.year else _DAY_OF_ANOTHER_YEAR
    return str(format_date(day, pattern, locale=language_of(language)))
