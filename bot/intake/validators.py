"""Which validators of a page can be trusted to tell that it changed. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# Last-Modified counts whole seconds: a page changed twice within one would look unchanged, so it
# is a strong validator only some time later (RFC 9110, section 8.8.2.2).
SETTLED = timedelta(seconds=3)


def trusted_last_modified(value: str | None, fetched_at: datetime) -> str | None:
    """The header, if nothing can have changed since in the second it names; else None.

    Args:
        value: ``Last-Modified`` as sent.
        fetched_at: when the page was complete, UTC, by our clock; a server's clock that runs
            ahead makes the header useless, which costs one full fetch and loses nothing.
    """
    if value is None:
        return None
    try:
        changed = parsedate_to_datetime(value)
    except ValueError:
        return None
    if changed.tzinfo is None:
        changed = changed.replace(tzinfo=UTC)
    return value if fetched_at - changed >= SETTLED else None
