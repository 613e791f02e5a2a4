"""Clock times as newsrooms write them, and the instant a clock time means.

Read: ``14:50``, ``14.50``, ``9h05``, ``15h``, ``11.04 Uhr``, ``11 Uhr``, ``2.05pm``, ``11am``,
``3:45 p.m. ET``, ``10:12 GMT``, ``19:02(IST)``, ``1903 GMT``, ``+++ 12:41``, ``[14:50]``, ``noon``,
``10.25am BST 10:25``, ``godz. 14.50``, ``ore 14.50``, ``14:50 (мск)``, ``14h50 heure de Paris``,
``٢:٥٠ م بتوقيت غرينتش``. Every pattern is anchored and bounded, so reading takes constant time
however long the text is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from bot.sources.digits import western
from bot.sources.zones import zone_info, zone_of
from bot.sources.zonewords import zone_phrase

_MERIDIEM = (
    r"(?:(?:[aApP]\.\s?[mM]\.?|[aApP][mM])(?![^\W_])"
    r"|(?:صباحا|صباحًا|صباحاً|فجرا|فجرًا|فجراً|مساءً|مساء|ظهرا|ظهرًا|ظهراً|عصرا|عصرًا|عصراً|ص|م)"
    r"(?![^\W\d_]))"
)
_MORNING = ("a", "A", "ص", "ف")  # how what stands for "a.m." begins
_CLOCK = re.compile(
    rf"""(?:
      (?P<hour_m>\d{{1,2}})(?P<sep>[:.∶：])(?P<minute>[0-5]\d)(?::[0-5]\d)?
      (?![\d%‰°])(?![.,:/]\d)(?!['’][^\W\d_])(?:\s?(?P<mer_m>{_MERIDIEM}))?
    | (?P<hour_h>\d{{1,2}})\s?[hH](?:\s?(?P<minute_h>[0-5]\d)(?!\d)|(?![^\W_]))
    | (?P<hour_only>\d{{1,2}})\s?(?P<mer_only>{_MERIDIEM})
    | (?P<hour_uhr>\d{{1,2}})(?=\sUhr\b)
    | (?P<hour_mil>[01]\d|2[0-3])(?P<minute_mil>[0-5]\d)(?=\s?\(?(?:[A-Z]{{2,5}}\b|hrs\b|hours\b))
    | (?:12\s)?(?P<word>[Nn]oon|NOON|[Mm]idday|[Mm]idnight|MIDNIGHT)
      (?=\s?(?:[:–—|,)-]|[A-Z]{{2,4}}\b|$))
    )""",
    re.VERBOSE,
)
_SUFFIX = re.compile(
    r"\s?(?:(?:Uhr|uur|hrs?|hours|hs|h|horas|heures|hod|min|мин|ч)(?![^\W_])\.?(?!\d)"
    r"|''|″|′|['’](?![^\W\d_]))"
)
_ZONE = re.compile(
    r"\s?(?:\(\s?([^\W\d_]{1,5}(?:\s?[+\-−]\s?\d{1,2}(?::?\d\d)?)?)\s?\)"
    r"|([A-Z]{1,4}\s?[+\-−]\s?\d{1,2}(?::?[0-5]\d)?(?![\d:])|[A-ZİМСК]{2,5}|gmt|utc|мск)(?![^\W_]))"
)
_MEAN = re.compile(r"\s?\(?\s?ت\s?\.?\s?غ\.?\s?\)?")  # Greenwich in two letters
_BRACKET = re.compile(r"\s?[(\[]?\s?")
_OPENING = re.compile(
    r"(?P<plus>\+{2,3}\s?)?(?:[^\w\"“”„«»‘’'$€£¥₽%/\\+~<&@#=?!.,;:]|[>»|]){0,8}"
    r"(?:(?:Update[d]?|UPDATE[D]?|LIVE|Live|NEW|New|NEU|Neu|JUST IN|BREAKING|Breaking|Stand|EIL"
    r"|Aktualisiert|Mise à jour|Mis à jour|Actualización|Actualizado|Aggiornamento|Aggiornato"
    r"|Atualização|Atualizado|Aktualizacja|Обновлено|Оновлено|Güncelleme|تحديث)\s?[:,–\-]?\s)?"
    r"(?:(?P<label>[Oo]re|ORE|[Hh]\.?|[Gg]odz\.|GODZ\.|[Gg]odzina|[Gg]\.|[Ss]aat|SAAT|الساعة|[Kk]l\.?)\s"
    r"|(?P<preposition>At|at|Um|um|Gegen|Ab|À|à|A las|a las|Alle|alle|Às|às|As|O|o|W|w|В|в|О|о"
    r"|في)\s(?:(?:godz\.|ore|الساعة)\s)?)?"
    r"[\[(【]?\s?"
)
_SEPARATOR = re.compile(r"(?:[\s:;,.)\]】|/•·►▶>»–—‒―\-]|[\U0001F000-\U0001FAFF⏰●■▪\uFE0F]){0,6}")
_STRONG = re.compile(r"\s?(?:[:|–—)\]]|-\s)|$")
_RANGE = re.compile(
    r"\s?(?:-|–|—|/|to|till|until|bis|and|und|et|a|à|al|y|e|do|до|ile|–\s)\s?"
    r"\d{1,2}(?:\s?[:.hH]\s?\d\d(?!\d)|\s?[aApP]\.?[mM]|\s?Uhr|\s?h\b)"
)
_RELATIVE = re.compile(r"\s?(?:\d{1,2}\s?m(?:in)?\s)?(?:ago|old|earlier|later)\b")  # "15h ago"
_UNIT = re.compile(
    r"\s?(?:%|‰|°|€|\$|£|(?:million|billion|trillion|thousand|per\s?cent|percent|percentage"
    r"|points?|euros?|dollars?|pounds?|degrees|met(?:er|re)s?|kilomet\w+|miles?|km|kg|tons?|tonnes?"
    r"|Mio|Mrd|Million\w*|Milliarde\w*|Tausend|Prozent|Grad|Meter|Punkte|Tonnen|Millionen|milliards?"
    r"|millones|milliards|mln|mld|procent|процент\w*|млн|млрд)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time of day as a page shows it.

    Attributes:
        minute: of the day, 0 to 1439, by the clock of the page.
        zone: IANA name where the time names its own zone, else None.
        spelling: how it is written: "24:", "24.", "24h", "12" (with am/pm) or "mil" (1903).
    """

    minute: int
    zone: str | None
    spelling: str


@dataclass(frozen=True, slots=True)
class Lead:
    """A clock time at one end of a text.

    Attributes:
        clock: the time.
        start: characters before it (and before what introduces it).
        end: characters up to where the rest of the text begins, separators skipped.
        separated: white space or a separator stands between the time and the rest.
        framed: written between plus signs, as tickers do: "+++ 12:41 …".
        labelled: begins with a word for the hour ("godz. 14.05") or is one ("noon").
    """

    clock: ClockTime
    start: int
    end: int
    separated: bool
    framed: bool = False
    labelled: bool = False


def leading_clock(
    text: str, position: int = 0, *, country: str = "", language: str = ""
) -> Lead | None:
    """The clock time that `text` starts with, or None.

    No time is read where the digits are something else: a range ("7:00-8:00am"), a decimal
    ("2.50 million"), a date ("08.01.2020"); nor after "at", where it belongs to a sentence.

    Args:
        text: one paragraph, white space collapsed.
        position: where to look; the answer's offsets still count from the start of `text`.
        country: ending of the page's host, for names of zones with several meanings.
        language: BCP 47 tag of the page, likewise.
    """
    head = western(text[position : position + 120])
    opening = _OPENING.match(head)
    begin = opening.end() if opening else 0
    read = _read(head, begin, country, language)
    if read is None:
        return None
    clock, end = read
    again = _doubled(head, end, clock, country, language)
    if _RANGE.match(head, again) or _RELATIVE.match(head, again):
        return None
    if opening and opening["preposition"] and not _STRONG.match(head, again):
        return None
    bare = clock.spelling == "24." and not head[begin:again].rstrip().endswith("Uhr")
    if bare and not (opening and opening["label"]) and _UNIT.match(head, again):
        return None
    after = _SEPARATOR.match(head, again)
    stop = after.end() if after else again
    return Lead(
        clock=clock,
        start=position,
        end=position + stop,
        separated=stop > again or stop == len(head),
        framed=bool(opening and opening["plus"]),
        labelled=bool(opening and opening["label"]) or head[begin].isalpha(),
    )


def starts_with_range(text: str) -> bool:
    """Whether a text starts with a stretch of time, as a programme's lines do ("7:00-8:00am")."""
    head = western(text[:60])
    opening = _OPENING.match(head)
    read = _read(head, opening.end() if opening else 0, "", "")
    return read is not None and _RANGE.match(head, read[1]) is not None


_TRAILING = re.compile(
    rf"[\s–—|,(\[\-•·]\s?(?:(?:ore|godz\.|saat|الساعة)\s)?((?:\d{{1,2}}[:.][0-5]\d(?:\s?{_MERIDIEM})?|\d{{1,2}}\s?[hH]\s?[0-5]\d"
    rf"|\d{{1,2}}\s?{_MERIDIEM})(?:\s?(?:Uhr|uur|hrs))?(?:\s?\(?[A-Z]{{2,5}}\)?)?)[)\]]?$"
)

_PREPOSITION = re.compile(
    r"\b(?:at|by|from|until|till|since|before|after|around|um|ab|bis|seit|gegen|vor|nach|à|dès|vers"
    r"|avant|après|a las|alle|dalle|às|o|od|do|в|до|о|із)\s?$",
    re.IGNORECASE,
)


def trailing_clock(text: str, *, country: str = "", language: str = "") -> Lead | None:
    """The clock time that a headline ends with ("Ferry sails again – 14:50"), or None.

    `Lead.start` is then the length of the headline, `Lead.end` the length of the text.
    """
    tail_from = max(0, len(text) - 40)
    text = text[:tail_from] + western(text[tail_from:])
    match = _TRAILING.search(text, tail_from)
    if match is None or _PREPOSITION.search(text[: match.start()]):
        return None
    read = _read(text, match.start(1), country, language)
    if read is None or text[read[1] :].strip(" )]"):
        return None
    return Lead(clock=read[0], start=match.start(), end=len(text), separated=True)


def instant(day: date, minute: int, zone: str, *, second_pass: bool = False) -> datetime:
    """The UTC instant of a clock time on a day in a zone.

    A time that the clocks skipped (02:30 on the night they go forward) is read as if they had
    not: it lands one hour later on the new clock. A time that happened twice is its first
    passing unless `second_pass`.

    Args:
        day: of the zone's calendar.
        minute: of the day, 0 to 1439.
        zone: IANA name; an unknown one is read as UTC.
        second_pass: after the clocks went back.
    """
    naive = time(minute // 60, minute % 60, fold=1 if second_pass else 0)
    info = zone_info(zone)
    return datetime.combine(day, naive, tzinfo=info or UTC).astimezone(UTC)


def happens_twice(day: date, minute: int, zone: str) -> bool:
    """Whether the clocks showed this time twice on that day (they went back)."""
    first = instant(day, minute, zone)
    # A skipped time has two readings too, but its second one is the earlier.
    return instant(day, minute, zone, second_pass=True) > first


def _read(head: str, begin: int, country: str, language: str) -> tuple[ClockTime, int] | None:
    """One clock time at `begin`: what it says and where it ends."""
    match = _CLOCK.match(head, begin)
    if match is None:
        return None
    group = match.groupdict()
    if group["word"]:
        hour = 0 if group["word"].lower() == "midnight" else 12
        zone, end = _zone(head, match.end(), country, language)
        return ClockTime(hour * 60, zone, "12"), end
    hour = int(
        group["hour_m"]
        or group["hour_h"]
        or group["hour_only"]
        or group["hour_uhr"]
        or group["hour_mil"]
    )
    minute = int(group["minute"] or group["minute_h"] or group["minute_mil"] or 0)
    meridiem = group["mer_m"] or group["mer_only"]
    if meridiem:
        spelling = "12"
        if hour > 12 and group["mer_only"]:
            return None
        if hour <= 12:
            hour = hour % 12 + (0 if meridiem.startswith(_MORNING) else 12)
    elif group["hour_mil"]:
        spelling = "mil"
    elif group["hour_h"]:
        spelling = "24h"
    else:
        spelling = "24." if group["sep"] == "." else "24:"
    if hour == 24 and minute == 0:
        hour = 0
    if hour > 23:
        return None
    end = match.end()
    suffix = _SUFFIX.match(head, end)
    if suffix:
        end = suffix.end()
    zone, end = _zone(head, end, country, language)
    if spelling == "mil" and zone is None and not suffix:
        return None
    return ClockTime(hour * 60 + minute, zone, spelling), end


def _zone(head: str, end: int, country: str, language: str) -> tuple[str | None, int]:
    """The zone named after a clock time and where its name ends: an abbreviation, or a phrase."""
    match = _ZONE.match(head, end)
    if match:
        zone = zone_of(match[1] or match[2], country=country, language=language)
        if zone is not None:
            return zone, match.end()
    if mean := _MEAN.match(head, end):
        return "UTC", mean.end()
    bracket = _BRACKET.match(head, end)
    begin = bracket.end() if bracket else end
    phrase = zone_phrase(head, begin) if begin > end else None
    if phrase is None:
        return None, end
    zone, stop = phrase
    return zone, stop + (head[stop : stop + 1] in ")]" and head[end:begin].strip() in ("(", "["))


def _doubled(head: str, end: int, clock: ClockTime, country: str, language: str) -> int:
    """Skip the same moment said twice: "10.25am BST 10:25", "14:50 UTC (16:50 CEST)"."""
    gap = re.compile(r"\s?[(/]?\s?").match(head, end)
    begin = gap.end() if gap else end
    if begin == end:
        return end
    read = _read(head, begin, country, language)
    if read is None or read[0].minute % 60 != clock.minute % 60:
        return end
    other, stop = read
    if other.minute != clock.minute and (other.zone is None or clock.zone is None):
        return end
    return stop + (1 if head[stop : stop + 1] == ")" else 0)
