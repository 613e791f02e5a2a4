"""A topic as an admin writes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError
from bot.intake.topic_words import as_written, read_topic
from bot.model import Topic, TopicRule


def test_everything_there_is() -> None:
    """Words, phrases, what must and must not be there, sources, an emoji, names."""
    written = read_topic(
        'Storms storm, “high water” +harbour —sport -"cup final" source:gazette '
        'emoji=🌊 name="Storms and floods" name.de=Sturm elect*'
    )
    assert written.slug == "storms"
    assert written.rule == TopicRule(
        any=("storm", "high water", "elect*"),
        all=("harbour",),
        none=("sport", "cup final"),
        sources=("gazette",),
    )
    assert written.emoji == "🌊"
    assert written.names == {"en": "Storms and floods", "de": "Sturm"}


def test_an_emoji_alone_is_the_emoji() -> None:
    """Nobody searches for one."""
    assert read_topic("storms 🌪️ storm").emoji == "🌪️"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Überflutung x", "'Überflutung' cannot be a topic's short name"),
        ("storms * storm", "“*” has no letters"),
        ('storms "high water', 'quotation mark is open: "high water'),
        ("storms colour:red", "“colour:red”: there is no “colour”"),
        ("storms storm -storm", "“storm” is asked for and excluded"),
        ("storms " + "y" * 101, "too long"),
        ("storms emoji=abc storm", "“abc” is no emoji"),
        ("storms " + " ".join(f"w{n}" for n in range(201)), "too many words"),
    ],
)
def test_the_word_that_is_wrong_is_named(text: str, expected: str) -> None:
    """One sentence that says which and why."""
    with pytest.raises(ConfigError) as caught:
        read_topic(text)
    assert expected in str(caught.value)


WORDS = st.lists(st.from_regex(r"[a-zü+\-][a-z0-9 :=,]{0,12}[a-z]", fullmatch=True), max_size=4)


@given(WORDS, WORDS)
def test_what_is_written_is_read_back(some: list[str], others: list[str]) -> None:
    """The line an admin is given to copy means the topic as it is."""
    clean = tuple(dict.fromkeys(" ".join(word.split()) for word in some))
    rest = tuple(dict.fromkeys(" ".join(word.split()) for word in others if word not in some))
    rest = tuple(word for word in rest if word not in clean)
    rule = TopicRule(any=clean, none=rest)
    topic = Topic(1, "storms", {"en": "Storms", "de": "Sturm"}, "🌊", rule)
    written = read_topic(as_written(topic))
    assert written.rule == rule
    assert (written.slug, written.emoji, written.names) == ("storms", "🌊", topic.names)
