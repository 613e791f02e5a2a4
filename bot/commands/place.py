"""Where something is said: a chat, or one forum topic of it."""

from __future__ import annotations

from dataclasses import dataclass

from telegram import Chat, MaybeInaccessibleMessage, Message

from bot.model import ChatKind, Destination

GENERAL_TOPIC = 1  # has this id but must never be addressed by it ("message thread not found")


@dataclass(frozen=True, slots=True)
class Place:
    """Where to answer.

    Attributes:
        chat_id: Telegram's id.
        thread_id: the forum topic, None for the chat itself and for General.
        kind: Telegram's kind of chat.
        title: of the group or channel, or the person's name.
        username: the person's @name without the @, "" where there is none.
    """

    chat_id: int
    thread_id: int | None
    kind: ChatKind
    title: str
    username: str = ""

    @property
    def is_private(self) -> bool:
        """Whether a single person is there."""
        return self.kind is ChatKind.PRIVATE

    def is_of(self, destination: Destination) -> bool:
        """Whether alerts for `destination` arrive here."""
        here = (self.chat_id, self.thread_id)
        return here == (destination.chat_id, destination.thread_id)


def place_of_chat(chat: Chat, thread_id: int | None = None) -> Place:
    """The place that is a chat, or one forum topic of it."""
    title = chat.title or chat.full_name or ""
    kind = ChatKind(chat.type)
    username = (chat.username or "") if kind is ChatKind.PRIVATE else ""
    return Place(chat.id, thread_id, kind, title, username)


def place_of(message: Message) -> Place:
    """Where a message stands.

    In groups without topics an answer carries a thread id too, which is not one to write to.
    """
    thread_id = message.message_thread_id if message.is_topic_message else None
    return place_of_chat(message.chat, None if thread_id == GENERAL_TOPIC else thread_id)


def place_of_pressed(message: MaybeInaccessibleMessage | None) -> Place | None:
    """Where the message with a pressed button stands; None if that cannot be told any more.

    Of messages that are no longer accessible only chat and id are left, not the forum topic.
    """
    # The library makes a Message even of an inaccessible one: ask, do not look at the type.
    if isinstance(message, Message) and message.is_accessible:
        return place_of(message)
    if message is None or message.chat.is_forum:
        return None
    return place_of_chat(message.chat)
