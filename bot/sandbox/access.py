"""Which chat a call means, and whether the bot may do there what it asks."""

from __future__ import annotations

from bot.sandbox.answers import Json, bad_request, forbidden
from bot.sandbox.registry import Registry
from bot.sandbox.state import GENERAL_TOPIC, Chat, Kind, Member, Status


def target(world: Registry, params: Json) -> Chat:
    """The chat of a call.

    Raises:
        ApiError: there is none with that id, or its person never started the bot.
    """
    value = params.get("chat_id")
    if value is None or value == "":
        raise bad_request("chat_id is empty")
    if isinstance(value, str) and not value.startswith("@"):
        try:
            value = int(value)
        except ValueError:
            raise bad_request("chat not found") from None
    chat = world.chat(value)
    if chat is None:
        if value in world.users:
            raise forbidden("bot can't initiate conversation with a user")
        raise bad_request("chat not found")
    return chat


def check_present(chat: Chat) -> None:
    """Raise what Telegram answers when the bot is not in the chat.

    Raises:
        ApiError: 403, or 400 with `migrate_to_chat_id`.
    """
    standing = chat.bot.status
    if chat.kind is Kind.PRIVATE:
        if chat.user is not None and chat.user.deactivated:
            raise forbidden("user is deactivated")
        if standing is Status.KICKED:
            raise forbidden("bot was blocked by the user")
        if standing is Status.LEFT:
            raise forbidden("bot can't initiate conversation with a user")
        return
    if chat.migrated_to is not None:
        raise bad_request(
            "group chat was upgraded to a supergroup chat",
            {"migrate_to_chat_id": chat.migrated_to},
        )
    if chat.deleted:
        raise forbidden("the group chat was deleted")
    if standing is Status.KICKED:
        raise forbidden(f"bot was kicked from the {chat.word} chat")
    if standing is Status.LEFT:
        raise forbidden(f"bot is not a member of the {chat.word} chat")


def check_may_send(chat: Chat, thread_id: int | None, what: str = "text messages") -> None:
    """Raise what Telegram answers when the bot may not write there.

    Args:
        chat: where.
        thread_id: the forum topic, None for the chat itself.
        what: "text messages" or "photos", for the refusal.

    Raises:
        ApiError: 400 or 403 with Telegram's description.
    """
    check_present(chat)
    if chat.kind is Kind.CHANNEL:
        if not (chat.bot.is_admin and "can_post_messages" in chat.bot.rights):
            raise bad_request("need administrator rights in the channel chat")
    elif (
        chat.kind is not Kind.PRIVATE
        and not chat.bot.is_admin
        and not (chat.bot.can_send and chat.members_can_send)
    ):
        raise bad_request(f"not enough rights to send {what} to the chat")
    if thread_id:
        _check_topic(chat, thread_id)


def _check_topic(chat: Chat, thread_id: int) -> None:
    topic = chat.topics.get(thread_id)
    if thread_id == GENERAL_TOPIC or not chat.is_forum or topic is None or topic.deleted:
        raise bad_request("message thread not found")
    if topic.closed and "can_manage_topics" not in chat.bot.rights:
        raise bad_request("TOPIC_CLOSED")


def check_right(member: Member, right: str, refusal: str) -> None:
    """Raise `refusal` as 400 unless the administrator's right is there.

    Raises:
        ApiError: 400.
    """
    if not (member.is_admin and right in member.rights):
        raise bad_request(refusal)
