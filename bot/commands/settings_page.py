"""``/settings``: everything a chat chose, each on a button that goes on to the next choice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection
from telegram import InlineKeyboardMarkup

from bot.commands import keyboards, localizing, pickers
from bot.commands.conversation import Ask, Press, Situation
from bot.commands.follows import meet, offer_for
from bot.commands.keyboards import Action, Pressed
from bot.commands.preferring import EDITS, STYLES
from bot.commands.reply import Answer, Notice, say
from bot.commands.silencing import change_silence
from bot.commands.texts import Translate, shown
from bot.model import Destination
from bot.store import chats, silences
from bot.store.silences import Silence

QUIETS = ("", "22:00-07:00", "23:00-08:00", "00:00-06:00")
DIGESTS = ("", "hourly", "daily 08:00", "daily 18:00")
IMPORTANCES = ("all", "key")
SWITCH = (False, True)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What the page shows."""

    destination: Destination
    silence: Silence


@dataclass(frozen=True, slots=True)
class _Row:
    """A setting with few choices.

    Attributes:
        choices: in the order of the taps.
        current: of a chat.
        label: of a choice.
        name: the field of the destination, or of its silence.
        of_silence: which of the two.
    """

    choices: Sequence[str | bool]
    label: Callable[[Translate, str], str]
    name: str
    of_silence: bool = False

    def current(self, chosen: _Chosen) -> str | bool:
        found: str | bool = getattr(
            chosen.silence if self.of_silence else chosen.destination, self.name
        )
        return found

    def following(self, chosen: _Chosen) -> str | bool:
        now = self.current(chosen)
        if now not in self.choices:  # typed, not tapped
            return self.choices[0]
        return self.choices[(self.choices.index(now) + 1) % len(self.choices)]


async def settings(ask: Ask) -> Answer:
    """``/settings``."""
    chosen = await _chosen(ask)
    return say(*_lines(ask, chosen), keyboard=_keyboard(ask, chosen))


async def setting_pressed(press: Press) -> Notice:
    """A press that goes on to the next choice of a setting."""
    rows = _rows()
    chosen = await _chosen(press)
    if press.pressed.number >= len(rows):
        await _show_page(press)
        return Notice()
    row = rows[press.pressed.number]
    value = row.following(chosen)
    if row.of_silence:
        changed = {row.name: value}
        await change_silence(press, lambda silence: replace(silence, **changed))  # type: ignore[arg-type]  # a choice of the row is of its field's type
    else:
        async with press.services.db.write() as connection:
            await chats.prefer(connection, chosen.destination.id, **{row.name: value})
    chosen = await _chosen(press)
    await press.change("\n".join(_lines(press, chosen)), _keyboard(press, chosen))
    return Notice(_labelled(press.translate, row, chosen))


async def part_pressed(press: Press) -> Notice:
    """A press that opens what has more choices than fit on the page: topics, language, clock."""
    _ = press.translate
    parts: dict[int, Callable[[], Awaitable[None]]] = {
        pickers.PART_TOPICS: lambda: _show_topics(press),
        pickers.PART_LANGUAGE: lambda: press.change(
            _("Which language shall I speak here?"), localizing.languages()
        ),
        pickers.PART_CLOCK: lambda: press.change(
            _("Tap the time it is where you are:"), localizing.clocks(press)
        ),
        pickers.PART_PAGE: lambda: _show_page(press),
    }
    if part := parts.get(press.pressed.number):
        await part()
    return Notice()


async def _show_page(press: Press) -> None:
    chosen = await _chosen(press)
    await press.change("\n".join(_lines(press, chosen)), _keyboard(press, chosen))


async def _show_topics(press: Press) -> None:
    _ = press.translate
    offer = await offer_for(press)
    await press.change(
        _("What would you like to get? Tap to switch on or off:"),
        pickers.picker(press, offer),
    )


def _rows() -> tuple[_Row, ...]:
    """The settings in the order of their buttons, which old messages count on."""
    return (
        _Row(IMPORTANCES, _importance, "importance", of_silence=True),
        _Row(EDITS, _edits, "edits"),
        _Row(STYLES, _style, "style"),
        _Row(QUIETS, _quiet, "quiet", of_silence=True),
        _Row(SWITCH, _breaks, "breaks", of_silence=True),
        _Row(DIGESTS, _digest, "digest", of_silence=True),
        _Row(SWITCH, _threads, "threads"),
        _Row(SWITCH, _pins, "pins"),
        _Row(SWITCH, _duplicates, "duplicates"),
    )


def _importance(translate: Translate, value: str) -> str:
    _ = translate
    return _("Entries: key events only") if value == "key" else _("Entries: all")


def _edits(translate: Translate, value: str) -> str:
    _ = translate
    said = {
        "all": _("Corrections: all"),
        "material": _("Corrections: of the meaning"),
        "none": _("Corrections: none"),
    }
    return said.get(value, value)


def _style(translate: Translate, value: str) -> str:
    _ = translate
    said = {
        "full": _("Style: full"),
        "compact": _("Style: compact"),
        "plain": _("Style: plain"),
    }
    return said.get(value, value)


def _quiet(translate: Translate, value: str) -> str:
    _ = translate
    if not value:
        return _("Quiet hours: none")
    return _("Quiet hours: {hours}").format(hours=value.replace("-", "–"))


def _breaks(translate: Translate, value: str) -> str:
    _ = translate
    if value == "True":
        return _("Key events in them: at once")
    return _("Key events in them: wait, too")


def _digest(translate: Translate, value: str) -> str:
    _ = translate
    if not value:
        return _("Alerts: at once")
    if value == "hourly":
        return _("Alerts: every hour")
    return _("Alerts: daily at {time}").format(time=value.split()[1])


def _threads(translate: Translate, value: str) -> str:
    _ = translate
    return _("Threads: on") if value == "True" else _("Threads: off")


def _pins(translate: Translate, value: str) -> str:
    _ = translate
    return _("Pinned key events: on") if value == "True" else _("Pinned key events: off")


def _duplicates(translate: Translate, value: str) -> str:
    _ = translate
    if value == "True":
        return _("Same news elsewhere: once")
    return _("Same news elsewhere: again")


def _labelled(translate: Translate, row: _Row, chosen: _Chosen) -> str:
    return row.label(translate, str(row.current(chosen)))


async def _chosen(situation: Situation) -> _Chosen:
    async def chosen(connection: AsyncConnection) -> _Chosen:
        destination = await meet(connection, situation)
        return _Chosen(destination, await silences.get(connection, destination.id))

    return await situation.services.db.transact(chosen)


def _lines(situation: Situation, chosen: _Chosen) -> list[str]:
    _ = situation.translate
    return [
        f"<b>{_('Settings of this chat')}</b>",
        _("Language: {language}").format(language=localizing.spoken(situation.language)),
        _("Time zone: {zone}").format(zone=shown(chosen.silence.timezone)),
        "",
        _("Tap to change; /mute is silent for a while, /status tells what is on."),
    ]


def _keyboard(situation: Situation, chosen: _Chosen) -> InlineKeyboardMarkup:
    _ = situation.translate
    parts = [_("Topics"), _("Language"), _("Time zone")]
    return InlineKeyboardMarkup(
        [
            [
                keyboards.button(text, Pressed(Action.PART, number))
                for number, text in enumerate(parts)
            ],
            *(
                [keyboards.button(_labelled(_, row, chosen), Pressed(Action.SETTING, number))]
                for number, row in enumerate(_rows())
            ),
        ]
    )
