"""Points in time as machines write them: ISO 8601, RFC 822 in any language's names, Unix time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from bot.sources.months import month
from bot.sources.zones import zone_info, zone_of

_CLOCK = r"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*([AaPp]\.?[Mm]\b\.?)?"
_ZONE = r"\s*(Z|[+-]\d\d(?::?\d\d)?|[A-Za-z]{2,5}(?:[+-]\d\d?)?)?(?:\s*[\[(][^\])]*[\])])?"
_ISO = re.compile(rf"(\d{{4}})-?(\d\d)-?(\d\d)(?:[Tt]|\s+){_CLOCK}{_ZONE}")
_COMPACT = re.compile(r"(\d{8})[Tt](\d\d)(\d\d)(\d\d)?(Z|[+-]\d\d:?\d\d)?")
_DAY_FIRST = re.compile(
    rf"(?:[^\W\d_]+(?:-[^\W\d_]+)?\.?,?\s+)?(\d{{1,2}})\.?[\s-]+(?:de\s+)?([^\W\d_]+)\.?,?[\s-]+"
    rf"(?:de\s+)?(\d{{4}}|\d\d),?\s+(?:at\s+)?{_CLOCK}{_ZONE}"
)
_MONTH_FIRST = re.compile(
    rf"(?:[^\W\d_]+\.?,?\s+)?([^\W\d_]+)\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}}),?\s+"
    rf"(?:at\s+)?{_CLOCK}{_ZONE}"
)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)?")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Instant:
    """A point in time that was read.

    Attributes:
        at: UTC.
        naive: the source named no zone; one had to be assumed.
    """

    at: datetime
    naive: bool = False


def read_instant(value: object, zone: str = "UTC", country: str = "") -> Instant | None:
    """Read a point in time; None for a mere date and for anything else.

    Args:
        value: a string, or a Unix time in seconds, milliseconds or microseconds.
        zone: IANA name, assumed where the value names none.
        country: ending of the page's host, for names of zones with several meanings.
    """
    if not isinstance(value, str):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return _unix(float(value))
    text = value.strip()[:_LONGEST]
    if moment := exact(text):
        return Instant(moment)
    if text.isascii() and text.isdigit() and 9 <= len(text) <= 16:
        return _unix(float(text))
    try:
        return _written(text, zone, country)
    except (ValueError, OverflowError):
        return None


def exact(text: str) -> datetime | None:
    """Read ISO 8601 with a zone, as nearly all machines write it; None for anything else, UTC."""
    if text[4:5] != "-" or text[10:11] != "T":
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return None
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _unix(number: float) -> Instant | None:
    """The unit is told by magnitude: 10^11 s is the year 5138, 10^11 ms is 1973."""
    for limit, divisor in ((1e11, 1), (1e14, 1e3), (1e17, 1e6)):
        if 0 < number < limit:
            return Instant(datetime.fromtimestamp(number / divisor, UTC))
    return None


def _written(text: str, zone: str, country: str) -> Instant | None:
    if match := _COMPACT.fullmatch(text):
        day = match[1]
        text = f"{day[:4]}-{day[4:6]}-{day[6:]}T{match[2]}:{match[3]}:{match[4] or '00'}"
        text += match[5] or ""
    if match := _ISO.fullmatch(text):
        year, number, day_number = int(match[1]), int(match[2]), int(match[3])
    elif match := _DAY_FIRST.fullmatch(text):
        year, number, day_number = int(match[3]), month(match[2]) or 0, int(match[1])
    elif match := _MONTH_FIRST.fullmatch(text):
        year, number, day_number = int(match[3]), month(match[1]) or 0, int(match[2])
    else:
        return None
    if year < 100:
        year += 2000 if year < 70 else 1900
    hour = int(match[4])
    if half := match[8]:
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    # A leap second is read as the second before it.
    second = min(int(match[6] or 0), 59)
    fraction = int((match[7] or "0").ljust(6, "0")[:6])
    local = datetime(  # noqa: DTZ001 the zone is put on below
        year, number, day_number, hour, int(match[5]), second, fraction
    )
    return _placed(local, match[9] or "", zone, country)


def _placed(local: datetime, written: str, zone: str, country: str) -> Instant | None:
    if offset := _OFFSET.fullmatch(written):
        shift = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        fixed = timezone(-shift if offset[1] == "-" else shift)
        return Instant(local.replace(tzinfo=fixed).astimezone(UTC))
    name = zone_of(written.upper(), country=country) if written else None
    place = zone_info(name or zone)
    if place is None:
        return None
    return Instant(local.replace(tzinfo=place).astimezone(UTC), naive=name is None)
