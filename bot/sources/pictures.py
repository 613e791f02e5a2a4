"""Addresses on a page: absolute links, and the best picture a tag offers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urljoin, urlsplit

MAX_URL = 2048
"""Characters; browsers and Telegram accept no more."""

PREFERRED_WIDTH = 1600
"""Pixels; wider pictures soon exceed the 5 MB that Telegram fetches by address."""

_JUNK = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u2060\ufeff\ud800-\udfff]")
_SPACE = re.compile(r"\s")
_PLAIN_URL = re.compile(r"https?://[a-z0-9][a-z0-9.-]*\.[a-z]{2,20}(?:[/?#][!-~]*)?")
_CANDIDATE = re.compile(r"(\S*[^\s,])(?:\s+([\d.]{1,12})([wx]))?\s*(?:,|$)")
_LAZY = ("data-src", "data-original", "data-lazy-src", "data-url")
_SIDES = ("width", "height")
_PLACEHOLDER = re.compile(
    r"(?:^|[/_-])(?:blank|placeholder|spacer|pixel|1x1|transparent)\b", re.IGNORECASE
)


def absolute_url(href: str | None, base: str) -> str | None:
    """The absolute http(s) address a link leads to; None for anything else.

    ``mailto:``, ``javascript:``, ``data:`` and relative links without a base give None.
    """
    if not href:
        return None
    if _PLAIN_URL.fullmatch(href):  # as nearly all are; the long way gives the same
        return href if len(href) <= MAX_URL else None
    try:
        cleaned = _SPACE.sub("%20", _JUNK.sub("", href.strip()).strip())
        url = urljoin(base, cleaned)
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port  # raises on nonsense
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or len(url) > MAX_URL:
        return None
    return url


def best_picture(
    attributes: Mapping[str, str | None],
    sources: Iterable[Mapping[str, str | None]],
    base: str,
) -> str | None:
    """The address of the picture worth sending.

    Args:
        attributes: of the ``img``.
        sources: the attributes of the ``source`` tags beside it in a ``picture``.
        base: the page's address.
    """
    for name in ("data-srcset", "srcset"):
        if url := _from_srcset(attributes.get(name), base):
            return url
    for name in (*_LAZY, "src"):
        url = absolute_url(attributes.get(name), base)
        if url and not _PLACEHOLDER.search(url.rpartition("/")[2]):
            return url
    for source in sources:
        for name in ("srcset", "data-srcset"):
            if url := _from_srcset(source.get(name), base):
                return url
    return None


def is_pixel(attributes: Mapping[str, str | None]) -> bool:
    """Whether an ``img`` is a counter and not a picture."""
    return any((attributes.get(side) or "").strip() in ("0", "1", "2") for side in _SIDES)


def _from_srcset(srcset: str | None, base: str) -> str | None:
    """The widest candidate up to the preferred width, else the narrowest above it."""
    if not srcset or len(srcset) > 20_000:
        return None
    fitting: tuple[float, str] | None = None
    larger: tuple[float, str] | None = None
    for match in _CANDIDATE.finditer(srcset):
        url = absolute_url(match[1], base)
        if url is None:
            continue
        try:
            size = float(match[2]) if match[2] else 1.0
        except ValueError:
            size = 1.0
        if match[3] == "w" and size > PREFERRED_WIDTH:
            if larger is None or size < larger[0]:
                larger = (size, url)
        elif fitting is None or size > fitting[0]:
            fitting = (size, url)
    chosen = fitting or larger
    return chosen[1] if chosen else None
