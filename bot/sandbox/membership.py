"""What people do to the bot's standing: start, block, add, kick, promote, migrate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.sandbox.registry import Registry
from bot.sandbox.state import Chat, Kind, Member, Status, Topic, User
from bot.sandbox.views import ALL_RIGHTS, chat_view, member_view, message_view, user_view


class Membership(Registry):
    """Changes of standing, with the updates Telegram makes of them."""

    def block(self, user: User) -> None:
        """`user` blocks the bot."""
        self._in_private(user, Status.KICKED)

    def unblock(self, user: User) -> None:
        """`user` unblocks the bot."""
        self._in_private(user, Status.MEMBER)

    def deactivate(self, user: User) -> None:
        """The account of `user` is deleted; Telegram sends no update about it."""
        user.deactivated = True
        self.keep(self._private(user)).bot.status = Status.LEFT

    def add_bot(self, chat: Chat, by: User | None = None) -> None:
        """The bot is added to a group as a member, or to a channel as an administrator."""
        rights = ("can_post_messages", "can_edit_messages") if chat.kind is Kind.CHANNEL else None
        self.stand(chat, self._bot_member(rights, present=True), by)
        if chat.kind is not Kind.CHANNEL:
            joined = {"new_chat_members": [user_view(self.bot)]}
            message = self.put(chat, sender=by or self.owner(chat), service=joined)
            self.updates.add("message", message_view(self, message))

    def kick(self, chat: Chat, by: User | None = None) -> None:
        """The bot is removed and banned from a group or channel."""
        self.stand(chat, Member(Status.KICKED), by)

    def remove(self, chat: Chat, by: User | None = None) -> None:
        """The bot is removed from a group or channel without a ban."""
        self.stand(chat, Member(Status.LEFT), by)

    def promote(self, chat: Chat, rights: Iterable[str] = (), by: User | None = None) -> None:
        """The bot becomes an administrator with `rights` (names of ``can_…`` fields)."""
        self.stand(chat, self._bot_member(rights, present=True), by)

    def demote(self, chat: Chat, by: User | None = None) -> None:
        """The bot becomes an ordinary member; in a channel it is then out."""
        status = Status.LEFT if chat.kind is Kind.CHANNEL else Status.MEMBER
        self.stand(chat, Member(status), by)

    def restrict(self, chat: Chat, by: User | None = None) -> None:
        """The bot may read but not write."""
        self.stand(chat, Member(Status.RESTRICTED, can_send=False), by)

    def join(self, chat: Chat, user: User, status: Status = Status.MEMBER) -> None:
        """`user` becomes a member, or an administrator with all rights."""
        from_status = chat.members.get(user.id, Member(Status.LEFT))
        rights = ALL_RIGHTS if status is not Status.MEMBER else frozenset[str]()
        member = chat.members[user.id] = Member(status, rights)
        self._chat_member("chat_member", chat, user, from_status, member, user)

    def leave(self, chat: Chat, user: User) -> None:
        """`user` leaves the chat."""
        before = chat.members.get(user.id, Member(Status.LEFT))
        member = chat.members[user.id] = Member(Status.LEFT)
        self._chat_member("chat_member", chat, user, before, member, user)

    def stand(self, chat: Chat, member: Member, by: User | None = None) -> None:
        """Set how the bot stands in `chat` and tell it with ``my_chat_member``."""
        before, chat.bot = chat.bot, member
        by = by or self.owner(chat) or chat.user
        if by is not None and before != member:
            self._chat_member("my_chat_member", chat, self.bot, before, member, by)
        self._changed(chat)

    def migrate(self, chat: Chat) -> Chat:
        """A basic group becomes a supergroup; returns the new chat."""
        new = self.add_group(chat.title, supergroup=True)
        new.members = {user_id: replace(member) for user_id, member in chat.members.items()}
        new.bot = replace(chat.bot)
        new.migrated_from, chat.migrated_to = chat.id, new.id
        sender = self.owner(chat)
        old = self.put(chat, sender=sender, service={"migrate_to_chat_id": new.id})
        self.updates.add("message", message_view(self, old))
        first = self.put(new, sender=sender, service={"migrate_from_chat_id": chat.id})
        self.updates.add("message", message_view(self, first))
        chat.bot = Member(Status.LEFT)
        self._changed(new)
        return new

    def delete_group(self, chat: Chat) -> None:
        """The group is deleted; Telegram tells it as a removal of the bot."""
        chat.deleted = True
        self.stand(chat, Member(Status.LEFT))

    def close_topic(self, chat: Chat, topic: Topic, *, closed: bool = True) -> None:
        """A forum topic is closed, or opened again."""
        topic.closed = closed
        service: dict[str, object] = {
            "forum_topic_closed" if closed else "forum_topic_reopened": {}
        }
        message = self.put(chat, sender=self.owner(chat), service=service, thread_id=topic.id)
        self.updates.add("message", message_view(self, message))

    def delete_topic(self, chat: Chat, topic: Topic) -> None:
        """A forum topic is deleted with its messages; Telegram sends no update about it."""
        topic.deleted = True
        for message in chat.messages.values():
            if message.thread_id == topic.id and message.deleted_at is None:
                message.deleted_at = self.wall()
        self._changed(chat)

    def _private(self, user: User) -> Chat:
        return self.chat(user.id) or self.private_chat(user, started=False)

    def _in_private(self, user: User, status: Status) -> None:
        chat = self.keep(self._private(user))
        before, chat.bot = chat.bot, Member(status)
        if before.status is not status:
            self._chat_member("my_chat_member", chat, self.bot, before, chat.bot, user)
        self._changed(chat)

    def _chat_member(
        self, kind: str, chat: Chat, who: User, old: Member, new: Member, by: User
    ) -> None:
        self.updates.add(
            kind,
            {
                "chat": chat_view(chat),
                "from": user_view(by),
                "date": int(self.wall()),
                "old_chat_member": member_view(who, old, chat.kind),
                "new_chat_member": member_view(who, new, chat.kind),
            },
        )

    def _changed(self, chat: Chat) -> None:
        if self.watchers:
            self.tell("chat", {"chat": chat})
