"""Which zone a page means: the names readers are shown, as IANA zones.

A named zone is read as the civil clock of the place it stands for, because that is what newsrooms
mean: "ET", "EST" and "EDT" are New York's clock, "CET" and "MEZ" written in July are Berlin's
summer clock. Two names are taken literally: "GMT" is UTC (a British newsroom writes BST in summer)
and "AEST" has no summer time (Queensland; Sydney writes AEDT then).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_NAMES: Mapping[str, str] = MappingProxyType(
    {
        name: zone
        for zone, names in {
            "UTC": "UTC GMT Z WEZ",
            "Europe/London": "BST",
            "Europe/Lisbon": "WET WEST",
            "Europe/Berlin": "CET CEST MEZ MESZ HEC",
            "Europe/Kyiv": "EET EEST OEZ OESZ",
            "Europe/Moscow": "MSK МСК",
            "Europe/Istanbul": "TRT TSI TSİ",
            "America/New_York": "ET EST EDT",
            "America/Chicago": "CT CST CDT",
            "America/Denver": "MT MST MDT",
            "America/Los_Angeles": "PT PST PDT",
            "America/Anchorage": "AKST AKDT",
            "Pacific/Honolulu": "HST",
            "America/Halifax": "ADT AST",
            "America/Sao_Paulo": "BRT",
            "Asia/Kolkata": "IST",
            "Asia/Karachi": "PKT",
            "Asia/Kathmandu": "NPT",
            "Asia/Tehran": "IRST",
            "Asia/Dubai": "GST",
            "Asia/Jakarta": "WIB",
            "Asia/Makassar": "WITA",
            "Asia/Singapore": "SGT",
            "Asia/Hong_Kong": "HKT",
            "Asia/Manila": "PHT PHST",
            "Asia/Tokyo": "JST",
            "Asia/Seoul": "KST",
            "Australia/Perth": "AWST",
            "Australia/Adelaide": "ACST ACDT",
            "Australia/Brisbane": "AEST",
            "Australia/Sydney": "AEDT AET",
            "Pacific/Auckland": "NZST NZDT NZT",
            "Africa/Nairobi": "EAT",
            "Africa/Lagos": "WAT",
            "Africa/Johannesburg": "SAST",
        }.items()
        for name in names.split()
    }
)

_ELSEWHERE: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("IST", "ie"): "Europe/Dublin",
        ("IST", "il"): "Asia/Jerusalem",
        ("IST", "he"): "Asia/Jerusalem",
        ("BST", "bd"): "Asia/Dhaka",
        ("BST", "bn"): "Asia/Dhaka",
        ("CST", "cn"): "Asia/Shanghai",
        ("CST", "zh"): "Asia/Shanghai",
        ("CST", "tw"): "Asia/Taipei",
        ("AST", "sa"): "Asia/Riyadh",
        ("AST", "ar"): "Asia/Riyadh",
    }
)
"""(name, country of the host or language of the page) -> another place of the same letters."""

_LONG_NAMES: tuple[tuple[str, str], ...] = (
    (r"coordinated universal|greenwich mean|universal time|weltzeit", "UTC"),
    (r"central european|mitteleurop\w+|heure d['’]europe centrale", "Europe/Berlin"),
    (r"eastern european|osteurop\w+", "Europe/Kyiv"),
    (r"british (?:summer|standard)", "Europe/London"),
    (r"u\.?s\.? eastern|eastern (?:daylight|standard|time)", "America/New_York"),
    (r"central (?:daylight|standard|time)", "America/Chicago"),
    (r"mountain (?:daylight|standard|time)", "America/Denver"),
    (r"pacific (?:daylight|standard|time)", "America/Los_Angeles"),
    (r"indian? standard", "Asia/Kolkata"),
    (r"australian eastern", "Australia/Sydney"),
    (r"japan standard", "Asia/Tokyo"),
)

_CITIES: Mapping[str, str] = MappingProxyType(
    {
        name: zone
        for zone, names in {
            "Europe/London": "london londres uk british",
            "Europe/Dublin": "dublin irish",
            "Europe/Berlin": "berlin deutscher german",
            "Europe/Paris": "paris french",
            "Europe/Brussels": "brussels bruxelles brüssel",
            "Europe/Madrid": "madrid",
            "Europe/Lisbon": "lisbon lisboa",
            "Europe/Rome": "rome roma",
            "Europe/Vienna": "vienna wien",
            "Europe/Zurich": "zurich zürich",
            "Europe/Warsaw": "warsaw warszawa",
            "Europe/Kyiv": "kyiv kiev kiew",
            "Europe/Moscow": "moscow moskau moscou москва",
            "Europe/Istanbul": "istanbul turkish",
            "America/New_York": "washington",
            "America/Sao_Paulo": "brasília brasilia",
            "Asia/Tehran": "tehran",
            "Asia/Jerusalem": "jerusalem israel",
            "Asia/Tokyo": "tokyo",
            "Asia/Jakarta": "jakarta",
            "Asia/Singapore": "singapore",
            "Australia/Sydney": "sydney",
        }.items()
        for name in names.split()
    }
)

_COUNTRIES: Mapping[str, str] = MappingProxyType(
    {
        "at": "Europe/Vienna", "be": "Europe/Brussels", "bg": "Europe/Sofia",
        "ch": "Europe/Zurich", "cz": "Europe/Prague", "de": "Europe/Berlin",
        "dk": "Europe/Copenhagen", "fi": "Europe/Helsinki", "fr": "Europe/Paris",
        "gr": "Europe/Athens", "hu": "Europe/Budapest", "ie": "Europe/Dublin",
        "il": "Asia/Jerusalem", "in": "Asia/Kolkata", "it": "Europe/Rome", "jp": "Asia/Tokyo",
        "nl": "Europe/Amsterdam", "no": "Europe/Oslo", "pl": "Europe/Warsaw",
        "ro": "Europe/Bucharest", "se": "Europe/Stockholm", "sg": "Asia/Singapore",
        "tr": "Europe/Istanbul", "ua": "Europe/Kyiv", "uk": "Europe/London",
        "za": "Africa/Johannesburg",
    }
)  # fmt: skip
"""Countries of one clock, by the ending of a host's name."""

_STATEMENT = re.compile(
    r"\b(?:all|alle|sämtliche|toutes|todas|todos|tutti|tutte|wszystkie|все|усі)\s(?:\w+\s){0,3}?"
    r"(?:times?|time\s?stamps?|updates?|entries|zeiten|zeitangaben|uhrzeiten|heures|horaires|horas"
    r"|horários|orari|ore|godziny|время|часы)\b"
    r"|\b(?:times|time\s?stamps|updates|uhrzeiten|zeitangaben|zeiten|heures)"
    r"\s(?:are|shown|given|sind|sont|in)\b"
    r"|\btime\s?zone\s?:",
    re.IGNORECASE,
)
_LOCAL = re.compile(
    r"\blocal\b|\bortszeit|\blokal|\bheures? locales?|\bhora(?:s)? loca(?:l|les|is)\b|\bora locale",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?:UTC|GMT)\s?([+\-−])\s?(\d{1,2})(?!\d)(?::?([0-5]\d))?")
_WORD = re.compile(r"[^\W\d_]+")
STATEMENT_LENGTH = 240
"""Characters; a longer paragraph is a story and no note about the clock."""

LOCAL = "local"
"""What `stated_zone` returns for "all times local": a zone is meant but not named."""


@lru_cache(maxsize=256)
def zone_info(name: str) -> ZoneInfo | None:
    """The zone of an IANA name, or None if there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def zone_of(name: str, *, country: str = "", language: str = "") -> str | None:
    """The IANA zone a page means by `name` ("ET", "MESZ", "UTC+2"), or None if it is no zone.

    Args:
        name: as written; letters must be capitals, except in "gmt" and "utc".
        country: the ending of the page's host ("ie"); tells the three meanings of IST apart.
        language: BCP 47 tag of the page.
    """
    text = name.strip("() ")
    if text in ("gmt", "utc"):
        text = text.upper()
    if offset := _OFFSET.fullmatch(text):
        return _fixed(offset)
    for place in (country, language.partition("-")[0].lower()):
        if other := _ELSEWHERE.get((text, place)):
            return other
    return _NAMES.get(text)


def country_of(url: str) -> str:
    """The last label of the host: "uk", "de", "com"; "" where there is no host."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.rpartition(".")[2]


def zone_of_country(country: str) -> str | None:
    """The one clock of a country named by a host's ending; None for "com", "us", "ru" and such."""
    return _COUNTRIES.get(country)


def stated_zone(text: str, *, country: str = "", language: str = "") -> str | None:
    """The zone a line such as "All updates in Coordinated Universal Time (UTC)" names.

    Returns:
        An IANA name, `LOCAL` for "all times local", or None if the line says nothing of the kind.
    """
    if len(text) > STATEMENT_LENGTH:
        return None
    match = _STATEMENT.search(text)
    if match is None:
        return None
    return _named_in(text[match.end() :], country, language)


def _named_in(text: str, country: str, language: str) -> str | None:
    """The zone that is named first; a city counts only where no zone is named."""
    found: list[tuple[int, int, str]] = []  # position, rank at one position, zone
    found += [
        (offset.start(), 0, zone) for offset in _OFFSET.finditer(text) if (zone := _fixed(offset))
    ]
    words = list(_WORD.finditer(text))
    for word in words:
        zone = zone_of(word[0], country=country, language=language) if len(word[0]) > 1 else None
        if zone:
            found.append((word.start(), 1, zone))
    lowered = text.lower()
    for pattern, zone in _LONG_NAMES:
        if match := re.search(pattern, lowered):
            found.append((match.start(), 2, zone))
    if found:
        return min(found)[2]
    if _LOCAL.search(text) and not any(word[0].lower() in _CITIES for word in words):
        return LOCAL
    return next((_CITIES[name] for word in words if (name := word[0].lower()) in _CITIES), None)


def _fixed(offset: re.Match[str]) -> str | None:
    """An offset of whole hours as IANA writes it (with the sign turned round)."""
    hours = int(offset[2])
    if offset[3] not in (None, "00") or hours > 12:
        # Half hours exist only as places; the common one is India's.
        return "Asia/Kolkata" if (offset[1], hours, offset[3]) == ("+", 5, "30") else None
    if hours == 0:
        return "UTC"
    return f"Etc/GMT{'-' if offset[1] == '+' else '+'}{hours}"
