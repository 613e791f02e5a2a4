"""The world as JSON, for the page and for tests in other processes.

These are not Bot API objects: they show what a reader sees, and the history behind it.
"""

from __future__ import annotations

from bot.sandbox.answers import Json
from bot.sandbox.limits import Counters
from bot.sandbox.state import Chat, Kind, Message, Press, User
from bot.sandbox.world import World


def user_snapshot(user: User) -> Json:
    """A person."""
    return {
        "id": user.id,
        "name": f"{user.first_name} {user.last_name}".strip(),
        "username": user.username,
        "language": user.language,
        "is_bot": user.is_bot,
        "deactivated": user.deactivated,
    }


def chat_snapshot(world: World, chat: Chat) -> Json:
    """A chat without its messages."""
    last = next((m for m in reversed(chat.messages.values()) if m.visible), None)
    return {
        "id": chat.id,
        "kind": chat.kind.value,
        "title": chat.user.first_name if chat.user is not None else chat.title,
        "username": chat.username,
        "is_forum": chat.is_forum,
        "bot_status": chat.bot.status.value,
        "bot_rights": sorted(chat.bot.rights),
        "blocked": chat.kind is Kind.PRIVATE and chat.bot.status.value == "kicked",
        "started": chat.bot.present,
        "members": {
            str(number): {
                "name": world.users[number].first_name,
                "status": member.status.value,
            }
            for number, member in chat.members.items()
        },
        "topics": [
            {"id": topic.id, "name": topic.name, "closed": topic.closed, "color": topic.color}
            for topic in chat.topics.values()
            if not topic.deleted
        ],
        "pinned": list(chat.pinned),
        "migrated_to": chat.migrated_to,
        "deleted": chat.deleted,
        "last_message_id": chat.last_message_id,
        "last_message": message_snapshot(last) if last is not None else None,
    }


def message_snapshot(message: Message) -> Json:
    """A message with its edits; `photo` names where the picture can be fetched."""
    chat = message.chat
    sender, sender_chat = message.sender, message.sender_chat
    name = sender_chat.title if sender_chat is not None else ""
    if not name and sender is not None:
        name = f"{sender.first_name} {sender.last_name}".strip()
    return {
        "id": message.id,
        "chat_id": chat.id,
        "thread_id": message.thread_id,
        "from_bot": message.from_bot,
        "sender_id": sender.id if sender is not None else None,
        "sender_name": name,
        "anonymous": sender_chat is not None,
        "date": message.at,
        "edited": message.edited_at,
        "deleted": message.deleted_at,
        "text": message.text,
        "entities": message.entities,
        "buttons": message.buttons,
        "photo": _photo_url(message.photo),
        "media_group_id": message.media_group_id,
        "reply_to": message.reply_to,
        "silent": message.silent,
        "service": message.service,
        "options": message.options,
        "pinned": message.id in chat.pinned,
        "revisions": [
            {
                "until": revision.until,
                "text": revision.text,
                "entities": list(revision.entities),
                "buttons": (revision.markup or {}).get("inline_keyboard", []),
            }
            for revision in message.revisions
        ],
    }


def _photo_url(photo: Json | None) -> Json | None:
    if photo is None:
        return None
    url = photo.get("url") or f"/sandbox/files/{photo['file_id']}"
    return {"url": url, "width": photo["width"], "height": photo["height"]}


def press_snapshot(press: Press) -> Json:
    """A press and its answer."""
    return {
        "id": press.id,
        "user_id": press.user.id,
        "chat_id": press.message.chat.id,
        "message_id": press.message.id,
        "data": press.data,
        "answer": press.answer,
    }


def counters_snapshot(counters: Counters) -> Json:
    """The counters."""
    return {
        "accepted": counters.accepted,
        "edits": counters.edits,
        "floods": counters.floods,
        "requests": counters.requests,
        "peak_per_second": counters.peak_per_second,
        "paid": counters.paid,
        "charged": counters.charged,
    }
