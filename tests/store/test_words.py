"""How the search reads text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.words import MAX_TERMS, MAX_WORDS, folded, folded_with_places, read_terms, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Łódź, Straße & CAFÉ", ["lodz", "strasse", "cafe"]),
        ("İstanbul ISPARTA ısı", ["istanbul", "isparta", "isi"]),
        ("l'eau monte", ["l", "eau", "monte"]),
        ("أُغلق الميناء — مدرسة", ["اغلق", "الميناء", "مدرسه"]),
        ("گزارش زنده‌ی", ["گزارش".replace("گ", "گ"), "زندهي"]),
        ("東京港", ["東京", "京港", "港"]),
        ("Ｔｏｋｙｏ２０２６", ["tokyo2026"]),
        ("한국어 뉴스", ["한국어", "뉴스"]),
        ("🌊 ⚡️ — …", []),
        ("a_b-c", ["a", "b", "c"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    """Case, accents, width, ligatures, joiners and punctuation do not count."""
    found = words_of(text)
    assert [folded(word) for word in found] == [folded(word) for word in words]


def test_a_part_of_a_run_without_spaces_is_a_phrase_of_pairs() -> None:
    """What is searched for in Chinese, Japanese or Thai needs no word boundaries."""
    (term,) = read_terms("京港")
    assert term.words == ("京港",)
    assert not term.prefix
    (single,) = read_terms("港")
    assert (single.words, single.prefix) == (("港",), True)
    assert read_terms("น้ำท่วม")[0].words == tuple(words_of("น้ำท่วม")[:-1])


def test_quotes_make_phrases() -> None:
    """Words in quotes of any kind stand together as they are; others may go on."""
    terms = read_terms("storm “Flood Barrier” „nur so“ don't")
    assert [(each.words, each.prefix) for each in terms] == [
        (("storm",), True),
        (("flood", "barrier"), False),
        (("nur", "so"), False),
        (("don", "t"), True),
    ]


@pytest.mark.parametrize(
    "text", ["", "   ", '"', '""', "🌊", "()*^:{}", "\x00", '" * "', "\ud800", "-" * 10_000]
)
def test_nothing_to_search_for(text: str) -> None:
    """Signs alone are no words."""
    assert read_terms(text) == ()


def test_a_query_has_an_end() -> None:
    """Of ten thousand characters the first words count, each once."""
    assert len(read_terms("word " * 2_000)) == 1
    assert len(read_terms(" ".join(f"w{number}" for number in range(2_000)))) == MAX_TERMS
    assert len(words_of("word " * 20_000)) == MAX_WORDS
    assert len(words_of("x" * 10_000)[0]) <= 40


@given(st.text())
def test_folding_keeps_places(text: str) -> None:
    """Each folded character knows the one it comes from, in order."""
    plain, places = folded_with_places(text)
    assert plain == folded(text)
    assert places == sorted(places)
    assert len(places) == len(plain)


@given(st.text())
def test_words_hold_nothing_a_query_could_trip_over(text: str) -> None:
    """No quotes, backslashes, spaces or control characters, whatever is read."""
    for word in words_of(text):
        assert word
        assert not set(word) & set("'\"\\\x00 *:&|!()<>")
