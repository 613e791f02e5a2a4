"""Steers a channel, or a group, from a private chat with the bot: its readers need not see it.

Whoever does must be an administrator there: that is asked of the person, not of the chat, and
again with each change.
"""

from __future__ import annotations

import re

from telegram import Chat, ChatFullInfo, ChatMemberAdministrator, InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden

from bot.commands import keyboards
from bot.commands.conversation import Ask, Press, Situation
from bot.commands.follows import meet
from bot.commands.keyboards import Action, Pressed
from bot.commands.place import place_of_chat
from bot.commands.reply import Answer, Notice, say
from bot.commands.texts import shown
from bot.model import ChatKind
from bot.store import chats

OFF = frozenset({"off", "done", "end", "back"})
ASKED = 12  # chats looked at for a list, each a question to Telegram
KINDS = (ChatKind.CHANNEL, ChatKind.SUPERGROUP, ChatKind.GROUP)
_NAME = re.compile(r"(?:https?://)?(?:t\.me/|@)?([A-Za-z][A-Za-z0-9_]{3,31})/?")
_NUMBER = re.compile(r"-\d{5,16}")


async def channel(ask: Ask) -> Answer:
    """``/channel [@name|off]``: which channel the settings commands here are for."""
    _ = ask.translate
    if not ask.place.is_private or ask.user_id is None:
        return say(_("Write /channel to me in private: from there you steer your channels."))
    words = ask.text.strip()
    if words.casefold() in OFF:
        return say(await _stop(ask))
    if not words:
        return await _overview(ask)
    found = _NAME.fullmatch(words)
    number = _NUMBER.fullmatch(words)
    if found is None and number is None:
        return say(
            _("“{words}” is no name of a channel. Write it like /channel @name.").format(
                words=shown(words, 40)
            )
        )
    try:
        chat = await ask.bot.get_chat(int(words) if number else f"@{found[1]}" if found else "")
    except (BadRequest, Forbidden):
        return say(
            _("I cannot see a channel {name}. Make me an admin there, then try again.").format(
                name=shown(words, 40)
            )
        )
    return say(await _begin(ask, chat))


async def pressed(press: Press) -> Notice:
    """A press on a channel in the list; on none of them it ends."""
    _ = press.translate
    if not press.pressed.number:
        said = await _stop(press)
        await press.change(said)
        return Notice()
    async with press.services.db.read() as connection:
        known = {row.id: row for row in await chats.of_kind(connection, KINDS)}
    row = known.get(press.pressed.number)
    if row is None:
        return Notice(_("That is no longer offered. /channel shows what is."), alert=True)
    try:
        chat = await press.bot.get_chat(row.telegram_id)
    except (BadRequest, Forbidden):
        return Notice(_("I am not in that channel any more."), alert=True)
    await press.change(await _begin(press, chat))
    return Notice()


async def _begin(situation: Situation, chat: ChatFullInfo) -> str:
    """Steer a chat from here, if the person and the bot are administrators there."""
    _ = situation.translate
    place = place_of_chat(Chat(chat.id, chat.type, title=chat.title))
    name = f"<b>{shown(place.title)}</b>"
    assert situation.user_id is not None
    if place.is_private:
        return _("That is no channel and no group.")
    if not await situation.services.rights.may_change(situation.bot, place, situation.user_id):
        return _("You are no admin of {name}, so I change nothing there.").format(name=name)
    if not await _can_post(situation, chat):
        return _("I may not post in {name} yet: make me an admin there first.").format(name=name)
    here = situation.place
    async with situation.services.db.write() as connection:
        await meet(connection, situation)
        destination = await chats.meet(
            connection,
            telegram_id=place.chat_id,
            thread_id=None,
            kind=place.kind,
            title=place.title,
            language=situation.language,
            timezone=situation.timezone,
            now=situation.services.now(),
        )
        if not destination.active:
            await chats.switch_on(connection, destination.id)
        number = await chats.own_id(connection, place.chat_id)
        await chats.steer(connection, here.chat_id, number)
    return _(
        "From now on /topic, /mute, /settings and the like, written here, are for {name}. "
        "/channel off ends that."
    ).format(name=name)


async def _stop(situation: Situation) -> str:
    _ = situation.translate
    async with situation.services.db.write() as connection:
        before = await chats.steered_from(connection, situation.place.chat_id)
        await chats.steer(connection, situation.place.chat_id, None)
    if before is None:
        return _("Your commands here are for this chat.")
    return _("Your commands here are for this chat again, no longer for {name}.").format(
        name=f"<b>{shown(before.title)}</b>"
    )


async def _overview(ask: Ask) -> Answer:
    _ = ask.translate
    assert ask.user_id is not None
    async with ask.services.db.read() as connection:
        now = await chats.steered_from(connection, ask.place.chat_id)
        known = await chats.of_kind(connection, KINDS)
    buttons = []
    for row in known[:ASKED]:
        place = place_of_chat(Chat(row.telegram_id, row.kind, title=row.title))
        if await ask.services.rights.may_change(ask.bot, place, ask.user_id):
            buttons.append((row.title or str(row.telegram_id), Pressed(Action.CHANNEL, row.id)))
    lines = [
        _("Your commands here are for {name}.").format(name=f"<b>{shown(now.title)}</b>")
        if now is not None
        else _("Your commands here are for this chat.")
    ]
    if buttons:
        lines.append(_("Tap the channel or group that you want to steer from here:"))
    else:
        lines.append(
            _("To steer a channel from here, make me an admin there and write /channel @name.")
        )
    keyboard: InlineKeyboardMarkup | None = keyboards.column(
        [*buttons, *([(_("This chat"), Pressed(Action.CHANNEL))] if now is not None else [])]
    )
    return say(*lines, keyboard=keyboard)


async def _can_post(situation: Situation, chat: ChatFullInfo) -> bool:
    if chat.type != ChatKind.CHANNEL:
        return True
    try:
        member = await situation.bot.get_chat_member(chat.id, situation.bot.id)
    except (BadRequest, Forbidden):
        return False
    return isinstance(member, ChatMemberAdministrator) and bool(member.can_post_messages)
