"""Plain text -> blocks: a page that was saved or served as text."""

from __future__ import annotations

import re
from itertools import pairwise

from bot.sources.blocks import Block, Kind, Run, bounded
from bot.sources.characters import strip_unwanted

_BULLET = re.compile(r"(?:[•·▪‣◦●■]\s*|[*\-–]\s+(?=\S))")
_SPACES = re.compile(r"\s+")
_URL = re.compile(r"https?://[^\s<>\"'”»)\]]{3,2000}")
_WRAP_MIN, _WRAP_MAX = 55, 100


def text_blocks(text: str) -> tuple[Block, ...]:
    """Read plain text: every line that is not empty is a block.

    An indented or marked line ("  • …") is a list item, without its mark. Lines of a hard-wrapped
    text (all about equally long) are joined again. Addresses in the text become links.

    Raises:
        UnreadableError: the text has too many lines.
    """
    lines = strip_unwanted(text).splitlines()
    if _wrapped(lines):
        lines = _unwrap(lines)
    blocks: list[Block] = []
    gap = True
    for raw in lines:
        line = _SPACES.sub(" ", raw).strip()
        if not line:
            gap = True
            continue
        kind = Kind.PARAGRAPH
        if bullet := _BULLET.match(line):
            rest = line[bullet.end() :].strip()
            if rest:
                kind, line = Kind.ITEM, rest
        blocks.append(Block(kind=kind, runs=_runs(line), gap=gap))
        bounded(len(blocks))
        gap = False
    return tuple(blocks)


def _runs(line: str) -> tuple[Run, ...]:
    runs: list[Run] = []
    position = 0
    for match in _URL.finditer(line):
        address = match[0].rstrip(".,;:!?")
        if match.start() > position:
            runs.append(Run(line[position : match.start()]))
        runs.append(Run(address, href=address))
        position = match.start() + len(address)
    if position < len(line):
        runs.append(Run(line[position:]))
    return tuple(runs)


def _wrapped(lines: list[str]) -> bool:
    """Whether the text was broken into lines of about one length by a program."""
    inner = [
        len(line.rstrip())
        for line, following in pairwise(lines)
        if line.strip() and following.strip()
    ]
    if len(inner) < 10 or max(len(line) for line in lines) > _WRAP_MAX:
        return False
    return sum(_WRAP_MIN <= length <= _WRAP_MAX for length in inner) >= 0.75 * len(inner)


def _unwrap(lines: list[str]) -> list[str]:
    """Join a line to the one before it where that one was full."""
    joined: list[str] = []
    full = False
    for line in lines:
        stripped = line.strip()
        if stripped and full and not _BULLET.match(stripped) and not stripped[0].isdigit():
            joined[-1] = f"{joined[-1].rstrip()} {stripped}"
        else:
            joined.append(line)
        full = len(line.rstrip()) >= _WRAP_MIN
    return joined
