"""Keyboards under messages, checked as Telegram checks them."""

from __future__ import annotations

from typing import Any

from bot.sandbox.answers import Json, bad_request
from bot.sandbox.links import BadLinkError, check_link

MAX_DATA_BYTES = 64
MAX_BUTTONS = 100
_OTHER_ACTIONS = (
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "web_app",
    "login_url",
    "pay",
    "callback_game",
)
_STYLES = ("danger", "success", "primary")


def checked_markup(markup: Any) -> Json | None:
    """The inline keyboard as a message keeps it; None for no keyboard.

    Reply keyboards are accepted and not kept: they belong to the chat, not to the message.

    Raises:
        ApiError: 400 with Telegram's description.
    """
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    rows = markup.get("inline_keyboard")
    if rows is None:
        return None
    if not isinstance(rows, list):
        raise bad_request('field "inline_keyboard" must be of type Array')
    kept: list[list[Json]] = []
    for row in rows:
        if not isinstance(row, list):
            raise bad_request("can't parse inline keyboard button: expected an Array of buttons")
        if buttons := [_checked_button(button) for button in row]:
            kept.append(buttons)
    if sum(map(len, kept)) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": kept} if kept else None


def _checked_button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: expected an Object")
    text = button.get("text")
    if not isinstance(text, str) or not text.strip():
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be non-empty')
    kept: Json = {"text": text}
    if button.get("style") in _STYLES:
        kept["style"] = button["style"]
    if "callback_data" in button:
        data = str(button["callback_data"])
        if not 1 <= len(data.encode()) <= MAX_DATA_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
        kept["callback_data"] = data
        return kept
    if "url" in button:
        url = str(button["url"])
        try:
            kept["url"] = check_link(url)
        except BadLinkError as error:
            raise bad_request(f"inline keyboard button URL '{url}' is invalid: {error}") from error
        return kept
    for name in _OTHER_ACTIONS:
        if name in button:
            kept[name] = button[name]
            return kept
    raise bad_request(
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
    )
