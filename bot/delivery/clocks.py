"""Instants as a chat reads them: local times, with the day where it is not plain."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.delivery.richtext import Builder
from bot.locales.dates import day_of

_MAX_UNIX_TIME = 2**31 - 1


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The zone of that IANA name; UTC where there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def local(instant: datetime, timezone: str) -> datetime:
    """The instant on the chat's clock."""
    try:
        return instant.astimezone(zone(timezone))
    except OverflowError:
        return instant.astimezone(UTC)


def add_time(built: Builder, when: datetime, language: str, *, known_day: date | None) -> None:
    """Append a local time: "14:50", or with its day where that is not `known_day`.

    Telegram shows it in each reader's own zone ("date_time" entity, Bot API 9.5; format "t" is a
    short time, "dt" a short date and time); older apps show the text.

    Args:
        built: what it is appended to.
        when: local.
        language: of the day.
        known_day: the day the reader takes for granted; None for that of `when`.
    """
    same_day = known_day is None or when.date() == known_day
    clock = f"{when.hour:02}:{when.minute:02}"
    text = clock if same_day else f"{day_of(when.date(), language, known_day)} {clock}"
    unix_time = int((when - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    if 0 < unix_time <= _MAX_UNIX_TIME:
        built.add_time(text, unix_time, "t" if same_day else "dt")
    else:
        built.add(text)
