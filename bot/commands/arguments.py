"""Reads what stands behind a command. Pure."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.model import Follow
from bot.sources.selectors import ALIASES, OPTIONS

DEFAULT_COUNT = 5
MAX_COUNT = 20

_INTEGER = re.compile(r"[+-]?\d+")  # digits of any script: int() reads them all
_DASHES = str.maketrans(dict.fromkeys("−–—‒﹣-", "-"))
_PAYLOAD = re.compile(r"(topic|source)_([A-Za-z0-9_-]{1,60})")
_SOURCE_ID = re.compile(r"[0-9]{1,18}")
_NAMES = "|".join((*OPTIONS, *ALIASES, "name", "zone", "timezone", "pattern"))
_FOLLOW = re.compile(r"(?:^|\s)(?:--|[—–])follow(?=\s|$)", re.IGNORECASE)
# "entry=…", "entry = …", "--select entry=…" (phones make one long dash of two); a word that is none
# of the names counts where it looks meant, so that a slip can be told.
_NAMED = re.compile(
    rf"(?:^|\s)(?:(?:--|[—–])select[\s=]+)?(?:({_NAMES})\s?=|([a-z_]{{2,20}})=(?=\S))",
    re.IGNORECASE,
)
_QUOTES = str.maketrans(dict.fromkeys("“”„‟", '"') | dict.fromkeys("‘’‚", "'"))


class Problem(enum.StrEnum):
    """Why a number of entries cannot be used."""

    NOT_POSITIVE = "not positive"
    NOT_A_NUMBER = "not a number"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What ``/latest`` was asked for.

    Attributes:
        count: how many entries, 1 to `MAX_COUNT`.
        name: what they shall be about, "" for what the chat follows.
        capped: more than `MAX_COUNT` were asked for.
        problem: the number is unusable.
        given: the unusable number as it was written.
    """

    count: int = DEFAULT_COUNT
    name: str = ""
    capped: bool = False
    problem: Problem | None = None
    given: str = ""


@dataclass(frozen=True, slots=True)
class Addition:
    """What ``/addsource`` was asked for.

    Attributes:
        url: the address as written, "" without one.
        name: for the source, "" without one.
        zone: of its times where the page names none, as written, "" without one.
        selectors: "entry=article.update" and so on, as written; none reads the page by itself.
        follow: what the page links to is meant, and not the page.
        pattern: which of its links, "" for those that look like live blogs.
    """

    url: str = ""
    name: str = ""
    zone: str = ""
    selectors: tuple[str, ...] = ()
    follow: bool = False
    pattern: str = ""


def after_command(text: str) -> str:
    """What stands behind the command: ``/latest@bot 5 weather`` gives ``5 weather``."""
    parts = text.split(maxsplit=1)
    return parts[1].strip() if len(parts) > 1 else ""


def command_of(text: str) -> str:
    """The command without slash and bot name, lower case: ``/Latest@bot 5`` gives ``latest``."""
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    return first.removeprefix("/").partition("@")[0].lower()


def addressee_of(text: str) -> str:
    """The bot a command is meant for: ``/start@otherbot`` gives ``otherbot``, else ""."""
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    return first.partition("@")[2].lower()


def read_latest(text: str, is_name: Callable[[str], bool]) -> Wanted:
    """Read ``[n] [name…]``, ``[name…] [n]`` or ``[name] [n] [name]``.

    Args:
        text: what stands behind the command.
        is_name: whether a text names something; it decides where a name has digits in it.
    """
    words = text.split()
    if not words:
        return Wanted()
    if len(words) > 1 and is_name(text):
        return Wanted(name=text)
    ends = ((words[0], " ".join(words[1:])), (words[-1], " ".join(words[:-1])))
    counts = [(number, rest, end) for end, rest in ends if (number := _integer(end)) is not None]
    if counts:  # of two numbers the count is the one beside a name
        return _counted(*next((each for each in counts if is_name(each[1])), counts[0]))
    if is_name(text):
        return Wanted(name=text)
    for at in range(1, len(words) - 1):  # "weather 3 harbour"
        before, after = " ".join(words[:at]), " ".join(words[at + 1 :])
        number = _integer(words[at])
        if number is not None and is_name(before) and is_name(after):
            return _counted(number, f"{before}, {after}", words[at])
    for end, rest in ends:
        if _looks_numeric(end) and (not rest or is_name(rest)):
            return Wanted(name=rest, problem=Problem.NOT_A_NUMBER, given=end)
    return Wanted(name=text)


def read_addition(text: str) -> Addition:
    """Read ``URL [name] [zone=Area/City] [entry=SELECTOR title=SELECTOR …] [pattern=P]``.

    A selector goes on to the next ``word=`` or the end, so it may hold spaces; each may stand on
    its own line, in quotes, or after ``--select`` as on the command line. ``name=`` names too,
    ``--follow`` follows without a pattern.
    """
    url, rest = (*text.split(maxsplit=1), "", "")[:2]
    rest, follows = _FOLLOW.subn(" ", rest)
    found = list(_NAMED.finditer(rest))
    name = rest[: found[0].start()] if found else rest
    ends = (*(match.start() for match in found[1:]), len(rest))
    zone, pattern, selectors = "", "", []
    for match, end in zip(found, ends, strict=False):
        key, value = (match[1] or match[2]).lower(), _unquoted(rest[match.end() : end])
        if key == "name":
            name = value
        elif key in ("zone", "timezone"):
            zone = value
        elif key == "pattern":
            pattern = value
        else:
            selectors.append(f"{key}={value}")
    follow = bool(follows or pattern)
    return Addition(url, name.strip(), zone, tuple(selectors), follow, pattern)


def read_payload(text: str) -> tuple[Follow, str] | None:
    """What a deep link subscribes to: ``topic_weather``, ``source_12``; None if nothing.

    https://core.telegram.org/bots/features#deep-linking.
    """
    found = _PAYLOAD.fullmatch(text)
    if found is None:
        return None
    if found[1] == "topic":
        return Follow.TOPIC, found[2].lower()
    return (Follow.SOURCE, found[2]) if _SOURCE_ID.fullmatch(found[2]) else None


def read_id(text: str) -> int | None:
    """A row's id as people write it: ``12`` or ``#12``; None for anything else."""
    digits = text.strip().removeprefix("#")
    return int(digits) if _SOURCE_ID.fullmatch(digits) else None


def _unquoted(value: str) -> str:
    """A selector without the quotes round it, and with the straight ones its language knows."""
    text = value.strip().translate(_QUOTES)
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'`"
    return text[1:-1].strip() if is_quoted else text


def _counted(number: int, name: str, given: str) -> Wanted:
    if number < 1:
        return Wanted(name=name, problem=Problem.NOT_POSITIVE, given=given)
    return Wanted(min(number, MAX_COUNT), name, capped=number > MAX_COUNT)


def _integer(word: str) -> int | None:
    word = word.translate(_DASHES)
    if _INTEGER.fullmatch(word) is None:
        return None
    if len(word) > 100:  # int() refuses thousands of digits; the answer is the same
        return -1 if word.startswith("-") else MAX_COUNT + 1
    return int(word)


def _looks_numeric(word: str) -> bool:
    bare = word.translate(_DASHES).lstrip("+-.,")
    return bare[:1].isnumeric()
