"""Dates as pages write them: in a line, in an attribute, in an address, as a day's heading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from bot.sources.digits import western
from bot.sources.months import month, weekday

_WORD = r"[^\W\d_]{1,14}"
_YEAR = r"((?:19|20)\d\d)(?!\d)"
_ISO = re.compile(r"(?<!\d)((?:19|20)\d\d)([-/.])([01]?\d)\2([0-3]?\d)(?!\d)")
_NUMERIC = re.compile(r"(?<![\d.])(\d{1,2})([./-])(\d{1,2})\2((?:19|20)\d\d)(?!\d|\.\d)")
_TWO_DIGITS = re.compile(r"(?<![\d.:])(\d{1,2})([./])(\d{1,2})\2([12]\d|3\d)(?![\d:/]|\.\d)")
_MONTH_FIRST = re.compile(
    rf"(?<![^\W_])({_WORD})\.?\s(\d{{1,2}})(?:st|nd|rd|th)?(?![\d:.]\d)(?!\d)"
    rf"(?:,?\s{_YEAR})?"
)
_DAY_FIRST = re.compile(
    rf"(?<![\d:.,])(\d{{1,2}})(?:st|nd|rd|th|er|º|ª|°|\.)?[\s-]?(?:(?i:de|of)\s)?"
    rf"((?:كانون|تشرين)\s{_WORD}|{_WORD})(?:/(?:(?:كانون|تشرين)\s)?{_WORD})?\.?,?(?:[\s-](?i:de\s|del\s)?{_YEAR})?"
)
_SHORT = re.compile(r"(?<![\d.])(\d{1,2})\.\s?(\d{1,2})\.(?!\d)")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})(?=[\s,])")
_URL = re.compile(
    r"/((?:19|20)\d\d)[/-]([01]?\d|[a-z]{3})[/-]([0-3]?\d)(?=[/\-.?#]|$)", re.IGNORECASE
)
_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+")
_NUMBERED = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eins|zwei|drei|vier|fünf)\b",
    re.IGNORECASE,
)
# Articles and prepositions, what pages call themselves, numbers of days, endings of dates.
_FILLER_WORDS = """
day tag jour día giorno dia dzień день gün günü on the of am den der die das le el il la lo o a at
in as it from vom zum für po za dnia do del de di da du des what happened war que pasó ce qui passé
что произошло що сталося у в во على يوم
published updated update updates live latest news newsblog liveblog blog liveticker ticker coverage
developments events entries posts earlier previous posted dated last first date datum stand
aktualisiert entwicklungen ereignisse meldungen nachrichten überblick direct directo diretta
evènements événements sucesos notizie notícias wydarzenia события хроника новости події хроніка
новини gelişmeler gelişmeleri son dakika أخبار أحداث تطورات
one two three four five six seven eight nine ten eins zwei drei vier fünf un deux trois quatre cinq
uno dos tres г год года р r roku рік року
"""
_FILLER = frozenset(_FILLER_WORDS.split())
_AGO = {
    word: ago
    for ago, words in enumerate((
        "today heute aujourd'hui aujourd’hui hoy oggi hoje dziś dzisiaj сегодня сьогодні bugün"
        " اليوم vandaag idag",
        "yesterday gestern hier ayer ieri ontem wczoraj вчера вчора dün أمس gisteren igår",
    ))
    for word in words.split()
}  # fmt: skip
_DAY_WORD = re.compile(rf"({_WORD}(?:['’-]{_WORD})*)\.?,?\s")
_DAY_GAP = re.compile(r"[\s,;:|–—-]{1,4}(?:(?:um|at|à|a las|alle|às|o|в|о|saat|الساعة)\s)?")


@dataclass(frozen=True, slots=True)
class DayMark:
    """A day as far as a heading names it: "Wednesday, January 8", "DAY TWO – TUESDAY".

    Attributes:
        month: 1 to 12, None if not named.
        day: of the month, None if not named.
        year: None if not written.
        weekday: 0 (Monday) to 6, None if not named.
        ago: days before the one on which it was written: 0 is "today", 1 is "yesterday".
    """

    month: int | None = None
    day: int | None = None
    year: int | None = None
    weekday: int | None = None
    ago: int | None = None

    def near(self, anchor: date) -> date | None:
        """The date meant, nearest to `anchor` where the year or the date is not written."""
        if self.month is None or self.day is None:
            if self.weekday is None:
                return None
            distance = (self.weekday - anchor.weekday() + 3) % 7 - 3
            return _shift(anchor, distance)
        if self.year is not None:
            return _date(self.year, self.month, self.day)
        dates = (
            _date(year, self.month, self.day)
            for year in (anchor.year, anchor.year - 1, anchor.year + 1)
        )
        # The weekday, where it is written, outranks nearness: it fixes the year.
        return min(
            (found for found in dates if found),
            key=lambda found: (
                self.weekday is not None and found.weekday() != self.weekday,
                abs((found - anchor).days),
            ),
            default=None,
        )


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text: what it says and where it stands."""

    mark: DayMark
    start: int
    end: int


def find_dates(text: str, *, month_first: bool = False) -> Iterator[FoundDate]:
    """The dates in a text that name at least day and month, in order of their kind.

    Args:
        text: white space collapsed.
        month_first: read 04/05/2020 as April 5th (as the US and Deutsche Welle in English do).
    """
    text = western(text)
    for match in _ISO.finditer(text):
        if found := _date(int(match[1]), int(match[3]), int(match[4])):
            yield _found(match, found.month, found.day, found.year)
    for pattern, century in ((_NUMERIC, 0), (_TWO_DIGITS, 2000)):
        for match in pattern.finditer(text):
            first, second, year = int(match[1]), int(match[3]), int(match[4]) + century
            swap = match[2] != "." and (second > 12 or (month_first and first <= 12))
            day, number = (second, first) if swap else (first, second)
            if _date(year, number, day):
                yield _found(match, number, day, year)
    for pattern, name, digits in ((_MONTH_FIRST, 1, 2), (_DAY_FIRST, 2, 1)):
        for match in pattern.finditer(text):
            read = month(match[name])
            day = int(match[digits])
            if pattern is _MONTH_FIRST and _is_weekday_before_date(text, match):
                continue
            if read and _date(int(match[3] or 2000), read, day):
                yield _found(match, read, day, int(match[3]) if match[3] else None)


def _is_weekday_before_date(text: str, match: re.Match[str]) -> bool:
    """Whether "mar. 5" begins "mar. 5 avril": Tuesday, and not March."""
    following = _DAY_FIRST.match(text, match.start(2))
    return following is not None and month(following[2]) is not None


def day_heading(text: str, *, month_first: bool = False) -> DayMark | None:
    """What day a heading names, or None if the text is anything but a day's name.

    "Mittwoch, 8. Januar", "DAY TWO – TUESDAY", "Published January 8, 2020", "8.1.".
    """
    if len(text) > 70:
        return None
    text = western(text)
    found = next(find_dates(text, month_first=month_first), None)
    rest = text[: found.start] + " " + text[found.end :] if found else text
    mark = found.mark if found else DayMark()
    if (
        found is None
        and (short := _SHORT.search(text))
        and _date(2000, int(short[2]), int(short[1]))
    ):
        mark = DayMark(month=int(short[2]), day=int(short[1]))
        rest = text[: short.start()] + " " + text[short.end() :]
    named: int | None = None
    ago: int | None = None
    counted = False
    for token in _TOKEN.findall(rest):
        lowered = token.casefold()
        if lowered in ("day", "tag", "jour", "día", "giorno", "dia", "день"):
            counted = True
        elif lowered.isdigit():
            if not counted or len(lowered) > 2:
                return None
        elif (number := weekday(token, abbreviated=mark.day is not None)) is not None:
            named = number
        elif lowered in _AGO:
            ago = _AGO[lowered]
        elif lowered not in _FILLER:
            return None
    if mark.day is None and named is None and ago is None:
        if not (counted and _NUMBERED.search(rest)):
            return None
    elif mark.day is not None or named is not None:
        ago = None
    return DayMark(mark.month, mark.day, mark.year, named, ago)


def leading_day(text: str, *, month_first: bool = False) -> tuple[DayMark, int] | None:
    """A day before a clock time and where it ends.

    "Jan 8, 14:50", "Mi., 8.1., 14:50 Uhr", "Hier à 14h50", "08/01 14h50".
    """
    head = western(text[:60])
    position, named, ago = (1 if head[:1] in "[(" else 0), None, None
    if match := _DAY_WORD.match(head, position):
        named = weekday(match[1], abbreviated=True)
        ago = _AGO.get(match[1].casefold())
        if named is not None or ago is not None:
            position = match.end()
    for pattern in (_ISO, _NUMERIC, _TWO_DIGITS, _MONTH_FIRST, _DAY_FIRST, _SHORT, _SLASHED):
        match = pattern.match(head, position)
        if match is None or (pattern is _MONTH_FIRST and _is_weekday_before_date(head, match)):
            continue
        if mark := _day_of(match, pattern, month_first=month_first):
            gap = _DAY_GAP.match(head, match.end())
            end = gap.end() if gap else match.end()
            return DayMark(mark.month, mark.day, mark.year, named), end
    if named is None and ago is None:
        return None
    gap = _DAY_GAP.match(head, position - 1)
    return DayMark(weekday=named, ago=ago), max(position, gap.end() if gap else 0)


def _day_of(match: re.Match[str], pattern: re.Pattern[str], *, month_first: bool) -> DayMark | None:
    """The day of a match of one of the patterns."""
    if pattern is _SHORT or pattern is _SLASHED:
        first, second = int(match[1]), int(match[2])
        swap = pattern is _SLASHED and (second > 12 or (month_first and first <= 12))
        day, number = (second, first) if swap else (first, second)
        return DayMark(month=number, day=day) if _date(2000, number, day) else None
    found = next(find_dates(match[0], month_first=month_first), None)
    return found.mark if found else None


def date_in_url(url: str) -> date | None:
    """The date in an address such as /2020/01/08/ or /2020/jan/08/, or None."""
    match = _URL.search(url)
    if match is None:
        return None
    number = int(match[2]) if match[2].isdigit() else month(match[2])
    return _date(int(match[1]), number, int(match[3])) if number else None


def read_timestamp(text: str) -> datetime | date | None:
    """An ISO 8601 attribute: an aware UTC instant, or a date where no time or no zone is given."""
    value = text.strip()[:40]
    try:
        read = datetime.fromisoformat(value.replace(" +", "+") if "T" in value else value)
    except ValueError:
        match = _ISO.search(value)
        return _date(int(match[1]), int(match[3]), int(match[4])) if match else None
    if read.tzinfo is None:
        return read.date()
    try:
        return read.astimezone(UTC)
    except OverflowError:
        return None


def utc_offset(text: str) -> int | None:
    """Minutes of the offset that an ISO 8601 attribute carries; None without one, or with "Z"."""
    match = re.search(r"\d\d:\d\d(?::\d\d)?(?:\.\d{1,9})?([+-])(\d\d):?(\d\d)$", text.strip()[:40])
    if match is None:
        return None
    return (int(match[2]) * 60 + int(match[3])) * (1 if match[1] == "+" else -1)


def _found(match: re.Match[str], number: int, day: int, year: int | None) -> FoundDate:
    return FoundDate(DayMark(number, day, year), match.start(), match.end())


def _date(year: int, number: int, day: int) -> date | None:
    try:
        return date(year, number, day)
    except ValueError:
        return None


def _shift(day: date, days: int) -> date | None:
    try:
        return date.fromordinal(day.toordinal() + days)
    except (ValueError, OverflowError):
        return None
