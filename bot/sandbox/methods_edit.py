"""Methods on messages that exist: edit, delete, pin, and the answers to presses."""

from __future__ import annotations

from bot.sandbox import params as read
from bot.sandbox.access import check_may_send, check_present, check_right, target
from bot.sandbox.answers import NOT_MODIFIED, QUERY_TOO_OLD, Json, bad_request
from bot.sandbox.api import Api, Method
from bot.sandbox.entities import Formatted
from bot.sandbox.keyboards import checked_markup
from bot.sandbox.methods_send import caption_of, text_of
from bot.sandbox.photos import photo_of
from bot.sandbox.state import Chat, Kind, Message, Revision, Status
from bot.sandbox.views import message_view

DELETE_WINDOW = 48 * 3600  # seconds; https://core.telegram.org/bots/api#deletemessage
_PIN_REFUSED = "not enough rights to manage pinned messages in the chat"


def _to_edit(api: Api, params: Json) -> Message:
    """The message a call wants to edit, if the bot may."""
    chat = target(api.world, params)
    check_present(chat)
    number = read.number(params, "message_id")
    message = chat.messages.get(number)
    world = api.world
    if message is None and not world.history:
        last = chat.last_message_id if chat.own_counter else world.shared_message_id
        if 0 < number <= last:  # not kept: taken for one of the bot's own
            return Message(number, chat, world.wall(), sender=world.bot, from_bot=True)
    if message is None or not message.visible:
        raise bad_request("message to edit not found")
    if not message.from_bot and not (
        chat.kind is Kind.CHANNEL and "can_edit_messages" in chat.bot.rights
    ):
        raise bad_request("message can't be edited")
    if message.service:
        raise bad_request("message can't be edited")
    return message


def _edited(api: Api, message: Message, content: Formatted | None, markup: Json | None) -> Json:
    """Carry out an edit; `content` is None when only the keyboard changes."""
    text, entities = content if content is not None else (message.text, message.entities)
    same_text = text == message.text and entities == message.entities
    if api.world.history and same_text and markup == message.markup:
        raise bad_request(NOT_MODIFIED)
    api.count_edit(message.chat)
    now = api.world.wall()
    if api.world.history:
        message.revisions.append(
            Revision(now, message.text, tuple(message.entities), message.markup)
        )
    message.text, message.entities, message.markup = text, entities, markup
    if not same_text:
        message.edited_at = now
    if api.world.watchers:
        api.world.tell("edit", {"message": message})
    return message_view(api.world, message)


def edit_message_text(api: Api, params: Json) -> Json:
    """https://core.telegram.org/bots/api#editmessagetext."""
    content = text_of(params)
    markup = checked_markup(read.structure(params, "reply_markup"))
    message = _to_edit(api, params)
    if message.photo is not None:
        raise bad_request("there is no text in the message to edit")
    preview = read.structure(params, "link_preview_options")
    result = _edited(api, message, content, markup)
    if isinstance(preview, dict):
        message.options["link_preview_options"] = preview
        result["link_preview_options"] = preview
    return result


def edit_message_caption(api: Api, params: Json) -> Json:
    """https://core.telegram.org/bots/api#editmessagecaption."""
    content = caption_of(params)
    markup = checked_markup(read.structure(params, "reply_markup"))
    message = _to_edit(api, params)
    if message.photo is None and api.world.history:
        raise bad_request("there is no caption in the message to edit")
    return _edited(api, message, content, markup)


def edit_message_media(api: Api, params: Json) -> Json:
    """https://core.telegram.org/bots/api#editmessagemedia, of photos."""
    media = read.structure(params, "media")
    if not isinstance(media, dict) or media.get("type") != "photo":
        raise bad_request("can't parse InputMedia: the sandbox takes photos only")
    content = caption_of(media)
    markup = checked_markup(read.structure(params, "reply_markup"))
    message = _to_edit(api, params)
    if message.photo is None and api.world.history:
        raise bad_request("there is no media in the message to edit")
    photo = photo_of(api.world, params, media.get("media"))
    if api.world.history and message.photo and photo.get("url") != message.photo.get("url"):
        message.photo = photo
        message.edited_at = api.world.wall()
        if (content, markup) == ((message.text, message.entities), message.markup):
            api.count_edit(message.chat)
            return message_view(api.world, message)
    return _edited(api, message, content, markup)


def edit_message_reply_markup(api: Api, params: Json) -> Json:
    """https://core.telegram.org/bots/api#editmessagereplymarkup."""
    markup = checked_markup(read.structure(params, "reply_markup"))
    return _edited(api, _to_edit(api, params), None, markup)


def delete_message(api: Api, params: Json) -> bool:
    """https://core.telegram.org/bots/api#deletemessage."""
    chat = target(api.world, params)
    check_present(chat)
    message = chat.messages.get(read.number(params, "message_id"))
    if message is None or not message.visible:
        raise bad_request("message to delete not found")
    if not _may_delete(api, chat, message):
        raise bad_request("message can't be deleted for everyone")
    _delete(api, chat, message)
    return True


def delete_messages(api: Api, params: Json) -> bool:
    """https://core.telegram.org/bots/api#deletemessages; ids that are not there are skipped."""
    chat = target(api.world, params)
    check_present(chat)
    numbers = read.structure(params, "message_ids")
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= 100:
        raise bad_request("message identifiers are not specified")
    found = [chat.messages.get(number) for number in numbers]
    for message in found:
        if message is not None and message.visible and _may_delete(api, chat, message):
            _delete(api, chat, message)
    return True


def _may_delete(api: Api, chat: Chat, message: Message) -> bool:
    if chat.bot.is_admin and "can_delete_messages" in chat.bot.rights:
        return True
    recent = api.world.wall() - message.at < DELETE_WINDOW
    return recent and (message.from_bot or chat.kind is Kind.PRIVATE)


def _delete(api: Api, chat: Chat, message: Message) -> None:
    message.deleted_at = api.world.wall()
    if message.id in chat.pinned:
        chat.pinned.remove(message.id)
    if api.world.watchers:
        api.world.tell("delete", {"message": message})


def pin_chat_message(api: Api, params: Json) -> bool:
    """https://core.telegram.org/bots/api#pinchatmessage."""
    chat = _to_pin(api, params)
    message = chat.messages.get(read.number(params, "message_id"))
    if message is None or not message.visible:
        raise bad_request("message to pin not found")
    if message.id not in chat.pinned:
        chat.pinned.append(message.id)
        if api.world.watchers:
            api.world.tell("pin", {"message": message})
    return True


def unpin_chat_message(api: Api, params: Json) -> bool:
    """https://core.telegram.org/bots/api#unpinchatmessage; without an id the newest pin."""
    chat = _to_pin(api, params)
    number = read.number(params, "message_id") or (chat.pinned[-1] if chat.pinned else 0)
    if number not in chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(number)
    if api.world.watchers:
        api.world.tell("pin", {"message": chat.messages[number]})
    return True


def unpin_all_chat_messages(api: Api, params: Json) -> bool:
    """https://core.telegram.org/bots/api#unpinallchatmessages."""
    _to_pin(api, params).pinned.clear()
    return True


def _to_pin(api: Api, params: Json) -> Chat:
    chat = target(api.world, params)
    check_may_send(chat, None)
    if chat.kind is Kind.CHANNEL:
        check_right(chat.bot, "can_edit_messages", _PIN_REFUSED)
    elif chat.kind is not Kind.PRIVATE:
        check_right(chat.bot, "can_pin_messages", _PIN_REFUSED)
    return chat


def answer_callback_query(api: Api, params: Json) -> bool:
    """https://core.telegram.org/bots/api#answercallbackquery."""
    press = api.world.presses.get(read.text(params, "callback_query_id"))
    text = read.text(params, "text")
    if press is None or api.world.monotonic() - press.at > api.callback_ttl:
        raise bad_request(QUERY_TOO_OLD)
    if len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    if press.answer is None:
        press.answer = {
            "text": text,
            "show_alert": read.flag(params, "show_alert"),
            "url": read.text(params, "url"),
        }
        if api.world.watchers:
            api.world.tell("answer", {"press": press})
    return True


def answer_inline_query(api: Api, params: Json) -> bool:
    """https://core.telegram.org/bots/api#answerinlinequery."""
    press = api.world.presses.get(read.text(params, "inline_query_id"))
    results = read.objects(params, "results")
    if press is None or api.world.monotonic() - press.at > api.callback_ttl:
        raise bad_request(QUERY_TOO_OLD)
    if results is None or len(results) > 50:
        raise bad_request("RESULTS_TOO_MUCH")
    if len({result.get("id") for result in results}) != len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    press.answer = {"results": results, "next_offset": read.text(params, "next_offset")}
    if api.world.watchers:
        api.world.tell("answer", {"press": press})
    return True


def leave_chat(api: Api, params: Json) -> bool:
    """https://core.telegram.org/bots/api#leavechat."""
    chat = target(api.world, params)
    if chat.kind is Kind.PRIVATE:
        raise bad_request("chat member status can't be changed in private chats")
    check_present(chat)
    api.world.stand(chat, type(chat.bot)(Status.LEFT), api.world.bot)
    return True


METHODS: dict[str, Method] = {
    "editmessagetext": edit_message_text,
    "editmessagecaption": edit_message_caption,
    "editmessagemedia": edit_message_media,
    "editmessagereplymarkup": edit_message_reply_markup,
    "deletemessage": delete_message,
    "deletemessages": delete_messages,
    "pinchatmessage": pin_chat_message,
    "unpinchatmessage": unpin_chat_message,
    "unpinallchatmessages": unpin_all_chat_messages,
    "answercallbackquery": answer_callback_query,
    "answerinlinequery": answer_inline_query,
    "leavechat": leave_chat,
}
