"""``/timeline [topic|source] [span]``: when how much was written, as a picture."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.charts import draw
from bot.commands import follows, subscribing
from bot.commands.activity import Grid, Said, busiest, figure_of, grid_of
from bot.commands.conversation import Ask
from bot.commands.follows import Offer
from bot.commands.listing import headline_of
from bot.commands.period import Period, midnight, read_period
from bot.commands.reply import Answer, say
from bot.commands.targets import EVERYTHING, Directory, Named, Resolved
from bot.commands.texts import plain, shown
from bot.delivery.clocks import local, zone
from bot.locales import plural
from bot.locales.dates import day_of
from bot.store import entries, reads
from bot.store.reads import Moment
from bot.store.subscriptions import Target

MOST = 50_000  # entries of a picture
_WORDS = 3  # of a span at most: "since 14:00", "2 h"


async def timeline(ask: Ask) -> Answer:
    """``/timeline``: today, unless another time is asked for."""
    _ = ask.translate
    now = ask.services.now()
    offer = await follows.offer_for(ask)
    directory = offer.directory(ask)
    name, period = read_timeline(ask.text, directory, now, ask.timezone)
    resolved = directory.resolve(name) if name else Resolved()
    if resolved.ambiguous or resolved.unknown:
        lines = subscribing.asked_back(resolved, _)
        return say(*lines, _("Try /timeline, /timeline 6h or /timeline with the name of a topic."))
    targets: Sequence[Target] = [each.target for each in resolved.found] or offer.targets
    async with ask.services.db.read() as connection:
        moments = await reads.activity(
            connection, targets or [EVERYTHING], period.start, period.end, MOST
        )
        names = await entries.source_names(connection, {each.source_id for each in moments})
        keys = [each.entry_id for each in moments if each.key_event][-20:]
        key_entries = await entries.get_many(connection, keys)
    if not moments:
        return say(_nothing(ask, period), _("/timeline 2d looks further back."))
    title = _title(ask, offer, resolved.found)
    grid = grid_of(period, zone(ask.timezone))
    headlines = {id_: headline_of(entry, 240) for id_, entry in key_entries.items()}
    figure = figure_of(
        moments,
        grid,
        zone(ask.timezone),
        names=names,
        headlines=headlines,
        said=_said(ask, title, period, moments),
        language=ask.language,
    )
    picture = await asyncio.to_thread(draw, figure)
    return replace(say(*_caption(ask, title, period, grid, moments)), picture=picture)


def read_timeline(
    text: str, directory: Directory, now: datetime, timezone: str
) -> tuple[str, Period]:
    """What is named and when, in any order; today where no span is given.

    Args:
        text: behind the command.
        directory: what can be named; a name is never taken for a span.
        now: UTC.
        timezone: IANA name.
    """
    words, where = text.split(), zone(timezone)
    today = Period(midnight(local(now, timezone).date(), where), now)
    if not words or directory.exact(text):
        return text, today
    for size in range(min(_WORDS, len(words)), 0, -1):
        for span, rest in ((words[-size:], words[:-size]), (words[:size], words[size:])):
            period = read_period(" ".join(span), now, where)
            if period is not None:
                return " ".join(rest), period
    return text, today


def _title(ask: Ask, offer: Offer, found: Sequence[Named]) -> str:
    _ = ask.translate
    if found:
        return ", ".join(plain(each.label) for each in found)
    return _("What you follow") if offer.is_used else _("Everything")


def _said(ask: Ask, title: str, period: Period, moments: Sequence[Moment]) -> Said:
    _ = ask.translate
    return Said(
        title=title,
        subtitle=f"{_stretch(ask, period)} · {_counts(ask, moments)}",
        others=_("Others"),
        key_events=_("Key events"),
        footer=_("Times: {zone}").format(zone=ask.timezone.replace("_", " ")),
    )


def _caption(
    ask: Ask, title: str, period: Period, grid: Grid, moments: Sequence[Moment]
) -> list[str]:
    _ = ask.translate
    start, end, count = busiest(moments, grid)
    lines = [
        f"<b>{shown(title)}</b> · {_stretch(ask, period)}",
        _counts(ask, moments),
        _("Busiest from {start} to {end}: {n}").format(
            start=_moment(ask, start), end=_moment(ask, end), n=count
        ),
    ]
    key_events = sum(each.key_event for each in moments)
    if key_events:
        said = plural(ask.language, "{n} key event", "{n} key events", key_events)
        lines.append("❗ " + said.format(n=key_events))
    return lines


def _counts(ask: Ask, moments: Sequence[Moment]) -> str:
    found = plural(ask.language, "{n} entry", "{n} entries", len(moments)).format(n=len(moments))
    blogs = len({each.source_id for each in moments})
    return (
        found
        + " · "
        + plural(ask.language, "{n} live blog", "{n} live blogs", blogs).format(n=blogs)
    )


def _stretch(ask: Ask, period: Period) -> str:
    """From when to when: "27 Nov, 00:00 – 14:35", with both days where they differ."""
    start, end = local(period.start, ask.timezone), local(period.end, ask.timezone)
    first = f"{day_of(start.date(), ask.language)}, {start:%H:%M}"
    if start.date() == end.date():
        return f"{first} – {end:%H:%M}"
    return f"{first} – {day_of(end.date(), ask.language)}, {end:%H:%M}"


def _moment(ask: Ask, instant: datetime) -> str:
    when = local(instant, ask.timezone)
    today = local(ask.services.now(), ask.timezone).date()
    clock = f"{when:%H:%M}"
    return clock if when.date() == today else f"{day_of(when.date(), ask.language)}, {clock}"


def _nothing(ask: Ask, period: Period) -> str:
    _ = ask.translate
    return _("Nothing was written in that time ({time}).").format(time=_stretch(ask, period))
