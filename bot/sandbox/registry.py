"""Who and what exists: users, chats, ids. Reading and creating only."""

from __future__ import annotations

import itertools
import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from zlib import crc32

from bot.sandbox.answers import Json
from bot.sandbox.state import (
    ANONYMOUS_ADMIN_ID,
    Accepted,
    Chat,
    Kind,
    Member,
    Message,
    Press,
    Status,
    Topic,
    User,
)
from bot.sandbox.updates import Updates
from bot.sandbox.views import ALL_RIGHTS

BOT_ID = 7_000_000_001
FIRST_USER_ID = 500_000_001
FIRST_BULK_ID = 6_000_000_000
FIRST_GROUP_ID = -4_000_001
FIRST_SUPERGROUP_ID = -1_001_000_000_001


class Registry:
    """Users, chats, the bot, its queue of updates and the log of what it sent.

    Args:
        history: keep messages and a full log; without it only counters, last ids and (with `log`)
            a compact log are kept, so that memory stays bounded under load.
        log: keep the log of accepted messages at all.
        wall: Unix seconds.
        monotonic: seconds of a clock that never jumps.
    """

    def __init__(
        self,
        *,
        history: bool = True,
        log: bool = True,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        bot_name: str = "LiveRelay",
        bot_username: str = "liverelay_sandbox_bot",
    ) -> None:
        self.history = history
        self.log = log
        self.wall = wall
        self.monotonic = monotonic
        self.bot = User(BOT_ID, bot_name, username=bot_username, language="", is_bot=True)
        self.users: dict[int, User] = {BOT_ID: self.bot}
        self.chats: dict[int, Chat] = {}
        self.updates = Updates()
        self.accepted: list[Accepted] = []
        self.compact_chats = array("q")
        self.compact_texts = array("Q")
        self.compact_times = array("d")
        self.presses: dict[str, Press] = {}
        self.files: dict[str, Json] = {}
        self.bad_photos: dict[str, str] = {}
        self.watchers: list[Callable[[str, Json], None]] = []
        self.bulk = range(0)
        self.shared_message_id = 0
        self._user_ids = itertools.count(FIRST_USER_ID)
        self._group_ids = itertools.count(FIRST_GROUP_ID, -1)
        self._supergroup_ids = itertools.count(FIRST_SUPERGROUP_ID, -1)
        self._press_ids = itertools.count(4_000_000_000_000_000_001)
        self.users[ANONYMOUS_ADMIN_ID] = User(
            ANONYMOUS_ADMIN_ID, "Group", username="GroupAnonymousBot", language="", is_bot=True
        )

    # People

    def add_user(
        self,
        first_name: str,
        *,
        language: str = "en",
        last_name: str = "",
        username: str = "",
        user_id: int | None = None,
    ) -> User:
        """A person who has not met the bot yet."""
        number = user_id if user_id is not None else self._free(self._user_ids, self.users)
        user = User(number, first_name, last_name, username, language)
        self.users[number] = user
        return user

    def private_chat(self, user: User, *, started: bool = True) -> Chat:
        """The chat between `user` and the bot; `started` as if the person had pressed start."""
        chat = self.chats.get(user.id)
        if chat is None:
            chat = Chat(user.id, Kind.PRIVATE, user=user, username=user.username)
            chat.bot = Member(Status.MEMBER if started else Status.LEFT)
            self.chats[user.id] = chat
        return chat

    def add_bulk(self, count: int, *, first_id: int = FIRST_BULK_ID) -> range:
        """`count` people who have started the bot, as a range of ids; objects only on demand."""
        self.bulk = range(first_id, first_id + count)
        return self.bulk

    # Groups and channels

    def add_group(
        self,
        title: str,
        *,
        admins: Iterable[User] = (),
        members: Iterable[User] = (),
        supergroup: bool = False,
        forum: bool = False,
        username: str = "",
        bot_rights: Iterable[str] | None = None,
        with_bot: bool = True,
        chat_id: int | None = None,
    ) -> Chat:
        """A group; the first admin owns it. `bot_rights` makes the bot an administrator."""
        kind = Kind.SUPERGROUP if supergroup or forum else Kind.GROUP
        ids = self._group_ids if kind is Kind.GROUP else self._supergroup_ids
        return self._add_chat(
            Chat(
                chat_id if chat_id is not None else self._free(ids, self.chats),
                kind,
                title=title,
                username=username,
                is_forum=forum,
                bot=self._bot_member(bot_rights, present=with_bot),
            ),
            admins,
            members,
        )

    def add_channel(
        self,
        title: str,
        *,
        admins: Iterable[User] = (),
        members: Iterable[User] = (),
        username: str = "",
        bot_rights: Iterable[str] | None = ("can_post_messages", "can_edit_messages"),
        with_bot: bool = True,
        chat_id: int | None = None,
    ) -> Chat:
        """A channel; the bot is an administrator unless `bot_rights` is None."""
        return self._add_chat(
            Chat(
                chat_id if chat_id is not None else self._free(self._supergroup_ids, self.chats),
                Kind.CHANNEL,
                title=title,
                username=username,
                bot=self._bot_member(bot_rights, present=with_bot),
            ),
            admins,
            members,
        )

    def add_topic(self, chat: Chat, name: str) -> Topic:
        """A topic of a forum; its id is the id of the service message that opens it."""
        color = (0x6FB9F0, 0xFFD67E, 0xCB86DB, 0x8EEE98, 0xFF93B2, 0xFB6F5F)[len(chat.topics) % 6]
        message = self.put(
            chat,
            service={"forum_topic_created": {"name": name, "icon_color": color}},
            sender=self.owner(chat),
        )
        topic = Topic(message.id, name, color=color)
        message.thread_id = topic.id
        chat.topics[topic.id] = topic
        return topic

    def _add_chat(self, chat: Chat, admins: Iterable[User], members: Iterable[User]) -> Chat:
        self.chats[chat.id] = chat
        if chat.own_counter:
            chat.last_message_id = 1  # taken by the creation; in forums it names the General topic
        for index, user in enumerate(admins):
            status = Status.ADMINISTRATOR if index else Status.CREATOR
            chat.members[user.id] = Member(status, ALL_RIGHTS)
        for user in members:
            chat.members.setdefault(user.id, Member())
        return chat

    @staticmethod
    def _bot_member(rights: Iterable[str] | None, *, present: bool) -> Member:
        if not present:
            return Member(Status.LEFT)
        if rights is None:
            return Member()
        return Member(Status.ADMINISTRATOR, frozenset((*rights, "can_manage_chat")))

    @staticmethod
    def _free(ids: Iterator[int], taken: Mapping[int, object]) -> int:
        return next(number for number in ids if number not in taken)

    # Finding

    def chat(self, chat_id: int | str) -> Chat | None:
        """The chat with that id or @username; people of the bulk get a chat on demand."""
        if isinstance(chat_id, str):
            name = chat_id.removeprefix("@").lower()
            named = (c for c in self.chats.values() if c.username and c.kind is not Kind.PRIVATE)
            return next((chat for chat in named if chat.username.lower() == name), None)
        chat = self.chats.get(chat_id)
        if chat is None and chat_id in self.bulk:
            chat = Chat(chat_id, Kind.PRIVATE, user=self._bulk_user(chat_id))
            if self.history:
                self.keep(chat)
        return chat

    def keep(self, chat: Chat) -> Chat:
        """Make a chat of the bulk permanent, because something about it is to be remembered."""
        if chat.id not in self.chats:
            self.chats[chat.id] = chat
            if chat.user is not None:
                self.users[chat.user.id] = chat.user
        return chat

    def user(self, user_id: int) -> User | None:
        """The person or bot with that id."""
        found = self.users.get(user_id)
        return self._bulk_user(user_id) if found is None and user_id in self.bulk else found

    def _bulk_user(self, user_id: int) -> User:
        return User(user_id, f"Reader {user_id - self.bulk.start + 1}")

    def owner(self, chat: Chat) -> User | None:
        """The creator of a group or channel, else its first administrator."""
        ranked = sorted(
            (member.status is not Status.CREATOR, user_id)
            for user_id, member in chat.members.items()
            if member.is_admin
        )
        return self.users[ranked[0][1]] if ranked else None

    def messages(self, chat: Chat | int, *, thread_id: int | None = None) -> list[Message]:
        """Messages a reader of the chat sees now, oldest first; of one topic if given."""
        found = self.chat(chat) if isinstance(chat, int) else chat
        return [
            message
            for message in (found.messages.values() if found is not None else ())
            if message.visible and (thread_id is None or message.thread_id == thread_id)
        ]

    def sends(self, chat: Chat | int) -> list[Accepted]:
        """What the bot sent to one chat, in order, duplicates and deleted ones included."""
        chat_id = chat if isinstance(chat, int) else chat.id
        return [send for send in self.accepted if send.chat_id == chat_id]

    def duplicates(self) -> int:
        """Accepted messages beyond the first with the same chat, topic and text."""
        if self.history:
            return len(self.accepted) - len(
                {(s.chat_id, s.thread_id, s.text) for s in self.accepted}
            )
        pairs = set(zip(self.compact_chats, self.compact_texts, strict=True))
        return len(self.compact_chats) - len(pairs)

    # Writing

    def next_message_id(self, chat: Chat) -> int:
        """The next id, counted per chat in supergroups and channels, else for all together."""
        if chat.own_counter:
            chat.last_message_id += 1
            return chat.last_message_id
        self.shared_message_id += 1
        if self.history:
            chat.last_message_id = self.shared_message_id
        return self.shared_message_id

    def put(self, chat: Chat, **fields: Any) -> Message:
        """Add a message to a chat."""
        message = Message(self.next_message_id(chat), chat, self.wall(), **fields)
        if self.history or not message.from_bot:
            chat.messages[message.id] = message
        if self.watchers:
            self.tell("message", {"message": message})
        return message

    def note_accepted(self, method: str, message: Message) -> None:
        """Log a message the bot sent."""
        if not self.log:
            return
        at, chat_id = self.monotonic(), message.chat.id
        if self.history:
            self.accepted.append(
                Accepted(
                    at, message.at, method, chat_id, message.thread_id, message.id, message.text
                )
            )
            return
        self.compact_chats.append(chat_id)
        self.compact_texts.append(crc32(message.text.encode()) << 32 | len(message.text))
        self.compact_times.append(at)

    def forget_log(self) -> None:
        """Start the log of accepted messages anew."""
        self.accepted.clear()
        for column in (self.compact_chats, self.compact_texts, self.compact_times):
            del column[:]

    def next_press_id(self) -> str:
        """An id for a callback query, an inline query or an album."""
        return str(next(self._press_ids))

    def tell(self, kind: str, event: Json) -> None:
        """Tell everyone who watches the world."""
        for watcher in list(self.watchers):
            watcher(kind, event)
