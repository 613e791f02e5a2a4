"""Values made fit for a reply."""

from __future__ import annotations

import html
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.texts import MAX_MESSAGE, ago, link, packed, plain, shown, units

NOW = datetime(2026, 3, 14, tzinfo=UTC)


@given(st.text(), st.integers(1, 200))
def test_a_value_is_one_short_line(value: str, limit: int) -> None:
    """Whatever comes in, one line of bounded length without control characters comes out."""
    line = plain(value, limit)
    assert len(line) <= limit
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in line)
    assert not set(line) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069")
    line.encode()  # half surrogates would not be sent


@given(st.text())
def test_a_value_is_never_markup(value: str) -> None:
    """What is shown holds no tag, and reads as the plain value."""
    assert "<" not in shown(value)
    assert html.unescape(shown(value)) == plain(value)


def test_what_scripts_and_emoji_need_stays() -> None:
    """Joiners of families and of Persian words, and the tags of regional flags, are kept."""
    for value in ("👩‍🚒", "می‌خواهم", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"):
        assert plain(value) == value


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://news.example/a?b=1&c=2", '<a href="https://news.example/a?b=1&amp;c=2">x</a>'),
        ('https://news.example/"><b>', '<a href="https://news.example/&quot;&gt;&lt;b&gt;">x</a>'),
        ("javascript:alert(1)", "x"),
        ("https://news.example/" + "y" * 5000, "x"),
    ],
)
def test_links_cannot_break_out(url: str, expected: str) -> None:
    """An address is escaped in its attribute; other schemes and endless ones are no links."""
    assert link(url, "x") == expected


@given(st.lists(st.text(alphabet="aé𝄞\n ", max_size=300), max_size=80))
def test_lines_are_packed_into_messages_that_fit(lines: list[str]) -> None:
    """No message is empty or too long, and no word is lost."""
    messages = packed(lines)
    assert all(message.strip() and units(message) <= MAX_MESSAGE for message in messages)
    assert "".join("".join(messages).split()) == "".join("".join(lines).split())


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s ago"),
        (0, "0 s ago"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (86_399, "23 h ago"),
        (86_400, "1 d ago"),
    ],
)
def test_how_long_ago(seconds: int, text: str) -> None:
    """The largest unit that is full is told; a clock that is ahead counts as now."""
    assert ago(NOW - timedelta(seconds=seconds), NOW, str) == text


def test_never() -> None:
    """What did not happen is never, not 1970."""
    assert ago(None, NOW, str) == "never"
