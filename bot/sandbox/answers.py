"""How the Bot API answers: one error type for refusals, with the documented descriptions.

The texts are those of the official server (https://core.telegram.org/bots/api#making-requests and
the descriptions its source and TDLib produce); clients recognise refusals by them.
"""

from __future__ import annotations

from typing import Any

import orjson

Json = dict[str, Any]

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
OTHER_GET_UPDATES = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
WEBHOOK_ACTIVE = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook"
    " first"
)


class ApiError(Exception):
    """A refusal as a client of the Bot API sees it.

    Args:
        code: the HTTP status and `error_code`.
        description: the text, with its prefix ("Bad Request: …").
        parameters: `ResponseParameters`, such as `retry_after` or `migrate_to_chat_id`.
    """

    def __init__(self, code: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> bytes:
        """The JSON body of the answer."""
        answer: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            answer["parameters"] = self.parameters
        return orjson.dumps(answer)


def bad_request(text: str, parameters: Json | None = None) -> ApiError:
    """400; the first letter is lowered unless an ALL_CAPS code follows, as the server does."""
    if len(text) > 1 and text[0].isupper() and not text[1].isupper() and text[1] != "_":
        text = text[0].lower() + text[1:]
    return ApiError(400, f"Bad Request: {text}", parameters)


def forbidden(text: str) -> ApiError:
    """403."""
    return ApiError(403, f"Forbidden: {text}")


def conflict(text: str) -> ApiError:
    """409."""
    return ApiError(409, f"Conflict: {text}")


def unauthorized() -> ApiError:
    """401: the token is not the bot's."""
    return ApiError(401, "Unauthorized")


def not_found() -> ApiError:
    """404: no such method, or the token has not the form of one."""
    return ApiError(404, "Not Found")


def too_many_requests(retry_after: int) -> ApiError:
    """429; `retry_after` is in whole seconds."""
    return ApiError(
        429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after}
    )
