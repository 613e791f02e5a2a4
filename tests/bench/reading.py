"""How long reading takes.

The reference does the least any reader must: parse the page's markup, parse its JSON-LD. It and
the reading take turns, so that whatever else the machine does falls on both.
"""

from __future__ import annotations

import gzip
import hashlib
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

import orjson
from selectolax.lexbor import LexborHTMLParser

from bot.sources import read
from bot.sources.base import Hints, Page
from tests.bench.figures import Options, Row
from tests.support.pages import document

UPDATES = 150
PAGE_BYTES = 500_000
RUNS = 30
GOALS = {"read": 1.5, "unchanged": 1 / 200}
EVENING = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)

_SENTENCES = 12
# Real pages of this size hold a tag every 60 to 150 bytes.
_TEASER = (
    b'<div class="teaser teaser--small" data-track="river|teaser|small|position">'
    b'<a class="teaser__link" href="https://news.example/2026/03/05/another-story-of-the-day">'
    b'<span class="teaser__title">Another story of the day, told in one line</span></a></div>\n'
)


def _sentences(number: int, edition: str) -> list[str]:
    """The words of one update; those of another edition are other words."""
    return [
        f"Sentence {number}.{line} of the {edition} from the harbour." for line in range(_SENTENCES)
    ]


def _time(number: int) -> str:
    return f"2026-03-05T{number // 60:02}:{number % 60:02}:00Z"


def long_page(edition: str = "report", *, last: str = "", shown: bool = False) -> bytes:
    """A page of about 500 KB with 150 updates in JSON-LD and the furniture pages have.

    Args:
        edition: a word that stands in every sentence.
        last: the word that stands there in the last update instead, where one is given.
        shown: the page shows the updates as well, each an element with its id.
    """
    editions = [edition] * UPDATES
    editions[-1] = last or edition
    blog = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "headline": "A long evening",
        "liveBlogUpdate": [
            {
                "@type": "BlogPosting",
                "@id": f"https://news.example/live#block-{number:024x}",
                "headline": f"Headline number {number} of a long evening",
                "datePublished": _time(number),
                "articleBody": " ".join(_sentences(number, word)),
            }
            for number, word in enumerate(editions)
        ],
    }
    head = (
        b"<!doctype html><html lang=en><head><title>A long evening</title>"
        b'<script type="application/ld+json">' + orjson.dumps(blog) + b"</script></head><body>"
    )
    if shown:
        head += "".join(_element(number, word) for number, word in enumerate(editions)).encode()
    return head + _TEASER * ((PAGE_BYTES - len(head)) // len(_TEASER)) + b"</body></html>"


def _element(number: int, edition: str) -> str:
    """An update as the page shows it: three paragraphs, the first with a link."""
    words = _sentences(number, edition)
    words[0] = words[0].replace("the harbour", '<a href="https://news.example/h">the harbour</a>')
    parts = [" ".join(words[start : start + 4]) for start in range(0, _SENTENCES, 4)]
    return (
        f'<article class="block" id="block-{number:024x}"><header>'
        f'<time datetime="{_time(number)}">{_time(number)[11:16]}</time>'
        f"<h2>Headline number {number} of a long evening</h2></header>"
        f'<div class="block__body">{"".join(f"<p>{part}</p>" for part in parts)}</div></article>'
    )


def _reference(body: bytes) -> None:
    tree = LexborHTMLParser(body.decode())
    for node in tree.css('script[type="application/ld+json"]'):
        orjson.loads(node.text())


def _read(body: bytes) -> None:
    snapshot = read(Page(document(body, fetched_at=EVENING)), Hints(), "schemaorg")
    if len(snapshot.entries) != UPDATES:
        raise RuntimeError(f"{len(snapshot.entries)} entries were read of {UPDATES}")


def _times(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and seconds of processor time."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _compared(what: str, bodies: Sequence[bytes], goal: float | None) -> Row:
    """Reading some pages, each once, against the reference on the same pages."""
    reference, reading = [], []
    for body in bodies:
        reference.append(_times(partial(_reference, body)))
        reading.append(_times(partial(_read, body)))
    wall, cpu = (statistics.median(one[kind] for one in reading) for kind in (0, 1))
    least, least_cpu = (statistics.median(one[kind] for one in reference) for kind in (0, 1))
    ratio = wall / least
    return Row(
        f"{what} ({len(bodies[0]) / 1e3:.0f} KB, {UPDATES} JSON-LD updates)",
        f"selectolax + orjson alone: {least * 1e3:.1f} ms",
        f"{wall * 1e3:.1f} ms; processor time {cpu / least_cpu:.2f} of the reference's",
        ratio,
        f"≤ {goal}" if goal else "",
        ratio <= goal if goal else None,
        {"reference": least, "reading": wall, "cpu_ratio": cpu / least_cpu},
    )


async def rows(_options: Options) -> list[Row]:
    """Reading pages, and seeing that one did not change."""
    body = long_page()
    wire = gzip.compress(body, mtime=0)  # what is hashed: the bytes before inflating
    known = hashlib.blake2b(wire).digest()
    plain = _compared("read a page", [body] * RUNS, GOALS["read"])
    # Every run has other words, so that nothing read before is of use.
    first = [long_page(f"account{run}", shown=True) for run in range(RUNS // 3)]
    again = [long_page(last=f"account{run}", shown=True) for run in range(RUNS + 1)]
    _read(again[0])
    unchanged = statistics.median(
        _times(lambda: hashlib.blake2b(wire).digest() == known)[0] for _ in range(RUNS)
    )
    reading = plain.data["reading"]
    share = unchanged / reading
    return [
        plain,
        _compared("read a page that shows its updates too, the first time", first, None),
        _compared("read such a page again, one update changed", again[1:], None),
        Row(
            "see that the page did not change",
            f"reading it: {reading * 1e3:.1f} ms",
            f"{unchanged * 1e3:.3f} ms",
            share,
            f"≤ 1/{1 / GOALS['unchanged']:.0f}",
            share <= GOALS["unchanged"],
            {"unchanged": unchanged},
        ),
    ]
