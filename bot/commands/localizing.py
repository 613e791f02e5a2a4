"""The language and the clock of a chat, by a word or by taps."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.commands import keyboards
from bot.commands.conversation import Ask, Press, Situation
from bot.commands.follows import meet
from bot.commands.keyboards import Action, Pressed
from bot.commands.menu import publish_for_chat
from bot.commands.reply import Answer, Notice, say
from bot.commands.silencing import about_clock, find_zone, set_timezone
from bot.commands.targets import fold
from bot.commands.texts import shown
from bot.delivery.clocks import local
from bot.locales import LANGUAGES, language_of, translation
from bot.store import chats

COLUMNS = 3
CITIES = (
    "Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Denver",
    "America/Phoenix", "America/Chicago", "America/Mexico_City", "America/New_York",
    "America/Bogota", "America/Halifax", "America/Caracas", "America/St_Johns",
    "America/Sao_Paulo", "America/Argentina/Buenos_Aires", "Atlantic/Azores", "UTC",
    "Europe/London", "Europe/Lisbon", "Africa/Lagos", "Africa/Casablanca", "Europe/Berlin",
    "Europe/Paris", "Europe/Madrid", "Europe/Rome", "Europe/Warsaw", "Africa/Cairo",
    "Africa/Johannesburg", "Europe/Athens", "Europe/Kyiv", "Asia/Jerusalem", "Asia/Beirut",
    "Europe/Istanbul", "Europe/Moscow", "Asia/Riyadh", "Asia/Baghdad", "Africa/Nairobi",
    "Asia/Tehran", "Asia/Dubai", "Asia/Baku", "Asia/Kabul", "Asia/Karachi", "Asia/Tashkent",
    "Asia/Kolkata", "Asia/Kathmandu", "Asia/Dhaka", "Asia/Yangon", "Asia/Bangkok", "Asia/Jakarta",
    "Asia/Shanghai", "Asia/Singapore", "Asia/Manila", "Asia/Tokyo", "Asia/Seoul",
    "Australia/Adelaide", "Australia/Sydney", "Australia/Brisbane", "Pacific/Auckland",
)  # fmt: skip
_SHIFT = 24 * 60  # minutes added to an offset, so that no button holds a negative number


async def language(ask: Ask) -> Answer:
    """``/language [xx]``: the language of the bot's own words."""
    _ = ask.translate
    if not ask.text:
        return say(_("Which language shall I speak here?"), keyboard=languages())
    wanted = fold(ask.text)
    found = [
        code
        for code, name in LANGUAGES.items()
        if wanted in (code, fold(name)) or (len(wanted) > 2 and fold(name).startswith(wanted))
    ]
    if len(found) != 1:
        return say(
            _("I do not speak “{words}”. These are my languages:").format(
                words=shown(ask.text, 40)
            ),
            keyboard=languages(),
        )
    return say(await _speak(ask, found[0]))


async def language_pressed(press: Press) -> Notice:
    """A press on a language."""
    codes = list(LANGUAGES)
    if press.pressed.number >= len(codes):
        await press.change(None, languages())
        return Notice()
    said = await _speak(press, codes[press.pressed.number])
    await press.change(said)
    return Notice(said)


async def timezone(ask: Ask) -> Answer:
    """``/timezone [Area/City]``: the clock of this chat."""
    _ = ask.translate
    if not ask.text:
        return say(
            about_clock(ask, ask.timezone),
            _("Another one? Tap the time it is where you are, or write /timezone Europe/Paris."),
            keyboard=clocks(ask),
        )
    name, alike = find_zone(ask.text)
    if name is not None:
        await set_timezone(ask, name)
        return say(about_clock(ask, name))
    unknown = _("I know no time zone “{words}”.").format(words=shown(ask.text, 40))
    if alike:
        names = ", ".join(f"<code>{shown(each)}</code>" for each in alike)
        return say(unknown, _("Did you mean {names}?").format(names=names))
    return say(unknown, _("Tap the time it is where you are:"), keyboard=clocks(ask))


async def clock_pressed(press: Press) -> Notice:
    """A press on the time it is now: the only city with it is taken, among several one chooses."""
    _ = press.translate
    minutes = press.pressed.number - _SHIFT
    cities = [city for city in CITIES if _offset(press, city) == minutes]
    if not cities:
        await press.change(None, clocks(press))
        return Notice(_("The clocks have changed meanwhile. Tap once more."), alert=True)
    if len(cities) == 1:
        return await _taken(press, cities[0])
    buttons = [
        keyboards.button(_city(city), Pressed(Action.CITY, CITIES.index(city))) for city in cities
    ]
    await press.change(_("Which place is nearest to you?"), _grid(buttons))
    return Notice()


async def city_pressed(press: Press) -> Notice:
    """A press on a city."""
    if press.pressed.number >= len(CITIES):
        await press.change(None, clocks(press))
        return Notice()
    return await _taken(press, CITIES[press.pressed.number])


def clocks(situation: Situation) -> InlineKeyboardMarkup:
    """A button for each time it may be now, in the order of the offsets."""
    now = situation.services.now()
    offsets = sorted({_offset(situation, city) for city in CITIES})
    return _grid(
        [
            keyboards.button(
                f"{now + timedelta(minutes=minutes):%H:%M}",
                Pressed(Action.CLOCK, minutes + _SHIFT),
            )
            for minutes in offsets
        ],
        columns=5,
    )


async def _taken(press: Press, name: str) -> Notice:
    await set_timezone(press, name)
    said = about_clock(press, name)
    await press.change(said)
    return Notice(_plain(said))


def _plain(said: str) -> str:
    return said.replace("<b>", "").replace("</b>", "")


async def _speak(situation: Situation, code: str) -> str:
    async def speak(connection: AsyncConnection) -> None:
        await meet(connection, situation)
        await chats.speak(connection, situation.place.chat_id, code)

    await situation.services.db.transact(speak)
    if situation.place.is_private:
        await publish_for_chat(
            situation.bot, situation.place.chat_id, code, is_admin=situation.is_admin
        )
    _ = translation(code)
    return _("I speak English here now.")


def languages() -> InlineKeyboardMarkup:
    """A button for each language, by its own name."""
    return _grid(
        [
            keyboards.button(name, Pressed(Action.LANGUAGE, number))
            for number, name in enumerate(LANGUAGES.values())
        ]
    )


def _grid(buttons: list[InlineKeyboardButton], columns: int = COLUMNS) -> InlineKeyboardMarkup:
    rows = [buttons[at : at + columns] for at in range(0, len(buttons), columns)]
    return InlineKeyboardMarkup(rows)


def _offset(situation: Situation, city: str) -> int:
    now: datetime = local(situation.services.now(), city)
    offset = now.utcoffset()
    assert offset is not None
    return int(offset.total_seconds()) // 60


def _city(name: str) -> str:
    return name.rpartition("/")[2].replace("_", " ")


def spoken(tag: str) -> str:
    """The name of the language that a chat's tag means, in itself."""
    return LANGUAGES[language_of(tag)]
