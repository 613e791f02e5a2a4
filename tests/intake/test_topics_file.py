"""The topics file: read in its order, or refused in one line that names the topic and the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.intake.topics import TopicMatcher
from bot.intake.topics_file import read_topics
from bot.model import Topic, TopicRule

SHIPPED = Path(__file__).parents[2] / "config" / "topics.toml"


def write(folder: Path, text: str) -> Path:
    """A topics file."""
    path = folder / "topics.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything(tmp_path: Path) -> None:
    """Every key, in the file's order; a missing name is made of the slug."""
    path = write(
        tmp_path,
        """
        [[topic]]
        slug = "high-water"
        emoji = "🌊"
        any = ["flood*", "Hochwasser"]
        all = ["harbour"]
        not = ["tea cup"]
        sources = ["news.example"]
        name = {en = "High water", DE = "Hochwasser"}

        [[topic]]
        slug = "all-of-it"
        sources = ["gazette"]

        [[topic]]
        slug = "sport"
        any = ["goal"]
        name = "Sports"
        """,
    )
    assert read_topics(path) == [
        Topic(
            0,
            "high-water",
            {"en": "High water", "de": "Hochwasser"},
            "🌊",
            TopicRule(("flood*", "Hochwasser"), ("harbour",), ("tea cup",), ("news.example",)),
        ),
        Topic(0, "all-of-it", {"en": "All of it"}, "", TopicRule(sources=("gazette",))),
        Topic(0, "sport", {"en": "Sports"}, "", TopicRule(any=("goal",))),
    ]


@pytest.mark.parametrize("text", ["", "# nothing yet", "\ufeff# a mark"])
def test_no_topics(tmp_path: Path, text: str) -> None:
    """A file without topics is fine."""
    assert read_topics(write(tmp_path, text)) == []


GOOD = 'any = ["x"]\n'

BAD = [
    ("[[topic]]\nslug = ", "is not valid TOML"),
    ("x = " + "[" * 5_000, "is not valid TOML"),
    ("topics = 3", "unknown key 'topics'"),
    ("[topic]\nslug = 'a'", "two brackets"),
    ("topic = ['a']", "two brackets"),
    ("[[topic]]\n" + GOOD, "topic 1: slug must be"),
    ("[[topic]]\nslug = 'a'\nany = ['x']\n[[topic]]\nslug = 5\n" + GOOD, "topic 5: slug must be"),
    ("[[topic]]\nslug = 'Big Storm'\n" + GOOD, "topic 'Big Storm': slug must be"),
    ("[[topic]]\nslug = '-a'\n" + GOOD, "topic '-a': slug must be"),
    ("[[topic]]\nslug = 'größe'\n" + GOOD, "topic 'größe': slug must be"),
    ('[[topic]]\nslug = "a\\nb"\n' + GOOD, "slug must be"),
    (f"[[topic]]\nslug = '{'a' * 33}'\n" + GOOD, "slug must be 1 to 32"),
    ("[[topic]]\nslug = 'a'\nword = ['x']\n" + GOOD, "topic 'a': unknown key 'word'"),
    ("[[topic]]\nslug = 'a'\nany = 'x'", "topic 'a': any must be a list"),
    ("[[topic]]\nslug = 'a'\nall = ['x', 3]", "topic 'a': all must be a list"),
    ("[[topic]]\nslug = 'a'\nany = ['x']\nnot = ['']", "topic 'a': not must be a list"),
    ("[[topic]]\nslug = 'a'\nsources = [' ']", "topic 'a': sources must be a list"),
    ("[[topic]]\nslug = 'a'\nany = ['*']", "topic 'a': any: '*' has no letters"),
    ("[[topic]]\nslug = 'a'\nany = []", "topic 'a': needs words"),
    ("[[topic]]\nslug = 'a'\nnot = ['x']", "topic 'a': needs words"),
    ("[[topic]]\nslug = 'a'\nemoji = 5\n" + GOOD, "topic 'a': emoji must be"),
    (f"[[topic]]\nslug = 'a'\nemoji = '{'x' * 17}'\n" + GOOD, "topic 'a': emoji must be"),
    ("[[topic]]\nslug = 'a'\nname = 3\n" + GOOD, "topic 'a': name must be"),
    ("[[topic]]\nslug = 'a'\nname = ''\n" + GOOD, "topic 'a': name must be"),
    ("[[topic]]\nslug = 'a'\nname = {en = 3}\n" + GOOD, "topic 'a': name must be"),
    ("[[topic]]\nslug = 'a'\nany = ['x']\n[[topic]]\nslug = 'a'\nany = ['y']", "'a' stands twice"),
]


@pytest.mark.parametrize(("text", "words"), BAD)
def test_refused(tmp_path: Path, text: str, words: str) -> None:
    """What is wrong is named in one line, with the file."""
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_topics(path)
    line = str(caught.value)
    assert line.startswith(f"{path}: ")
    assert words in line
    assert "\n" not in line


def test_no_file(tmp_path: Path) -> None:
    """A missing file, a folder and one that is not text are named."""
    with pytest.raises(ConfigError, match=r"none\.toml: there is no such file"):
        read_topics(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_topics(tmp_path)
    (tmp_path / "latin.toml").write_bytes("# für".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"latin\.toml: cannot be read"):
        read_topics(tmp_path / "latin.toml")


def test_the_shipped_file() -> None:
    """The topics that come along are valid, have names and emoji, and find what they are about."""
    shipped = read_topics(SHIPPED)
    assert shipped
    assert all(topic.emoji and topic.names.get("en") for topic in shipped)
    assert len({topic.emoji for topic in shipped}) == len(shipped)
    for topic in shipped:
        words = [*topic.rule.any[:1], *topic.rule.all]
        text = " ".join(word.rstrip("*") for word in words)
        assert TopicMatcher([topic]).match(text) == [0], topic.slug
