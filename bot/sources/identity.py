"""Which of the ids that a publisher writes can be relied on."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import unquote

MAX_ID = 200
"""Characters; longer ids are replaced by their hash."""

COPIES = 0.1
"""Share of a page's entries that may be copies of others."""

_ASKED = re.compile(
    r"[?&](?:live_?)?(?:post|update|entry|message|block|item)_?-?id=([^&#]{1,120})"
    r"|[?&](?:post|update|entry)=(?=[^&#]{0,100}\d)([^&#]{1,120})",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"([^\d]*)(\d{1,4})")


def from_address(value: str, page_url: str) -> str | None:
    """The id in an entry's ``@id`` or ``url``: its fragment, else the address where it is its own.

    Args:
        value: an address, a fragment or a bare id.
        page_url: the live blog's address, which is nobody's id.
    """
    value = value.strip()
    bare, _, fragment = value.partition("#")
    fragment = fragment.lstrip("/!")
    asked = _ASKED.search(bare)
    if asked and not any(map(str.isdigit, fragment)):
        return unquote(asked[1] or asked[2])  # "?postid=9245#liveblog-body": all have the fragment
    if fragment:
        return fragment
    if not bare or _plain(bare) == _plain(page_url):
        return None
    return bare


def reliable(ids: Sequence[str | None]) -> list[str | None]:
    """Keep the ids that name an entry for good.

    Dropped are those that occur often, and all of them where they merely count the entries
    ("post1", "post2", …): the next entry moves every number on. An entry or two that stand twice,
    as a pinned one does, keep their ids.
    """
    given = [name for name in ids if name]
    if _are_positions(given):
        return [None] * len(ids)
    times = Counter(given)
    copies = {name for name, count in times.items() if count > 1}
    if sum(times[name] - 1 for name in copies) > max(1, COPIES * len(given)):
        return [shortened(name) if name and times[name] == 1 else None for name in ids]
    return [shortened(name) if name and times[name] <= 2 else None for name in ids]


def _are_positions(ids: Sequence[str]) -> bool:
    matches = [match for name in ids if (match := _NUMBERED.fullmatch(name))]
    if not matches or len(matches) < len(ids) or len({match[1] for match in matches}) > 1:
        return False
    numbers = sorted(int(match[2]) for match in matches)
    return numbers[0] in (0, 1) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def shortened(name: str) -> str:
    """An id of bounded length: itself, or its SHA-256 in hex."""
    if len(name) <= MAX_ID:
        return name
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()


def _plain(url: str) -> str:
    return re.sub(r"\Ahttps?://(?:www\.)?", "", url.partition("#")[0]).partition("?")[0].rstrip("/")
