"""``/health``: how the whole is doing, in words; ``/stats``: what it did, as a picture."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from bot.charts import Bars, Figure, Lines, Series, Tick, Tile, Tiles, draw
from bot.commands.conversation import Ask
from bot.commands.reply import Answer, say
from bot.commands.texts import ago, shown, spoken
from bot.locales import plural
from bot.locales.numbers import number_of
from bot.store import statistics, vitals
from bot.store.statistics import Statistics
from bot.store.vitals import Vitals

FAILING_SHOWN = 10
LATE = 60.0  # seconds
RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")


async def health(ask: Ask) -> Answer:
    """``/health``."""
    _ = ask.translate
    now = ask.services.now()
    found = await vitals.look(ask.services.db, now)
    return say(
        f"<b>{_('How it goes')}</b>",
        *_processes(ask, found, now),
        *_work(ask, found),
        *_storage(ask, found),
        *_failing(ask, found),
    )


async def stats(ask: Ask) -> Answer:
    """``/stats [day|week]``."""
    _ = ask.translate
    wanted = ask.text.strip().casefold() or "day"
    if wanted not in ("day", "week"):
        return say(_("I draw /stats day or /stats week."))
    local = ask.local(ask.services.now())
    if wanted == "day":
        step, steps = timedelta(hours=1), 24
        last = local.replace(minute=0, second=0, microsecond=0)
    else:
        step, steps = timedelta(days=1), 7
        last = local.replace(hour=0, minute=0, second=0, microsecond=0)
    start = last.astimezone(ask.services.now().tzinfo) - step * (steps - 1)
    async with ask.services.db.read() as connection:
        found = await statistics.over(connection, start, step, steps)
    picture = await asyncio.to_thread(draw, _figure(ask, found, wanted))
    entries = plural(ask.language, "{n} entry", "{n} entries", sum(found.entries))
    deliveries = plural(ask.language, "{n} delivery", "{n} deliveries", sum(found.deliveries))
    caption = ", ".join(
        (
            entries.format(n=number_of(sum(found.entries), ask.language)),
            deliveries.format(n=number_of(sum(found.deliveries), ask.language)),
        )
    )
    return Answer((shown(caption, 200),), picture=picture)


def _processes(ask: Ask, found: Vitals, now: datetime) -> list[str]:
    _ = ask.translate
    if not found.alive:
        return [_("🔴 No process has said that it runs.")]
    return [
        _("🟢 {name}: {roles}, version {version}, since {ago}").format(
            name=shown(each.owner, 60),
            roles=shown(each.roles, 60),
            version=shown(each.version, 20),
            ago=ago(each.started_at, now, _),
        )
        for each in found.alive
    ]


def _work(ask: Ask, found: Vitals) -> list[str]:
    _ = ask.translate
    rate = ask.services.global_rate
    lines = [
        _("{dot} Polls: the most overdue is {seconds} s late").format(
            dot=_dot(bad=found.poll_lag > LATE), seconds=number_of(found.poll_lag, ask.language)
        ),
        _("{dot} Waiting to be sent: {n}, the oldest for {seconds} s").format(
            dot=_dot(bad=found.oldest > LATE),
            n=number_of(found.waiting, ask.language),
            seconds=number_of(found.oldest, ask.language),
        ),
        _("Sending {rate} messages a second, {share} % of what is permitted").format(
            rate=number_of(found.rate, ask.language, 1), share=round(100 * found.rate / rate)
        ),
    ]
    errors = plural(
        ask.language,
        "{dot} {n} error in the log within an hour",
        "{dot} {n} errors in the log within an hour",
        found.errors,
    )
    lines.append(
        errors.format(dot=_dot(bad=bool(found.errors)), n=number_of(found.errors, ask.language))
    )
    last = [each for each in found.alive if each.last_error and each.errors]
    lines += [f"   {shown(each.last_error, 150)}" for each in last]
    return lines


def _storage(ask: Ask, found: Vitals) -> list[str]:
    _ = ask.translate
    size = _("Database: {size} MB").format(size=number_of(found.database / 1e6, ask.language, 1))
    if found.disk_free is None:
        return [size]
    free = _("{dot} Disk: {free} GB free").format(
        dot=_dot(bad=found.disk_is_nearly_full),
        free=number_of(found.disk_free / 1e9, ask.language, 1),
    )
    return [size, free]


def _failing(ask: Ask, found: Vitals) -> list[str]:
    _ = ask.translate
    failing = found.failing
    if not failing:
        return [_("🟢 All sources can be read")]
    text = plural(
        ask.language,
        "🔴 {n} source cannot be read:",
        "🔴 {n} sources cannot be read:",
        len(failing),
    )
    lines = [text.format(n=len(failing))]
    lines += [
        f"   #{each.id} {shown(each.name)}: {spoken(each.last_error, ask.language, 150)}"
        for each in failing[:FAILING_SHOWN]
    ]
    return lines


def _dot(*, bad: bool) -> str:
    return "🟡" if bad else "🟢"


def _figure(ask: Ask, found: Statistics, wanted: str) -> Figure:
    _ = ask.translate
    took = found.overall
    new = found.chats[-1] - (found.chats[0] if len(found.chats) > 1 else 0)
    tiles = (
        Tile(_("entries"), number_of(sum(found.entries), ask.language)),
        Tile(_("deliveries"), number_of(sum(found.deliveries), ask.language)),
        Tile(_("95 of 100 within"), f"{number_of(took[1], ask.language, 1)} s" if took else "–"),
        Tile(
            _("chats"),
            number_of(found.chats[-1], ask.language),
            f"+{number_of(new, ask.language)}",
            "good" if new else "",
        ),
    )
    ticks = _ticks(ask, found, wanted)
    panels = (
        Tiles(tiles),
        Bars((Series("", found.entries),), ticks, title=_("Entries")),
        Bars((Series("", found.deliveries),), ticks, title=_("Deliveries")),
        Lines(
            (
                Series(_("half within"), found.p50),
                Series(_("95 of 100 within"), found.p95),
            ),
            ticks,
            title=_("From being seen to being sent"),
            unit=" s",
        ),
        Lines((Series("", found.chats),), ticks, title=_("Chats")),
    )
    return Figure(
        _("The last day") if wanted == "day" else _("The last week"),
        panels,
        footer=ask.timezone,
        right_to_left=ask.language[:2] in RIGHT_TO_LEFT,
    )


def _ticks(ask: Ask, found: Statistics, wanted: str) -> tuple[Tick, ...]:
    ticks = []
    for at in range(len(found.entries)):
        then = ask.local(found.start + found.step * at)
        if wanted == "week":
            ticks.append(Tick(at + 0.5, f"{then:%d.%m.}"))
        elif then.hour % 3 == 0:
            ticks.append(Tick(float(at), f"{then:%H:%M}", strong=then.hour == 0))
    return tuple(ticks)
