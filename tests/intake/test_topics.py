"""Words: whole ones, in any script, with case and accents folded."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.intake import topics as topics_module
from bot.intake.topics import TopicMatcher, asks, fold, has_words
from bot.model import Topic, TopicRule


def fits(rule: TopicRule, *texts: str, source: str = "") -> bool:
    """Whether a rule fits an entry."""
    return bool(TopicMatcher([Topic(7, "t", {}, "", rule)]).match(*texts, source=source))


def finds(word: str, text: str) -> bool:
    """Whether a word is found in a text."""
    return fits(TopicRule(any=(word,)), text)


FOUND = [
    ("war", "The War is over"),
    ("war", "war"),
    ("war", "post-war years"),
    ("war", "“war”, they said"),
    ("war", "war."),
    ("Zürich", "ZURICH airport closed"),
    ("zurich", "Zürich"),
    ("Łódź", "trains to Lodz"),
    ("straße", "Die STRASSE ist zu"),
    ("smørrebrød", "SMORREBROD"),
    ("Curaçao", "curacao"),
    ("prime minister", "the Prime  Minister\nspoke"),
    ("prime minister", "the prime\u00a0minister"),
    ("elect*", "elections and electors"),
    ("elect *", "elections"),
    ("prime minister*", "the prime minister's office"),
    ("children's", "the children’s hospital"),
    ("children’s", "the children's hospital"),
    ("Harbour", "the harbour's gates"),
    ("eau", "l'eau monte"),
    ("eau", "l’eau monte"),
    ("covid-19", "Covid‑19 cases"),
    ("COVID–19", "covid-19"),
    ("parlament", "Das Parla\u00adment tagt"),
    ("Москва", "в МОСКВА-сити"),
    ("ёлка", "Елка"),
    ("війна", "ВІЙНА"),
    ("ΑΘΗΝΑ", "στην Αθήνα σήμερα"),
    ("Οδυσσεύς", "ΟΔΥΣΣΕΥΣ"),
    ("إسرائيل", "اسرائيل اليوم"),
    ("غزة", "في غَزَّة اليوم"),
    ("کابل", "كابل"),
    ("שלום", "שָׁלוֹם"),
    ("İstanbul", "istanbul'da"),
    ("istanbul", "İSTANBUL"),
    ("ISPARTA", "ısparta"),
    ("ırak", "IRAK"),
    ("東京", "きょう東京で会議"),
    ("ガザ", "ガザ地区"),
    ("ｶﾞｻﾞ", "ガザ地区"),
    ("NATO", "NATO首脳会議"),
    ("iPhone", "新型iPhone発売"),
    ("กรุงเทพ", "ที่กรุงเทพวันนี้"),
    ("台灣", "在台灣的"),
    ("서울", "오늘 서울 날씨"),
    ("서울*", "서울에서"),
    ("हिन्दी", "आज हिन्दी दिवस"),
    ("தமிழ்", "இன்று தமிழ் நாள்"),
    ("🔥", "Great 🔥🔥 tonight"),
    ("❤", "with ❤️ from"),
    ("❤️", "with ❤ from"),
    ("👩‍🚒", "the 👩‍🚒 came"),
    ("C++", "written in C++, mostly"),
    (".com", "harbour.com"),
    ("$5", "costs $5 now"),
    ("a.b", "a.b"),
    ("(live)", "the (live) blog"),
    ("ﬁre", "FIRE"),
    ("№ 5", "No 5"),
    ("x_y", "x_y"),
]

NOT_FOUND = [
    ("war", "warm"),
    ("war", "Warsaw"),
    ("war", "software"),
    ("war", "war_room"),
    ("elect", "election"),
    ("elect*", "re elected".replace(" ", "")),
    ("prime minister", "prime and minister"),
    ("Москва", "московский"),
    ("война", "войнами"),
    ("غزة", "غزةو"),
    ("서울", "서울에서"),
    ("हिन्द", "हिन्दी"),
    ("हिन्दी", "हिन्दीभाषा"),
    ("カサ", "ガザ地区"),
    ("C+", "C"),
    ("a.b", "axb"),
    ("[a-z]", "q"),
    (".*", "anything"),
    ("(", "no brackets"),
    ("50%", "150 percent"),
]


@pytest.mark.parametrize(("word", "text"), FOUND)
def test_found(word: str, text: str) -> None:
    """Case, accents, quotes, dashes and invisible signs make no difference."""
    assert finds(word, text)


@pytest.mark.parametrize(("word", "text"), NOT_FOUND)
def test_not_found(word: str, text: str) -> None:
    """Parts of words are other words, and no sign means anything but itself."""
    assert not finds(word, text)


RULES = [
    (TopicRule(any=("storm", "flood")), "a flood", True),
    (TopicRule(any=("storm", "flood")), "a fire", False),
    (TopicRule(all=("storm", "harbour")), "harbour before the storm", True),
    (TopicRule(all=("storm", "harbour")), "the storm", False),
    (TopicRule(any=("storm",), none=("tea cup",)), "a storm in a tea cup", False),
    (TopicRule(any=("storm",), none=("tea cup",)), "a storm, a cup of tea", True),
    (TopicRule(any=("gale", "storm"), all=("harbour",)), "storm at the harbour", True),
    (TopicRule(any=("gale", "storm"), all=("harbour",)), "storm at sea", False),
    (TopicRule(none=("storm",)), "sunshine", False),
    (TopicRule(), "anything", False),
    (TopicRule(any=("*",)), "anything", False),
    (TopicRule(all=("\u0301",)), "anything", False),
    (TopicRule(all=("storm", "*")), "storm", False),
    (TopicRule(any=("storm", "*")), "storm", True),
    (TopicRule(any=("storm",), none=("*",)), "storm", True),
]


@pytest.mark.parametrize(("rule", "text", "expected"), RULES)
def test_rules(rule: TopicRule, text: str, expected: bool) -> None:
    """Any of, all of, none of; a rule that asks for nothing that can be found fits nothing."""
    assert fits(rule, text) is expected


@pytest.mark.parametrize(
    ("sources", "source", "expected"),
    [
        (("gazette",), "Harbour Gazette https://news.example/live", True),
        (("news.example",), "Harbour Gazette https://news.example/live", True),
        (("courier", "gazette"), "Harbour Gazette", True),
        (("courier",), "Harbour Gazette", False),
        (("\u0301",), "Harbour Gazette", False),
        ((), "anything", True),
    ],
)
def test_sources(sources: tuple[str, ...], source: str, expected: bool) -> None:
    """A rule may hold for some sources only, by a part of their name or address."""
    assert fits(TopicRule(any=("storm",), sources=sources), "storm", source=source) is expected


def test_a_source_alone() -> None:
    """A rule of sources alone takes everything of theirs."""
    assert fits(TopicRule(sources=("gazette",)), "anything", source="Harbour Gazette")
    assert not fits(TopicRule(sources=("gazette",)), "anything", source="Courier")


def test_title_and_text() -> None:
    """Both are looked at; a phrase does not reach from one into the other."""
    assert fits(TopicRule(all=("storm", "harbour")), "Storm", "The harbour is closed")
    assert not fits(TopicRule(any=("storm warning",)), "Storm", "Warning lights are on")


def test_several_topics() -> None:
    """An entry belongs to every topic that fits, in the order given."""
    topics = [
        Topic(n, str(n), {}, "", TopicRule(any=(word,)))
        for n, word in enumerate(("storm", "sport", "harbour"))
    ]
    assert TopicMatcher(topics).match("the harbour in the storm") == [0, 2]
    assert TopicMatcher([]).match("anything") == []


@given(st.text())
@example("℡ Ⅷ ㎏ ﷺ ẞ ŉ ǰ ΐ İ ς ᾳ ᾼ ͅ ﬃ ½")
@example("각 a\u0301\u0323 \u1e9b\u0323 ด้ำ \U0001d400")
def test_fold_is_idempotent(text: str) -> None:
    """Folding what is folded changes nothing, so that rules and texts always meet."""
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_case_and_forms_do_not_matter(text: str) -> None:
    """Capitals fold to what their small letters fold to (where Python can tell)."""
    assert fold(text.upper().lower()) == fold(text.upper())
    assert fold(f"  {text}\n") == fold(text)


@given(st.text(min_size=1), st.text())
def test_every_phrase_is_found_alone(phrase: str, around: str) -> None:
    """Whatever an admin writes: it does not fail, and finds itself between other words."""
    rule = TopicRule(any=(phrase,))
    assert asks(rule)
    assert fits(rule, phrase) or not has_words(phrase) or "*" in phrase
    fits(rule, around)


def test_hostile_rules_are_quick() -> None:
    """Patterns that would explode in a regular expression are plain text, and take no time."""
    rule = TopicRule(any=("(a+)+$", "a" * 500, *(f"{n}a*" for n in range(500))))
    started = time.perf_counter()
    assert not fits(rule, "a" * 20_000 + "!")
    assert time.perf_counter() - started < 2


@given(st.text())
def test_folding_asks_unicode_of_every_letter(text: str) -> None:
    """What is remembered of letters is what Unicode says of them, also the second time."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = unicodedata.normalize("NFKD", plain).casefold().translate(topics_module._PLAIN)
    kept = "".join(letter for letter in plain if not topics_module._is_dropped(letter))
    expected = " ".join(unicodedata.normalize("NFKC", kept).split())
    assert [fold(text), fold(text)] == [expected, expected]


def test_rare_signs_take_no_memory() -> None:
    """A page that shows every emoji is folded, and nothing of it is remembered."""
    before = len(topics_module._FOLDS)
    assert fold("".join(map(chr, range(0x1F300, 0x1F700))))
    assert len(topics_module._FOLDS) == before
