"""Alerts to Telegram: one request a message, with the body built once for all chats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from pyreqwest.http import Url

from bot.delivery.http_request import HttpRequest
from bot.delivery.telegram_errors import from_answer
from bot.errors import TransientError
from bot.outgoing import Outgoing, TextEntity

API_ROOT = "https://api.telegram.org"
GENERAL_TOPIC = 1  # Telegram refuses it by number; messages go there without one
_CACHED = 256  # bodies


class Transport:
    """Sends, edits and deletes messages; every refusal is an error of `bot.errors`.

    Args:
        request: shared with python-telegram-bot; the caller initialises and shuts it down.
        token: the bot's.
        api_root: of a Bot API server, without a slash at the end.
    """

    def __init__(self, request: HttpRequest, token: str, *, api_root: str = API_ROOT) -> None:
        self._request = request
        base = f"{api_root.rstrip('/')}/bot{token}/"
        self._urls = {
            method: Url(base + method)
            for method in (
                "sendMessage",
                "sendPhoto",
                "sendMediaGroup",
                "editMessageText",
                "editMessageCaption",
                "editMessageMedia",
                "deleteMessage",
                "pinChatMessage",
                "unpinChatMessage",
            )
        }
        self._bodies: dict[tuple[str, int], tuple[Outgoing, bytes]] = {}

    async def send(
        self,
        chat_id: int,
        thread_id: int | None,
        out: Outgoing,
        *,
        reply_to: int | None = None,
        paid: bool = False,
        on_left: Callable[[], None] | None = None,
    ) -> int:
        """Send a message; returns its id, of an album the first one's.

        Args:
            chat_id: Telegram's id.
            thread_id: the forum topic.
            out: the message.
            reply_to: the message it answers; if that is gone, it answers none.
            paid: pay for it, beyond the free rate (``allow_paid_broadcast``).
            on_left: called in the moment in which the request leaves.

        Raises:
            DeliveryError: as `bot.delivery.telegram_errors` says.
        """
        return (
            await self.send_all(
                chat_id, thread_id, out, reply_to=reply_to, paid=paid, on_left=on_left
            )
        )[0]

    async def send_all(
        self,
        chat_id: int,
        thread_id: int | None,
        out: Outgoing,
        *,
        reply_to: int | None = None,
        paid: bool = False,
        on_left: Callable[[], None] | None = None,
    ) -> tuple[int, ...]:
        """As `send`; returns the ids of all messages it made: several for an album."""
        place: dict[str, object] = {"chat_id": chat_id}
        if thread_id is not None and thread_id != GENERAL_TOPIC:
            place["message_thread_id"] = thread_id
        if reply_to is not None:
            place["reply_parameters"] = {
                "message_id": reply_to,
                "allow_sending_without_reply": True,
            }
        if paid:
            place["allow_paid_broadcast"] = True
        method = "sendMessage" if out.photo_url is None else "sendPhoto"
        if out.more_photos:
            method = "sendMediaGroup"
        result = await self._call(
            method, orjson.dumps(place)[:-1] + self._rest(method, out), on_left
        )
        try:
            made = result if isinstance(result, list) else [result]
            return tuple(int(one["message_id"]) for one in made)
        except (TypeError, KeyError) as error:
            raise TransientError(
                "Telegram's answer to a message names no message.", maybe_sent=True
            ) from error

    async def edit(
        self,
        chat_id: int,
        message_id: int,
        out: Outgoing,
        *,
        caption: bool | None = None,
        on_left: Callable[[], None] | None = None,
    ) -> None:
        """Change a message.

        Args:
            chat_id: Telegram's id.
            message_id: as `send` returned it.
            out: what it shall show; a photo stays the one it was.
            caption: the message is a photo; by default it is one if `out` is.
            on_left: called in the moment in which the request leaves.

        Raises:
            RefusedError: with ``about="kind"`` if the message is of the other kind.
            DeliveryError: as `bot.delivery.telegram_errors` says.
        """
        place = orjson.dumps({"chat_id": chat_id, "message_id": message_id})[:-1]
        if caption is None:
            caption = out.photo_url is not None
        method = "editMessageCaption" if caption else "editMessageText"
        await self._call(method, place + self._rest(method, out), on_left)

    async def edit_photo(
        self,
        chat_id: int,
        message_id: int,
        out: Outgoing,
        *,
        on_left: Callable[[], None] | None = None,
    ) -> None:
        """Change the photo of a message, and its caption with it.

        Raises:
            RefusedError: with ``about="picture"`` if Telegram cannot fetch it.
            DeliveryError: as `bot.delivery.telegram_errors` says.
        """
        place = orjson.dumps({"chat_id": chat_id, "message_id": message_id})[:-1]
        method = "editMessageMedia"
        await self._call(method, place + self._rest(method, out), on_left)

    async def pin(self, chat_id: int, message_id: int) -> None:
        """Pin a message, without telling the chat.

        Raises:
            RefusedError: the bot may not pin there.
            DeliveryError: as `bot.delivery.telegram_errors` says.
        """
        body = {"chat_id": chat_id, "message_id": message_id, "disable_notification": True}
        await self._call("pinChatMessage", orjson.dumps(body), None)

    async def unpin(self, chat_id: int, message_id: int) -> None:
        """Take a pin off.

        Raises:
            DeliveryError: as `bot.delivery.telegram_errors` says.
        """
        body = {"chat_id": chat_id, "message_id": message_id}
        await self._call("unpinChatMessage", orjson.dumps(body), None)

    async def delete(self, chat_id: int, message_id: int) -> None:
        """Take a message away.

        Raises:
            DeliveryError: as `bot.delivery.telegram_errors` says.
        """
        body = orjson.dumps({"chat_id": chat_id, "message_id": message_id})
        await self._call("deleteMessage", body, None)

    async def _call(self, method: str, body: bytes, on_left: Callable[[], None] | None) -> Any:
        status, payload = await self._request.post_json(self._urls[method], body, on_left)
        try:
            answer = orjson.loads(payload)
        except ValueError:
            raise from_answer(status, "") from None  # a proxy's page
        if status == 200 and isinstance(answer, dict) and answer.get("ok"):
            return answer.get("result")
        if not isinstance(answer, dict):
            answer = {}
        raise from_answer(status, str(answer.get("description") or ""), answer.get("parameters"))

    def _rest(self, method: str, out: Outgoing) -> bytes:
        """The JSON of a message without its place, as the end of an object that was begun."""
        key = (method, id(out))
        found = self._bodies.get(key)
        if found is not None and found[0] is out:
            return found[1]
        rest = b"," + orjson.dumps(_parameters(method, out))[1:]
        if len(self._bodies) >= _CACHED:
            del self._bodies[next(iter(self._bodies))]
        self._bodies[key] = (out, rest)
        return rest


def _parameters(method: str, out: Outgoing) -> dict[str, object]:
    parameters: dict[str, object] = {}
    entities = [_entity(entity) for entity in out.entities]
    caption: dict[str, object] = {"caption": out.text, "caption_entities": entities}
    if method == "sendMediaGroup":
        photos = [{"type": "photo", "media": url} for url in (out.photo_url, *out.more_photos)]
        parameters["media"] = [{**photos[0], **caption}, *photos[1:]]
    elif method == "editMessageMedia":
        parameters["media"] = {"type": "photo", "media": out.photo_url, **caption}
    elif method in ("sendPhoto", "editMessageCaption"):
        parameters |= caption
    else:
        parameters["text"] = out.text
        parameters["entities"] = entities
        parameters["link_preview_options"] = (
            {"is_disabled": True}
            if out.preview_url is None
            else {"url": out.preview_url, "prefer_small_media": True}
            if out.small_preview
            else {"url": out.preview_url, "prefer_large_media": True, "show_above_text": True}
        )
    if method == "sendPhoto":
        parameters["photo"] = out.photo_url
    if method != "sendMediaGroup" and (row := _row(out)):
        parameters["reply_markup"] = {"inline_keyboard": [row]}
    if out.silent and method.startswith("send"):
        parameters["disable_notification"] = True
    return parameters


def _row(out: Outgoing) -> list[dict[str, str]]:
    """As https://core.telegram.org/bots/api#inlinekeyboardbutton."""
    row = []
    if out.button is not None:
        row.append({"text": out.button.text, "url": out.button.url})
    if out.menu is not None:
        row.append({"text": out.menu.text, "callback_data": out.menu.data})
    return row


def _entity(entity: TextEntity) -> dict[str, object]:
    """As https://core.telegram.org/bots/api#messageentity."""
    value: dict[str, object] = {
        "type": entity.type,
        "offset": entity.offset,
        "length": entity.length,
    }
    for name in ("url", "unix_time", "date_time_format"):
        if (given := getattr(entity, name)) is not None:
            value[name] = given
    return value
