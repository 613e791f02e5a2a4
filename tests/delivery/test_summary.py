"""Summing up many entries by their own sentences."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.delivery.summary import MAX_SENTENCE, Piece, sentences_of, summarise

BARRIER = "The flood barrier at the harbour is closed until the morning tide."
PIECES = [
    Piece("", "Good morning and welcome to our coverage of the day. Coffee is on the table."),
    Piece("Barrier", BARRIER + " It rained a little at the office."),
    Piece("", "The flood barrier at the harbour is now closed until the morning tide, we hear."),
    Piece("", "Ferry crossings to the islands are cancelled because the barrier is closed."),
    Piece("", "A reader sends us a picture of a very wet dog called Captain."),
    Piece("", "Ferry passengers wait in the terminal by the harbour for the next crossings."),
]


def test_what_many_entries_speak_of_is_chosen() -> None:
    """Sentences of what is said again and again, and none of asides."""
    found = summarise(PIECES, 2)
    assert len(found) == 2
    assert all("barrier" in each.text or "Ferry" in each.text for each in found)


def test_the_same_is_not_said_twice() -> None:
    """Of two sentences that say the same one is taken."""
    found = [each.text for each in summarise(PIECES, 4)]
    assert sum("flood barrier at the harbour" in text for text in found) == 1


def test_a_key_event_weighs_more() -> None:
    """The sentence of a key event is taken before its equals."""
    texts = [f"The {name} bridge over the river is closed for lorries" for name in "ABCDEF"]
    pieces = [Piece("", text, key_event=n == 2) for n, text in enumerate(texts)]
    assert [each.piece for each in summarise(pieces, 1)] == [2]


def test_the_order_is_that_of_the_pieces() -> None:
    """Whatever was taken first, the sentences come in the order of the entries."""
    numbers = [each.piece for each in summarise(PIECES, 5)]
    assert numbers == sorted(numbers)


def test_the_same_every_time() -> None:
    """Nothing is left to chance."""
    assert summarise(PIECES, 3) == summarise(list(PIECES), 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One is here. Two is there! Three?", ["One is here.", "Two is there!", "Three?"]),
        ("Dr. Smith of St. Mary speaks. He left.", ["Dr. Smith of St. Mary speaks.", "He left."]),
        ("水位は三メートル。港は閉鎖された。", ["水位は三メートル。", "港は閉鎖された。"]),
        ("أُغلق الميناء. هل يفتح غدا؟ لا", ["أُغلق الميناء.", "هل يفتح غدا؟", "لا"]),
        ("It rose by 3.2 metres. \n\n Next", ["It rose by 3.2 metres.", "Next"]),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    """They end at the signs of their script, not at abbreviations and numbers."""
    assert sentences_of(text) == expected


def test_other_scripts() -> None:
    """Chinese and Arabic entries are summed up, too."""
    pieces = [Piece("", "港口的洪水闸门已经关闭，渡轮全部停航。")] * 2
    pieces += [Piece("", "أُغلق حاجز الفيضان في الميناء حتى الصباح.")]
    assert summarise(pieces, 3)


@settings(max_examples=60)
@given(
    st.lists(st.builds(Piece, st.text(max_size=80), st.text(max_size=300), st.booleans())),
    st.integers(0, 5),
)
def test_any_text(pieces: list[Piece], most: int) -> None:
    """Never more than asked for, never a sentence that is not there or too long."""
    found = summarise(pieces, most)
    assert len(found) <= most
    for each in found:
        piece = pieces[each.piece]
        assert len(each.text) <= MAX_SENTENCE
        assert each.text in " ".join(f"{piece.title} {piece.text}".split())
