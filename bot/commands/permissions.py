"""Who may change what a chat gets: in groups and channels only their own administrators."""

from __future__ import annotations

from telegram import Bot, ChatMember, Message
from telegram.error import BadRequest

from bot.commands.place import Place
from bot.model import ChatKind

_MAY = (ChatMember.OWNER, ChatMember.ADMINISTRATOR)


async def may_change_by_message(bot: Bot, place: Place, message: Message) -> bool:
    """Whether who wrote `message` may change the settings of the chat it stands in.

    Anonymous administrators write as the group itself; somebody who writes as a channel is
    nobody in particular; only administrators can post in a channel.
    """
    if place.is_private:
        return True
    if message.sender_chat is not None:
        return message.sender_chat.id == place.chat_id
    if place.kind is ChatKind.CHANNEL:
        return True
    return message.from_user is not None and await may_change(bot, place, message.from_user.id)


async def may_change(bot: Bot, place: Place, user_id: int) -> bool:
    """Whether a person may change the settings of a chat, as Telegram knows it now."""
    if place.is_private:
        return user_id == place.chat_id
    try:
        member = await bot.get_chat_member(place.chat_id, user_id)
    except BadRequest:  # not a member, or the list is closed to the bot
        return False
    return member.status in _MAY
