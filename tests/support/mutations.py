"""Pages damaged at random, as connections, editors and hostile servers damage them."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator

from bot.errors import SourceError
from bot.model import Snapshot
from bot.sources.base import Adapter, Hints
from tests.support.pages import page

LONGEST = 2.0
"""Seconds of processor time that reading any page may take."""


def mutations(body: str, count: int, seed: int = 7) -> Iterator[bytes]:
    """Copies of a page: truncated, parts doubled, shuffled or dropped, bytes corrupted."""
    chance = random.Random(seed)
    raw = body.encode()
    pieces = re.findall(rb"<[^>]*>|[^<]+", raw) or [raw]
    for number in range(count):
        kind = number % 5
        if kind == 0:
            yield raw[: chance.randrange(len(raw))]
        elif kind == 1:
            start = chance.randrange(len(pieces))
            part = pieces[start : start + chance.randrange(1, 60)]
            yield b"".join([*pieces[:start], *part * chance.randrange(2, 5), *pieces[start:]])
        elif kind == 2:
            order = list(pieces)
            start = chance.randrange(len(order))
            part = order[start : start + 40]
            chance.shuffle(part)
            order[start : start + 40] = part
            yield b"".join(order)
        elif kind == 3:
            yield b"".join(piece for piece in pieces if chance.random() > 0.1)
        else:
            damaged = bytearray(raw)
            for _ in range(chance.randrange(1, 60)):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            yield bytes(damaged)


def survives(adapter: Adapter, body: str, count: int, hints: Hints | None = None) -> int:
    """Read damaged copies of a page; fails on any fault that is not ours, or on a hang.

    Returns:
        How many copies gave entries.
    """
    read = 0
    for damaged in mutations(body, count):
        taken, entries = _read(adapter, damaged, hints)
        if taken >= LONGEST:  # other threads' time counts, too: it has another go
            taken, entries = _read(adapter, damaged, hints)
        assert taken < LONGEST
        read += entries
    return read


def _read(adapter: Adapter, damaged: bytes, hints: Hints | None) -> tuple[float, bool]:
    """Read one copy; seconds of processor time, and whether it gave entries."""
    start, entries = time.process_time(), False
    try:
        copy = page(damaged)
        adapter.recognises(copy)
        snapshot: Snapshot = adapter.read(copy, hints or Hints())
        entries = bool(snapshot.entries)
    except SourceError:
        pass
    return time.process_time() - start, entries
