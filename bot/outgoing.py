"""The last type of the flow: a message as Telegram gets it, frozen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextEntity:
    """A formatted stretch of a message; offset and length in UTF-16 units.

    See https://core.telegram.org/bots/api#messageentity.
    """

    type: str
    offset: int
    length: int
    url: str | None = None
    unix_time: int | None = None
    date_time_format: str | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """A link button under a message."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class MenuButton:
    """A button that opens what can be done with a message; `data` comes back when it is pressed."""

    text: str
    data: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as Telegram gets it.

    Attributes:
        text: at most 4,096 UTF-16 units (1,024 when it is a caption).
        entities: at most 100.
        button: a link button, or None.
        menu: a button beside it, or None.
        photo_url: send as a photo with `text` as its caption.
        more_photos: further photos of the album that `photo_url` begins, at most nine.
        preview_url: show a link preview of this address; None for no preview.
        small_preview: small and below the text, not large and above it.
        silent: without a sound.
    """

    text: str
    entities: tuple[TextEntity, ...] = ()
    button: Button | None = None
    menu: MenuButton | None = None
    photo_url: str | None = None
    more_photos: tuple[str, ...] = ()
    preview_url: str | None = None
    small_preview: bool = False
    silent: bool = False
