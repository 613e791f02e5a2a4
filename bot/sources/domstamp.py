"""The line in which an entry shows when it was made: "12.50 BST", "Hier à 23:40", "4m ago"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.sources.ages import Age, read_age
from bot.sources.clock import Lead, leading_clock
from bot.sources.dates import DayMark, find_dates
from bot.sources.months import weekday

LONGEST = 70
"""Characters of such a line."""

_DIGITS = {0x0660 + n: str(n) for n in range(10)} | {0x06F0 + n: str(n) for n in range(10)}
_WORDY = 30  # characters; without a digit, longer lines say no time

_WORDS = re.compile(
    r"\A(?:(?:posted|published|publication|updated|last updated|edited|veröffentlicht|aktualisiert"
    r"|publié|mis à jour|publicado|actualizado|atualizado|pubblicato|aggiornato|opublikowano"
    r"|опубликовано|обновлено|опубліковано|оновлено|yayınlanma|güncelleme|نشر|نُشر|تحديث)"
    r"(?![^\W\d_]))?\s*(?:(?:at|on|um|à|a las|alle|às|as|ore|o godz\.?|godz\.?|o|в|о|kl\.?|saat"
    r"|الساعة|le|am|den|il)(?![^\W\d_]))?"
    r"\s*[:,–-]?\s*",
    re.IGNORECASE,
)
_DAYS_AGO = re.compile(
    r"\A(?:(?P<same>today|heute|aujourd['’]hui|hoy|oggi|hoje|dzisiaj|dziś|сегодня|сьогодні|bugün"
    r"|vandaag|i ?dag|اليوم)|(?:yesterday|gestern|hier|ayer|ieri|ontem|wczoraj|вчера|вчора|dün"
    r"|gisteren|i ?går|أمس))\b",
    re.IGNORECASE,
)
_EDGES = " ,|·•–—-/()[]"
_BARE_DATE = re.compile(r"[\d./-]{6,10}|\d{1,2}\.? [^\W\d_]{3,10}\.?(?: \d{4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a page writes times.

    Attributes:
        month_first: 04/05/2020 is April 5th.
        bare_hours: "15h" is three o'clock, as in French; else it is an age: fifteen hours ago.
    """

    month_first: bool = False
    bare_hours: bool = False


ANY = Spelling()
"""Of a page that tells nothing of its own."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """When an entry shows that it was made.

    Attributes:
        words: the line itself.
        clock: the time of day, None where it shows none.
        day: the day as far as it names one.
        ago: days before the one on which the page was fetched ("yesterday" is 1).
        age: how old it says to be, None where it says nothing of the kind.
    """

    words: str = ""
    clock: Lead | None = None
    day: DayMark | None = None
    ago: int | None = None
    age: Age | None = None

    @property
    def dated(self) -> bool:
        """Whether it names a day of a month."""
        return self.day is not None and self.day.month is not None

    def filled(self, other: Stamp) -> Stamp:
        """This one, with what only another one of the same entry tells."""
        return replace(
            self,
            words=self.words or other.words,
            clock=self.clock or other.clock,
            day=self.day or other.day,
            ago=other.ago if self.ago is None else self.ago,
            age=self.age or other.age,
        )


NO_STAMP = Stamp()
"""Of an entry that shows no time."""


@lru_cache(maxsize=4_096)  # one line is asked about several times, by different names
def read_stamp(text: str, spelling: Spelling = ANY) -> Stamp | None:
    """What a short line says of a time, or None if it says anything else.

    Args:
        text: white space collapsed.
        spelling: how the page writes times.
    """
    if len(text) > LONGEST or not any(map(str.isalnum, text)):
        return None
    text = text.translate(_DIGITS) if not text.isascii() else text
    if len(text) > _WORDY and not any(map(str.isdigit, text)):
        return None
    bare = not spelling.bare_hours
    if age := read_age(text, bare=bare):
        return Stamp(text, age=age)
    match = _WORDS.match(text)
    begin = match.end() if match else 0
    rest = text[begin:]
    if not rest:
        return Stamp(text) if begin else None
    if begin and (age := read_age(rest, bare=bare)):
        return Stamp(text, age=age)
    found = next(find_dates(rest, month_first=spelling.month_first), None)
    mark, ago = (found.mark if found else None), None
    if found is not None:
        rest = f"{rest[: found.start]} {rest[found.end :]}"
    elif _BARE_DATE.fullmatch(rest):
        return Stamp(text)
    elif relative := _DAYS_AGO.match(rest):
        ago = 0 if relative["same"] else 1
        rest = rest[relative.end() :]
    named = None
    kept = []
    for word in rest.split():
        number = weekday(word.strip(",."), abbreviated=True)
        if number is None:
            kept.append(word)
        named = number if named is None else named
    if named is not None:
        mark = replace(mark, weekday=named) if mark else DayMark(weekday=named)
    rest = _WORDS.sub("", " ".join(kept).strip(_EDGES)).strip(_EDGES)
    lead = leading_clock(rest)
    if rest and (lead is None or lead.end != len(rest)):
        return None
    return Stamp(text, lead, mark, ago)


def is_stamp(text: str) -> bool:
    """Whether a short line only says when: "12.50 BST", "Posted at 15:05", "4m ago"."""
    return read_stamp(text) is not None
