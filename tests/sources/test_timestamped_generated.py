"""Clock-time pages that were generated: any style read back, any input survived."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UnreadableError
from bot.sources.base import Hints
from bot.sources.timestamped import Timestamped
from tests.sources.test_timestamped import THRESHOLD, html_page, read, text_page
from tests.support.pages import page

ADAPTER = Timestamped()


@pytest.mark.parametrize(
    "body",
    [
        "14:50 " * 300_000,
        "14:50 A line.\n" * 5_000,
        "1" * 2_000_000,
        "<p>" + "14:50 <b>" * 50_000,
        "\x00\x0014:50 \x00" * 50_000,
        "+++ 12:41 " * 100_000,
        "Read more: " * 100_000,
        "January " * 200_000,
        "(" * 500_000 + "14:50",
        "14:50 x\n\n" + "Image: a " * 100_000,
    ],
    ids=lambda body: f"{body[:12]!r}",
)
def test_hostile_pages_cost_no_more_than_their_size(body: str) -> None:
    """Megabytes of anything are read in seconds and never fail."""
    began = time.perf_counter()
    for kind in ("text/plain", "text/html"):
        source = page(body, content_type=kind)
        if ADAPTER.recognises(source).confidence >= THRESHOLD:
            ADAPTER.read(source, Hints())
    assert time.perf_counter() - began < 20


def test_a_page_without_end_is_refused() -> None:
    """More paragraphs than any live blog has are not read, and the reason says so."""
    source = text_page("14:50 A line.\n" * 60_000)
    found = ADAPTER.recognises(source)
    assert (found.confidence, "more than 50,000 paragraphs" in found.reason) == (0.0, True)
    with pytest.raises(UnreadableError):
        ADAPTER.read(source, Hints())


_WORDS = st.lists(
    st.sampled_from(["the", "ferry", "turned", "north", "slowly", "again", "of", "Otter", "quay"]),
    min_size=2,
    max_size=12,
)
_SENTENCE = _WORDS.map(lambda words: "Then " + " ".join(words) + ".")
_STYLES = {
    "dw": "{h:02d}:{m:02d} {text}",
    "telegraph": "{h:02d}.{m:02d} {text}",
    "guardian": "{h12}.{m:02d}{ap}m: {text}",
    "american": "{h12}:{m:02d} {ap}.m. – {text}",
    "uhr": "{h:02d}.{m:02d} Uhr: {text}",
    "french": "{h}h{m:02d} - {text}",
    "own line": "{h:02d}:{m:02d}\n{text}",
}


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.lists(_SENTENCE, min_size=1, max_size=3)),
        min_size=4, max_size=25,
    ),
    st.sampled_from(sorted(_STYLES)),
    st.booleans(),
    st.booleans(),
    st.integers(0, 1439),
)  # fmt: skip
def test_whatever_is_written_reads_back(
    steps: list[tuple[int, list[str]]], style: str, marked_up: bool, newest_first: bool, start: int
) -> None:
    """Any entries in any supported style come back, at their instants, with their texts."""
    moment = datetime(2020, 1, 8, tzinfo=UTC) + timedelta(minutes=start)
    written: list[tuple[datetime, list[str]]] = []
    for step, texts in steps:
        moment += timedelta(minutes=step + 1)
        written.append((moment, texts))
    shown = written[-1 if newest_first else 0][0]
    if newest_first:
        written.reverse()
    rows = []
    for when, texts in written:
        clock = {"h": when.hour, "h12": when.hour % 12 or 12, "ap": "ap"[when.hour >= 12]}
        lead = _STYLES[style].format(**clock, m=when.minute, text=texts[0])
        if marked_up:
            first, *more = [*lead.split("\n"), *texts[1:]]
            rows.append("".join(f"<p>{paragraph}</p>" for paragraph in (first, *more)))
        else:
            rows.append("\n\n".join([lead, *texts[1:]]))
    top = ["Ferry: Live updates", f"{shown:%B} {shown.day}, {shown.year}", "All times UTC"]
    if marked_up:
        source = html_page("".join(f"<p>{line}</p>" for line in top) + "".join(rows))
    else:
        source = text_page("\n\n".join([*top, *rows]))
    snapshot = read(source)
    assert [(entry.published_at, entry.text.split("\n\n")) for entry in snapshot.entries] == written


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_judged_without_failing(body: str) -> None:
    """Recognition never raises, whatever a server sends."""
    for kind in ("text/plain", "text/html"):
        assert 0.0 <= ADAPTER.recognises(page(f"14:50 {body}", content_type=kind)).confidence <= 1.0
