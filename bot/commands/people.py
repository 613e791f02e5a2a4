"""Who is meant by an id, an @name, or an answer to somebody's message."""

from __future__ import annotations

import re
from dataclasses import dataclass

from telegram import Message, MessageEntity, User
from telegram.error import BadRequest, Forbidden

from bot.commands.conversation import Ask
from bot.commands.texts import plain
from bot.model import ChatKind
from bot.store import chats

_ID = re.compile(r"[0-9]{1,15}")
_USERNAME = re.compile(r"@([A-Za-z][A-Za-z0-9_]{3,31})")
MAX_NAME = 60


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody.

    Attributes:
        user_id: Telegram's id.
        name: as Telegram shows it; "" where the bot never met them.
        username: without the @; "" where there is none.
        is_bot: a bot, or an administrator who hides behind the group.
    """

    user_id: int
    name: str = ""
    username: str = ""
    is_bot: bool = False

    @property
    def label(self) -> str:
        """For people: the name, the @name and the id, as far as they are known."""
        known = [plain(self.name, MAX_NAME), f"@{self.username}" if self.username else ""]
        return " ".join([*(part for part in known if part), f"({self.user_id})"])


async def meant(ask: Ask) -> Person | None:
    """The person a command names; None if none is named, or the name is not known here.

    What stands behind the command counts more than the message it answers.
    """
    for entity in ask.message.entities or ():
        if entity.type == MessageEntity.TEXT_MENTION and entity.user is not None:
            return _person(entity.user)
    text = ask.text.strip()
    if _ID.fullmatch(text):
        return await by_id(ask, int(text))
    if found := _USERNAME.fullmatch(text):
        return await _by_username(ask, found[1])
    if text:
        return None
    answered = _answered(ask.message)
    return None if answered is None else _person(answered)


async def by_id(ask: Ask, user_id: int) -> Person | None:
    """A person by id, with the name Telegram knows now; None for 0 and for what is no person."""
    if not user_id:
        return None
    try:
        chat = await ask.bot.get_chat(user_id)
    except (BadRequest, Forbidden):  # never wrote to the bot: the id alone must do
        return Person(user_id)
    if chat.type != ChatKind.PRIVATE:
        return None
    return Person(user_id, chat.full_name or "", chat.username or "")


async def _by_username(ask: Ask, username: str) -> Person | None:
    """Whom the bot met under this @name, if it is still theirs: names are passed on."""
    async with ask.services.db.read() as connection:
        ids = await chats.by_username(connection, username)
    for user_id in ids:
        person = await by_id(ask, user_id)
        if person is not None and person.username.casefold() == username.casefold():
            return person
    return None


def _answered(message: Message) -> User | None:
    """Who wrote the message that is answered; in a forum everything answers the topic's first."""
    answered = message.reply_to_message
    if answered is None or answered.forum_topic_created is not None:
        return None
    return None if answered.sender_chat is not None else answered.from_user


def _person(user: User) -> Person:
    return Person(user.id, user.full_name, user.username or "", user.is_bot)
