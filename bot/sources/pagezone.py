"""In which zone a page writes its times: told, remembered, or guessed with a warning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.sources.blocks import Block
from bot.sources.masthead import Masthead
from bot.sources.segments import Coverage
from bot.sources.zones import LOCAL, stated_zone, zone_info, zone_of_country
from bot.wording import Wording

_LANGUAGES = {
    "bg": "Europe/Sofia", "cs": "Europe/Prague", "da": "Europe/Copenhagen", "de": "Europe/Berlin",
    "el": "Europe/Athens", "et": "Europe/Tallinn", "fa": "Asia/Tehran", "fi": "Europe/Helsinki",
    "fr": "Europe/Paris", "he": "Asia/Jerusalem", "hr": "Europe/Zagreb", "hu": "Europe/Budapest",
    "it": "Europe/Rome", "ja": "Asia/Tokyo", "ko": "Asia/Seoul", "lt": "Europe/Vilnius",
    "lv": "Europe/Riga", "nb": "Europe/Oslo", "nl": "Europe/Amsterdam", "no": "Europe/Oslo",
    "pl": "Europe/Warsaw", "ro": "Europe/Bucharest", "ru": "Europe/Moscow",
    "sk": "Europe/Bratislava", "sl": "Europe/Ljubljana", "sv": "Europe/Stockholm",
    "tr": "Europe/Istanbul", "uk": "Europe/Kyiv",
}  # fmt: skip
"""Languages mostly written by one clock."""

_REGIONS = {"gb": "uk", "us": ""}
"""Regions of a language tag for which another ending stands; en-US is written everywhere."""


@dataclass(frozen=True, slots=True)
class PageZone:
    """The zone of a page's times.

    Attributes:
        name: IANA name.
        told: the page (or the admin) names it; False if it was guessed.
        why: what the choice rests on, to follow "zone Europe/Paris ".
        warning: a sentence for an admin, "" where nothing was guessed.
    """

    name: str
    told: bool
    why: str
    warning: str = ""


def page_zone(
    blocks: Sequence[Block], coverage: Coverage, masthead: Masthead, hint: str | None
) -> PageZone:
    """Find the zone of a page's times.

    The page's own word counts most, then what an admin set or an earlier poll found (`hint`), then
    the zone beside the page's date, the offset of its metadata, the country of its host, its
    language; at last UTC.
    """
    stated = stated_near(blocks, coverage.first, coverage.end, masthead)
    if stated not in (None, LOCAL):
        return PageZone(stated or "UTC", told=True, why=Wording("as the page says"))
    own = Counter(segment.start.lead.clock.zone for segment in coverage.segments)
    common, count = own.most_common(1)[0] if own else (None, 0)
    if common is not None and (count * 2 > len(coverage.segments) or None not in own):
        return PageZone(common, told=True, why=Wording("as the entries say"))
    if hint and zone_info(hint) is not None:
        return PageZone(hint, told=True, why=Wording("as set for the source"))
    name, why = guess_zone(masthead)
    if stated == LOCAL:
        warning = Wording(
            "The page says that its times are local but not where: assuming {zone} ({why}). Set "
            "the source's zone if that is wrong.",
            zone=name,
            why=why,
        )
    else:
        warning = Wording(
            "The page does not say in which zone its times are: assuming {zone} ({why}). Set the "
            "source's zone if that is wrong.",
            zone=name,
            why=why,
        )
    return PageZone(
        name,
        told=False,
        why=Wording("assumed: {why}", why=why),
        warning=warning,
    )


def stated_near(blocks: Sequence[Block], first: int, end: int, masthead: Masthead) -> str | None:
    """What a line before, after or among the entries says: a zone, `LOCAL` or nothing.

    Args:
        blocks: of the page.
        first: index of the first entry's first block.
        end: index after the last entry's last block.
        masthead: what the page says about itself.
    """
    found: str | None = None
    near = [*reversed(blocks[max(0, first - 60) : first]), *blocks[first : first + 400]]
    for block in [*near, *blocks[end : end + 60]]:
        zone = stated_zone(block.text, country=masthead.country, language=masthead.language)
        if zone is not None and zone != LOCAL:
            return zone
        found = found or zone
    return found


def guess_zone(masthead: Masthead) -> tuple[str, str]:
    """The zone a page that names none most likely means (IANA name), and what speaks for it."""
    if masthead.date_line_zone:
        return masthead.date_line_zone, Wording("the zone beside the page's date")
    language, _, region = masthead.language.lower().partition("-")
    home = zone_of_country(masthead.country) or zone_of_country(_REGIONS.get(region, region))
    home = home or _LANGUAGES.get(language)
    moment = masthead.published or masthead.modified
    if masthead.offset and moment is not None:
        if home is not None and _offset(home, moment) == masthead.offset:
            return home, Wording("the page's metadata and its country")
        if masthead.offset % 60 == 0 and abs(masthead.offset) <= 12 * 60:
            hours = masthead.offset // 60
            return f"Etc/GMT{-hours:+d}", Wording("the offset in the page's metadata")
    if home is not None:
        return home, Wording("the page's country or language")
    return "UTC", Wording("nothing names another")


def _offset(zone: str, moment: datetime) -> int:
    offset = moment.astimezone(zone_info(zone) or UTC).utcoffset()
    return int(offset.total_seconds()) // 60 if offset else 0
