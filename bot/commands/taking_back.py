"""What admins ask about one entry: ``/why`` tells what became of it, ``/retract`` takes it back.

The entry is named by its number, its address, words it holds, or by answering an alert that shows
it.
"""

from __future__ import annotations

from telegram import InlineKeyboardMarkup

from bot.commands import keyboards
from bot.commands.conversation import Ask, Press, Situation, noted, stale
from bot.commands.keyboards import Action, Pressed
from bot.commands.reply import Answer, Notice, say
from bot.commands.texts import shown
from bot.errors import ConfigError
from bot.model import Entry, Retraction
from bot.store import entries, evidence, retractions
from bot.store.audit import Deed
from bot.why import explain

HOWS = {Action.STRIKE: Retraction.STRIKE, Action.DELETE: Retraction.DELETE}
_LINE = 300  # characters of one sentence of the explanation


async def why(ask: Ask) -> Answer:
    """``/why [entry]``: what became of it, and of its delivery here."""
    _ = ask.translate
    found = await _meant(ask)
    if len(found) != 1:
        return _which(ask, found, Action.WHY)
    return say(*await _explained(ask, found[0].id))


async def asked_why(press: Press) -> Notice:
    """A press that chooses the entry to explain."""
    try:
        lines = await _explained(press, press.pressed.number)
    except ConfigError:
        return stale(press.translate)
    await press.change("\n".join(lines)[:4_000])
    return Notice()


async def retract(ask: Ask) -> Answer:
    """``/retract [entry]``: asks how before it does anything."""
    found = await _meant(ask)
    if len(found) != 1:
        return _which(ask, found, Action.RETRACT)
    text, keyboard = _question(ask, found[0])
    return say(text, keyboard=keyboard)


async def asked_to_retract(press: Press) -> Notice:
    """A press that chooses the entry to take back."""
    entry = await _entry(press)
    if entry is None:
        return stale(press.translate)
    await press.change(*_question(press, entry))
    return Notice()


async def retracted(press: Press) -> Notice:
    """A press that says how to take it back: does it at once."""
    _ = press.translate
    entry = await _entry(press)
    if entry is None:
        return stale(_)
    how = HOWS[press.pressed.action]
    async with press.services.db.write() as connection:
        changed = await retractions.retract(connection, entry.id, how, press.services.now())
        if changed:
            await noted(connection, press, Deed.RETRACT, f"{entry.id} {entry.title}".strip(), how)
    if changed:
        press.services.wake_planner()
    said = {
        Retraction.STRIKE: _("Entry {id} is being struck through in every chat."),
        Retraction.DELETE: _(
            "Entry {id} is being deleted from every chat. Messages older than 48 hours, which "
            "Telegram keeps, are emptied."
        ),
    }[how]
    text = (said if changed else _("Entry {id} was taken back already.")).format(id=entry.id)
    await press.change(text)
    return Notice(text)


async def _meant(ask: Ask) -> list[Entry]:
    answered = ask.message.reply_to_message
    async with ask.services.db.read() as connection:
        if ask.text:
            return await evidence.find_entries(connection, ask.text)
        if answered is not None:
            return await evidence.shown_by(connection, ask.place.chat_id, answered.message_id)
    return []


def _which(ask: Ask, found: list[Entry], action: Action) -> Answer:
    _ = ask.translate
    if not found and ask.text:
        return say(_("I know no entry “{words}”.").format(words=shown(ask.text, 40)))
    if not found:
        return say(
            _(
                "Which entry? Answer an alert with this command, or write its number, its address "
                "or words it holds behind it."
            )
        )
    buttons = (
        (f"{entry.id}: {entry.title or entry.text}", Pressed(action, entry.id)) for entry in found
    )
    return say(_("Which one?"), keyboard=keyboards.column(buttons))


def _question(situation: Situation, entry: Entry) -> tuple[str, InlineKeyboardMarkup]:
    _ = situation.translate
    title = f"<b>{shown(entry.title or entry.text, 100)}</b>"
    text = _(
        "Take entry {id} back in every chat, for good, whatever its source says? {title}"
    ).format(id=entry.id, title=title)
    keyboard = keyboards.rows(
        (_("✖ Strike it through"), Pressed(Action.STRIKE, entry.id)),
        (_("🗑 Delete it"), Pressed(Action.DELETE, entry.id)),
        (_("Leave it"), Pressed(Action.LEAVE)),
    )
    return text, keyboard


async def left(press: Press) -> Notice:
    """A press on "Leave it"."""
    text = press.translate("Nothing was taken back.")
    await press.change(text)
    return Notice(text)


async def _entry(press: Press) -> Entry | None:
    number = press.pressed.number
    async with press.services.db.read() as connection:
        return (await entries.get_many(connection, [number])).get(number)


async def _explained(situation: Situation, entry_id: int) -> list[str]:
    here = situation.destination
    chat_id = here.chat_id if here is not None else None
    async with situation.services.db.read() as connection:
        lines = await explain(connection, entry_id, chat_id, situation.services.now())
    return [shown(line, _LINE) if line else "" for line in lines]
