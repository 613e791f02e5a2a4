"""What Telegram's refusals mean, in one place: HTTP answers and python-telegram-bot's exceptions.

Told apart by status, by ``parameters``
(https://core.telegram.org/bots/api#responseparameters) and, where there is nothing else, by the
description. Case is ignored: python-telegram-bot changes it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from datetime import timedelta

from telegram import error as ptb

from bot.errors import (
    ChatMigratedError,
    DeliveryError,
    DestinationGoneError,
    FloodError,
    MessageGoneError,
    NotModifiedError,
    RefusedError,
    TokenError,
    TopicGoneError,
    TransientError,
)
from bot.wording import Wording

UNKNOWN_WAIT = 5.0  # seconds, for a 429 that does not say how long

_GONE = (
    "chat not found",
    "user not found",
    "user is deactivated",
    "peer_id_invalid",
    "bot was blocked by the user",
    "bot was kicked",
    "bot is not a member",
    "can't initiate conversation",
    "group chat was deleted",
    "group chat was deactivated",
    "group chat was upgraded",
    "have no rights to send a message",
    "not enough rights to send text messages",
    "need administrator rights in the channel chat",
    "chat_write_forbidden",
    "chat_admin_required",
    "chat_restricted",
    "channel_private",
    "user_is_blocked",
    "input_user_deactivated",
)
_TOPIC_GONE = (
    "message thread not found",
    "topic_closed",
    "topic_deleted",
    "topic_id_invalid",
    "message_thread_invalid",
)
_MESSAGE_GONE = (
    "message to edit not found",
    "message can't be edited",
    "message to delete not found",
    "message can't be deleted",
    "message_id_invalid",
    "message identifier is not specified",
)
_NOT_MODIFIED = ("message is not modified", "message_not_modified")
_PICTURE = (
    "wrong file identifier/http url",
    "wrong remote file",
    "wrong type of the web page content",
    "failed to get http url content",
    "invalid file http url",
    "webpage_curl_failed",
    "webpage_media_empty",
    "media_empty",
    "image_process_failed",
    "photo_invalid_dimensions",
    "photo_save_file_invalid",
    "caption is too long",
)
_PICTURE_RIGHTS = (
    "not enough rights to send photos",
    "chat_send_photos_forbidden",
    "chat_send_media_forbidden",
)
_KIND = ("there is no text in the message", "there is no caption in the message")
_RETRY_AFTER = re.compile(r"retry (?:after|in) (\d+)", re.IGNORECASE)


def from_answer(
    status: int, description: str, parameters: Mapping[str, object] | None = None
) -> DeliveryError:
    """The error an unsuccessful answer of the Bot API means.

    Args:
        status: of HTTP; Telegram's ``error_code`` is the same number.
        description: Telegram's text; "" where the answer was not from the Bot API itself.
        parameters: ``ResponseParameters``.
    """
    parameters = parameters or {}
    new_chat_id = parameters.get("migrate_to_chat_id")
    if isinstance(new_chat_id, int) and new_chat_id:
        return ChatMigratedError(
            f"The group became the supergroup {new_chat_id}.", new_chat_id=new_chat_id
        )
    if status == 429 or "retry_after" in parameters:
        return _flood(parameters.get("retry_after"), description)
    if status in (401, 404):
        return TokenError(
            f"Telegram does not accept the bot's token ({description or status}); "
            "copy it again from @BotFather into telegram.token."
        )
    if status == 403:
        return DestinationGoneError(
            _sentence(Wording("The chat cannot be written to any more"), description)
        )
    if status == 400:
        return _bad_request(description)
    if status >= 500 or status == 409 or 200 <= status < 300:
        # A gateway that finds no server behind it has not handed the request on.
        return TransientError(
            _sentence(
                Wording(
                    "Telegram answered with an error of its own ({status})", status=str(status)
                ),
                description,
            ),
            maybe_sent=status not in (409, 502, 503),
        )
    return RefusedError(
        _sentence(
            Wording("Telegram refused the request ({status})", status=str(status)), description
        )
    )


def map_telegram_error(error: ptb.TelegramError) -> DeliveryError:
    """The error an exception of python-telegram-bot means.

    ``BadRequest`` is asked for before ``NetworkError``, its base class.
    """
    if isinstance(error.__cause__, DeliveryError):
        return error.__cause__
    if isinstance(error, ptb.ChatMigrated):
        return from_answer(400, "", {"migrate_to_chat_id": error.new_chat_id})
    if isinstance(error, ptb.RetryAfter):
        return _flood(retry_seconds(error), error.message)
    if isinstance(error, ptb.BadRequest):
        return _bad_request(error.message)
    if isinstance(error, ptb.Forbidden):
        return from_answer(403, error.message)
    if isinstance(error, (ptb.InvalidToken, ptb.EndPointNotFound)):
        return from_answer(401, error.message)
    if isinstance(error, ptb.Conflict):
        return from_answer(409, error.message)
    if "bad gateway" in error.message.lower():
        return from_answer(502, "Bad Gateway")
    return TransientError(
        _sentence(Wording("Telegram could not be reached, or its answer was lost"), error.message),
        maybe_sent=True,
    )


def retry_seconds(error: ptb.RetryAfter) -> float:
    """Seconds a ``RetryAfter`` asks for, whichever type this version of the library gives."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that the type depends on PTB_TIMEDELTA
        wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def _flood(retry_after: object, description: str) -> FloodError:
    if isinstance(retry_after, (int, float)):
        wait = float(retry_after)
    else:
        found = _RETRY_AFTER.search(description)
        wait = float(found[1]) if found else UNKNOWN_WAIT
    return FloodError(f"Telegram asks to wait {wait:g} seconds.", retry_after=max(0.0, wait))


def _bad_request(description: str) -> DeliveryError:
    text = description.lower()
    if any(words in text for words in _NOT_MODIFIED):
        return NotModifiedError("The message shows that already.")
    if any(words in text for words in _TOPIC_GONE):
        return TopicGoneError(
            _sentence(Wording("The forum topic is closed or deleted"), description)
        )
    if any(words in text for words in _MESSAGE_GONE):
        return MessageGoneError(
            _sentence(Wording("The message cannot be changed any more"), description)
        )
    if any(words in text for words in _KIND):
        return RefusedError(
            _sentence(Wording("The message is of another kind"), description), about="kind"
        )
    if any(words in text for words in _PICTURE_RIGHTS):
        return RefusedError(
            _sentence(Wording("The chat takes no pictures"), description), about="rights"
        )
    if any(words in text for words in _PICTURE):
        return RefusedError(
            _sentence(Wording("Telegram refused the picture"), description), about="picture"
        )
    if any(words in text for words in _GONE):
        return DestinationGoneError(
            _sentence(Wording("The chat cannot be written to any more"), description)
        )
    return RefusedError(_sentence(Wording("Telegram refused the message"), description))


def _sentence(what: Wording, description: str) -> Wording:
    if description:
        return Wording("{what}: {description}", what=what, description=description)
    return Wording("{what}.", what=what)
