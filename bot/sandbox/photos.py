"""Pictures: given by address, by upload or by the id of one sent before."""

from __future__ import annotations

import secrets
import struct
from typing import Any

from aiohttp.web import FileField

from bot.sandbox.answers import Json, bad_request
from bot.sandbox.links import BadLinkError, check_link
from bot.sandbox.registry import Registry

WRONG_URL = "wrong file identifier/HTTP URL specified"
NOT_FETCHED = "failed to get HTTP URL content"
WRONG_TYPE = "wrong type of the web page content"
MAX_PHOTO_BYTES = 10 * 1024 * 1024


def photo_of(world: Registry, params: Json, value: Any) -> Json:
    """The picture a call means, kept under a file id.

    Raises:
        ApiError: 400; `world.bad_photos` says which addresses are refused, and how.
    """
    if isinstance(value, str) and value.startswith("attach://"):
        value = params.get(value.removeprefix("attach://"))
    if isinstance(value, FileField):
        return _kept(world, _uploaded(value.file.read()))
    if not isinstance(value, str) or not value:
        raise bad_request("there is no photo in the request")
    known = world.files.get(value)
    if known is not None:
        return known
    refusal = world.bad_photos.get(value)
    if refusal is not None:
        raise bad_request(refusal)
    if not value.lower().startswith(("http://", "https://")):
        raise bad_request(WRONG_URL)
    try:
        url = check_link(value)
    except BadLinkError as error:
        raise bad_request(WRONG_URL) from error
    return _kept(world, {"url": url, "width": 1280, "height": 720})


def _kept(world: Registry, photo: Json) -> Json:
    photo["file_id"] = f"AgACAgIAAx{secrets.token_urlsafe(40)}"
    if world.history:
        world.files[photo["file_id"]] = photo
    return photo


def _uploaded(content: bytes) -> Json:
    if len(content) > MAX_PHOTO_BYTES:
        raise bad_request("file is too big")
    width, height = 1280, 720
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        kind = "image/png"
        width, height = struct.unpack(">II", content[16:24])
    elif content.startswith(b"\xff\xd8\xff"):
        kind = "image/jpeg"
    elif content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        kind = "image/webp"
    else:
        raise bad_request("IMAGE_PROCESS_FAILED")
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    size = len(content)
    return {"content": content, "type": kind, "width": width, "height": height, "size": size}
