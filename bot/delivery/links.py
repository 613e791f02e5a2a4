"""Which addresses may stand in a message: what Telegram refuses is left out before it is sent.

Telegram drops a link silently, and refuses a button, whose host has no dot; see "inline URL" in
https://core.telegram.org/bots/api#html-style.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from urllib.parse import urlsplit

MAX_LINK_BYTES = 2_000
"""Longer addresses are left out: they would eat the bytes a message has for all of its links."""

_UNSAFE = re.compile(
    '[\x00-\x20\x7f-\xa0"<>\\\\^`{|}\u2000-\u200f\u2028-\u202f\u205f-\u206f\ud800-\udfff]'
)
_LABEL = re.compile(r"(?!-)[a-z0-9_\x80-\U0010ffff-]{1,63}(?<!-)")


def usable_link(url: str) -> str | None:
    """The address if Telegram takes it in a link or a button, else None.

    Only http and https, with a host that has a dot or is an IP address.
    """
    if len(url) > MAX_LINK_BYTES or _UNSAFE.search(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").lower()
    if parts.scheme not in ("http", "https") or port == 0 or not _is_host(host, parts.netloc):
        return None
    return url if len(url.encode()) <= MAX_LINK_BYTES else None


def _is_host(host: str, netloc: str) -> bool:
    if "[" in netloc:
        try:
            IPv6Address(host)
        except ValueError:
            return False
        return True
    if "." not in host or len(host) > 253 or netloc.endswith(":"):
        return False
    return all(_LABEL.fullmatch(label) for label in host.split("."))
