"""The catalogues hold every text of the code, with what must stay as it is."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest

from bot.locales import LANGUAGES, plural, translation
from tests.locales import catalogues
from tests.locales.catalogues import TRANSLATED, problems, texts, untold


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_missing_or_changed(language: str) -> None:
    """Each text is translated, none is left over; placeholders, markup and commands are kept."""
    assert list(problems(language)) == []


def test_wordings_are_found() -> None:
    """What is said of a source by itself, with and without a number, is among the texts."""
    found = {message.id for message in texts()}
    assert "{name} can be read again." in found
    assert ("a feed with {n} item", "a feed with {n} items") in found


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_wording_that_is_not_translated_is_named(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new report that a catalogue lacks fails the test above."""
    wanted = deepcopy(texts())
    wanted.add("{name} sings.")
    monkeypatch.setattr(catalogues, "texts", lambda: wanted)
    assert list(problems(language)) == ["not translated: '{name} sings.'"]


def test_every_reason_can_be_translated() -> None:
    """Wordings are written out where they are made, and reasons of sources are wordings."""
    assert list(untold()) == []


@pytest.mark.parametrize(
    "line",
    [
        "Wording(text)",
        "Wording.counted(one, many, 3)",
        'raise UnreadableError("It is empty.")',
        'raise FetchError(f"{host} is empty.")',
        'Recognition(0.5, f"{n} posts")',
        'await self._report(f"{name} sings.")',
    ],
)
def test_a_reason_that_cannot_be_translated_is_found(line: str, tmp_path: Path) -> None:
    """Texts that are put together elsewhere, or are no wordings, are named by their place."""
    (tmp_path / "sources").mkdir()
    body = f"async def made(self):\n    {line}\n"
    (tmp_path / "sources" / "odd.py").write_text(body, "utf-8")
    assert list(untold(tmp_path)) == ["sources/odd.py:2"]


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
