"""The world outside: people who write to the bot, press its buttons and read what it sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from bot.sandbox.answers import Json
from bot.sandbox.detected import detect
from bot.sandbox.membership import Membership
from bot.sandbox.state import (
    ANONYMOUS_ADMIN_ID,
    GENERAL_TOPIC,
    Chat,
    Kind,
    Message,
    Press,
    Status,
    User,
)
from bot.sandbox.views import message_view, user_view

Wanted = Callable[[Message], bool] | str


class World(Membership):
    """Everything the bot can meet. Every method that acts as a person queues the bot's update."""

    def say(
        self,
        user: User,
        chat: Chat,
        text: str,
        *,
        thread_id: int | None = None,
        anonymous: bool = False,
        reply_to: int | None = None,
    ) -> Message:
        """`user` writes `text` in `chat`; in a channel it is a post of the channel.

        A first message in a private chat starts the bot, and one to a blocked bot unblocks it.
        `anonymous` writes as the group, as administrators may.
        """
        if chat.kind is Kind.PRIVATE and chat.bot.status is not Status.MEMBER:
            self.unblock(user)
        self.keep(chat)
        text = text.strip()
        sender: User | None = user
        sender_chat: Chat | None = None
        if chat.kind is Kind.CHANNEL:
            sender, sender_chat = None, chat
        elif anonymous:
            sender, sender_chat = self.users[ANONYMOUS_ADMIN_ID], chat
        message = self.put(
            chat,
            text=text,
            entities=detect(text),
            sender=sender,
            sender_chat=sender_chat,
            thread_id=thread_id if thread_id != GENERAL_TOPIC else None,
            reply_to=reply_to,
        )
        if self._hears(chat):
            kind = "channel_post" if chat.kind is Kind.CHANNEL else "message"
            self.updates.add(kind, message_view(self, message))
        return message

    def change(self, message: Message, text: str) -> Message:
        """A person edits an own message."""
        message.text, message.entities = text.strip(), detect(text.strip())
        message.edited_at = self.wall()
        channel = message.chat.kind is Kind.CHANNEL
        if self._hears(message.chat):
            kind = "edited_channel_post" if channel else "edited_message"
            self.updates.add(kind, message_view(self, message))
        if self.watchers:
            self.tell("edit", {"message": message})
        return message

    def press(self, user: User, message: Message, button: str) -> Press:
        """`user` presses the inline button with that text or callback data.

        Raises:
            LookupError: the message shows no such button, or it is one that opens a link.
        """
        shown = [each for row in message.buttons for each in row]
        found = next(
            (b for b in shown if button in (b["text"], b.get("callback_data"))),
            None,
        )
        if found is None:
            texts = ", ".join(repr(each["text"]) for each in shown) or "none"
            raise LookupError(f"no button {button!r} on message {message.id}; it has: {texts}")
        if "callback_data" not in found:
            raise LookupError(f"the button {button!r} opens {found.get('url', 'something else')}")
        press = Press(self.next_press_id(), user, message, found["callback_data"], self.monotonic())
        self.presses[press.id] = press
        self.updates.add(
            "callback_query",
            {
                "id": press.id,
                "from": user_view(user),
                "message": message_view(self, message),
                "chat_instance": str(message.chat.id * 7919 + self.bot.id),
                "data": press.data,
            },
        )
        return press

    def ask_inline(self, user: User, words: str, offset: str = "") -> Press:
        """`user` types ``@bot words`` in some chat; the results arrive as the answer."""
        place = self.private_chat(user, started=False)
        press = Press(self.next_press_id(), user, Message(0, place, 0), words, self.monotonic())
        self.presses[press.id] = press
        self.updates.add(
            "inline_query",
            {
                "id": press.id,
                "from": user_view(user),
                "query": words,
                "offset": offset,
                "chat_type": "sender",
            },
        )
        return press

    async def wait_for(
        self,
        chat: Chat | int,
        wanted: Wanted = "",
        timeout: float = 5.0,  # noqa: ASYNC109 - what to say at the end is part of waiting
        *,
        after: Message | None = None,
    ) -> Message:
        """The first visible message of the bot in `chat` that is wanted, waiting for it.

        Args:
            chat: where.
            wanted: a test, or a part of the text.
            timeout: seconds.
            after: only messages sent after this one.

        Raises:
            TimeoutError: with what the chat shows instead.
        """
        part = wanted
        test = (lambda message: part in message.text) if isinstance(part, str) else part

        def look() -> Message | None:
            for message in self.messages(chat):
                newer = after is None or message.id > after.id
                if message.from_bot and newer and test(message):
                    return message
            return None

        try:
            found: Message = await self._until(look, timeout)
        except TimeoutError:
            shown = "\n".join(f"  {m.id}: {m.text!r}" for m in self.messages(chat)[-10:])
            raise TimeoutError(f"not in the chat after {timeout} s; it shows:\n{shown}") from None
        return found

    async def answer_of(self, press: Press, timeout: float = 5.0) -> Json:  # noqa: ASYNC109 - as above
        """What the bot answered to a press: {"text", "show_alert", "url"}.

        Raises:
            TimeoutError: it did not.
        """
        answer: Json = await self._until(lambda: press.answer, timeout)
        return answer

    async def until(self, test: Callable[[], Any], timeout: float = 5.0) -> Any:  # noqa: ASYNC109 - as above
        """Wait until `test()` is true after some change of the world; returns its value.

        Raises:
            TimeoutError: it was not.
        """
        return await self._until(test, timeout)

    def _until(self, look: Callable[[], Any], seconds: float) -> Awaitable[Any]:
        async def waiting() -> Any:
            changed = asyncio.Event()

            def watcher(_kind: str, _event: Json) -> None:
                changed.set()

            self.watchers.append(watcher)
            try:
                async with asyncio.timeout(seconds):
                    while not (found := look()):
                        changed.clear()
                        await changed.wait()
                    return found
            finally:
                self.watchers.remove(watcher)

        return waiting()

    def _hears(self, chat: Chat) -> bool:
        """Whether updates of the chat reach the bot."""
        return chat.bot.present and not chat.deleted and chat.migrated_to is None
