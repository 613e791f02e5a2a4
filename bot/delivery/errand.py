"""One message's worth of work under way to one destination."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.delivery.shape import Piece, from_shape
from bot.delivery.work import Work
from bot.model import Destination, Entry


class NotYetError(Exception):
    """The try is given up without an error: its chat or its lease has no time for it now."""


@dataclass(slots=True, eq=False)
class Errand:
    """Work on its way.

    Attributes:
        start_by: the pacer's clock; later nothing may be sent, for the lease may end under way.
        until: the same on the clock that goes on while the machine sleeps, UTC.
        chat_id: where it goes; changes when the group migrates.
        message_ids: of what the chat shows.
        pieces: what each of them is.
        reply_to: the message that a sent one answers.
        under_way: a request has left and is not answered.
        problem: what went wrong without ending the delivery, "" if nothing did.
        out_of_reach: a message of it cannot be changed any more.
    """

    destination: Destination
    work: Work
    start_by: float
    until: datetime
    chat_id: int
    message_ids: list[int] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    reply_to: int | None = None
    under_way: bool = False
    problem: str = ""
    out_of_reach: bool = False

    @property
    def entry(self) -> Entry:
        """The first entry of the message."""
        return self.work.entries[0]

    @property
    def group(self) -> bool:
        """Whether the limits of groups apply."""
        return self.destination.kind.is_group


def errand_for(
    work: Work,
    destination: Destination,
    *,
    start_by: float,
    until: datetime,
    reply_to: int | None = None,
) -> Errand:
    """An errand that begins where an earlier try ended."""
    shown = list(work.deliveries[0].message_ids) if work.deliveries else []
    shape = work.deliveries[0].shape if work.deliveries else ""
    return Errand(
        destination,
        work,
        start_by,
        until,
        destination.chat_id,
        shown,
        from_shape(shape, len(shown)),
        reply_to,
    )
