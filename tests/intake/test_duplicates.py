"""bot.intake.duplicates: the same flash from two live blogs, and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.duplicates import gist, tells_the_same

FLASH = (
    "The harbour of Norwick is closed after 14 ships lost their anchors, the port authority says."
)


@pytest.mark.parametrize(
    "other",
    [
        FLASH,
        FLASH.upper().capitalize(),
        "Port authority says: the harbour of Norwick closed after 14 ships lost their anchors.",
        "After 14 ships have lost anchors, the harbour of Norwick is closed, port authority says",
        "Harbour of Norwick closed after 14 ships lost their anchor, port authority says at noon.",
    ],
)
def test_the_same_news(other: str) -> None:
    """Word for word, in another order, inflected, with a few words more."""
    assert tells_the_same(gist("", FLASH), gist("", other))
    assert tells_the_same(gist("", other), gist("", FLASH))


@pytest.mark.parametrize(
    "other",
    [
        FLASH.replace("14", "15"),
        FLASH.replace("14 ships", "Two ships"),
        FLASH.replace("Norwick", "Eastport"),
        FLASH.replace("is closed", "is not closed"),
        FLASH.replace("closed", "opened"),
        FLASH.replace("lost", "found"),
        FLASH + " The mayor of Eastport calls for help from the capital and the army.",
        "The harbour is closed.",
        "",
    ],
)
def test_other_news(other: str) -> None:
    """Another number, name, verb, a negation, more that is new: each is told by itself."""
    assert not tells_the_same(gist("", FLASH), gist("", other))
    assert not tells_the_same(gist("", other), gist("", FLASH))


@pytest.mark.parametrize("text", ["Goal!", "It is over.", "More to come soon from here."])
def test_a_few_words_repeat_by_themselves(text: str) -> None:
    """What says too little is never taken for the same."""
    assert not tells_the_same(gist("", text), gist("", text))


def test_other_scripts() -> None:
    """Words of any script count, with the numbers in them."""
    russian = "Порт Норвика закрыт после того, как 14 судов потеряли якоря, сообщает администрация"
    arabic = "إغلاق ميناء نورويك بعد أن فقدت 14 سفينة مراسيها حسب سلطة الميناء"
    assert tells_the_same(gist("", russian), gist("", russian + " порта"))
    assert not tells_the_same(gist("", russian), gist("", russian.replace("закрыт", "открыт")))
    assert tells_the_same(gist("", arabic), gist("", arabic))
    assert not tells_the_same(gist("", arabic), gist("", arabic.replace("14", "41")))


@given(st.text(max_size=300), st.text(max_size=300))
def test_whichever_comes_first(one: str, other: str) -> None:
    """The answer does not depend on the order, and no text breaks it."""
    a, b = gist("", one), gist("", other)
    assert tells_the_same(a, b) == tells_the_same(b, a)
