"""What admins are told of a source by itself. Pure."""

from __future__ import annotations

from bot.model import Source
from bot.wording import Wording


def unread(source: Source, failures: int, reason: str) -> Wording:
    """It could not be read several times in a row."""
    return Wording.counted(
        "{name} could not be read {n} time in a row: {reason} It is tried on, ever more slowly; "
        "what was sent stays.",
        "{name} could not be read {n} times in a row: {reason} It is tried on, ever more slowly; "
        "what was sent stays.",
        failures,
        name=source.name,
        reason=reason,
    )


def read_again(source: Source) -> Wording:
    """It can be read after all."""
    return Wording("{name} can be read again.", name=source.name)


def given_up(source: Source, reason: str) -> Wording:
    """It was found by itself and is gone."""
    return Wording(
        "{name} could not be read for a day and is polled no more: {reason} "
        "/resume {id} watches it again.",
        name=source.name,
        reason=reason,
        id=str(source.id),
    )


def over(source: Source) -> Wording:
    """Its page says that it is over."""
    return Wording(
        "{name}: the coverage is over; it is polled no more. /resume {id} watches it again.",
        name=source.name,
        id=str(source.id),
    )


def rewriting(source: Source, entries: int) -> Wording:
    """Its page changes at every poll without news."""
    return Wording(
        "{name}: entries change at every poll ({n} now). These changes are relayed no more; "
        "whatever else comes is. A clock or a counter in their text may be the cause.",
        name=source.name,
        n=entries,
    )
