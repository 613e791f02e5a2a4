"""The parameters of a call, from any body the Bot API takes.

https://core.telegram.org/bots/api#making-requests: query string, form, JSON or multipart. In forms
everything that is not a text arrives as JSON in a string; in JSON bodies it may be either.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import orjson
from aiohttp.web import BaseRequest, FileField

from bot.sandbox.answers import Json, bad_request

MAX_BODY_BYTES = 50 * 1024 * 1024


async def read_params(request: BaseRequest) -> Json:
    """All parameters of a request; uploads are `FileField` values.

    Raises:
        ApiError: 400 when the body is not what its type says.
    """
    params: Json = dict(request.query) if request.query_string else {}
    if not request.can_read_body:
        return params
    kind = request.content_type
    if kind == "multipart/form-data":
        params.update(await request.post())
        return params
    body = await request.read()
    if kind == "application/json":
        try:
            value = orjson.loads(body) if body else {}
        except ValueError as error:
            raise bad_request("can't parse JSON object") from error
        if not isinstance(value, dict):
            raise bad_request("object expected as JSON body")
        params.update(value)
    elif kind == "application/x-www-form-urlencoded":
        params.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return params


def text(params: Json, name: str) -> str:
    """A text; "" if absent."""
    value = params.get(name)
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value)


def flag(params: Json, name: str) -> bool:
    """A Boolean; False if absent."""
    value = params.get(name)
    return value is True or (value is not None and str(value).lower() in ("true", "yes", "1"))


def number(params: Json, name: str, default: int = 0) -> int:
    """A whole number; `default` if absent or not one, as the official server reads it."""
    value = params.get(name)
    if value is None or value == "":
        return default
    try:
        return int(value)
    except (TypeError, ValueError):
        return default


def structure(params: Json, name: str) -> Any:
    """A list or object, given as such or as JSON in a string; None if absent.

    Raises:
        ApiError: 400 if the string is not JSON.
    """
    value = params.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except ValueError as error:
        raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from error


def objects(params: Json, name: str) -> list[Json] | None:
    """A list of objects; None if absent.

    Raises:
        ApiError: 400 if it is something else.
    """
    value = structure(params, name)
    if value is None:
        return None
    if not isinstance(value, list):
        raise bad_request(f"expected an Array of {name}")
    return value


def upload(params: Json, name: str) -> FileField | None:
    """An uploaded file; None if the parameter is something else."""
    value = params.get(name)
    return value if isinstance(value, FileField) else None
