"""bot.wording: English here, another language there."""

from __future__ import annotations

import pytest

from bot.errors import BadUrlError, HttpStatusError
from bot.wording import Wording, either, from_text, in_language, listed, to_text

AGAIN = Wording("{name} can be read again.", name="Gazette")
FEED = Wording.counted("a feed with {n} item", "a feed with {n} items", 1_200)
NESTED = Wording("This page holds no live blog: {reason}.", reason=FEED)


def test_it_is_an_english_string() -> None:
    """Logs and the command line see the sentence and nothing else."""
    assert AGAIN == "Gazette can be read again."
    assert type(str(BadUrlError(AGAIN))) is str
    assert str(BadUrlError(AGAIN)) == "Gazette can be read again."
    assert f"{NESTED}" == "This page holds no live blog: a feed with 1,200 items."


def test_it_is_said_in_a_language() -> None:
    """With its plural, its numbers, and the wordings inside it."""
    assert AGAIN.say("de") == "Gazette ist wieder lesbar."
    assert NESTED.say("de") == "Auf dieser Seite ist kein Liveblog: ein Feed mit 1.200 Elementen."
    assert Wording.counted("a feed with {n} item", "a feed with {n} items", 1).say("de-AT") == (
        "ein Feed mit 1 Element"
    )
    assert AGAIN.say("tlh") == AGAIN.say("en") == "Gazette can be read again."


def test_fractions_are_written_as_the_language_does() -> None:
    """A limit of half a mebibyte, a rate with a decimal."""
    text = Wording("The page is larger than {size} MiB", size=0.0625)
    assert text == "The page is larger than 0.0625 MiB"
    full = Wording("Telegram takes {full} messages a second again.", full=27.5)
    assert "27,5" in full.say("fr")
    assert full == "Telegram takes 27.5 messages a second again."


def test_values_do_not_reorder_the_line() -> None:
    """A name of the other direction is isolated, one of the line's own is not."""
    arabic, latin = Wording("{name} can be read again.", name="الجزيرة"), AGAIN
    assert "\u2068الجزيرة\u2069" in arabic.say("de")
    assert "\u2068" not in arabic.say("ar")
    assert "\u2068Gazette\u2069" in latin.say("fa")
    assert "\u2068" not in latin.say("de")


def test_values_from_outside_are_cleaned_and_never_read_as_templates() -> None:
    """A name with braces stays a name; what cleans is asked for each value, not for our words."""
    odd = Wording("{name} can be read again.", name="{0.__class__}\u202e")
    assert odd.say("de", lambda value: value.rstrip("\u202e")) == "{0.__class__} ist wieder lesbar."
    assert in_language("plain\u202e", "de", lambda value: value[:5]) == "plain"


def test_lists_are_wordings_too() -> None:
    """Commas and "or" are the language's own."""
    assert listed(AGAIN, "b", "c") == "Gazette can be read again., b, c"
    assert listed("a", "b").say("ar") == "\u2068a\u2069، \u2068b\u2069"
    assert either("a") == "a"
    assert either("a", "b").say("de") == "a oder b"


def test_what_is_stored_is_a_wording_again() -> None:
    """The database keeps what it is made of."""
    for wording in (AGAIN, FEED, NESTED):
        again = from_text(to_text(wording))
        assert again == wording
        assert in_language(again, "de") == wording.say("de") != wording


@pytest.mark.parametrize(
    "stored",
    ["", "an error of old", '{"wording": ', '{"wording": 3}', '{"wording": ["{x}", "", {}]}'],
)
def test_other_texts_are_read_as_they_stand(stored: str) -> None:
    """What an earlier version wrote is plain text; what is damaged is shown, not raised."""
    assert from_text(stored) == stored
    assert to_text("an error of old") == "an error of old"


def test_an_error_gives_its_reason_as_it_was_given() -> None:
    """The wording, whatever else the error carries; a plain text stays plain."""
    error = HttpStatusError(AGAIN, status=404)
    assert in_language(error.reason, "de") == "Gazette ist wieder lesbar."
    assert in_language(BadUrlError("plain").reason, "de") == "plain"
    assert BadUrlError().reason == ""
