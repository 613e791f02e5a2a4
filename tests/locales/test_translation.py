"""bot.locales: texts by language."""

from __future__ import annotations

from pathlib import Path

import pytest

import bot.locales
from bot.locales import language_of, plural, translation
from bot.locales.numbers import number_of

POLISH = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14)"
" ? 1 : 2);\\n"

msgid "Open"
msgstr "Otwórz"

msgid "{count} gust"
msgid_plural "{count} gusts"
msgstr[0] "{count} poryw"
msgstr[1] "{count} porywy"
msgstr[2] "{count} porywów"
"""


@pytest.mark.parametrize("language", ["en", "tlh", "", "../../etc", "de\x00", "x" * 500])
def test_unknown_languages_are_english(language: str) -> None:
    """A language without a catalogue, or no language at all, shows the English words."""
    assert language_of(language) == "en"
    assert translation(language)("Not a text of ours") == "Not a text of ours"


def test_catalogues_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue serves its language and its regions, in any spelling of the tag."""
    (tmp_path / "pl.po").write_text(POLISH, "utf-8")
    monkeypatch.setattr(bot.locales, "DIRECTORY", tmp_path)
    bot.locales._catalogue.cache_clear()  # as after a start
    try:
        for tag in ("pl", "pl-pl", "pl_PL", "PL"):
            assert translation(tag)("Open") == "Otwórz"
        assert translation("pl")("Unknown") == "Unknown"
        assert translation("de")("Open") == "Open"
        said = [plural("pl", "{count} gust", "{count} gusts", count) for count in (1, 3, 5, 22)]
        assert said == ["{count} poryw", "{count} porywy", "{count} porywów", "{count} porywy"]
    finally:
        bot.locales._catalogue.cache_clear()  # and for the tests that follow


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "1,234,567.9"),
        ("de-AT", "1.234.567,9"),
        ("fr", "1\u202f234\u202f567,9"),
        ("pl", "1\u00a0234\u00a0567,9"),
        ("tlh", "1,234,567.9"),
    ],
)
def test_numbers_are_written_as_the_language_does(language: str, expected: str) -> None:
    """Thousands and the point follow the language; one nobody speaks here has the English ones."""
    assert number_of(1_234_567.89, language, 1) == expected
    assert number_of(999.4, language) == "999"
