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

from bot.sources.zonewords import find_zone_phrase, place_in

_NAMES: Mapping[str, str] = MappingProxyType(
    {
        name: zone
        for zone, names in {
            "UTC": "UTC GMT Z WEZ",
            "Europe/London": "BST",
            "Europe/Lisbon": "WET WEST",
            "Europe/Berlin": "CET CEST MEZ MESZ HEC",
            "Europe/Kyiv": "EET EEST OEZ OESZ",
            "Europe/Moscow": "MSK MSD МСК",
            "Europe/Istanbul": "TRT TSI TSİ",
            "America/New_York": "ET EST EDT",
            "America/Chicago": "CT CST CDT",
            "America/Denver": "MT MST MDT",
            "America/Los_Angeles": "PT PST PDT",
            "America/Anchorage": "AKST AKDT",
            "Pacific/Honolulu": "HST",
            "America/Halifax": "ADT AST",
            "America/St_Johns": "NST NDT",
            "America/Toronto": "HNE HAE",
            "America/Argentina/Buenos_Aires": "ART",
            "America/Santiago": "CLT CLST",
            "America/Bogota": "COT",
            "America/Lima": "PET",
            "America/Caracas": "VET",
            "America/Sao_Paulo": "BRT BRST",
            "Asia/Kolkata": "IST",
            "Asia/Karachi": "PKT",
            "Asia/Jerusalem": "IDT",
            "Asia/Kabul": "AFT",
            "Asia/Bangkok": "ICT",
            "Asia/Kuala_Lumpur": "MYT",
            "Asia/Jayapura": "WIT",
            "Asia/Kathmandu": "NPT",
            "Asia/Tehran": "IRST IRDT",
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
            "Africa/Maputo": "CAT",
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
        ("IST", "tr"): "Europe/Istanbul",
        ("EST", "au"): "Australia/Sydney",
        ("PST", "ph"): "Asia/Manila",
        ("CST", "mx"): "America/Mexico_City",
        ("MST", "my"): "Asia/Kuala_Lumpur",
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

_PARTS_OF_HOURS: Mapping[str, str] = MappingProxyType(
    {
        "+3:30": "Asia/Tehran", "+4:30": "Asia/Kabul", "+5:30": "Asia/Kolkata",
        "+5:45": "Asia/Kathmandu", "+6:30": "Asia/Yangon", "+9:30": "Australia/Darwin",
        "-3:30": "America/St_Johns",
    }
)  # fmt: skip
"""Offsets that exist only as places, by places without summer time where there is one."""

_COUNTRIES: Mapping[str, str] = MappingProxyType(
    {
        "ae": "Asia/Dubai", "at": "Europe/Vienna", "be": "Europe/Brussels", "bg": "Europe/Sofia",
        "ch": "Europe/Zurich", "cz": "Europe/Prague", "de": "Europe/Berlin",
        "by": "Europe/Minsk", "co": "America/Bogota", "ee": "Europe/Tallinn", "eg": "Africa/Cairo",
        "hr": "Europe/Zagreb", "ir": "Asia/Tehran", "kr": "Asia/Seoul", "lt": "Europe/Vilnius",
        "lv": "Europe/Riga", "ma": "Africa/Casablanca", "md": "Europe/Chisinau",
        "ng": "Africa/Lagos", "pe": "America/Lima", "ph": "Asia/Manila", "pk": "Asia/Karachi",
        "qa": "Asia/Qatar", "rs": "Europe/Belgrade", "sa": "Asia/Riyadh", "si": "Europe/Ljubljana",
        "sk": "Europe/Bratislava", "lu": "Europe/Luxembourg", "tw": "Asia/Taipei",
        "dk": "Europe/Copenhagen", "fi": "Europe/Helsinki", "fr": "Europe/Paris",
        "gr": "Europe/Athens", "hu": "Europe/Budapest", "ie": "Europe/Dublin",
        "il": "Asia/Jerusalem", "in": "Asia/Kolkata", "it": "Europe/Rome", "jp": "Asia/Tokyo",
        "nl": "Europe/Amsterdam", "no": "Europe/Oslo", "pl": "Europe/Warsaw",
        "ro": "Europe/Bucharest", "se": "Europe/Stockholm", "sg": "Asia/Singapore",
        "tr": "Europe/Istanbul", "ua": "Europe/Kyiv", "uk": "Europe/London",
        "za": "Africa/Johannesburg",
        # Countries of several clocks: what the newsrooms of the capital or the largest city write.
        "ar": "America/Argentina/Buenos_Aires", "au": "Australia/Sydney",
        "br": "America/Sao_Paulo", "ca": "America/Toronto", "cl": "America/Santiago",
        "cn": "Asia/Shanghai", "es": "Europe/Madrid", "id": "Asia/Jakarta",
        "mx": "America/Mexico_City", "my": "Asia/Kuala_Lumpur", "nz": "Pacific/Auckland",
        "pt": "Europe/Lisbon", "ru": "Europe/Moscow", "us": "America/New_York",
    }
)  # fmt: skip
"""The clock of a country, or of its large newsrooms, by the ending of a host's name."""

_STATEMENT = re.compile(
    r"\b(?:all|alle|sämtliche|toutes|todas|todos|tutti|tutte|wszystkie|podane|все|всё|усі|весь|tüm"
    r"|bütün|jämtliga)\s(?:\w+\s){0,3}?(?:times?|time\s?stamps?|updates?|entries|zeiten|zeitangaben"
    r"|uhrzeiten|heures|horaires|horas|horários|horarios|orari|ore|godziny|время|часы|години|час"
    r"|saatler|tijden|tider)\b"
    r"|\b(?:times|time\s?stamps|updates|uhrzeiten|zeitangaben|zeiten|heures|horas|horários|saatler)"
    r"\s(?:are|shown|given|sind|sont|in|en|son|são|em|de|tsi|tsİ)\b"
    r"|\bвремя(?=\s(?:указано|везде|московск|киевск|местн|мск|по|в\s|—|–|-))"
    r"|\b(?:час|години)(?=\s(?:вказан|київськ|скрізь|за\s|—|–|-))"
    r"|(?:جميع|كل|كافة)\s(?:الأوقات|التوقيتات|المواعيد|الساعات)|الأوقات\s(?=بتوقيت)"
    r"|\b(?:time\s?zone|zeitzone|fuseau horaire|zona horaria|fuso orario|часовой пояс)\s?:",
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
        name: as written; letters must be capitals, except in "gmt", "utc" and "мск".
        country: the ending of the page's host ("ie"); tells the three meanings of IST apart.
        language: BCP 47 tag of the page.
    """
    text = name.strip("() ")
    if text in ("gmt", "utc", "мск"):
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
    """The clock that newsrooms of a country write, by a host's ending; None for "com" and such."""
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
    before = text[: match.start()].strip(" (*")
    return _named_in(
        text[match.end() :], country, language, note=not before or before[-1] in ":.;–-"
    )


def _named_in(text: str, country: str, language: str, *, note: bool) -> str | None:
    """The zone that is named first; a place without a word for time counts in a `note` only."""
    found: list[tuple[int, int, str]] = []  # position, rank at one position, zone
    found += [
        (offset.start(), 0, zone) for offset in _OFFSET.finditer(text) if (zone := _fixed(offset))
    ]
    for word in _WORD.finditer(text):
        zone = zone_of(word[0], country=country, language=language) if len(word[0]) > 1 else None
        if zone:
            found.append((word.start(), 1, zone))
    phrase = find_zone_phrase(text)
    if phrase is not None and phrase[0] is not None:
        found.append((phrase[1], 2, phrase[0]))
    if found:
        return min(found)[2]
    return (place_in(text) if note else None) or (LOCAL if phrase is not None else None)


def _fixed(offset: re.Match[str]) -> str | None:
    """An offset of whole hours as IANA writes it (with the sign turned round)."""
    hours = int(offset[2])
    if offset[3] not in (None, "00"):
        return _PARTS_OF_HOURS.get(f"{'+' if offset[1] == '+' else '-'}{hours}:{offset[3]}")
    if hours > (14 if offset[1] == "+" else 12):
        return None
    if hours == 0:
        return "UTC"
    return f"Etc/GMT{'-' if offset[1] == '+' else '+'}{hours}"
