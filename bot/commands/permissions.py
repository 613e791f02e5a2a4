"""Who may change what a chat gets: in groups and channels only their own administrators."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from telegram import Bot, ChatMember, Message
from telegram.error import BadRequest, Forbidden

from bot.commands.place import Place
from bot.model import ChatKind

KEPT = 20.0  # seconds; how long somebody who is no admin any more may go unnoticed
REMEMBERED = 10_000  # people in chats

_MAY = (ChatMember.OWNER, ChatMember.ADMINISTRATOR)


class Rights:
    """Who may change the settings of a chat, as Telegram knows it, remembered for a moment.

    Args:
        clock: seconds that never run backwards.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[tuple[int, int], tuple[float, bool]] = OrderedDict()

    async def may_change_by_message(self, bot: Bot, place: Place, message: Message) -> bool:
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
        person = message.from_user
        return person is not None and await self.may_change(bot, place, person.id)

    async def may_change(self, bot: Bot, place: Place, user_id: int) -> bool:
        """Whether a person may change the settings of a chat."""
        if place.is_private:
            return user_id == place.chat_id
        key, now = (place.chat_id, user_id), self._clock()
        until, known = self._known.get(key, (now, False))
        if now < until:
            return known
        try:
            member = await bot.get_chat_member(place.chat_id, user_id)
        except (BadRequest, Forbidden):  # not a member, or the list is closed to the bot
            may = False
        else:
            may = member.status in _MAY
        self._known[key] = (now + KEPT, may)
        self._known.move_to_end(key)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return may
