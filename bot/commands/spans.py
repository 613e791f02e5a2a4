"""Reads lengths of time and clock times as people write them. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_UNITS = {
    timedelta(minutes=1): (
        "m min mins minute minutes minuten minuto minutos minuti minuta minuty minut мин минута"
        " минуты минут хв хвилина хвилини хвилин dk dakika دقيقة دقائق دقیقه"
    ),
    timedelta(hours=1): (
        "h hr hrs hour hours std stunde stunden heure heures hora horas ora ore g godz godzina"
        " godziny godzin ч час часа часов г год година години годин sa saat ساعة ساعات ساعت"
    ),
    timedelta(days=1): (
        "d day days tag tage tagen j jour jours dia dias giorno giorni dzien dni д день дня дней"
        " дні днів gun يوم أيام روز"
    ),
    timedelta(weeks=1): "w week weeks woche wochen semaine semaines semana semanas settimana",
}
_BARE = {word: unit for unit, words in _UNITS.items() for word in words.split()}
_PART = re.compile(r"(\d{1,6}(?:[.,]\d{1,3})?)\s*([^\W\d_]+)\.?")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d\d))?\s*(am|pm|a\.m\.|p\.m\.)?", re.IGNORECASE)
_UNTIL = re.compile(r"(?:until|till|til|bis|jusqu['’]?[aà]|hasta|ate|fino alle|do|до)\s+")
_NOON = 12


def read_span(text: str) -> timedelta | None:
    """A length of time: "2h", "90 min", "1h30m", "1.5 hours", "2 Std"; None for anything else.

    Never negative; hours where only a number is given would be a guess, so that is None, too.
    """
    rest = _bare(text)
    total = timedelta()
    while rest:
        found = _PART.match(rest)
        unit = None if found is None else _BARE.get(found[2])
        if found is None or unit is None:
            return None
        total += float(found[1].replace(",", ".")) * unit
        rest = rest[found.end() :].lstrip(" ,")
    return total or None


def read_clock(text: str) -> time | None:
    """A clock time: "22:00", "7", "7.30", "10pm"; None for anything else."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if half := (found[3] or "").lower().replace(".", ""):
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half == "pm" else 0)
    if hour == 24 and minute == 0:
        hour = 0
    return time(hour, minute) if hour < 24 and minute < 60 else None


def read_end(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When something ends that lasts "2h", or "until 18:00"; UTC, None for anything else.

    Args:
        text: as written.
        now: UTC.
        zone: in which clock times are meant: the next such time.
    """
    if (span := read_span(text)) is not None:
        return now + span
    clock = read_clock(_UNTIL.sub("", _bare(text), count=1))
    if clock is None:
        return None
    today = now.astimezone(zone).date()
    ends = (
        datetime.combine(today + timedelta(days=days), clock, zone).astimezone(UTC)
        for days in range(3)
    )
    return next(end for end in ends if end > now)


def read_hours(text: str) -> tuple[time, time] | None:
    """From one clock time to another: "22:00-07:00", "10pm – 7am", "22 to 7"; else None."""
    parts = re.split(r"\s*(?:-|–|—|−|\bto\b|\bbis\b|\ba\b|\bà\b|\balle\b|\bdo\b)\s*", _bare(text))
    clocks = [read_clock(part) for part in parts]
    if len(clocks) != 2 or clocks[0] is None or clocks[1] is None:
        return None
    return clocks[0], clocks[1]


def _bare(text: str) -> str:
    """Lower case without accents, one space between words, the digits ours."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(
        str(unicodedata.digit(c)) if c.isdigit() and c.isdecimal() else c
        for c in apart
        if unicodedata.category(c) != "Mn"
    )
    return " ".join(kept.split())
