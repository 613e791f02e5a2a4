"""Sends answers into the place where they were asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from telegram import (
    Bot,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError

from bot.commands.place import Place
from bot.commands.texts import MAX_NOTICE, packed, units
from bot.delivery.render import MAX_CAPTION, plain
from bot.outgoing import Outgoing, TextEntity

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a command.

    Attributes:
        lines: Telegram HTML; packed into as many messages as needed.
        keyboard: buttons under the last message.
        entries: rendered entries, shown before the lines.
        picture: a PNG; the lines are its caption, or follow it where they are too long for one.
        once_sent: done when all of it was sent: what was not shown is not read.
    """

    lines: tuple[str, ...] = ()
    keyboard: InlineKeyboardMarkup | None = None
    entries: tuple[Outgoing, ...] = ()
    picture: bytes | None = None
    once_sent: Callable[[], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said to a press, plain text; as a box to close when it is an `alert`."""

    text: str = ""
    alert: bool = False


def say(*lines: str, keyboard: InlineKeyboardMarkup | None = None) -> Answer:
    """An answer of lines in Telegram HTML."""
    return Answer(lines, keyboard)


async def send(bot: Bot, place: Place, answer: Answer) -> None:
    """Send an answer: rendered entries first, then the lines, buttons under the last message."""
    for outgoing in answer.entries:
        await _send_rendered(bot, place, outgoing)
    messages = packed(answer.lines)
    if answer.picture is not None and await _send_picture(bot, place, answer, messages):
        messages = messages if _is_too_long(messages) else ()
    for number, text in enumerate(messages, 1):
        await bot.send_message(
            place.chat_id,
            text,
            message_thread_id=place.thread_id,
            parse_mode=ParseMode.HTML,
            link_preview_options=_NO_PREVIEW,
            reply_markup=answer.keyboard if number == len(messages) else None,
        )
    if answer.once_sent is not None:
        await answer.once_sent()


async def _send_picture(bot: Bot, place: Place, answer: Answer, messages: Sequence[str]) -> bool:
    """Send a picture with its caption; False where a chat takes none: the words go alone then."""
    alone = _is_too_long(messages)
    try:
        await bot.send_photo(
            place.chat_id,
            answer.picture or b"",
            caption=None if alone or not messages else messages[0],
            parse_mode=ParseMode.HTML,
            message_thread_id=place.thread_id,
            reply_markup=None if alone else answer.keyboard,
        )
    except BadRequest as error:
        log.info("picture refused", chat=place.chat_id, reason=str(error))
        return False
    return True


def _is_too_long(messages: Sequence[str]) -> bool:
    """Whether the words of an answer do not fit below a picture."""
    return len(messages) > 1 or (bool(messages) and units(messages[0]) > MAX_CAPTION)


async def change(
    bot: Bot, query: CallbackQuery, text: str | None, keyboard: InlineKeyboardMarkup | None
) -> bool:
    """Change the message a button was pressed on; `text` None leaves the text.

    A second press may find the message changed already, or deleted: then there is nothing to do,
    and the answer is False.
    """
    message = query.message
    if message is None:
        return False
    try:
        if text is None:
            await bot.edit_message_reply_markup(
                message.chat.id, message.message_id, reply_markup=keyboard
            )
        else:
            await bot.edit_message_text(
                text,
                message.chat.id,
                message.message_id,
                parse_mode=ParseMode.HTML,
                link_preview_options=_NO_PREVIEW,
                reply_markup=keyboard,
            )
    except BadRequest as error:
        log.debug("message not changed", chat=message.chat.id, reason=str(error))
        return False
    return True


async def notify(query: CallbackQuery, notice: Notice) -> None:
    """Answer a press, which ends the spinner on its button.

    A query that is too old, or a connection that broke, is not worth telling: the press itself
    is done.
    """
    text = notice.text[: MAX_NOTICE - 1] + "…" if len(notice.text) > MAX_NOTICE else notice.text
    try:
        await query.answer(text or None, show_alert=notice.alert)
    except TelegramError as error:
        log.info("press not answered", user=query.from_user.id, reason=str(error))


async def _send_rendered(bot: Bot, place: Place, outgoing: Outgoing) -> None:
    keyboard = None
    if outgoing.button is not None:
        link = InlineKeyboardButton(outgoing.button.text, url=outgoing.button.url)
        keyboard = InlineKeyboardMarkup([[link]])
    if outgoing.photo_url is not None:
        try:
            await bot.send_photo(
                place.chat_id,
                outgoing.photo_url,
                caption=outgoing.text,
                caption_entities=[_entity(entity) for entity in outgoing.entities],
                message_thread_id=place.thread_id,
                reply_markup=keyboard,
            )
        except BadRequest:  # Telegram could not get the picture: the words matter more
            pass
        else:
            return
    try:
        await _send_words(bot, place, outgoing, keyboard)
    except BadRequest as error:  # something in the formatting is refused: the words matter more
        log.warning("sent without formatting", chat=place.chat_id, reason=str(error))
        await _send_words(bot, place, plain(outgoing), None)


async def _send_words(
    bot: Bot, place: Place, outgoing: Outgoing, keyboard: InlineKeyboardMarkup | None
) -> None:
    preview = outgoing.preview_url
    await bot.send_message(
        place.chat_id,
        outgoing.text,
        entities=[_entity(entity) for entity in outgoing.entities],
        message_thread_id=place.thread_id,
        reply_markup=keyboard,
        link_preview_options=LinkPreviewOptions(url=preview) if preview else _NO_PREVIEW,
    )


def as_entities(outgoing: Outgoing) -> list[MessageEntity]:
    """The formatting of a rendered message, as the library sends it."""
    return [_entity(entity) for entity in outgoing.entities]


def _entity(entity: TextEntity) -> MessageEntity:
    at = entity.unix_time
    return MessageEntity(
        entity.type,
        entity.offset,
        entity.length,
        url=entity.url,
        unix_time=None if at is None else datetime.fromtimestamp(at, UTC),
        date_time_format=entity.date_time_format,
    )
