"""Pages gone wrong: golden pages truncated, doubled, shuffled and corrupted, by a seed.

``python -m tests.sources.mutations 20000`` reads so many of them with every format and tells the
slowest; the suite reads a few hundred.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.errors import SourceError
from bot.sources import ADAPTERS, finished, read
from bot.sources.base import Hints, Page
from bot.sources.joined import joined
from tests.support.pages import page

GOLDEN = Path(__file__).parent / "golden"
TYPES = {
    ".html": "text/html",
    ".txt": "text/plain",
    ".json": "application/json",
    ".xml": "application/xml",
}
HANG = 2.0  # seconds


@dataclass(frozen=True, slots=True)
class Mutant:
    """One page gone wrong."""

    origin: str
    seed: int
    body: bytes
    content_type: str

    @property
    def page(self) -> Page:
        """As a fetch would give it."""
        return page(self.body, content_type=self.content_type)


def pages() -> list[tuple[str, bytes, str]]:
    """Every golden page: name, bytes, content type."""
    return [
        (path.name, path.read_bytes(), TYPES[path.suffix])
        for path in sorted(GOLDEN.rglob("*"))
        if path.suffix in TYPES and not path.name.endswith(".expected.json")
    ]


def mutants(number: int, seed: int = 0) -> Iterator[Mutant]:
    """`number` mutants, the same for the same seed."""
    originals = pages()
    for each in range(seed, seed + number):
        chance = random.Random(each)
        name, body, content_type = chance.choice(originals)
        for _ in range(chance.randint(1, 3)):
            body = chance.choice(_WAYS)(body, chance)
        if chance.random() < 0.1:
            content_type = chance.choice([*TYPES.values(), "", "text/html; charset=utf-16"])
        yield Mutant(name, each, body, content_type)


def read_with_everything(mutant: Mutant) -> tuple[float, str]:
    """Detect and read a mutant with each format; the slowest one's processor seconds and name.

    Raises:
        Exception: anything that is not a `SourceError`.
    """
    subject = mutant.page
    started = time.process_time()
    with suppress(SourceError):
        read(subject, Hints())
    took = [(time.process_time() - started, "detection")]
    for adapter in ADAPTERS:
        started = time.process_time()
        adapter.recognises(subject)
        with suppress(SourceError):
            finished(joined(adapter.read(subject, Hints()), subject, Hints()), subject)
        took.append((time.process_time() - started, adapter.name))
    return max(took)


def _truncate(body: bytes, chance: random.Random) -> bytes:
    return body[: chance.randrange(len(body) + 1)]


def _double(body: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(body) + 1) for _ in range(2))
    return body[:end] + body[start:end] + body[end:]


def _shuffle(body: bytes, chance: random.Random) -> bytes:
    mark = chance.choice((b"\n", b"<", b'"', b",", b">"))
    parts = body.split(mark)
    chance.shuffle(parts)
    return mark.join(parts)


def _corrupt(body: bytes, chance: random.Random) -> bytes:
    broken = bytearray(body)
    for _ in range(min(len(broken), chance.randint(1, 60))):
        broken[chance.randrange(len(broken))] = chance.randrange(256)
    return bytes(broken)


def _insert(body: bytes, chance: random.Random) -> bytes:
    what = chance.choice(
        (
            b"\x00",
            b"<" * 500,
            b"[" * 5000,
            b"<div>" * 1000,
            b"&amp;amp;lt;",
            b"14:50 ",
            b"9" * 400,
            "\u202e\u200d\ufeff".encode(),
            b"2026-02-30T25:61:61Z",
            b"</script>",
        )
    )
    at = chance.randrange(len(body) + 1)
    return body[:at] + what + body[at:]


_WAYS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _truncate,
    _double,
    _shuffle,
    _corrupt,
    _insert,
)


def main() -> int:
    """Read as many mutants as the first argument says; exit status 1 if one hung."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    slowest, which = 0.0, ""
    for mutant in mutants(number):
        try:
            took, format_name = read_with_everything(mutant)
        except Exception:
            sys.stderr.write(f"{mutant.origin}, seed {mutant.seed}:\n")
            raise
        if took > slowest:
            slowest, which = took, f"{format_name}, {mutant.origin}, seed {mutant.seed}"
    sys.stdout.write(f"{number} inputs, every format; slowest {slowest:.3f} s ({which})\n")
    return int(slowest > HANG)


if __name__ == "__main__":
    sys.exit(main())
