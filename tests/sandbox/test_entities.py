"""What becomes of a text and its entities."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.answers import ApiError
from bot.sandbox.entities import formatted
from bot.sandbox.markup import utf16_length

E = dict[str, Any]


def entity(kind: str, offset: int, length: int, **more: Any) -> E:
    """An entity as a bot gives it."""
    return {"type": kind, "offset": offset, "length": length, **more}


def short(entities: list[E]) -> list[tuple[str, int, int]]:
    """Type and place only."""
    return [(e["type"], e["offset"], e["length"]) for e in entities]


@pytest.mark.parametrize(
    ("text", "entities", "shown", "kept"),
    [
        ("  hello \n", [], "hello", []),
        ("  hello", [entity("bold", 2, 5)], "hello", [("bold", 0, 5)]),
        ("  hello", [entity("bold", 1, 6)], " hello", [("bold", 0, 6)]),
        ("hello  ", [entity("bold", 0, 7)], "hello", [("bold", 0, 5)]),
        ("a\r\nb", [entity("bold", 3, 1)], "a\nb", [("bold", 2, 1)]),
        ("a\x00b\tc", [], "a b c", []),
        ("abcd", [entity("italic", 0, 4), entity("bold", 1, 2)], "abcd", None),
        ("abcd", [entity("bold", 0, 2), entity("bold", 2, 2)], "abcd", [("bold", 0, 4)]),
        ("abcd", [entity("bold", 0, 3), entity("bold", 1, 3)], "abcd", [("bold", 0, 4)]),
        ("abcd", [entity("code", 0, 4), entity("bold", 1, 2)], "abcd", [("code", 0, 4)]),
        ("abcd", [entity("bold", 1, 0)], "abcd", []),
        (
            "abcd",
            [entity("blockquote", 0, 4), entity("blockquote", 1, 2)],
            "abcd",
            [("blockquote", 0, 4)],
        ),
        ("abcd", [entity("bot_command", 0, 4)], "abcd", []),
        ("/go now", [], "/go now", [("bot_command", 0, 3)]),
        ("see https://example.org/a.", [], "see https://example.org/a.", [("url", 4, 21)]),
        ("👍 #storm @harbour_bot", [], None, [("hashtag", 3, 6), ("mention", 10, 12)]),
        (
            "example.org",
            [entity("text_link", 0, 11, url="https://a.example")],
            "example.org",
            [("text_link", 0, 11)],
        ),
    ],
)
def test_shown(text: str, entities: list[E], shown: str | None, kept: Any) -> None:
    """Texts are trimmed and cleaned, entities moved along, sorted, merged and completed."""
    got, found = formatted(text, "", entities, empty=False)
    assert got == (text if shown is None else shown)
    if kept is not None:
        assert short(found) == kept


@pytest.mark.parametrize(
    ("text", "entities", "refusal"),
    [
        (" \n ", [], "text must be non-empty"),
        (
            "abc",
            [entity("bold", 3, 1)],
            "entity begins after the end of the text at UTF-16 offset 3",
        ),
        (
            "abc",
            [entity("bold", 1, 9)],
            "beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 10",
        ),
        ("👍", [entity("bold", 1, 1)], "entity begins in a middle of a UTF-16 symbol"),
        ("👍", [entity("bold", 0, 1)], "ends in a middle of a UTF-16 symbol at byte offset 4"),
        ("abc", [entity("bold", -1, 1)], "receive an entity with incorrect offset -1"),
        ("abc", [entity("shout", 0, 1)], "can't parse MessageEntity: Unsupported type specified"),
        (
            "abc",
            [entity("text_link", 0, 3, url="nodots")],
            "entity URL 'nodots' is invalid: Wrong HTTP URL",
        ),
        ("abc", [entity("date_time", 0, 3)], "can't parse MessageEntity"),
        ("<b>x", None, "can't parse entities: Can't find end tag"),
        ("x" * 32_769, [], "text is too long"),
    ],
)
def test_refused(text: str, entities: list[E] | None, refusal: str) -> None:
    """What Telegram refuses is refused with its words."""
    mode = "HTML" if entities is None else ""
    with pytest.raises(ApiError, match=re.escape(refusal)) as caught:
        formatted(text, mode, entities, empty=False)
    assert caught.value.code == 400


def test_hundred_entities() -> None:
    """Beyond 100 entities the rest is dropped without a word, styles before links."""
    styles = [entity("bold", 2 * i, 1) for i in range(150)]
    links = [entity("text_link", 2 * i + 1, 1, url="https://a.example") for i in range(60)]
    _, kept = formatted("ab" * 200, "", [*styles, *links], empty=False)
    assert len(kept) == 100
    assert sum(e["type"] == "text_link" for e in kept) == 60


def test_entities_too_long() -> None:
    """Many long links are refused as a whole."""
    url = "https://a.example/" + "x" * 300
    links = [entity("text_link", i, 1, url=url) for i in range(40)]
    with pytest.raises(ApiError, match="ENTITIES_TOO_LONG"):
        formatted("a" * 40, "", links, empty=False)


KINDS = ("bold", "italic", "underline", "code", "pre", "blockquote", "spoiler")


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 11), st.integers(1, 12)), max_size=9)
)
def test_result_nests(given_entities: list[tuple[str, int, int]]) -> None:
    """Whatever overlaps, the kept entities nest, stay inside the text and never repeat a style."""
    text = "abcdefghijkl"
    entities = [entity(k, o, min(n, 12 - o)) for k, o, n in given_entities]
    shown, kept = formatted(text, "", entities, empty=False)
    assert shown == text
    for index, one in enumerate(kept):
        assert 0 <= one["offset"] < one["offset"] + one["length"] <= utf16_length(text)
        for other in kept[index + 1 :]:
            end, other_end = one["offset"] + one["length"], other["offset"] + other["length"]
            apart = end <= other["offset"] or other_end <= one["offset"]
            inside = one["offset"] <= other["offset"] and other_end <= end
            assert apart or inside
            assert apart or one["type"] != other["type"]
