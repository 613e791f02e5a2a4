"""What people should hear about delivery."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bot.model import Destination


class TroubleKind(enum.StrEnum):
    """What it is about."""

    STORE = "store"  # the database refuses: nothing is sent until it is well again
    TOPIC = "topic"  # a forum topic is closed or deleted: for the chat's own admins
    REFUSED = "refused"  # Telegram refused an entry's message as it was rendered
    DROPPED = "dropped"  # a delivery was given up
    BUG = "bug"  # something nobody foresaw


@dataclass(frozen=True, slots=True)
class Trouble:
    """One report.

    Attributes:
        text: one sentence: what happened, what it means, what to do.
        destination: the chat it happened in, where it is about one.
        entry_id: the entry, where it is about one.
    """

    kind: TroubleKind
    text: str
    destination: Destination | None = None
    entry_id: int | None = None
