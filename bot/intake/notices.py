"""What admins are told of a source by itself. Pure."""

from __future__ import annotations

from bot.model import Source
from bot.phrase import Phrase


def unread(source: Source, failures: int, reason: str) -> Phrase:
    """It could not be read several times in a row."""
    return Phrase.counted(
        "{name} could not be read {n} time in a row: {reason} It is tried on, ever more slowly; "
        "what was sent stays.",
        "{name} could not be read {n} times in a row: {reason} It is tried on, ever more slowly; "
        "what was sent stays.",
        failures,
        name=source.name,
        reason=reason,
    )


def read_again(source: Source) -> Phrase:
    """It can be read after all."""
    return Phrase("{name} can be read again.", name=source.name)


def given_up(source: Source, reason: str) -> Phrase:
    """It was found by itself and is gone."""
    return Phrase(
        "{name} could not be read for a day and is polled no more: {reason} "
        "/resume {id} watches it again.",
        name=source.name,
        reason=reason,
        id=str(source.id),
    )


def over(source: Source) -> Phrase:
    """Its page says that it is over."""
    return Phrase(
        "{name}: the coverage is over; it is polled no more. /resume {id} watches it again.",
        name=source.name,
        id=str(source.id),
    )


def rewriting(source: Source, entries: int) -> Phrase:
    """Its page changes at every poll without news."""
    return Phrase(
        "{name}: entries change at every poll ({n} now). These changes are relayed no more; "
        "whatever else comes is. A clock or a counter in their text may be the cause.",
        name=source.name,
        n=entries,
    )
