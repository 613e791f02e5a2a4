"""What exists in the sandbox: users, chats, members, topics, messages, presses."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from bot.sandbox.answers import Json

ANONYMOUS_ADMIN_ID = 1087968824  # GroupAnonymousBot, Telegram's own id
GENERAL_TOPIC = 1


class Kind(enum.StrEnum):
    """Telegram's kinds of chat."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"


class Status(enum.StrEnum):
    """How someone stands in a chat (https://core.telegram.org/bots/api#chatmember)."""

    CREATOR = "creator"
    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    RESTRICTED = "restricted"
    LEFT = "left"
    KICKED = "kicked"


@dataclass(slots=True, eq=False)
class User:
    """A person, or a bot.

    Attributes:
        language: IETF tag the app tells ("en", "pt-br"), or "".
        deactivated: the account is deleted.
    """

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language: str = "en"
    is_bot: bool = False
    deactivated: bool = False


@dataclass(slots=True)
class Member:
    """Someone's standing in a chat.

    Attributes:
        rights: names of an administrator's rights (``can_…``) that are granted.
        anonymous: an administrator who writes as the group.
        can_send: False for a restricted member who may not write.
    """

    status: Status = Status.MEMBER
    rights: frozenset[str] = frozenset()
    anonymous: bool = False
    can_send: bool = True

    @property
    def present(self) -> bool:
        """Whether the member is in the chat."""
        return self.status not in (Status.LEFT, Status.KICKED)

    @property
    def is_admin(self) -> bool:
        """Creator or administrator."""
        return self.status in (Status.CREATOR, Status.ADMINISTRATOR)


@dataclass(slots=True)
class Topic:
    """A forum topic; its id is that of the message which created it."""

    id: int
    name: str
    closed: bool = False
    deleted: bool = False
    color: int = 0x6FB9F0


@dataclass(slots=True, eq=False)
class Chat:
    """A chat with the bot in it, or once in it.

    Attributes:
        id: as Telegram numbers chats: users positive, groups negative, supergroups and channels
            from -1001000000000 down.
        user: the person of a private chat.
        members: by user id, without the bot.
        bot: how the bot stands; in a private chat MEMBER once the person pressed start, KICKED
            while the bot is blocked, LEFT before.
        members_can_send: whether ordinary members, and so the bot, may write.
        migrated_to: id of the supergroup this group became.
        deleted: the group was deleted.
        last_message_id: of this chat; private chats and groups share one counter in the world.
    """

    id: int
    kind: Kind
    title: str = ""
    username: str = ""
    user: User | None = None
    is_forum: bool = False
    members: dict[int, Member] = field(default_factory=dict)
    bot: Member = field(default_factory=Member)
    members_can_send: bool = True
    topics: dict[int, Topic] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    migrated_to: int | None = None
    migrated_from: int | None = None
    deleted: bool = False
    last_message_id: int = 0

    @property
    def is_group(self) -> bool:
        """Whether the limits of groups apply; channels are held to them too."""
        return self.kind is not Kind.PRIVATE

    @property
    def own_counter(self) -> bool:
        """Whether message ids are counted for this chat alone."""
        return self.kind in (Kind.SUPERGROUP, Kind.CHANNEL)

    @property
    def word(self) -> str:
        """The kind as refusals name it: "group", "supergroup", "channel"."""
        return self.kind.value


@dataclass(frozen=True, slots=True)
class Revision:
    """What a message showed before an edit, and until when (Unix seconds)."""

    until: float
    text: str
    entities: tuple[Json, ...]
    markup: Json | None


@dataclass(slots=True, eq=False)
class Message:
    """A message with its whole history.

    Attributes:
        text: the text, or the caption when there is a photo.
        at: when it was accepted, Unix seconds with fraction.
        edited_at: the last change of text, None if never; a change of buttons does not count.
        revisions: earlier states, oldest first.
        deleted_at: None while visible.
        service: fields of a service message (``migrate_to_chat_id`` …).
        photo: {"file_id", "url"?, "width", "height"} of a picture.
        options: further fields of the message: ``link_preview_options``, ``has_protected_content``.
        silent: sent without a sound.
    """

    id: int
    chat: Chat
    at: float
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    sender: User | None = None
    sender_chat: Chat | None = None
    markup: Json | None = None
    photo: Json | None = None
    thread_id: int | None = None
    reply_to: int | None = None
    edited_at: float | None = None
    deleted_at: float | None = None
    revisions: list[Revision] = field(default_factory=list)
    service: Json = field(default_factory=dict)
    options: Json = field(default_factory=dict)
    from_bot: bool = False
    media_group_id: str | None = None
    silent: bool = False

    @property
    def buttons(self) -> list[list[Json]]:
        """Rows of inline buttons as sent."""
        rows: list[list[Json]] = (self.markup or {}).get("inline_keyboard", [])
        return rows

    @property
    def button_texts(self) -> list[str]:
        """Texts of all inline buttons in reading order."""
        return [str(button["text"]) for row in self.buttons for button in row]

    @property
    def visible(self) -> bool:
        """Whether a reader sees it."""
        return self.deleted_at is None


@dataclass(frozen=True, slots=True)
class Accepted:
    """One message the bot was allowed to send, in the order of acceptance.

    Attributes:
        at: monotonic seconds.
        date: Unix seconds.
    """

    at: float
    date: float
    method: str
    chat_id: int
    thread_id: int | None
    message_id: int
    text: str


@dataclass(slots=True, eq=False)
class Press:
    """A press of an inline button, and what the bot answered.

    Attributes:
        id: of the callback query.
        at: monotonic seconds of the press.
        answer: {"text", "show_alert", "url"} once answered.
    """

    id: str
    user: User
    message: Message
    data: str
    at: float
    answer: Json | None = None
