"""What a page says about itself: headline, language, dates, whether it is a live blog."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.sources import livecue
from bot.sources.base import Page
from bot.sources.blocks import Block, Kind, Role
from bot.sources.characters import plain
from bot.sources.clock import leading_clock
from bot.sources.dates import date_in_url, find_dates, read_timestamp, utc_offset
from bot.sources.linekinds import is_page_furniture
from bot.sources.pictures import absolute_url
from bot.sources.zones import country_of, zone_of

_SUFFIX = re.compile(r"\s+[|–—·-]\s+[^|]{1,40}$")
_NUMBERED = re.compile(r"^\d{1,2}\.\s")
_DATE_WORDS = 9
_DATE_LENGTH = 100
_AFTER_CLOCK = re.compile(r"(?:\d|[aApP]\.?[mM]\.?|Uhr)\s?\(?(?![AP]M\b)([A-Z]{2,5})\b")
_LD_DATE = re.compile(r'"(datePublished|dateModified)"\s*:\s*"([^"\\]{8,40})"')
_PUBLISHED = (
    "article:published_time", "og:article:published_time", "datepublished", "date",
    "dc.date.issued", "dc.date", "dcterms.created", "pubdate", "publish-date", "parsely-pub-date",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:updated_time", "og:article:modified_time", "datemodified",
    "last-modified", "dcterms.modified", "lastmod",
)  # fmt: skip
_PARTS = re.compile(r"\s+[|–—·•»-]\s+")
_CUE_LENGTH = 30  # characters of "live updates" where it stands alone between dashes
_NEAR = 12  # paragraphs before the first entry in which a page says what it is


@dataclass(frozen=True, slots=True)
class Masthead:
    """What a page says about itself before its first entry and in its metadata.

    Attributes:
        title: the headline.
        language: BCP 47 tag, "" if not told.
        country: ending of the page's host ("uk").
        url: canonical address.
        published: when first published, UTC, where metadata tell.
        modified: when last changed, UTC, where metadata tell.
        shown: the date that the page, its address or its metadata name.
        date_line_zone: IANA name of the zone beside the date ("5:00PM GMT 31 Dec 2014").
        offset: minutes east of UTC in which the metadata are written; None where they tell none.
        cue: 0 no sign of a live blog, 1 a faint one ("live" in the headline), 2 a plain one.
    """

    title: str
    language: str
    country: str
    url: str
    published: datetime | None
    modified: datetime | None
    shown: date | None
    date_line_zone: str | None
    offset: int | None
    cue: int


def page_language(page: Page) -> str:
    """The language of a page as its markup tells it, "" otherwise."""
    if not page.is_html:
        return ""
    root = page.html.css_first("html")
    return plain((root.attributes.get("lang") or "") if root is not None else "")[:35]


def page_country(page: Page) -> str:
    """The ending of the page's host; of its canonical address where it was read from a file."""
    country = country_of(page.url)
    if country or not page.is_html:
        return country
    link = page.html.css_first('link[rel="canonical"][href]')
    return country_of((link.attributes.get("href") or "") if link is not None else "")


def writes_month_first(country: str, language: str) -> bool:
    """Whether 04/05/2020 is April 5th on such a page: in American English and on dw.com."""
    return language.lower() in ("", "en", "en-us") and country in ("com", "us", "org", "net", "")


def read_masthead(page: Page, blocks: Sequence[Block], first: int, end: int) -> Masthead:
    """Read what a page says about itself.

    Args:
        page: the page.
        blocks: of the page.
        first: index of the first entry's first block.
        end: index after the last entry's last block.
    """
    language = page_language(page)
    country = page_country(page)
    month_first = writes_month_first(country, language)
    metadata = dict(_metadata(page)) if page.is_html else {}
    title, at = _title(blocks[:first], metadata)
    moments = {name: read_timestamp(metadata.get(name, "")) for name in ("published", "modified")}
    top = [*blocks[at + 1 : first], *blocks[:at]]
    line = _date_line(top, month_first) or _date_line(blocks[end:], month_first)
    shown = (
        line[0]
        if line
        else _first_date(moments.values(), page.url, title, metadata.get("title", ""), month_first)
    )
    url = absolute_url(metadata.get("canonical"), page.url) or page.url
    published, modified = moments["published"] or _stamp(top), moments["modified"]
    return Masthead(
        title=title,
        language=language,
        country=country,
        url=url,
        published=published if isinstance(published, datetime) else None,
        modified=modified if isinstance(modified, datetime) else None,
        shown=shown,
        date_line_zone=line[1] if line else None,
        offset=utc_offset(metadata.get("published", "") or metadata.get("modified", "")),
        cue=_cue(title, metadata, url, page.url, blocks[:first]),
    )


def _stamp(blocks: Sequence[Block]) -> datetime | date | None:
    """The instant of the first ``<time>`` beside the headline."""
    stamped = (block.timestamp for block in blocks if block.timestamp)
    return read_timestamp(next(stamped, ""))


def date_below(blocks: Sequence[Block], month_first: bool) -> date | None:
    """The first full date after the live blog (comments carry one): when nothing else tells."""
    for block in blocks[:400]:
        if len(block.text) <= _DATE_LENGTH:
            for found in find_dates(block.text, month_first=month_first):
                mark = found.mark
                if mark.year and mark.month and mark.day:
                    return date(mark.year, mark.month, mark.day)
    return None


def _metadata(page: Page) -> list[tuple[str, str]]:
    """Name and value of what the head tells, what counts most last."""
    tree = page.html
    found: list[tuple[str, str]] = []
    for node in tree.css("meta[content]"):
        attributes = node.attributes
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
        value = attributes.get("content") or ""
        key = (name or "").lower()
        if key in _PUBLISHED:
            found.append(("published", value))
        elif key in _MODIFIED:
            found.append(("modified", value))
        elif key in ("og:title", "og:url"):
            found.append((key, value))
    for script in tree.css('script[type="application/ld+json"]'):
        found += [
            ("published" if name == "datePublished" else "modified", value)
            for name, value in _LD_DATE.findall(script.text())
        ]
    for node in tree.css('time[itemprop="datePublished"][datetime], time[pubdate][datetime]'):
        found.append(("published", node.attributes.get("datetime") or ""))
    link = tree.css_first('link[rel="canonical"][href]')
    if link is not None:
        found.append(("canonical", link.attributes.get("href") or ""))
    title = tree.css_first("title")
    if title is not None:
        found.append(("title", plain(title.text())))
    # Later pairs win: the first of a kind, and an instant over a date.
    found.reverse()
    found.sort(key=lambda pair: isinstance(read_timestamp(pair[1]), datetime))
    return found


def _title(blocks: Sequence[Block], metadata: dict[str, str]) -> tuple[str, int]:
    """The headline and the index of its block (-1 where it stands in metadata only)."""
    social = plain(metadata.get("og:title", ""))
    headings = [
        (index, block)
        for index, block in enumerate(blocks)
        if block.kind is Kind.HEADING and Role.ASIDE not in block.scope.roles_below(0)
    ]
    top = [pair for pair in headings if pair[1].level == 1]
    for index, block in top:
        if not social or block.text[:40] in social or social[:40] in block.text:
            return block.text, index
    if social or metadata.get("title"):
        title = social or metadata["title"]
        shortened = _SUFFIX.sub("", _SUFFIX.sub("", title))
        place = next((i for i, b in enumerate(blocks) if b.text and b.text == shortened), -1)
        if top and not social:
            return top[0][1].text, top[0][0]
        return shortened or title, place
    for index, block in [*top, *headings] or list(enumerate(blocks[:60])):
        text = _NUMBERED.sub("", block.text)
        if block.kind is Kind.HEADING or (
            3 <= len(text) <= 250
            and block.kind is Kind.PARAGRAPH
            and not is_page_furniture(text)
            and leading_clock(text) is None
            and not _is_date_line(text)
        ):
            return block.text, index
    return "", -1


def _is_date_line(text: str) -> bool:
    found = next(find_dates(text[:_DATE_LENGTH]), None)
    return found is not None and found.end - found.start >= 0.6 * len(text)


def _date_line(blocks: Sequence[Block], month_first: bool) -> tuple[date, str | None] | None:
    """The first date in a short line ("Published January 8, 2020").

    With it comes the zone beside it, there or where the same date stands again with a time.
    """
    first: date | None = None
    for block in blocks:
        text = block.text
        if not 6 <= len(text) <= _DATE_LENGTH or block.kind is Kind.ITEM:
            continue
        if Role.QUOTE in block.scope.roles_below(0):
            continue
        for found in find_dates(text, month_first=month_first):
            mark = found.mark
            rest = text[: found.start] + text[found.end :]
            if mark.year is None or mark.month is None or mark.day is None:
                continue
            if len(rest.split()) > _DATE_WORDS or " says:" in text:
                continue
            day = date(mark.year, mark.month, mark.day)
            zones = (zone_of(name) for name in _AFTER_CLOCK.findall(rest))
            zone = next(filter(None, zones), None)
            if zone is not None and first in (None, day):
                return day, zone
            first = first or day
    return (first, None) if first else None


def _first_date(
    moments: Iterable[datetime | date | None], url: str, title: str, head: str, month_first: bool
) -> date | None:
    """A date from metadata without a time, the address, or a title."""
    dates = [m for m in moments if m is not None and not isinstance(m, datetime)]
    if dates:
        return min(dates)
    if found := date_in_url(url):
        return found
    for text in (title, head):
        for spot in find_dates(text[:300], month_first=month_first):
            mark = spot.mark
            if mark.year and mark.month and mark.day:
                return date(mark.year, mark.month, mark.day)
    return None


def _cue(
    title: str, metadata: dict[str, str], url: str, address: str, before: Sequence[Block]
) -> int:
    """How plainly the page says that it is a live blog."""
    headlines = f"{title}\n{_without_site(metadata.get('title', '')[:300])}"
    found = livecue.in_words(headlines)
    if found == 2 or any(livecue.in_address(place) for place in (url, address)):
        return 2
    if any(livecue.in_words(_own_words(block)) == 2 for block in before[-_NEAR:]):
        return 2
    return found


def _without_site(title: str) -> str:
    """A page's title without the name of the site, which promises news "live" on every page."""
    parts = _PARTS.split(title)
    last = parts[-1]
    if len(parts) > 1 and not (len(last) <= _CUE_LENGTH and livecue.in_words(last)):
        del parts[-1]
    return " – ".join(parts)


def _own_words(block: Block) -> str:
    """What a line says of its own page: nothing in a box, and no words that lead elsewhere."""
    if len(block.text) > 400 or block.kind is Kind.CONTROL:
        return ""
    if Role.ASIDE in block.scope.roles_below(0):
        return ""
    return "".join(run.text for run in block.runs if not run.href)
