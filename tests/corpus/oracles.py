"""What the pages of the corpus should yield, by oracles that know nothing of our readers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Expected:
    """One entry as the oracle has it.

    Attributes:
        at: to the minute: an instant (UTC), a clock time of the page ("15:05"), or None.
        words: how its title or text starts, "" where the oracle has none.
        body: its paragraphs, None where the oracle has none.
    """

    at: datetime | str | None
    words: str = ""
    body: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One page of the corpus.

    Attributes:
        file: relative to the corpus.
        oracle: reads what is expected from the corpus' folder.
        url: the address the page came from, where the page does not say.
    """

    file: str
    oracle: Callable[[Path], list[Expected]]
    url: str = ""


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _clock(text: str) -> str:
    found = re.match(r"(\d{1,2})[:.h](\d\d)\s*([AP]M)?", text, re.IGNORECASE)
    assert found is not None, text
    hour, minute, half = int(found[1]), int(found[2]), (found[3] or "").upper()
    hour = hour % 12 + (12 if half == "PM" else 0) if half else hour
    return f"{hour:02}:{minute:02}"


def _json_ld(folder: str) -> Callable[[Path], list[Expected]]:
    def read(corpus: Path) -> list[Expected]:
        rows = _lines(corpus / folder / "oracle.jsonld.jsonl")
        return [Expected(_instant(row["published"]), row["title"]) for row in rows]

    return read


def _markup(folder: str, time: str, words: str = "title") -> Callable[[Path], list[Expected]]:
    def read(corpus: Path) -> list[Expected]:
        rows = _lines(corpus / folder / "oracle.dom.jsonl")
        return [Expected(_when(row[time]), row.get(words, "")) for row in rows]

    return read


def _when(value: str) -> datetime | str:
    return _instant(value) if "T" in value else _clock(value)


def _exact(corpus: Path) -> list[Expected]:
    found = json.loads((corpus / "dw-iran-2020-01-08/expected.json").read_text(encoding="utf-8"))
    return [
        Expected(_instant(row["published_at"]), row["body"][0], tuple(row["body"]))
        for row in found["entries"]
    ]


def _count(number: int) -> Callable[[Path], list[Expected]]:
    return lambda _: [Expected(None)] * number


def _sourcefabric(corpus: Path) -> list[Expected]:
    posts = json.loads((corpus / "sourcefabric-dpa-2016-03-29/posts.json").read_text("utf-8"))
    return [Expected(_instant(post["published_date"])) for post in posts["_items"]]


def _reddit(number: int) -> Callable[[Path], list[Expected]]:
    def read(corpus: Path) -> list[Expected]:
        path = corpus / f"reddit-live-ukaeu1ik4sw5/response-{number}.json"
        rows = json.loads(path.read_text("utf-8"))["data"]["children"]
        return [Expected(datetime.fromtimestamp(row["data"]["created_utc"], UTC)) for row in rows]

    return read


CASES = (
    Case("dw-iran-2020-01-08/page.txt", _exact),
    Case("guardian-ukraine-2023-05-15/page.html", _markup("guardian-ukraine-2023-05-15", "time")),
    Case("guardian-api-live/page.json", _count(13), "https://www.theguardian.com/world/live.json"),
    Case("bbc-coronavirus-2020-05-12/page.html", _json_ld("bbc-coronavirus-2020-05-12")),
    Case("express-royals-2024-07-18/page.html", _json_ld("express-royals-2024-07-18")),
    Case("corkbeo-level3-2020-10-06/page.html", _json_ld("corkbeo-level3-2020-10-06")),
    Case("timesofindia-ipl-2020-10-02/page.html", _json_ld("timesofindia-ipl-2020-10-02")),
    Case("telegraph-airasia-2014-12-31/page.html", _markup("telegraph-airasia-2014-12-31", "time")),
    Case("lesechos-fil-2024-07-18/page.html", _markup("lesechos-fil-2024-07-18", "time", "title")),
    Case(
        "fathead-election-2012-11-05/page.txt",
        _markup("fathead-election-2012-11-05", "time", "text"),
    ),
    Case("sourcefabric-dpa-2016-03-29/posts.json", _sourcefabric),
    Case("reddit-live-ukaeu1ik4sw5/response-1.json", _reddit(1)),
    Case("reddit-live-ukaeu1ik4sw5/response-2.json", _reddit(2)),
    Case("feeds/guardian.rss", _count(55)),
)

NEGATIVE = "negative"
