"""The JSON objects of the Bot API, as Telegram fills them in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.answers import Json
from bot.sandbox.state import Chat, Kind, Member, Message, Status, User

if TYPE_CHECKING:
    from bot.sandbox.registry import Registry

# https://core.telegram.org/bots/api#chatmemberadministrator
ADMIN_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
CHANNEL_RIGHTS = ("can_post_messages", "can_edit_messages")
GROUP_RIGHTS = ("can_pin_messages", "can_manage_topics")
ALL_RIGHTS = frozenset((*ADMIN_RIGHTS, *CHANNEL_RIGHTS, *GROUP_RIGHTS))
PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)


def user_view(user: User) -> Json:
    """A `User`."""
    view: Json = {"id": user.id, "is_bot": user.is_bot, "first_name": user.first_name}
    if user.last_name:
        view["last_name"] = user.last_name
    if user.username:
        view["username"] = user.username
    if user.language and not user.is_bot:
        view["language_code"] = user.language
    return view


def chat_view(chat: Chat) -> Json:
    """A `Chat`."""
    view: Json = {"id": chat.id, "type": chat.kind.value}
    user = chat.user
    if user is not None:
        view["first_name"] = user.first_name
        if user.last_name:
            view["last_name"] = user.last_name
        if user.username:
            view["username"] = user.username
        return view
    view["title"] = chat.title
    if chat.username:
        view["username"] = chat.username
    if chat.is_forum:
        view["is_forum"] = True
    return view


def message_view(world: Registry, message: Message, *, depth: int = 1) -> Json:
    """A `Message`; `depth` levels of the message it answers are shown."""
    chat = message.chat
    view: Json = {"message_id": message.id, "chat": chat_view(chat), "date": int(message.at)}
    if message.sender is not None and chat.kind is not Kind.CHANNEL:
        view["from"] = user_view(message.sender)
    if message.sender_chat is not None:
        view["sender_chat"] = chat_view(message.sender_chat)
    if message.thread_id is not None:
        view["message_thread_id"] = message.thread_id
        view["is_topic_message"] = True
    if message.edited_at is not None:
        view["edit_date"] = int(message.edited_at)
    entities = [entity_view(world, entity) for entity in message.entities]
    if message.photo is not None:
        view["photo"] = [_photo_size(message.photo)]
        if message.text:
            view["caption"] = message.text
            if entities:
                view["caption_entities"] = entities
    elif message.text:
        view["text"] = message.text
        if entities:
            view["entities"] = entities
    if message.buttons:
        view["reply_markup"] = message.markup
    if message.media_group_id:
        view["media_group_id"] = message.media_group_id
    if message.options:
        view.update(message.options)
    if message.service:
        view.update(message.service)
    if message.reply_to is not None and depth:
        answered = chat.messages.get(message.reply_to)
        if answered is not None and answered.visible:
            view["reply_to_message"] = message_view(world, answered, depth=depth - 1)
    return view


def entity_view(world: Registry, entity: Json) -> Json:
    """A `MessageEntity`; a mention by id carries the user."""
    if entity["type"] != "text_mention":
        return entity
    user = world.users.get(entity["user_id"])
    view = {key: value for key, value in entity.items() if key != "user_id"}
    view["user"] = (
        user_view(user)
        if user is not None
        else {"id": entity["user_id"], "is_bot": False, "first_name": ""}
    )
    return view


def _photo_size(photo: Json) -> Json:
    file_id = photo["file_id"]
    return {
        "file_id": file_id,
        "file_unique_id": f"u{file_id[-15:]}",
        "width": photo["width"],
        "height": photo["height"],
        "file_size": photo.get("size", 0),
    }


def member_view(user: User, member: Member, kind: Kind) -> Json:
    """A `ChatMember…` of the right type."""
    view: Json = {"status": member.status.value, "user": user_view(user)}
    if member.status is Status.CREATOR:
        view["is_anonymous"] = member.anonymous
    elif member.status is Status.ADMINISTRATOR:
        view["can_be_edited"] = False
        view["is_anonymous"] = member.anonymous
        names = (*ADMIN_RIGHTS, *(CHANNEL_RIGHTS if kind is Kind.CHANNEL else GROUP_RIGHTS))
        view.update({name: name in member.rights for name in names})
    elif member.status is Status.RESTRICTED:
        view["is_member"] = True
        view["until_date"] = 0
        view.update({name: member.can_send and name.startswith("can_send") for name in PERMISSIONS})
    elif member.status is Status.KICKED:
        view["until_date"] = 0
    return view


def full_chat_view(world: Registry, chat: Chat) -> Json:
    """A `ChatFullInfo`."""
    view = chat_view(chat)
    view["accent_color_id"] = abs(chat.id) % 7
    view["max_reaction_count"] = 11
    view["accepted_gift_types"] = {
        "unlimited_gifts": False,
        "limited_gifts": False,
        "unique_gifts": False,
        "premium_subscription": False,
        "gifts_from_channels": False,
    }
    if chat.kind in (Kind.GROUP, Kind.SUPERGROUP):
        view["permissions"] = {
            name: chat.members_can_send and name.startswith(("can_send", "can_add"))
            for name in PERMISSIONS
        }
    if chat.username:
        view["active_usernames"] = [chat.username]
    if chat.pinned and (pinned := chat.messages.get(chat.pinned[-1])) is not None:
        view["pinned_message"] = message_view(world, pinned)
    return view
