"""``/saved``: the entries somebody saved for later, the latest saved first."""

from __future__ import annotations

from html import escape

from telegram import InlineKeyboardMarkup

from bot.commands import keyboards
from bot.commands.conversation import Ask, Press, Situation
from bot.commands.keyboards import Action, Pressed
from bot.commands.reply import Answer, Notice, say
from bot.commands.texts import link, plain, shown
from bot.delivery.look import Look
from bot.delivery.pieces import instant_of, words_of
from bot.delivery.split import shorten
from bot.model import Entry
from bot.store import entries, saved

PAGE = 8  # entries
_IN_A_ROW = 4
_HEADLINE = 120


async def saved_entries(ask: Ask) -> Answer:
    """``/saved``."""
    _ = ask.translate
    if not ask.place.is_private:
        return say(_("Saving works in a private chat with me: there, alerts have a Save button."))
    lines, keyboard = await _page(ask, 0)
    return say(*lines, keyboard=keyboard)


async def turned(press: Press) -> Notice:
    """A press that turns the page."""
    if not press.place.is_private:
        return Notice()
    lines, keyboard = await _page(press, press.pressed.page)
    await press.change("\n".join(lines), keyboard)
    return Notice()


async def removed(press: Press) -> Notice:
    """A press that saves an entry no more."""
    _ = press.translate
    if not press.place.is_private or press.destination is None:
        return Notice()
    async with press.services.db.write() as connection:
        gone = await saved.remove(connection, press.destination.id, [press.pressed.number])
    lines, keyboard = await _page(press, press.pressed.page)
    await press.change("\n".join(lines), keyboard)
    return Notice(_("It is not saved any more.") if gone else _("It was not saved."))


async def _page(situation: Situation, number: int) -> tuple[list[str], InlineKeyboardMarkup | None]:
    """A page, or the last one if there are fewer."""
    _ = situation.translate
    destination = situation.destination
    if destination is None:
        return [_nothing(situation)], None
    async with situation.services.db.read() as connection:
        count = await saved.count(connection, destination.id)
        number = max(0, min(number, -(-count // PAGE) - 1))
        listed = await saved.page(connection, destination.id, offset=number * PAGE, limit=PAGE)
        names = await entries.source_names(connection, {entry.source_id for entry in listed})
    if not listed:
        return [_nothing(situation)], None
    lines = [_("<b>Saved</b>: {count}").format(count=count)]
    first = number * PAGE + 1
    for at, entry in enumerate(listed, first):
        lines += ["", _line(situation, at, entry, names.get(entry.source_id, ""))]
    return lines, _keyboard(situation, listed, number, count)


def _nothing(situation: Situation) -> str:
    _ = situation.translate
    return _("Nothing is saved yet. Under an alert, tap ⋯ and then Save.")


def _line(situation: Situation, at: int, entry: Entry, source: str) -> str:
    title, body = words_of(entry, Look.of(situation.language))
    said = shorten(title or " ".join(body.text.split()), _HEADLINE)
    linked = link(entry.url, said, _HEADLINE)
    if entry.withdrawn:
        linked = f"<s>{linked}</s>"
    when = situation.local(instant_of(entry))
    return f"{at}. {linked}\n{shown(source)} · {escape(when.strftime('%Y-%m-%d %H:%M'))}"


def _keyboard(
    situation: Situation, listed: list[Entry], number: int, count: int
) -> InlineKeyboardMarkup:
    _ = situation.translate
    buttons = [
        keyboards.button(
            _("Remove {n}").format(n=at), Pressed(Action.UNSAVE_ENTRY, entry.id, number)
        )
        for at, entry in enumerate(listed, number * PAGE + 1)
    ]
    rows = [buttons[at : at + _IN_A_ROW] for at in range(0, len(buttons), _IN_A_ROW)]
    turns = [(_("« Back"), number - 1), (_("More »"), number + 1)]
    pages = -(-count // PAGE)
    turning = [
        keyboards.button(plain(text), Pressed(Action.SAVED_PAGE, 0, page))
        for text, page in turns
        if 0 <= page < pages
    ]
    return InlineKeyboardMarkup([*rows, *([turning] if turning else [])])
