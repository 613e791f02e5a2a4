"""Reads every page of the corpus and holds the result against its oracle."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rapidfuzz import fuzz

from bot.check import CheckResult, check_target
from bot.errors import UnreachableError
from bot.model import Document, SourceEntry
from tests.corpus.oracles import CASES, NEGATIVE, Case, Expected

ALIKE = 80.0  # of a title and the oracle's; quotes and spaces differ


@dataclass(frozen=True, slots=True)
class Score:
    """How a page was read.

    Attributes:
        found: entries read.
        expected: entries the oracle has.
        matched: entries that agree in time and words.
        bodies: share of bodies equal to the oracle's; None where it has none.
    """

    page: str
    adapter: str
    found: int
    expected: int
    matched: int
    bodies: float | None = None

    @property
    def recall(self) -> float:
        """Share of the expected entries that were read."""
        return self.matched / self.expected if self.expected else 1.0

    @property
    def precision(self) -> float:
        """Share of the read entries that were expected."""
        return self.matched / self.found if self.found else float(not self.expected)


class _NoNetwork:
    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        wire_hash: str | None = None,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Document:
        raise UnreachableError(f"{url}: the corpus is read without the network")


def scores(corpus: Path) -> list[Score]:
    """One score for each page with an oracle, then one for each page that is no live blog."""
    read = [_score(corpus, case) for case in CASES]
    for path in sorted((corpus / NEGATIVE).iterdir()):
        result = _check(path, "")
        found = len(result.snapshot.entries) if result.snapshot else 0
        read.append(Score(f"{NEGATIVE}/{path.name}", _adapter(result), found, 0, 0))
    return read


def _score(corpus: Path, case: Case) -> Score:
    expected = case.oracle(corpus)
    result = _check(corpus / case.file, case.url)
    entries = list(result.snapshot.entries) if result.snapshot else []
    zone = ZoneInfo(_zone(result))
    left = list(entries)
    pairs = []
    for wanted in expected:
        fitting = next((entry for entry in left if _fits(wanted, entry, zone)), None)
        if fitting is not None:
            left.remove(fitting)
            pairs.append((wanted, fitting))
    bodied = [(w, e) for w, e in pairs if w.body is not None]
    equal = sum(1 for wanted, entry in bodied if entry.text == "\n\n".join(wanted.body or ()))
    return Score(
        case.file,
        _adapter(result),
        len(entries),
        len(expected),
        len(pairs),
        equal / len(expected) if bodied else None,
    )


def _check(path: Path, url: str) -> CheckResult:
    return asyncio.run(
        check_target(
            str(path), url=url or None, fetcher=_NoNetwork(), now=lambda: datetime.now(UTC)
        )
    )


def _fits(wanted: Expected, entry: SourceEntry, zone: ZoneInfo) -> bool:
    if isinstance(wanted.at, datetime):
        same_time = entry.published_at is not None and _minute(entry.published_at) == _minute(
            wanted.at
        )
    elif wanted.at is None:
        same_time = True
    else:
        local = entry.published_at and entry.published_at.astimezone(zone)
        same_time = bool(local) and f"{local:%H:%M}" == wanted.at
    if not same_time or not wanted.words:
        return same_time
    said = " ".join(f"{entry.title} {entry.text}".split())
    words = " ".join(wanted.words.split())
    return fuzz.partial_ratio(words[:80], said[: 2 * len(words) + 80]) >= ALIKE


def _minute(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def _zone(result: CheckResult) -> str:
    """The zone of the page's clock times: as read, else as the warning says it was assumed."""
    if result.snapshot is None:
        return "UTC"
    if result.snapshot.timezone:
        return result.snapshot.timezone
    for warning in result.snapshot.warnings:
        for word in warning.replace(",", " ").split():
            name = word.strip(".:;()")
            if "/" in name and name[0].isupper():
                return name
    return "UTC"


def _adapter(result: CheckResult) -> str:
    return result.snapshot.adapter if result.snapshot else "–"
