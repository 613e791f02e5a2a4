"""Methods that make messages: sendMessage, sendPhoto, sendMediaGroup, sendChatAction."""

from __future__ import annotations

from typing import Any

from bot.sandbox import params as read
from bot.sandbox.access import check_may_send, target
from bot.sandbox.answers import Json, bad_request
from bot.sandbox.api import Api, Method
from bot.sandbox.entities import Formatted, formatted
from bot.sandbox.keyboards import checked_markup
from bot.sandbox.markup import utf16_length
from bot.sandbox.photos import photo_of
from bot.sandbox.state import Chat, Kind, Message
from bot.sandbox.views import message_view

MAX_TEXT = 4096  # UTF-16 units; the server counts code points, this is the safe side
MAX_CAPTION = 1024
_ACTIONS = frozenset(
    (
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
    )
)


def text_of(params: Json) -> Formatted:
    """The text of a message, checked.

    Raises:
        ApiError: 400.
    """
    text = read.text(params, "text")
    if not text:
        raise bad_request("message text is empty")
    given = read.objects(params, "entities")
    text, entities = formatted(text, read.text(params, "parse_mode"), given, empty=False)
    if len(text) * 2 > MAX_TEXT and utf16_length(text) > MAX_TEXT:
        raise bad_request("message is too long")
    return text, entities


def caption_of(params: Json) -> Formatted:
    """The caption of a picture, checked; "" if there is none.

    Raises:
        ApiError: 400.
    """
    given = read.objects(params, "caption_entities")
    text = read.text(params, "caption")
    text, entities = formatted(text, read.text(params, "parse_mode"), given, empty=True)
    if utf16_length(text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return text, entities


def _place(api: Api, params: Json, what: str) -> tuple[Chat, int | None, int | None]:
    """Chat, topic and the message to answer, if the bot may write there."""
    chat = target(api.world, params)
    thread_id = read.number(params, "message_thread_id") or None
    check_may_send(chat, thread_id, what)
    return chat, thread_id, _answered(chat, params)


def _answered(chat: Chat, params: Json) -> int | None:
    reply = read.structure(params, "reply_parameters")
    if not isinstance(reply, dict):
        number = read.number(params, "reply_to_message_id")
        if not number:
            return None
        reply = {**params, "message_id": number}
    number = read.number(reply, "message_id")
    message = chat.messages.get(number)
    if message is not None and message.visible:
        return number
    if read.flag(reply, "allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")


def _paid(params: Json) -> bool:
    return read.flag(params, "allow_paid_broadcast")


def _options(params: Json) -> Json:
    options: Json = {}
    preview = read.structure(params, "link_preview_options")
    if isinstance(preview, dict):
        options["link_preview_options"] = preview
    elif read.flag(params, "disable_web_page_preview"):
        options["link_preview_options"] = {"is_disabled": True}
    if read.flag(params, "protect_content"):
        options["has_protected_content"] = True
    return options


def _make(api: Api, method: str, chat: Chat, params: Json, **fields: Any) -> Message:
    world = api.world
    if chat.kind is Kind.CHANNEL:
        fields["sender_chat"] = chat
    else:
        fields["sender"] = world.bot
    message = world.put(
        chat,
        from_bot=True,
        options=_options(params),
        silent=read.flag(params, "disable_notification"),
        **fields,
    )
    world.note_accepted(method, message)
    return message


def send_message(api: Api, params: Json) -> Json:
    """https://core.telegram.org/bots/api#sendmessage."""
    text, entities = text_of(params)
    markup = checked_markup(read.structure(params, "reply_markup"))
    chat, thread_id, reply_to = _place(api, params, "text messages")
    api.count_send(chat, paid=_paid(params))
    message = _make(
        api,
        "sendMessage",
        chat,
        params,
        text=text,
        entities=entities,
        markup=markup,
        thread_id=thread_id,
        reply_to=reply_to,
    )
    return message_view(api.world, message)


def send_photo(api: Api, params: Json) -> Json:
    """https://core.telegram.org/bots/api#sendphoto."""
    caption, entities = caption_of(params)
    markup = checked_markup(read.structure(params, "reply_markup"))
    chat, thread_id, reply_to = _place(api, params, "photos")
    photo = photo_of(api.world, params, params.get("photo"))
    api.count_send(chat, paid=_paid(params))
    message = _make(
        api,
        "sendPhoto",
        chat,
        params,
        text=caption,
        entities=entities,
        markup=markup,
        photo=photo,
        thread_id=thread_id,
        reply_to=reply_to,
    )
    return message_view(api.world, message)


def send_media_group(api: Api, params: Json) -> list[Json]:
    """https://core.telegram.org/bots/api#sendmediagroup, of photos."""
    media = read.objects(params, "media") or []
    if len(media) < 2:
        raise bad_request("too few messages to send as an album")
    if len(media) > 10:
        raise bad_request("too many messages to send as an album")
    chat, thread_id, reply_to = _place(api, params, "photos")
    parts: list[tuple[Json, Formatted]] = []
    for item in media:
        if item.get("type") != "photo":
            raise bad_request("can't parse InputMedia: the sandbox takes photos only")
        parts.append((photo_of(api.world, params, item.get("media")), caption_of(item)))
    api.count_send(chat, len(parts), paid=_paid(params))
    album = api.world.next_press_id()
    return [
        message_view(
            api.world,
            _make(
                api,
                "sendMediaGroup",
                chat,
                params,
                text=caption,
                entities=entities,
                photo=photo,
                thread_id=thread_id,
                reply_to=reply_to,
                media_group_id=album,
            ),
        )
        for photo, (caption, entities) in parts
    ]


def send_chat_action(api: Api, params: Json) -> bool:
    """https://core.telegram.org/bots/api#sendchataction."""
    if read.text(params, "action") not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = target(api.world, params)
    check_may_send(chat, read.number(params, "message_thread_id") or None)
    if api.world.watchers:
        api.world.tell("action", {"chat": chat, "action": read.text(params, "action")})
    return True


METHODS: dict[str, Method] = {
    "sendmessage": send_message,
    "sendphoto": send_photo,
    "sendmediagroup": send_media_group,
    "sendchataction": send_chat_action,
}
