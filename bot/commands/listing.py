"""Entries as lines of a reply in Telegram HTML: when, whence, what."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from unicodedata import bidirectional

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.texts import plain, shown
from bot.delivery.clocks import local
from bot.delivery.links import usable_link
from bot.delivery.pieces import AlertContext, instant_of
from bot.locales.dates import day_of
from bot.model import Entry, Topic
from bot.store import entries, topics

_MAX_UNIX_TIME = 2**31 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def contexts_of(
    connection: AsyncConnection, found: Iterable[Entry], language: str
) -> dict[int, AlertContext]:
    """What is shown of each entry besides itself, by its id."""
    shown = list(found)
    names = await entries.source_names(connection, {entry.source_id for entry in shown})
    topic_ids = await entries.topics_of(connection, [entry.id for entry in shown])
    by_id: Mapping[int, Topic] = {topic.id: topic for topic in await topics.listed(connection)}
    return {
        entry.id: AlertContext(
            names.get(entry.source_id, ""),
            tuple(
                (by_id[number].emoji, by_id[number].name(language))
                for number in topic_ids.get(entry.id, ())
                if number in by_id
            ),
        )
        for entry in shown
    }


def clock(instant: datetime, timezone: str, today: date, language: str) -> str:
    """A local time, with its day where that is not `today`; each reader sees the own zone.

    "date_time" entity, Bot API 9.5; older apps show the text.
    """
    when = local(instant, timezone)
    said = f"{when.hour:02}:{when.minute:02}"
    form = "t"
    if when.date() != today:
        said, form = f"{day_of(when.date(), language, today)} {said}", "dt"
    unix_time = int((when - _EPOCH).total_seconds())
    if not 0 < unix_time <= _MAX_UNIX_TIME:
        return said
    return f'<tg-time unix="{unix_time}" format="{form}">{said}</tg-time>'


def clock_of(entry: Entry, timezone: str, today: date, language: str) -> str:
    """`clock` of an entry."""
    return clock(instant_of(entry), timezone, today, language)


def linked(url: str, text: str) -> str:
    """HTML `text` as a link, where Telegram takes the address."""
    usable = usable_link(url)
    return f'<a href="{html.escape(usable, quote=True)}">{text}</a>' if usable else text


def marked(text: str, hits: Sequence[tuple[int, int]]) -> str:
    """A line of ours with stretches in bold; right-to-left text does not reorder the line."""
    pieces, at = [], 0
    for start, end in hits:
        pieces.append(html.escape(text[at:start], quote=False))
        pieces.append(f"<b>{html.escape(text[start:end], quote=False)}</b>")
        at = end
    pieces.append(html.escape(text[at:], quote=False))
    return isolated("".join(pieces))


def headline_of(entry: Entry, limit: int) -> str:
    """An entry's title, else the beginning of its text; one line, not escaped."""
    return plain(entry.title, limit) or plain(entry.text, limit)


def named(context: AlertContext) -> str:
    """A source's name in HTML; "" if nothing of it can be seen."""
    return isolated(shown(context.source_name, 80))


def isolated(text: str) -> str:
    """Text of others in a line of ours: what is written from right to left does not reorder it."""
    is_rtl = any(bidirectional(character) in ("R", "AL") for character in text)
    return f"\u2068{text}\u2069" if is_rtl else text
