"""What is said in English here and in a reader's language there. Pure.

A reason is made where something goes wrong, and nobody knows there who will read it. So it stays
what it is made of: a text with placeholders, and their values. To logs, the command line and the
operator's pages it is an English string like any other.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

from bot.locales import language_of, plural, translation
from bot.locales.numbers import number_of

Value = str | int | float

_RIGHT_TO_LEFT = ("ar", "fa")
_STORED = '{"wording": '


class Wording(str):
    """An English text that can be said in other languages.

    Args:
        template: the text with placeholders, written out where the wording is made, so that it is
            found for the catalogues.
        values: for the placeholders: texts, wordings (which are said in the language, too), and
            numbers (which are written as the language does; one that only names something, such
            as a port, is to be given as a text).
    """

    template: str
    many: str
    values: Mapping[str, Value]

    def __new__(cls, template: str, /, **values: Value) -> Wording:
        """The text of one number, or of none."""
        return cls._made(template, "", values)

    @classmethod
    def counted(cls, one: str, many: str, n: int, /, **values: Value) -> Wording:
        """The text for `n` things, which is also the value of its placeholder ``{n}``."""
        return cls._made(one, many, {"n": n, **values})

    @classmethod
    def _made(cls, template: str, many: str, values: Mapping[str, Value]) -> Wording:
        text = many if many and values["n"] != 1 else template
        wording = super().__new__(cls, text.format_map({k: _english(v) for k, v in values.items()}))
        wording.template, wording.many, wording.values = template, many, values
        return wording

    def say(self, language: str, clean: Callable[[str], str] = str) -> str:
        """The same in a language; English where that lacks it.

        Args:
            language: any tag, as for `bot.locales.language_of`.
            clean: makes a value that comes from outside harmless.
        """
        if self.many:
            text = plural(language, self.template, self.many, int(self.values["n"]))
        else:
            text = translation(language)(self.template)
        return text.format_map(
            {name: _said(value, language, clean) for name, value in self.values.items()}
        )


def in_language(text: str, language: str, clean: Callable[[str], str] = str) -> str:
    """A wording in a language, another text only `clean`; the arguments are those of `say`."""
    return text.say(language, clean) if isinstance(text, Wording) else clean(text)


def listed(first: str, *others: str) -> Wording:
    """Wordings with commas between them."""
    return reduce(
        lambda one, more: Wording("{one}, {more}", one=one, more=more), others, _one(first)
    )


def either(first: str, *others: str) -> Wording:
    """Wordings with "or" between them."""
    return reduce(
        lambda one, or_: Wording("{one} or {other}", one=one, other=or_), others, _one(first)
    )


def guessing(text: str, names: Sequence[str]) -> str:
    """A sentence, and which names may have been meant, if there are any."""
    if not names:
        return text
    meant = Wording("Did you mean {names}?", names=either(*names))
    return Wording("{sentence} {more}", sentence=text, more=meant)


def to_text(text: str) -> str:
    """A text to be stored; of a wording, what it is made of."""
    return f"{_STORED}{json.dumps(_parts(text))}}}" if isinstance(text, Wording) else text


def from_text(stored: str) -> str:
    """What `to_text` was given; a plain text stays as it is."""
    if not stored.startswith(_STORED):
        return stored
    try:
        return _whole(json.loads(stored)["wording"])
    except (ValueError, KeyError, TypeError, IndexError):
        return stored


def _one(text: str) -> Wording:
    return text if isinstance(text, Wording) else Wording._made("{one}", "", {"one": text})  # noqa: SLF001  # nothing to translate


def _english(value: Value) -> str:
    return value if isinstance(value, str) else number_of(value, "en", None)


def _said(value: Value, language: str, clean: Callable[[str], str]) -> str:
    if isinstance(value, Wording):
        return value.say(language, clean)
    if isinstance(value, str):
        return _isolated(clean(value), language)
    return number_of(value, language, None)


def _isolated(value: str, language: str) -> str:
    """A value kept from reordering the line it stands in (UAX #9)."""
    strong = {unicodedata.bidirectional(character) for character in value}
    foreign = {"L"} if language_of(language) in _RIGHT_TO_LEFT else {"R", "AL"}
    return f"\u2068{value}\u2069" if strong & foreign else value


def _parts(value: Value) -> Any:
    if isinstance(value, Wording):
        return [value.template, value.many, {k: _parts(v) for k, v in value.values.items()}]
    return value


def _whole(parts: Any) -> str:
    template, many, values = parts
    return Wording._made(  # noqa: SLF001  # the templates of stored wordings stand elsewhere
        template, many, {k: _whole(v) if isinstance(v, list) else v for k, v in values.items()}
    )
