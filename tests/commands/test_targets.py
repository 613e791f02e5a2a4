"""Names to topics, sources and everything."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.targets import Directory, Named, everything, fold, named_topic
from bot.model import Follow, Topic, TopicRule


def topic(number: int, slug: str, **names: str) -> Named:
    """A topic with names by language."""
    return named_topic(Topic(number, slug, names, "•", TopicRule()), "en")


DIRECTORY = Directory(
    [
        topic(1, "weather", en="Weather", de="Wetter", fr="Météo"),
        topic(2, "storm-warnings", en="Storm warnings"),
        topic(3, "storm-surge", en="Storm surge"),
        topic(4, "football", en="Football", de="Fußball"),
        topic(5, "japan", en="Japan", ja="日本"),
        topic(6, "storm-surge-live", en="Storm surge live"),
        Named((Follow.SOURCE, 7), "Harbour Gazette", ("Harbour Gazette", "source_7")),
        everything("Everything", "alles"),
    ]
)


def slugs(found: tuple[Named, ...]) -> list[str]:
    """The first name of each."""
    return [each.names[0] for each in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("weather", ["weather"]),
        ("WEATHER", ["weather"]),
        ("  Weather!  ", ["weather"]),
        ("#weather", ["weather"]),
        ("wetter", ["weather"]),
        ("METEO", ["weather"]),
        ("météo", ["weather"]),
        ("fussball", ["football"]),
        ("Fußb", ["football"]),
        ("日", ["japan"]),
        ("wea", ["weather"]),
        ("storm surge", ["storm-surge"]),  # exact, though a longer name begins so
        ("storm-warnings", ["storm-warnings"]),
        ("weather football", ["weather", "football"]),
        ("weather, football", ["weather", "football"]),
        ("weather,,  ; football,", ["weather", "football"]),
        ("weather، football", ["weather", "football"]),
        ("weather\nfootball", ["weather", "football"]),
        ("storm warnings weather storm surge", ["storm-warnings", "weather", "storm-surge"]),
        ("weather weather wetter", ["weather"]),
        ("harbour gazette", ["Harbour Gazette"]),
        ("source_7", ["Harbour Gazette"]),
        ("all", ["all"]),
        ("alles", ["all"]),
        ("everything", ["all"]),
    ],
)
def test_names_are_found(text: str, found: list[str]) -> None:
    """Any language, any case, without accents, by the beginning, one or several."""
    resolved = DIRECTORY.resolve(text)
    assert slugs(resolved.found) == found
    assert not resolved.unknown
    assert not resolved.ambiguous


def test_a_beginning_that_fits_several_is_asked_back() -> None:
    """Nothing is guessed where a beginning fits several names."""
    resolved = DIRECTORY.resolve("storm, weather")
    assert slugs(resolved.found) == ["weather"]
    [question] = resolved.ambiguous
    assert question.text == "storm"
    assert set(slugs(question.candidates)) == {"storm-warnings", "storm-surge", "storm-surge-live"}


@pytest.mark.parametrize(
    ("text", "unknown", "suggested"),
    [
        ("wether", "wether", "weather"),
        ("fotball", "fotball", "football"),
        ("storm warnigs", "storm warnigs", "storm-warnings"),
        ("warnings storm", "warnings storm", "storm-warnings"),
    ],
)
def test_a_slip_gets_the_right_suggestion(text: str, unknown: str, suggested: str) -> None:
    """Words with a typo or in another order suggest what was meant, first."""
    resolved = DIRECTORY.resolve(text)
    questions = [*resolved.unknown, *resolved.ambiguous]
    assert any(suggested in slugs(question.candidates) for question in questions), resolved


def test_what_is_like_nothing_gets_no_suggestion() -> None:
    """A word that resembles no name suggests none."""
    [question] = DIRECTORY.resolve("xylophone").unknown
    assert question.text == "xylophone"
    assert question.candidates == ()


def test_a_single_letter_is_not_a_beginning() -> None:
    """One letter would hit by accident."""
    assert not DIRECTORY.resolve("w").found


def test_signs_only_name_nothing() -> None:
    """Text without letters or digits is unknown, not everything."""
    resolved = DIRECTORY.resolve("!!! ???")
    assert not resolved.found
    assert resolved.unknown


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    """No text makes it fail, and nothing is found twice."""
    resolved = DIRECTORY.resolve(text)
    targets = [each.target for each in resolved.found]
    assert len(targets) == len(set(targets))


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    """What is compared is stable: a folded name matches itself."""
    assert fold(fold(text)) == fold(text)


def test_a_message_full_of_words_is_read_quickly() -> None:
    """4,096 characters of one-letter words among 300 topics do not hold up the bot."""
    directory = Directory(topic(number, f"topic-number-{number}") for number in range(1, 301))
    started = time.perf_counter()
    directory.resolve("a " * 2048)
    directory.resolve("ab," * 1365)
    assert time.perf_counter() - started < 3
