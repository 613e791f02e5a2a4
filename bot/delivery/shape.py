"""What the messages of a delivery are, as far as editing them has to know. Pure.

Telegram edits a text, a photo's caption and a photo by different methods, and does not tell what a
message is. So it is stored with the message ids: one token a message, joined by commas.
``t`` is a text; ``p4f3a9c21`` a photo and ``a4f3a9c21`` a picture of an album, with a hash of its
address, so that a photo that the source exchanged can be told from one that it kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from bot.outgoing import Outgoing


@dataclass(frozen=True, slots=True)
class Piece:
    """One message.

    Attributes:
        kind: "t" a text, "p" a photo, "a" a picture of an album, "?" not known.
        picture: hash of the picture's address, "" for a text.
    """

    kind: str
    picture: str = ""

    @property
    def is_photo(self) -> bool:
        """Whether its words are a caption."""
        return self.kind in ("p", "a")


TEXT = Piece("t")
UNKNOWN = Piece("?")


def pieces_of(out: Outgoing) -> list[Piece]:
    """The messages that sending `out` makes."""
    if out.photo_url is None:
        return [TEXT]
    if not out.more_photos:
        return [Piece("p", picture_hash(out.photo_url))]
    return [Piece("a", picture_hash(url)) for url in (out.photo_url, *out.more_photos)]


def picture_hash(url: str) -> str:
    """A short hash of a picture's address."""
    return hashlib.blake2b(url.encode(), digest_size=4).hexdigest()


def to_shape(pieces: Sequence[Piece]) -> str:
    """As it is stored."""
    return ",".join(f"{piece.kind}{piece.picture}" for piece in pieces)


def from_shape(shape: str, count: int) -> list[Piece]:
    """As it was stored, for `count` messages; what is not told is unknown."""
    pieces = [Piece(token[0], token[1:]) for token in shape.split(",") if token]
    return (pieces + [UNKNOWN] * count)[:count]
