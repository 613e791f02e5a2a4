"""Reads a topic as an admin writes it in the chat, and writes it back. Pure.

::

    storms storm flood "high water" +harbour -sport source:gazette emoji=🌊 name="Storms"

A word or phrase alone is one of those of which any fits; with ``+`` it must be there, with ``-`` it
must not; ``source:`` names a source the topic is about.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from bot.errors import ConfigError
from bot.intake.topics import asks, has_words
from bot.intake.topics_file import SLUG
from bot.model import Topic, TopicRule
from bot.wording import Wording

MAX_WORDS = 200
MAX_WORD = 100  # characters
MAX_NAME = 40
MAX_EMOJI = 16

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"'))
_TOKEN = re.compile(
    r"(?:(?P<sign>[+−–—-])|(?P<key>[A-Za-z][A-Za-z.-]{1,15})[:=])?"
    r"(?:\"(?P<quoted>[^\"]*)\"|(?P<bare>[^\s\"]+))"
)
_LISTS = {
    "any": "any", "all": "all", "not": "none", "none": "none",
    "source": "sources", "sources": "sources",
}  # fmt: skip
_NAME = re.compile(r"name(?:\.([a-z]{2,3}(?:-[a-z]{2,4})?))?")


@dataclass(frozen=True, slots=True)
class Written:
    """What an admin wrote.

    Attributes:
        slug: lower case.
        emoji: "" where none was given.
        names: language -> name, as far as given.
    """

    slug: str
    rule: TopicRule
    emoji: str = ""
    names: dict[str, str] = field(default_factory=dict)


def read_slug(text: str) -> str:
    """The slug of a topic.

    Raises:
        ConfigError: it cannot be one.
    """
    slug = text.lower()
    if not SLUG.fullmatch(slug):
        raise ConfigError(
            Wording(
                "{text} cannot be a topic's short name: it takes 1 to 32 of a-z, 0-9 and dash, for "
                "it goes into links",
                text=repr(text[:40]),
            )
        )
    return slug


def read_topic(text: str) -> Written:
    """Read what stands behind ``/addtopic``.

    Raises:
        ConfigError: one sentence that names the word that is wrong.
    """
    head, _, rest = text.strip().partition(" ")
    slug = read_slug(head)
    rest = rest.translate(_QUOTES)
    if rest.count('"') % 2:
        raise ConfigError(
            Wording("a quotation mark is open: {text}", text=rest[rest.rindex('"') :][:40])
        )
    lists: dict[str, list[str]] = {"any": [], "all": [], "none": [], "sources": []}
    names: dict[str, str] = {}
    emoji = ""
    for token in _TOKEN.finditer(rest):
        key, value = _meant(token)
        if named := _NAME.fullmatch(key):
            names[named[1] or "en"] = _name(value)
        elif key == "emoji" or (key == "any" and not emoji and _is_emoji(value)):
            emoji = _emoji(value)
        else:
            lists[key].append(_word(value))
    if sum(map(len, lists.values())) > MAX_WORDS:
        raise ConfigError(
            Wording("these are too many words; a topic takes {n} at most", n=MAX_WORDS)
        )
    found = {name: tuple(dict.fromkeys(words)) for name, words in lists.items()}
    for word in found["none"]:
        if word in found["any"] or word in found["all"]:
            raise ConfigError(Wording("“{word}” is asked for and excluded at once", word=word))
    return Written(slug, TopicRule(**found), emoji, names)


def check_rule(rule: TopicRule) -> TopicRule:
    """The rule, if it asks for anything.

    Raises:
        ConfigError: it does not, so nothing would ever match.
    """
    if not asks(rule):
        raise ConfigError(
            Wording("a topic needs at least one word, or a source; else nothing matches")
        )
    return rule


def as_written(topic: Topic) -> str:
    """A topic as an admin could have written it behind ``/edittopic``."""
    rule = topic.rule
    parts = [topic.slug, *map(_quoted, rule.any)]
    parts += [f"+{_quoted(word)}" for word in rule.all]
    parts += [f"-{_quoted(word)}" for word in rule.none]
    parts += [f"source:{_quoted(word)}" for word in rule.sources]
    if topic.emoji:
        parts.append(f"emoji={topic.emoji}")
    for language, name in topic.names.items():
        key = "name" if language == "en" else f"name.{language}"
        parts.append(f'{key}="{name}"')
    return " ".join(parts)


def _meant(token: re.Match[str]) -> tuple[str, str]:
    """Which list or setting a token belongs to, and its value."""
    value = token["quoted"] if token["quoted"] is not None else token["bare"].strip(",;")
    if token["sign"]:
        return ("all" if token["sign"] == "+" else "none"), value
    if token["key"] is None:
        return "any", value
    key = token["key"].lower()
    if key in _LISTS:
        return _LISTS[key], value
    if key == "emoji" or _NAME.fullmatch(key):
        return key, value
    raise ConfigError(
        Wording(
            "“{text}”: there is no “{key}”; there are source, emoji, name and name.de (any "
            "language). Put words with a colon in quotation marks",
            text=token[0][:40],
            key=key,
        )
    )


def _word(value: str) -> str:
    word = " ".join(value.split())
    if not has_words(word):
        raise ConfigError(Wording("“{word}” has no letters to look for", word=word))
    if len(word) > MAX_WORD:
        raise ConfigError(
            Wording(
                "“{word}…” is too long; a word takes {n} characters at most",
                word=word[:30],
                n=MAX_WORD,
            )
        )
    return word


def _name(value: str) -> str:
    name = " ".join(value.split())
    if not name or len(name) > MAX_NAME:
        raise ConfigError(
            Wording("the name “{name}” must have 1 to {n} characters", name=name[:30], n=MAX_NAME)
        )
    return name


def _emoji(value: str) -> str:
    if not value or len(value) > MAX_EMOJI or any(letter.isalnum() for letter in value):
        raise ConfigError(Wording("“{text}” is no emoji", text=value[:20]))
    return value


def _is_emoji(value: str) -> bool:
    is_symbol = any(unicodedata.category(letter) == "So" for letter in value)
    return is_symbol and len(value) <= MAX_EMOJI and not any(map(str.isalnum, value))


def _quoted(word: str) -> str:
    is_plain = re.fullmatch(r"[^\s\"+:=−–—-][^\s\":=]*[^\s\",;:=]|\w", word)
    return word if is_plain and not _is_emoji(word) else f'"{word}"'
