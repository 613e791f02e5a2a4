"""Reads ``config/topics.toml``."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from bot.errors import ConfigError
from bot.intake.topics import asks, has_words
from bot.model import Topic, TopicRule

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_KEYS = {"slug", "emoji", "name", "any", "all", "not", "sources"}


def read_topics(path: Path) -> list[Topic]:
    """The topics of a file, in its order, with `id` 0 and origin "file".

    Raises:
        ConfigError: the file cannot be read, or a topic in it is wrong; one line that names it.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: there is no such file; it should list the topics") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: is not valid TOML: nested too deeply") from error
    unknown = sorted(set(document) - {"topic"})
    if unknown:
        raise ConfigError(f"{path}: unknown key {unknown[0]!r}; topics are [[topic]] tables")
    tables = document.get("topic", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"{path}: topics are [[topic]] tables, with two brackets")
    topics = [_topic(path, number, table) for number, table in enumerate(tables, 1)]
    slugs = [topic.slug for topic in topics]
    for slug in slugs:
        if slugs.count(slug) > 1:
            raise ConfigError(f"{path}: the topic {slug!r} stands twice; slugs are unique")
    return topics


def _topic(path: Path, number: int, table: dict[str, Any]) -> Topic:
    slug = table.get("slug")
    where = f"{path}: topic {slug or number!r}"
    unknown = sorted(set(table) - _KEYS)
    if unknown:
        raise ConfigError(f"{where}: unknown key {unknown[0]!r}; known: {', '.join(sorted(_KEYS))}")
    if not isinstance(slug, str) or not SLUG.fullmatch(slug):
        raise ConfigError(
            f"{where}: slug must be 1 to 32 of a-z, 0-9 and dash (it goes into deep links)"
        )
    emoji = table.get("emoji", "")
    if not isinstance(emoji, str) or len(emoji) > 16:
        raise ConfigError(f"{where}: emoji must be one emoji in quotes")
    rule = TopicRule(
        any=_words(where, "any", table),
        all=_words(where, "all", table),
        none=_words(where, "not", table),
        sources=_words(where, "sources", table),
    )
    if not asks(rule):
        raise ConfigError(f"{where}: needs words in any or all, or sources; else nothing matches")
    return Topic(0, slug, _names(where, slug, table.get("name", {})), emoji, rule)


def _words(where: str, key: str, table: dict[str, Any]) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(w, str) and w.strip() for w in value):
        raise ConfigError(f'{where}: {key} must be a list of words, such as ["storm", "flood"]')
    empty = [word for word in value if not has_words(word)]
    if empty:
        raise ConfigError(f"{where}: {key}: {empty[0]!r} has no letters to look for")
    return tuple(value)


def _names(where: str, slug: str, value: Any) -> dict[str, str]:
    if isinstance(value, str):
        value = {"en": value}
    if not isinstance(value, dict) or not all(
        isinstance(name, str) and name.strip() for name in value.values()
    ):
        raise ConfigError(f'{where}: name must be text, or names by language: {{en = "Weather"}}')
    return {language.lower(): name for language, name in value.items()} or {
        "en": slug.replace("-", " ").capitalize()
    }
