"""The catalogues hold every text of the code, with what must stay as it is."""

from __future__ import annotations

import pytest

from bot.locales import LANGUAGES, plural, translation
from tests.locales.catalogues import TRANSLATED, problems, texts


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_missing_or_changed(language: str) -> None:
    """Each text is translated, none is left over; placeholders, markup and commands are kept."""
    assert list(problems(language)) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_bot_says_which_language_it_speaks(language: str) -> None:
    """A catalogue that was copied from another one, or from English, is found out."""
    said = translation(language)("I speak English here now.")
    others = {translation(other)("I speak English here now.") for other in LANGUAGES}
    assert said != "I speak English here now."
    assert len(others) == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_forms_can_be_formatted(language: str) -> None:
    """Whatever the number, the form of the language takes the values of the English ones."""
    for message in texts():
        if isinstance(message.id, tuple | list):
            one, many = message.id
            for count in (0, 1, 2, 3, 5, 11, 21, 100, 101):
                form = plural(language, one, many, count)
                assert form.format_map(_Anything()), form


class _Anything(dict[str, object]):
    """Has a value for every name."""

    def __missing__(self, name: str) -> str:
        return f"<{name}>"
