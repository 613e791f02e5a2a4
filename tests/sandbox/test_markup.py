"""Telegram's HTML, with Telegram's errors."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.markup import MarkupError, parse_html, utf16_length


def short(entities: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Entities as tuples, easy to compare."""
    extra = ("url", "language", "custom_emoji_id", "unix_time", "date_time_format", "user_id")
    return [
        (e["type"], e["offset"], e["length"], *(e[key] for key in extra if key in e))
        for e in entities
    ]


@pytest.mark.parametrize(
    ("html", "text", "entities"),
    [
        ("plain", "plain", []),
        ("<b>x</b>", "x", [("bold", 0, 1)]),
        ("<strong>x</strong><em>y</em>", "xy", [("bold", 0, 1), ("italic", 1, 1)]),
        ("<ins>x</ins><del>y</del>", "xy", [("underline", 0, 1), ("strikethrough", 1, 1)]),
        ("<B>x</b >", "x", [("bold", 0, 1)]),
        ("a<b>x</>", "ax", [("bold", 1, 1)]),
        ("🏟 <i>🏟</i>", "🏟 🏟", [("italic", 3, 2)]),
        ("<b></b>x", "x", []),
        ("&lt;&gt;&amp;&quot;", '<>&"', []),
        ("&lt&#65;&#x42;", "<AB", []),
        ("&nbsp;&hellip;&apos;", "&nbsp;&hellip;&apos;", []),
        ("&#0;&#12345678;", "&#0;&#12345678;", []),
        ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
        ("<tg-spoiler>x</tg-spoiler>", "x", [("spoiler", 0, 1)]),
        ("<blockquote>q</blockquote>", "q", [("blockquote", 0, 1)]),
        ("<blockquote expandable>q</blockquote>", "q", [("expandable_blockquote", 0, 1)]),
        ("<pre>p</pre><code>c</code>", "pc", [("pre", 0, 1), ("code", 1, 1)]),
        ('<pre><code class="language-sql">p</code></pre>', "p", [("pre", 0, 1, "sql")]),
        ('<code class="language-sql">c</code>', "c", [("code", 0, 1)]),
        ('<a href="example.org">x</a>', "x", [("text_link", 0, 1, "http://example.org/")]),
        (
            "<a href='https://example.org/?a=1&amp;b=2'>x</a>",
            "x",
            [("text_link", 0, 1, "https://example.org/?a=1&b=2")],
        ),
        ("<a>example.org</a>", "example.org", [("text_link", 0, 11, "http://example.org/")]),
        ('<a href="nodots">x</a>', "x", []),
        ('<a href="javascript:alert(1)">x</a>', "x", []),
        ('<a href="ftp://example.org">x</a>', "x", []),
        ('<a href="tg://user?id=77">x</a>', "x", [("text_mention", 0, 1, 77)]),
        (
            '<tg-time unix="1700000000" format="wDT">then</tg-time>',
            "then",
            [("date_time", 0, 4, 1700000000, "wDT")],
        ),
        ('<tg-time unix="5">then</tg-time>', "then", [("date_time", 0, 4, 5, "")]),
        ('<tg-emoji emoji-id="12">👍</tg-emoji>', "👍", [("custom_emoji", 0, 2, "12")]),
        ("<b one=two three='4' five>x</b>", "x", [("bold", 0, 1)]),
    ],
)
def test_accepted(html: str, text: str, entities: list[tuple[Any, ...]]) -> None:
    """The tags, references and links of the documentation become the documented entities."""
    plain, found = parse_html(html)
    assert plain == text
    assert short(found) == entities


@pytest.mark.parametrize(
    ("html", "error"),
    [
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<br>", 'Unsupported start tag "br" at byte offset 0'),
        ("🏟 🏟&lt;<abac>", 'Unsupported start tag "abac" at byte offset 13'),
        ("🏟 🏟&lt;<abacaba", "Unclosed start tag at byte offset 13"),
        ("<i   =aba>", 'Empty attribute name in the tag "i" at byte offset 0'),
        ("<i  aba  =  ", 'Unclosed start tag "i" at byte offset 0'),
        ("🏟 🏟&lt;<i    aba  =  190azAz-.,", "Unexpected end of name token at byte offset 27"),
        ('<i aba="&lt;>', "Unclosed start tag at byte offset 0"),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b></b></", "Unexpected end tag at byte offset 7"),
        ("<i>a</i   ", "Unclosed end tag at byte offset 4"),
        ("<i>a</em >", 'Unmatched end tag at byte offset 4, expected "</i>", found "</em>"'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<tg-emoji emoji-id="x">👍</tg-emoji>', "Invalid custom emoji identifier specified"),
        ('<tg-time unix="noon">x</tg-time>', "Invalid Unix time specified"),
        ('<tg-time unix="1" format="rt">x</tg-time>', "Invalid date-time format specified"),
        ("&#xDFDF;", "Text contains invalid Unicode characters"),
    ],
)
def test_refused(html: str, error: str) -> None:
    """Broken markup is refused with Telegram's words and byte offsets."""
    with pytest.raises(MarkupError, match=re.escape(error)):
        parse_html(html)


@given(st.text())
def test_any_text_ends(text: str) -> None:
    """Whatever comes, the parser ends, with a text or with a refusal; entities lie inside."""
    try:
        plain, entities = parse_html(text)
    except MarkupError:
        return
    assert all(e["offset"] + e["length"] <= utf16_length(plain) for e in entities)


@given(st.text(alphabet="<>/&;=\"'ab# x", max_size=60))
def test_tag_soup_ends(text: str) -> None:
    """Tag soup never hangs or crashes the parser."""
    try:
        parse_html(text)
    except MarkupError:
        return


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=80))
def test_escaping_is_enough(text: str) -> None:
    """A text whose <, > and & are escaped comes out as it was."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert parse_html(escaped) == (text, [])
