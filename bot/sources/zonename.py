"""A time zone as a person writes it."""

from __future__ import annotations

from difflib import get_close_matches
from zoneinfo import available_timezones

from bot.errors import ConfigError
from bot.wording import Wording, guessing


def read_zone(written: str) -> str:
    """The IANA name of a zone: "europe/berlin" and "Berlin" give "Europe/Berlin".

    Raises:
        ConfigError: there is no such zone, or several cities of that name; the sentence names what
            may be meant.
    """
    wanted = "_".join(written.split()).casefold()
    names = {name.casefold(): name for name in available_timezones()}
    if wanted in names:
        return names[wanted]
    cities = sorted(name for name in names.values() if name.casefold().endswith(f"/{wanted}"))
    places = [name for name in cities if not name.startswith(("posix/", "right/", "Etc/"))]
    if len(places) == 1:
        return places[0]
    near = places or [names[one] for one in get_close_matches(wanted, names, n=1)]
    wrong = Wording(
        "{text} is no time zone; write Area/City, such as Europe/Berlin.", text=repr(written[:60])
    )
    raise ConfigError(guessing(wrong, near[:3]))
