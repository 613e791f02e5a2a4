"""The language of watches: what is understood, and what is said where nothing is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ExpressionError
from bot.watches.grammar import MAX_LENGTH, Grammar, Lookup, Names, one_line
from bot.watches.problems import Problem, place, pointed, sentence

GRAMMAR = Grammar()
PIECES = ("storm", "AND", "OR", "NOT", "and", "or", "not", "(", ")", '"', "topic:", "-", "*", " ")
NAMES = Names(
    topic=lambda name: (
        Lookup("weather") if name in ("weather", "wetter") else Lookup(None, ("weather",))
    ),
    source=lambda name: Lookup(name) if name in "harbour gazette" else Lookup(None),
)


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("Storm", "storm"),
        ("storm flood", "storm AND flood"),
        ("storm flood OR ferry", "(storm AND flood) OR ferry"),
        ("storm (flood OR ferry)", "storm AND (flood OR ferry)"),
        ("((storm)) storm", "storm"),
        ("storm -drill", "storm AND NOT drill"),
        ("storm NOT (drill OR test)", "storm AND NOT (drill OR test)"),
        ("NOT (NOT storm)", "storm"),
        ("storm NOT topic:sport", "storm AND NOT topic:sport"),
        ('"High  Water"', '"high water"'),
        ("« high water » OR „Sturm“ OR ”surge“", '"high water" OR "sturm" OR "surge"'),
        ("elect*", "elect*"),
        ("covid-19", '"covid 19"'),
        ("10:30", '"10 30"'),
        ("Breaking: storm", "breaking AND storm"),
        ("topic:Weather", "topic:weather"),
        ("TOPIC: weather", "topic:weather"),
        ('author:"Ann Lee" source:gazette', 'author:"ann lee" AND source:"gazette"'),
        ("topic:or", "topic:or"),
        ("storm\n\tflood", "storm AND flood"),
        ("東京 OR 地震", "東京 OR 地震"),
        ("עיר OR סערה", "עיר OR סערה"),
    ],
)
def test_what_is_written_is_understood(written: str, understood: str) -> None:
    """The canonical form writes every operator out, and is understood as the same."""
    found = GRAMMAR.parse(written)
    assert found.text == understood
    assert GRAMMAR.parse(understood) == found


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("storm or flood", "storm OR flood"),
        ("storm And flood", "storm AND flood"),
        ("storm and not flood", "storm AND NOT flood"),
        ("storm or (flood and ferry)", "storm OR (flood AND ferry)"),
        ("not guilty", '"not" AND guilty'),
        ("ready or", 'ready AND "or"'),
        ("and then", '"and" AND then'),
        ('rock "and" roll', 'rock AND "and" AND roll'),
    ],
)
def test_operators_in_lower_case_count_only_where_they_join(written: str, understood: str) -> None:
    """Between two conditions they are operators, anywhere else words."""
    assert GRAMMAR.parse(written).text == understood


def test_the_french_word_for_gold_is_no_operator() -> None:
    """In a French chat only OR in capital letters is one."""
    assert GRAMMAR.parse("prix or bourse", language="fr-CA").text == 'prix AND "or" AND bourse'
    assert GRAMMAR.parse("prix OR bourse", language="fr").text == "prix OR bourse"


@pytest.mark.parametrize(
    ("written", "problem", "column"),
    [
        ("", "EMPTY", 0),
        (" \n ", "EMPTY", 0),
        ("a" * (MAX_LENGTH + 1), "TOO_LONG", 0),
        ("storm AND OR flood", "TWO_OPERATORS", 11),
        ("storm NOT NOT flood", "TWO_OPERATORS", 11),
        ("OR storm", "NOTHING_BEFORE", 1),
        ("storm (AND flood)", "NOTHING_BEFORE", 8),
        ("storm OR", "NOTHING_BEHIND", 7),
        ("(storm OR) flood", "NOTHING_BEHIND", 8),
        ("storm NOT", "NOTHING_BEHIND", 7),
        ("storm (flood", "UNCLOSED", 7),
        ("storm) flood", "UNOPENED", 6),
        ("storm ()", "NOTHING_INSIDE", 7),
        ('storm "flood', "UNCLOSED_QUOTE", 7),
        ("titel:storm", "NO_FIELD", 1),
        ("storm topic:", "NO_VALUE", 7),
        ("topic:(storm)", "NO_VALUE", 1),
        ('author:"—"', "NO_VALUE", 1),
        ("storm ***", "NO_LETTERS", 7),
        ('storm ""', "NO_LETTERS", 7),
        ("storm e*", "TOO_OPEN", 7),
        ("covid-19*", "OPEN_PHRASE", 1),
        ("topic:wether", "NO_TOPIC", 7),
        ("source:Nowhere", "NO_SOURCE", 8),
        ("NOT storm", "ONLY_NOT", 0),
        ("storm OR NOT flood", "ONLY_NOT", 0),
        ("NOT (storm AND flood)", "ONLY_NOT", 0),
        ("storm\x00flood", "HIDDEN", 6),
        ("storm \u202eflood", "HIDDEN", 7),
        ("storm \u2066flood", "HIDDEN", 7),
        (" ".join(["a"] * 31), "TOO_MANY", 61),
        ("(" * 9 + "a" + ")" * 9, "TOO_DEEP", 9),
    ],
)
def test_a_refusal_names_the_place(written: str, problem: str, column: int) -> None:
    """The column is counted from 1; the sentence says what to do."""
    with pytest.raises(ExpressionError) as refused:
        GRAMMAR.parse(written, names=NAMES)
    assert (refused.value.problem, refused.value.column) == (problem, column)
    assert str(refused.value).endswith((".", "?"))
    assert "{" not in str(refused.value)


def test_unknown_names_get_what_may_have_been_meant() -> None:
    """A slip in a topic's name is answered with the topic."""
    with pytest.raises(ExpressionError, match=r"no topic “wether”\. Did you mean weather\?"):
        GRAMMAR.parse("storm topic:wether", names=NAMES)


@pytest.mark.parametrize(
    "hostile",
    [
        " OR ".join(["a"] * 1_000),
        "(" * 10_000,
        ")" * 10_000,
        "(" * 250 + ")" * 250,
        "NOT " * 124 + "a",
        "-" * 500,
        "(a OR " * 80,
        '"' * 499,
        "topic:" * 80,
        "\x00" * 400,
        "\u202e" * 100_000,
        "*" * 500,
        "﷽" * 500,
        "a" * 500,
        "𐍈" * 500,
    ],
)
def test_hostile_expressions_are_refused_quickly(hostile: str) -> None:
    """Whatever somebody sends, the answer takes less than a moment, and is one of ours."""
    started = time.process_time()
    error = _refusal(hostile)
    if error is not None:
        assert str(error)
        assert pointed(one_line(hostile), error) is None or error.column
    assert time.process_time() - started < 0.25


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "storm",
                "AND",
                "OR",
                "NOT",
                "and",
                "or",
                "not",
                "(",
                ")",
                '"',
                "topic:",
                "-",
                "*",
                " ",
            ]
        ),
        max_size=25,
    )
)
def test_any_text_is_understood_or_refused(pieces: list[str]) -> None:
    """No other error than ours, and what is understood reads back to the same."""
    text = "".join(pieces)
    error = _refusal(text)
    if error is not None:
        assert error.problem != "NOT_UNDERSTOOD"
        assert 0 <= error.column <= len(one_line(text)) + 1
    else:
        found = GRAMMAR.parse(text)
        assert GRAMMAR.parse(found.text) == found


def test_carets_stand_below_what_is_meant() -> None:
    """Also behind wide letters, and in a long line, of which a part is shown."""
    assert _shown("storm AND OR flood") == ("storm AND OR flood", "          ^^")
    assert _shown("東京 AND OR flood") == ("東京 AND OR flood", "         ^^")
    line, carets = _shown(f"{'storm ' * 20}AND OR flood")
    assert line.startswith("…")
    assert len(line) <= 62
    assert line[carets.index("^") : carets.index("^") + 2] == "OR"
    assert _shown("storm \u202eflood") == ("storm �flood", "      ^")


def test_in_scripts_that_run_leftwards_a_hand_points() -> None:
    """Carets below would stand anywhere."""
    with pytest.raises(ExpressionError) as refused:
        GRAMMAR.parse("עיר OR AND סערה")
    assert pointed("עיר OR AND סערה", refused.value) is None
    assert place("עיר OR AND סערה", refused.value) == "עיר OR 👉AND סערה"


def test_every_problem_has_a_sentence() -> None:
    """None of them is forgotten where the sentences stand."""
    for kind in Problem:
        error = ExpressionError("", problem=kind.name)
        assert sentence(error, lambda text: text)


def _refusal(written: str) -> ExpressionError | None:
    """The error of ours that reading it raises, if it does."""
    try:
        GRAMMAR.parse(written)
    except ExpressionError as error:
        return error
    return None


def _shown(written: str) -> tuple[str, str]:
    with pytest.raises(ExpressionError) as refused:
        GRAMMAR.parse(written)
    found = pointed(written, refused.value)
    assert found is not None
    return found
