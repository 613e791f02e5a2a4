"""robots.txt: what a site asks robots to leave alone (RFC 9309). Pure.

The standard library's parser takes the first rule that fits, while the RFC and the sites mean the
longest one, and it knows neither ``*`` nor ``$`` in paths: it would stay out of live blogs that
are open and read pages that are closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

MAX_BYTES = 512 * 1024
"""Of a robots.txt that are read; the RFC asks for 500 KiB at least (section 2.5)."""

MAX_RULES = 5_000
"""Of one group; the longest real ones have a few hundred."""

MAX_CRAWL_DELAY = 3_600.0
"""Seconds; a site that asks for more is asked once an hour."""

_LINE = re.compile(r"\s*(?P<key>[A-Za-z-]+)\s*:\s*(?P<value>[^#]*)")
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")
_KEPT = "/?&=+:;,@!$'()*~[]#%-._"  # everything but what must be written as %XX


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a group.

    Attributes:
        path: as it is compared, perhaps with ``*`` and a ``$`` at its end.
        allowed: whether it opens or closes.
    """

    path: str
    allowed: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """What a site's robots.txt says to one robot.

    Attributes:
        rules: of the groups that name it, else of those for ``*``.
        crawl_delay: seconds between requests it asks for, 0 if it does not. Not in the RFC, but
            widely written.
    """

    rules: tuple[Rule, ...] = ()
    crawl_delay: float = 0.0

    def allows(self, url: str) -> bool:
        """Whether the robot may fetch a (canonical) address of this site.

        The longest rule that fits decides, of two as long the one that allows (section 2.2.2).
        """
        parts = urlsplit(url)
        path = _comparable(f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}")
        if path == "/robots.txt":
            return True
        best = max(
            (rule for rule in self.rules if _fits(rule.path, path)),
            key=lambda rule: (len(rule.path), rule.allowed),
            default=None,
        )
        return best is None or best.allowed


ALLOW_ALL = Rules()


def read_robots(body: bytes, agent: str) -> Rules:
    """Read a robots.txt; whatever is no rule in it, also a whole web page, says nothing.

    Args:
        body: as it was served; what follows the first `MAX_BYTES` is left out.
        agent: the robot's product token, such as "LiveRelay".
    """
    named: list[tuple[str, str]] = []
    general: list[tuple[str, str]] = []
    is_named = False
    for agents, lines in _groups(body[:MAX_BYTES].decode("utf-8", "replace")):
        if agent.lower() in agents:
            is_named = True
            named += lines
        elif "*" in agents:
            general += lines
    return _rules(named if is_named else general)


def _groups(text: str) -> Iterator[tuple[set[str], list[tuple[str, str]]]]:
    """Each group: the robots it names in lower case, and its lines."""
    agents: set[str] = set()
    lines: list[tuple[str, str]] = []
    for line in text.lstrip("\ufeff").splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        key, value = found["key"].lower(), found["value"].strip()
        if key == "user-agent":
            if lines:
                yield agents, lines
                agents, lines = set(), []
            # "LiveRelay/1.0" means LiveRelay.
            agents.add(value.partition("/")[0].strip().lower())
        elif agents and key in ("allow", "disallow", "crawl-delay"):
            lines.append((key, value))
    if agents:
        yield agents, lines


def _rules(lines: list[tuple[str, str]]) -> Rules:
    rules: dict[Rule, None] = {}
    delay = 0.0
    for key, value in lines:
        if key == "crawl-delay":
            if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", value):
                delay = max(delay, min(float(value), MAX_CRAWL_DELAY))
        elif value and len(rules) < MAX_RULES:  # "Disallow:" alone closes nothing
            rules[Rule(_comparable(value), key == "allow")] = None
    return Rules(tuple(rules), delay)


def _comparable(path: str) -> str:
    """A path in one spelling: %XX in capitals, letters outside ASCII as UTF-8 in %XX."""
    return _PERCENT.sub(_one_spelling, quote(path, safe=_KEPT))


def _one_spelling(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    plain = character.isascii() and (character.isalnum() or character in "-._~")
    return character if plain else found[0].upper()


def _fits(pattern: str, path: str) -> bool:
    """Whether a path begins as `pattern` says; in time linear in the path for each ``*``."""
    to_end = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for piece in rest[:-1]:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    if not rest:
        return not to_end or at == len(path)
    if to_end:
        return path.endswith(rest[-1]) and len(path) - len(rest[-1]) >= at
    return path.find(rest[-1], at) >= 0
