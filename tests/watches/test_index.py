"""Matching all watches at once gives what looking at each of them gives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.watches import index as index_module
from bot.watches import words
from bot.watches.form import from_form, to_form
from bot.watches.grammar import Grammar
from bot.watches.index import Watched, WatchIndex
from bot.watches.tree import (
    Author,
    Node,
    Phrase,
    Source,
    Topic,
    Word,
    all_of,
    any_of,
    canonical,
    guards,
    negated,
)
from tests.watches.naive import holds

GRAMMAR = Grammar()
VOCABULARY = (
    "storm", "storms", "Stürme", "sturm", "flood", "Flooding", "ferry", "ferries", "harbour",
    "élections", "election", "elect", "выборы", "выборов", "東京", "東京都", "地震", "a", "the",
    "covid-19", "12", "don't", "naïve", "هاربر", "harbour.", "“storm”", "—", "sea—flood", "ß",
)  # fmt: skip
LANGUAGES = ("", "en", "de-AT", "fr", "ru", "ja", "uk", "xx")
TOPICS = ("weather", "sea")
SOURCES = ("Harbour Gazette", "https://gazette.example/live", "Météo Nord")
AUTHORS = ("Ann Lee", "Bo Hale and Ann Lee", "Hale")
prose = st.lists(st.sampled_from(VOCABULARY), max_size=8).map(" ".join)
entries = st.builds(
    Watched,
    title=prose,
    text=st.one_of(prose, st.text(max_size=20)),
    language=st.sampled_from(LANGUAGES),
    topics=st.lists(st.sampled_from(TOPICS), max_size=2),
    sources=st.lists(st.sampled_from(SOURCES), max_size=2).map(tuple),
    author=st.sampled_from(("", *AUTHORS)),
)
_tokens = sorted({token for word in VOCABULARY for token in words.tokens(word)})
leaves = st.one_of(
    st.builds(Word, st.sampled_from(_tokens)),
    st.builds(Word, st.sampled_from([t for t in _tokens if len(t) > 1]), st.just(value=True)),
    st.builds(Phrase, st.lists(st.sampled_from(_tokens), min_size=1, max_size=3).map(" ".join)),
    st.builds(Topic, st.sampled_from(TOPICS)),
    st.builds(Source, st.sampled_from(("gazette", "météo", "meteo", "example", "x"))),
    st.builds(Author, st.sampled_from(("lee", "ann lee", "bo", "hale and"))),
)
nodes: st.SearchStrategy[Node] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(negated),
        st.lists(inner, min_size=2, max_size=3).map(all_of),
        st.lists(inner, min_size=2, max_size=3).map(any_of),
    ),
    max_leaves=8,
)
guarded = nodes.filter(lambda node: guards(node, lambda _: 1) is not None)


@settings(max_examples=60, deadline=None)
@given(st.lists(guarded, max_size=12), st.lists(guarded, max_size=4), st.lists(entries, max_size=4))
def test_the_index_finds_what_looking_at_every_watch_finds(
    first: list[Node], later: list[Node], seen: list[Watched]
) -> None:
    """Also for watches that were added after others were matched."""
    index = WatchIndex()
    known: list[Node] = []
    for more in (first, later):
        for node in more:
            index.add(len(known), node)
            known.append(node)
        for watched in seen:
            expected = {number for number, node in enumerate(known) if holds(node, watched)}
            assert index.match(watched) == expected
    assert len(index) == len(known)


@settings(max_examples=60, deadline=None)
@given(nodes)
def test_without_guards_an_expression_holds_where_nothing_is_found(node: Node) -> None:
    """What is refused for being only negative is, and nothing else."""
    nothing = Watched("", "")
    if guards(node, lambda _: 1) is not None:
        assert not holds(node, nothing)


@settings(max_examples=60, deadline=None)
@given(guarded)
def test_the_canonical_form_and_the_stored_form_read_back_to_the_same_tree(node: Node) -> None:
    """What is shown to people and what is stored mean what was understood."""
    assert from_form(to_form(node)) == node
    text = canonical(node)
    assert canonical(GRAMMAR.parse(text).node) == text


@pytest.mark.parametrize(
    ("expression", "language", "text"),
    [
        ("storm", "en", "Two STORMS are near."),
        ("elections", "en", "The election is over"),
        ("Sturm", "de", "Die Stürme kommen"),
        ("sturme", "de", "Ein Sturm!"),
        ("élection", "fr", "Les ELECTIONS municipales"),
        ("выборы", "ru", "После выборов"),
        ("выборы", "", "После выборов"),
        ("powódź", "pl", "Powodzi nie będzie"),
        ("seçim", "tr", "Seçimler bitti"),
        ("паром", "uk", "Паром стоїть"),
        ("地震", "ja", "東京で地震がありました"),
        ("東京", "", "東京で地震がありました"),
        ("elect*", "en", "the electorate"),
        ('"high water"', "en", "The “HIGH—water” mark"),
        ("l'hôtel", "fr", "devant l’hôtel"),
        ("covid-19", "en", "Covid‑19 is back"),
        ("harbour", "en", "the harbour’s wall"),
        ("می‌خواهم", "fa", "میخواهم"),
    ],
)
def test_words_are_found_in_all_their_forms(expression: str, language: str, text: str) -> None:
    """Case, accents, inflection and typography do not matter."""
    assert _matches(expression, Watched("", text, language))
    assert _matches(expression, Watched(text, "", language))


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("war", "a warm day"),
        ('"storm"', "two storms"),
        ('"high water"', "water is high"),
        ('"high water"', "high and water"),
        ("elect*", "a selected few"),
        ("storm NOT drill", "a storm drill"),
        ("storm flood", "only a storm"),
    ],
)
def test_what_is_not_meant_is_not_found(expression: str, text: str) -> None:
    """Parts of words, other forms in quotes, other orders."""
    assert not _matches(expression, Watched("", text, "en"))


def test_a_phrase_does_not_reach_out_of_the_title() -> None:
    """The last word of the title and the first of the text are no phrase."""
    assert not _matches('"storm surge"', Watched("The storm", "surge of visitors"))
    assert _matches("storm surge", Watched("The storm", "surge of visitors"))


def test_endless_words_are_not_remembered() -> None:
    """A page without spaces is matched, and takes no memory afterwards."""
    index = WatchIndex()
    index.add(1, GRAMMAR.parse("storm").node)
    index.add(2, GRAMMAR.parse('"storm"').node)
    for number in range(50):
        text = f"storm-{'x' * 500}{number}"
        assert index.match(Watched("", text)) == {1, 2}
    assert len(index._languages["en"]._shown) == 1  # the end of a title


def test_popular_words_guard_few_watches() -> None:
    """A thousand watches that share one word are not all looked at when it occurs."""
    index = WatchIndex()
    for number in range(1_000):
        index.add(number, GRAMMAR.parse(f"storm AND town{number}").node)
    assert max(file.guarded for file in index._filed) <= 2
    assert index.match(Watched("", "A storm in town7 and town999")) == {7, 999}


def test_a_new_phrase_is_found_in_words_seen_before() -> None:
    """Words that no phrase held, and that were left out, are looked at from then on."""
    index = WatchIndex()
    index.add(1, GRAMMAR.parse('"sea wall"').node)
    seen = Watched("Storm-surge", "the Electorate of — 東京都 is by the sea, wall or no wall", "en")
    assert index.match(seen) == {1}
    for number, expression in enumerate(('"storm surge"', "elect*", '"electorate of"', "東京"), 2):
        index.add(number, GRAMMAR.parse(expression).node)
        assert index.match(seen) == set(range(1, number + 1))
    index.add(9, GRAMMAR.parse('"surge the"').node)
    assert index.match(seen) == {1, 2, 3, 4, 5}


def test_watches_under_one_term_do_not_change_each_other() -> None:
    """One that contradicts itself, one that bars a word, one with brackets, all under "storm"."""
    index = WatchIndex()
    for number, expression in enumerate(
        ("storm", "storm NOT storm", "storm NOT drill", "storm (flood OR NOT ferry)"), 1
    ):
        index.add(number, GRAMMAR.parse(expression).node)
    assert index.match(Watched("", "A storm", "en")) == {1, 3, 4}
    assert index.match(Watched("", "A storm drill", "en")) == {1, 4}
    assert index.match(Watched("", "A storm, a ferry", "en")) == {1, 3}
    assert index.match(Watched("", "A storm, a ferry, a flood, a drill", "en")) == {1, 4}


def _matches(expression: str, watched: Watched) -> bool:
    node = GRAMMAR.parse(expression).node
    index = WatchIndex()
    index.add(7, node)
    found = index.match(watched) == {7}
    assert found is holds(node, watched)
    return found


def test_words_are_forgotten_when_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that never repeats a word takes no more memory than any other; nothing is missed."""
    monkeypatch.setattr(index_module, "MOST_KEPT", 50)
    index = WatchIndex()
    index.add(1, GRAMMAR.parse("storms").node)
    index.add(2, GRAMMAR.parse('"two storms"').node)
    for number in range(40):
        words_of_it = " ".join(f"w{number}x{at}" for at in range(20))
        assert index.match(Watched("", f"{words_of_it} two storms")) == {1, 2}
        index.add(100 + number, GRAMMAR.parse(f"w{number}x7").node)
        assert index.match(Watched("", f"{words_of_it} storm")) == {1, 100 + number}
    assert len(index._languages["en"]._shown) <= 75
