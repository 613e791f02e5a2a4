"""Zones named by a place: "heure de Paris", "по московскому времени", "London time".

A place is recognised by the stem of its name in the languages of newsrooms, because they inflect
it ("Москва", "московскому", "Moskauer"). It names a zone only with a word for time beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_PLACES: Mapping[str, str] = MappingProxyType({
    # Zone -> stems, lower case; what follows a stem is its ending.
    "UTC": "greenwich|coordinated universal|universal|weltzeit|гринвич|грінвіч|غرينتش|جرينتش"
    "|غرينيتش|جرينيتش",
    "Europe/London": "london|londres|londra|british|britisch|britânic|britannic|britisk|u\\.?k\\b"
    "|лондон|британ|لندن|بريطاني",
    "Europe/Dublin": "dublin|irish|irisch",
    "Europe/Paris": "paris|parís|parigi|french|français|francés|francese|pariser|париж|باريس",
    "Europe/Berlin": "berlin|german|deutsch|mitteleurop|central europe|centroeurop"
    "|europe centrale|europea? central|europa central|allemand|берлин|берлін|برلين",
    "Europe/Brussels": "brussels|bruxelles|brüssel|bruselas|belg|брюссел",
    "Europe/Madrid": "madrid|peninsular|españ|spain|spanish|spanisch|мадрид|مدريد",
    "Europe/Lisbon": "lisbo|lissabon|portug|лиссабон",
    "Europe/Rome": "rome|roma|italian|italy|italienisch|рим|روما",
    "Europe/Vienna": "vienna|wien|österreich",
    "Europe/Zurich": "zurich|zürich|schweiz|suisse|swiss|geneva|genf|genève",
    "Europe/Warsaw": "warsaw|warsz|warschau|varsovi|pols[kc]|polish|poland|варшав",
    "Europe/Prague": "prague|prag|česk",
    "Europe/Athens": "athen|athèn|atenas|greek|афин",
    "Europe/Kyiv": "kyiv|kiev|kiew|kijow|kijów|kyjiv|ukrain|kyjev|киев|києв|київ|кієв|украин|україн"
    "|كييف|أوكراني",
    "Europe/Moscow": "moscow|moskau|moscou|moscú|mosca|moskiew|moskv|московск|москв|موسكو",
    "Europe/Minsk": "minsk|минск|мінськ|білорус|белорус",
    "Europe/Istanbul": "istanbul|türkiye|turkish|turkey|türkisch|ankara|стамбул|турец|تركيا"
    "|إسطنبول|اسطنبول",
    "Asia/Jerusalem": "jerusalem|israel|jérusalem|tel aviv|иерусалим|израил|єрусалим|القدس|فلسطين",
    "Asia/Beirut": "beirut|beyrouth|بيروت|لبنان",
    "Asia/Damascus": "damasc|damask|دمشق|سوريا",
    "Asia/Baghdad": "bagdad|baghdad|بغداد|العراق",
    "Asia/Riyadh": "riyadh|mecca|makkah|saudi|السعودية|مكة(?: المكرمة)?|الرياض",
    "Asia/Qatar": "qatar|doha|الدوحة|قطر",
    "Asia/Dubai": "dubai|gulf|uae|الإمارات|الامارات|دبي|أبو ?ظبي",
    "Africa/Cairo": "cairo|kairo|القاهرة|مصر",
    "Africa/Casablanca": "morocc|الرباط|المغرب",
    "Asia/Tehran": "tehran|teheran|téhéran|iran|тегеран|طهران|تهران|ایران",
    "Asia/Kabul": "kabul|kaboul|کابل|كابول",
    "Asia/Karachi": "pakistan|islamabad",
    "Asia/Kolkata": "delhi|indian?\\b",
    "Asia/Jakarta": "jakarta",
    "Asia/Manila": "manila|philippine",
    "Asia/Singapore": "singapor",
    "Asia/Hong_Kong": "hong kong|hongkong",
    "Asia/Shanghai": "beijing|peking|pékin|pekín|chinese|пекин|بكين",
    "Asia/Seoul": "seoul|séoul|korean",
    "Asia/Tokyo": "tokyo|tokio|japan|токи",
    "Australia/Sydney": "sydney|melbourne|canberra|australian eastern",
    "Pacific/Auckland": "auckland|wellington|new zealand",
    "Africa/Johannesburg": "johannesburg|south african?",
    "Africa/Nairobi": "nairobi|east african?",
    "Africa/Lagos": "lagos|west african?",
    "America/New_York": "(?:u\\.?s\\.? )?eastern|new york|nueva york|nova york|nova iorque"
    "|washington|east coast|del este|de l['’]est|(?:us-?)?ostküste\\w*|нью-йорк|вашингтон"
    "|واشنطن|نيويورك",
    "America/Chicago": "chicago|(?:u\\.?s\\.? )?central",
    "America/Denver": "denver|(?:u\\.?s\\.? )?mountain",
    "America/Los_Angeles": "los angeles|san francisco|(?:u\\.?s\\.? )?pacific|california"
    "|west coast",
    "America/Sao_Paulo": "bras[ií]lia|brasília|são paulo",
    "America/Argentina/Buenos_Aires": "buenos aires|argentin",
    "America/Mexico_City": "(?:ciudad de |centro de )?méxico|mexico city|(?:tiempo del )?centro",
    "America/Bogota": "bogotá|colombia",
    "America/Lima": "lima|perú|peruan",
    "America/Santiago": "santiago|chile",
    "America/Caracas": "caracas|venezuel|venezol",
})  # fmt: skip
_ANY = "|".join(_PLACES.values())
_BEFORE = (
    r"(?:heures?|horas?|hor[aá]rios?|ora|orari[oa]?|uur)\s(?:(?:de|del|di|do|da|della|dell['’]"
    r"|de la|d['’])\s?)?|(?-i:czasu|czas|час|по|за)\s|ب?توقيت\s|به وقت\s|به‌وقت\s"
)
_AFTER = (
    r"\s(?:(?:standard|summer|daylight|local|winter|sommer)\s)?"
    r"(?:time|times|zeit|sommerzeit|ortszeit|времени|часом|часу|saati(?:yle|ne göre)?|tid|tijd)\b"
)
_PHRASE = re.compile(
    rf"(?P<before>{_BEFORE})?(?P<place>(?:{_ANY})[\w.]{{0,8}})(?P<after>{_AFTER})?", re.IGNORECASE
)
_ALONE = re.compile(r"(?P<place>Eastern|Central|Mountain|Pacific)(?=\s?(?:[:,;)–—-]|$))")
_LOCAL = re.compile(
    r"(?:local(?: time)?|ortszeit|lokalzeit|heures? locales?|horas? loca(?:l|is|les)|ora locale"
    r"|czasu lokalnego|czas lokalny|по местному времени|местного времени|за місцевим часом"
    r"|місцевого часу|yerel saat(?:le)?|بالتوقيت المحلي|التوقيت المحلي|lokal tid|plaatselijke tijd)"
    r"(?![^\W\d_])",
    re.IGNORECASE,
)
_STEMS = tuple(
    (re.compile(rf"\A(?:{stems})", re.IGNORECASE), zone) for zone, stems in _PLACES.items()
)


def zone_phrase(text: str, position: int = 0) -> tuple[str | None, int] | None:
    """The zone that a phrase at `position` names by a place, and where the phrase ends.

    Returns:
        IANA name, None for "local time"; or None where no such phrase stands there.
    """
    if local := _LOCAL.match(text, position):
        return None, local.end()
    match = _PHRASE.match(text, position)
    if match and (match["before"] or match["after"]):
        return zone_of_place(match["place"]), match.end()
    if alone := _ALONE.match(text, position):
        return zone_of_place(alone["place"]), alone.end()
    return None


def find_zone_phrase(text: str) -> tuple[str | None, int] | None:
    """The first such phrase anywhere in a line, and where it begins."""
    found = [
        (match.start(), zone_of_place(match["place"]))
        for match in _PHRASE.finditer(text)
        if match["before"] or match["after"]
    ]
    if local := _LOCAL.search(text):
        found.append((local.start(), None))
    if not found:
        return None
    start, zone = min(found, key=lambda pair: pair[0])
    return zone, start


def place_in(text: str) -> str | None:
    """The zone of the first place that a note about the clock names, None without one."""
    match = re.search(rf"\b(?:{_ANY})", text, re.IGNORECASE)
    return zone_of_place(match[0]) if match else None


def zone_of_place(place: str) -> str | None:
    """The zone of a place by the stem of its name."""
    return next((zone for stem, zone in _STEMS if stem.match(place)), None)
