"""The picker: buttons with what can be followed, ticked where it is."""

from __future__ import annotations

from telegram import InlineKeyboardMarkup, Message

from bot.commands import keyboards
from bot.commands.conversation import Press, Situation
from bot.commands.follows import Offer
from bot.commands.keyboards import Action, Pressed
from bot.commands.targets import Named
from bot.commands.texts import shown
from bot.delivery.clocks import local
from bot.model import ChatKind

PART_TOPICS, PART_LANGUAGE, PART_CLOCK, PART_PAGE = range(4)  # what a button of parts opens


def picker(situation: Situation, offer: Offer, page: int = 0) -> InlineKeyboardMarkup:
    """The buttons with what can be followed, ticked where it is."""
    choices = offer.choices(situation)
    return keyboards.picker(choices, offer.followed, page, situation.translate, offer.counts)


def pressed(press: Press, offer: Offer) -> InlineKeyboardMarkup:
    """The picker as it is now, with the row of the greeting where that stood under it."""
    keyboard = picker(press, offer, press.pressed.page)
    message = press.query.message
    before = message.reply_markup if isinstance(message, Message) else None
    rows = before.inline_keyboard if before is not None else ()
    if any(
        button.callback_data == keyboards.encode(Pressed(Action.PART, PART_CLOCK))
        for row in rows
        for button in row
    ):
        return with_settings(press, keyboard)
    return keyboard


def with_settings(situation: Situation, keyboard: InlineKeyboardMarkup) -> InlineKeyboardMarkup:
    """A keyboard with what a newcomer sets once: the clock, the language, all the rest."""
    _ = situation.translate
    now = local(situation.services.now(), situation.timezone)
    row = [
        keyboards.button(
            _("🕒 {time} here?").format(time=f"{now:%H:%M}"), Pressed(Action.PART, PART_CLOCK)
        ),
        keyboards.button(_("🌐 Language"), Pressed(Action.PART, PART_LANGUAGE)),
        keyboards.button(_("⚙ Settings"), Pressed(Action.PART, PART_PAGE)),
    ]
    return keyboards.with_row(keyboard, row)


def how_to_pick(situation: Situation, offer: Offer) -> str:
    """What stands above the picker."""
    _ = situation.translate
    if not offer.topics:
        return _("There are no topics yet. You can switch on everything:")
    if situation.place.kind is ChatKind.PRIVATE:
        return _("What would you like to get? Tap to switch on or off:")
    return _("What shall I send here? Admins tap to switch on or off:")


def bold(named: Named) -> str:
    """What something is called, in Telegram HTML."""
    return f"<b>{shown(named.label)}</b>"
