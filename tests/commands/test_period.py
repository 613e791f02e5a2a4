"""Stretches of time as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.period import LONGEST, Period, read_period
from bot.commands.query import excerpt, hits_in, read_query
from bot.store.words import read_terms

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 14, 11, 0, tzinfo=UTC)  # 12:00 in Berlin


def at(text: str) -> datetime:
    """An instant, UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("2h", "2026-03-14T09:00"),
        ("90m", "2026-03-14T09:30"),
        ("1h30m", "2026-03-14T09:30"),
        ("2 Stunden", "2026-03-14T09:00"),
        ("today", "2026-03-13T23:00"),
        ("HEUTE", "2026-03-13T23:00"),
        ("since 14:00", "2026-03-13T13:00"),
        ("since 9", "2026-03-14T08:00"),
        ("seit 9:30", "2026-03-14T08:30"),
        ("11pm", "2026-03-13T22:00"),
        ("since yesterday", "2026-03-12T23:00"),
        ("اليوم", "2026-03-13T23:00"),
    ],
)
def test_starts(text: str, start: str) -> None:
    """Spans count back from now, clock times are the last such ones in the chat's zone."""
    assert read_period(text, NOON, BERLIN) == Period(at(start), NOON)


def test_yesterday_has_an_end() -> None:
    """Yesterday ends where today begins."""
    expected = Period(at("2026-03-12T23:00"), at("2026-03-13T23:00"))
    assert read_period("yesterday", NOON, BERLIN) == expected


@pytest.mark.parametrize(
    "text", ["", "soon", "0h", "since", "since never", "25:00", "h", "-2h", "2"]
)
def test_what_is_none(text: str) -> None:
    """Anything else is no stretch of time; nothing is guessed."""
    assert read_period(text, NOON, BERLIN) is None


def test_a_span_has_bounds() -> None:
    """However long a span is, it goes back some weeks at most."""
    for text in ("999999w", "90000h"):
        assert read_period(text, NOON, BERLIN) == Period(NOON - LONGEST, NOON)


def test_days_with_a_change_of_the_clock() -> None:
    """Today has 23 hours in spring and 25 in autumn; a skipped time is taken as if it were not."""
    spring = at("2026-03-29T21:59")  # 23:59
    assert read_period("today", spring, BERLIN) == Period(at("2026-03-28T23:00"), spring)
    autumn = at("2026-10-25T22:59")
    assert read_period("today", autumn, BERLIN) == Period(at("2026-10-24T22:00"), autumn)
    skipped = read_period("since 02:30", at("2026-03-29T09:00"), BERLIN)
    assert skipped == Period(at("2026-03-29T01:30"), at("2026-03-29T09:00"))
    twice = read_period("since 02:30", at("2026-10-25T09:00"), BERLIN)
    assert twice == Period(at("2026-10-25T00:30"), at("2026-10-25T09:00"))


def test_a_query_in_its_parts() -> None:
    """Words, phrases, filters and one span are told apart, in any order."""
    query = read_query('2h storm source:"City Desk" "flood barrier" topic:weather', NOON, BERLIN)
    assert query.words == 'storm "flood barrier"'
    assert (query.topics, query.sources) == (("weather",), ("City Desk",))
    assert query.period == Period(NOON - timedelta(hours=2), NOON)
    assert read_query("topic: source:", NOON, BERLIN).is_empty


@pytest.mark.parametrize("text", ["5g network", '"today" show', "7 dwarfs", "at 14:00"])
def test_words_that_look_like_spans(text: str) -> None:
    """What may be a word is a word; quotes make one of anything."""
    query = read_query(text, NOON, BERLIN)
    assert query.period is None
    assert query.words == text


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("storm", ["Storms"]),
        ('"flood barrier"', ["flood — barrier"]),
        ("cafe", ["CAFÉ"]),
        ("京港", ["京港"]),
        ("東京港", ["東京港"]),
        ("gone", []),
    ],
)
def test_hits_are_found_again(words: str, expected: list[str]) -> None:
    """The letters of the text that a term stands for, accents and punctuation as they are."""
    text = "Storms at the flood — barrier, a CAFÉ in 東京港"
    assert [text[a:b] for a, b in hits_in(text, read_terms(words))] == expected


def test_an_excerpt_shows_the_hit() -> None:
    """Of a long text the sentence with the first hit; of one without a hit the beginning."""
    text = "The day is calm. " * 60 + "Now the storm is here. " + "Then it is over. " * 60
    shown, hits = excerpt(text, read_terms("storm"))
    assert [shown[a:b] for a, b in hits] == ["storm"]
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 200
    start, none = excerpt(text, read_terms("absent"))
    assert start.startswith("The day is calm.")
    assert none == []
    assert excerpt("", ()) == ("", [])


@settings(max_examples=150)
@given(st.text(max_size=400), st.text(max_size=400))
def test_any_query_and_any_text(words: str, text: str) -> None:
    """Whatever is written, reading it and finding it again raises nothing and stays inside."""
    query = read_query(words, NOON, BERLIN)
    shown, hits = excerpt(f"{text} {query.words} {text}", query.terms)
    assert len(shown) <= 200
    assert all(0 <= start < end <= len(shown) for start, end in hits)
    assert read_period(words, NOON, BERLIN) is None or words.strip()
