"""When a chat gets its alerts: mute, quiet hours, digests, key events only, and its clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import available_timezones

from rapidfuzz import fuzz, process
from sqlalchemy.ext.asyncio import AsyncConnection
from telegram import InlineKeyboardMarkup

from bot.commands import keyboards
from bot.commands.conversation import Ask, Press, Situation
from bot.commands.follows import meet
from bot.commands.keyboards import Action, Pressed
from bot.commands.reply import Answer, Notice, say
from bot.commands.spans import read_clock, read_end, read_hours
from bot.commands.texts import shown
from bot.delivery.clocks import local
from bot.delivery.clocks import zone as zone_of
from bot.delivery.silence import HOURLY, next_hold
from bot.locales.dates import day_of
from bot.store import silences
from bot.store.silences import Silence

USUAL_MUTE = timedelta(hours=1)
LONGEST_MUTE = timedelta(days=30)
MUTES = (1, 3, 8, 24)  # hours offered as buttons
OFF = frozenset({"off", "no", "none", "0", "aus", "non", "nie", "нет", "ні", "kapalı", "إيقاف"})
LATER = 75.0  # of 100: how alike a misspelt zone must be
DAILY_AT = time(8)


async def mute(ask: Ask) -> Answer:
    """``/mute [2h|until 18:00]``: nothing for a while; what comes meanwhile arrives afterwards."""
    _ = ask.translate
    now = ask.services.now()
    until: datetime | None = now + USUAL_MUTE
    if ask.text:
        until = read_end(ask.text, now, zone_of(ask.timezone))
    if until is None:
        return say(
            _(
                "“{words}” is no length of time. Write /mute 2h, /mute 30 min or "
                "/mute until 18:00; /mute alone is for an hour."
            ).format(words=shown(ask.text, 40))
        )
    silence = await _muted(ask, min(until, now + LONGEST_MUTE))
    return say(*_said(ask, silence), keyboard=_mutes(ask))


async def unmute(ask: Ask) -> Answer:
    """``/unmute``: alerts again; what was held back leaves at once."""
    _ = ask.translate
    before = await choice_of(ask)
    if before is None or before.muted_until is None or before.muted_until <= ask.services.now():
        return say(_("I was not muted here."))
    await change_silence(ask, lambda silence: replace(silence, muted_until=None))
    return say(_("I am back. What came meanwhile arrives now."))


async def quiet(ask: Ask) -> Answer:
    """``/quiet 22:00-07:00|off|break on|break off``: hours of every day without alerts."""
    _ = ask.translate
    how = _("Set them with /quiet 22:00-07:00, end them with /quiet off.")
    words = ask.text.casefold().split()
    if not words:
        silence = await choice_of(ask)
        return say(*_about_quiet(ask, silence), how)
    if words[0] in ("break", "breaks", "key"):
        breaks = words[-1] not in OFF
        silence = await change_silence(ask, lambda each: replace(each, breaks=breaks))
        return say(*_about_quiet(ask, silence))
    if ask.text.strip().casefold() in OFF:
        await change_silence(ask, lambda each: replace(each, quiet=""))
        return say(_("Quiet hours are off. What was held back arrives now."))
    hours = read_hours(ask.text)
    if hours is None or hours[0] == hours[1]:
        return say(
            _("“{words}” are no hours of a day.").format(words=shown(ask.text, 40)),
            how,
        )
    written = f"{hours[0]:%H:%M}-{hours[1]:%H:%M}"
    silence = await change_silence(ask, lambda each: replace(each, quiet=written))
    return say(*_about_quiet(ask, silence))


async def digest(ask: Ask) -> Answer:
    """``/digest off|hourly|daily [08:00]``: alerts in one message now and then."""
    _ = ask.translate
    how = _("Choose /digest hourly, /digest daily 08:00 or /digest off.")
    words = ask.text.casefold().split()
    if not words:
        silence = await choice_of(ask)
        return say(_about_digest(ask, silence), how)
    rhythm: str | None = None
    if words[0] in OFF and len(words) == 1:
        rhythm = ""
    elif words[0] in ("hourly", "hour") and len(words) == 1:
        rhythm = HOURLY
    elif words[0] in ("daily", "day"):
        at = read_clock(" ".join(words[1:])) if len(words) > 1 else DAILY_AT
        rhythm = None if at is None else f"daily {at:%H:%M}"
    if rhythm is None:
        return say(
            _("I do not understand “{words}”.").format(words=shown(ask.text, 40)),
            how,
        )
    silence = await change_silence(ask, lambda each: replace(each, digest=rhythm))
    return say(_about_digest(ask, silence))


async def importance(ask: Ask) -> Answer:
    """``/importance all|key``: every entry, or key events only."""
    _ = ask.translate
    word = ask.text.strip().casefold()
    if not word:
        silence = await choice_of(ask)
        return say(
            _about_importance(ask, silence),
            _("Change it with /importance all or /importance key."),
        )
    if word not in ("all", "key"):
        return say(
            _("“{words}” is none of the choices: /importance all, /importance key.").format(
                words=shown(word, 40)
            )
        )
    silence = await change_silence(ask, lambda each: replace(each, importance=word))
    return say(_about_importance(ask, silence))


async def set_timezone(situation: Situation, name: str) -> None:
    """Give a chat another clock; its quiet hours and digests follow it."""
    await change_silence(situation, lambda each: replace(each, timezone=name))


def find_zone(text: str) -> tuple[str | None, list[str]]:
    """The zone that a text names, by all of its name or its city; else those that look alike."""
    wanted = "_".join(text.strip().casefold().split())[:60]
    names = {name.casefold(): name for name in available_timezones()}
    if wanted in names:
        return names[wanted], []
    cities = [name for folded, name in names.items() if folded.rpartition("/")[2] == wanted]
    if len(cities) == 1:
        return cities[0], []
    if cities:
        return None, sorted(cities)[:3]
    places = {name: folded.rpartition("/")[2] for folded, name in names.items()}
    hits = process.extract(wanted, places, scorer=fuzz.ratio, score_cutoff=LATER, limit=3)
    return None, [name for _place, _score, name in hits]


async def muted(press: Press) -> Notice:
    """A press that mutes for so many hours."""
    hours = timedelta(hours=press.pressed.number)
    silence = await _muted(press, press.services.now() + min(hours, LONGEST_MUTE))
    await press.change("\n".join(_said(press, silence)), _mutes(press))
    return Notice(_until_said(press, silence))


async def unmuted(press: Press) -> Notice:
    """A press that ends it."""
    _ = press.translate
    await change_silence(press, lambda silence: replace(silence, muted_until=None))
    text = _("I am back. What came meanwhile arrives now.")
    await press.change(text)
    return Notice(text)


# -- what is stored -----------------------------------------------------------------------------


async def choice_of(situation: Situation) -> Silence | None:
    """What a chat chose; None before its first change."""
    if situation.destination is None:
        return None
    async with situation.services.db.read() as connection:
        return await silences.get(connection, situation.destination.id)


async def change_silence(situation: Situation, change: Callable[[Silence], Silence]) -> Silence:
    """Change a chat's choice; what follows from it counts at once."""
    now = situation.services.now()

    async def changed(connection: AsyncConnection) -> Silence:
        destination = await meet(connection, situation)
        silence = change(await silences.get(connection, destination.id))
        if silence.muted_until is not None and silence.muted_until <= now:
            silence = replace(silence, muted_until=None)
        await silences.put(connection, destination.id, silence, next_hold(silence, now), now)
        return silence

    silence = await situation.services.db.transact(changed)
    situation.services.wake_sender()
    return silence


def _muted(situation: Situation, until: datetime) -> Awaitable[Silence]:
    return change_silence(situation, lambda silence: replace(silence, muted_until=until))


# -- what is said -------------------------------------------------------------------------------


def _said(situation: Situation, silence: Silence) -> list[str]:
    _ = situation.translate
    return [
        _until_said(situation, silence),
        _("What comes meanwhile arrives then as one message. /unmute ends it."),
    ]


def _until_said(situation: Situation, silence: Silence) -> str:
    _ = situation.translate
    assert silence.muted_until is not None
    return _("🔕 Muted until {time}.").format(time=_clock(situation, silence.muted_until, silence))


def _about_quiet(situation: Situation, silence: Silence | None) -> list[str]:
    _ = situation.translate
    if silence is None or not silence.quiet:
        return [_("There are no quiet hours here.")]
    start, end = silence.quiet.split("-")
    lines = [
        _("🌙 Quiet hours: {start} to {end} ({zone}).").format(
            start=start, end=end, zone=shown(silence.timezone)
        ),
        _("What comes in them arrives in the morning as one message."),
    ]
    if silence.breaks:
        lines.append(_("Key events arrive all the same; /quiet break off holds them back, too."))
    else:
        lines.append(_("Key events wait, too; /quiet break on lets them through."))
    return lines


def _about_digest(situation: Situation, silence: Silence | None) -> str:
    _ = situation.translate
    if silence is None or not silence.digest:
        return _("Each alert arrives at once.")
    if silence.digest == HOURLY:
        return _("🗞 Alerts arrive in one message every full hour.")
    return _("🗞 Alerts arrive in one message every day at {time} ({zone}).").format(
        time=silence.digest.split()[1], zone=shown(silence.timezone)
    )


def _about_importance(situation: Situation, silence: Silence | None) -> str:
    _ = situation.translate
    if silence is not None and silence.importance == "key":
        return _("Only key events arrive here. /latest shows everything.")
    return _("Every entry of what you follow arrives here.")


def about_clock(situation: Situation, name: str) -> str:
    """Which clock a chat reads, in Telegram HTML."""
    _ = situation.translate
    now = local(situation.services.now(), name)
    return _("Times here are those of {zone}, where it is {time} now.").format(
        zone=f"<b>{shown(name)}</b>", time=f"{now:%H:%M}"
    )


def _clock(situation: Situation, instant: datetime, silence: Silence) -> str:
    """A local time, with its day unless that is today."""
    when = local(instant, silence.timezone)
    today = local(situation.services.now(), silence.timezone)
    if when.date() == today.date():
        return f"{when:%H:%M}"
    return f"{day_of(when.date(), situation.language, today.date())} {when:%H:%M}"


def _mutes(situation: Situation) -> InlineKeyboardMarkup:
    _ = situation.translate
    hours = [(_("{n} h").format(n=n), Pressed(Action.MUTE, n)) for n in MUTES]
    return InlineKeyboardMarkup(
        [
            [keyboards.button(text, pressed) for text, pressed in hours],
            [keyboards.button(_("Unmute"), Pressed(Action.UNMUTE))],
        ]
    )
