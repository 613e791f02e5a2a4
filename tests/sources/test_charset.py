"""bot.sources.charset: bytes become the text a browser would show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.charset import decode

UMLAUT = "Zürich: die Fähre läuft ein"
CYRILLIC = "Паром прибыл в порт"
KANA = "フェリーが入港した"


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (UMLAUT.encode(), "", UMLAUT),
        (UMLAUT.encode(), "text/html; charset=utf-8", UMLAUT),
        (UMLAUT.encode("cp1252"), "", UMLAUT),
        (UMLAUT.encode("latin-1"), "text/html; charset=ISO-8859-1", UMLAUT),
        ("“quoted”".encode("cp1252"), "text/html; charset=iso-8859-1", "“quoted”"),
        (UMLAUT.encode("utf-8-sig"), "text/html; charset=windows-1251", UMLAUT),
        (UMLAUT.encode("utf-16"), "text/html", UMLAUT),
        (b"\xfe\xff" + UMLAUT.encode("utf-16-be"), "", UMLAUT),
        (UMLAUT.encode("utf-16-le"), "text/html; charset=utf-16", UMLAUT),
        (b"\xff\xfe\0\0" + UMLAUT.encode("utf-32-le"), "", UMLAUT),
        (CYRILLIC.encode("cp1251"), 'text/html; charset="windows-1251"', CYRILLIC),
        (CYRILLIC.encode("koi8-r"), "text/html;charset=KOI8-R", CYRILLIC),
        (KANA.encode("cp932"), "text/html; charset=Shift_JIS", KANA),
        (KANA.encode("euc_jp"), "text/html; charset=euc-jp", KANA),
        (KANA.encode("iso2022_jp"), "text/html; charset=iso-2022-jp", KANA),
        ("渡轮".encode("gb18030"), "text/html; charset=gb2312", "渡轮"),
    ],
)
def test_header_and_marks(body: bytes, content_type: str, expected: str) -> None:
    """Byte order marks, the header's charset, and the habits of the web are followed."""
    assert decode(body, content_type) == expected


@pytest.mark.parametrize(
    "head",
    [
        '<meta charset="windows-1251">',
        "<meta charset=windows-1251 />",
        '<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=Windows-1251">',
        '<?xml version="1.0" encoding="windows-1251"?>',
        '<!-- <meta charset="utf-8"> --><meta charset="windows-1251">',
    ],
)
def test_declared_in_the_page(head: str) -> None:
    """The page's own declaration counts where the header says nothing."""
    assert decode((head + CYRILLIC).encode("cp1251"), "text/html").endswith(CYRILLIC)


@pytest.mark.parametrize(
    "label",
    [
        "nonsense",
        "hex",
        "rot13",
        "base64",
        "utf-7",
        "idna",
        "unicode_escape",
        "undefined",
        "\0",
        "ü",
    ],
)
def test_unknown_charsets(label: str) -> None:
    """A label no browser knows is passed over, also where Python has a codec of that name."""
    page = f'<meta charset="{label}">+ADw- {UMLAUT}'
    assert decode(page.encode(), f"text/html; charset={label}").endswith(f"+ADw- {UMLAUT}")


def test_utf8_declared_as_latin1() -> None:
    """Valid UTF-8 is read as UTF-8 even where a one-byte charset was declared."""
    assert decode(UMLAUT.encode(), "text/html; charset=iso-8859-1") == UMLAUT


def test_latin1_declared_as_utf8() -> None:
    """A Windows-1252 page that claims UTF-8 keeps its letters."""
    assert decode(UMLAUT.encode("cp1252"), "text/html; charset=utf-8") == UMLAUT


def test_header_and_page_disagree() -> None:
    """Of two declarations the one the bytes agree with wins."""
    page = '<meta charset="windows-1251">' + CYRILLIC
    assert decode(page.encode("cp1251"), "text/html; charset=utf-8") == page


def test_damaged_utf8() -> None:
    """One bad byte spoils one letter, not the page."""
    body = UMLAUT.encode() + b"\xff" + UMLAUT.encode()
    assert decode(body, "text/html; charset=utf-8") == f"{UMLAUT}\ufffd{UMLAUT}"


def test_meta_cannot_claim_utf16() -> None:
    """A declaration that could be read as ASCII is not in UTF-16."""
    assert decode(f'<meta charset="utf-16">{UMLAUT}'.encode(), "").endswith(UMLAUT)


def test_utf16_xml_without_a_mark() -> None:
    """An XML declaration in UTF-16 shows itself by its zeros."""
    feed = '<?xml version="1.0"?><rss>ü</rss>'
    assert decode(feed.encode("utf-16-le"), "text/xml") == feed


def test_nul_is_removed() -> None:
    """NUL, which neither databases nor parsers like, never comes through."""
    assert decode(b"a\0b", "") == "ab"


@given(
    st.binary(max_size=400),
    st.sampled_from(["", "utf-8", "utf-16", "cp932", "gbk", "iso-2022-jp", "big5", "koi8-r", "x"]),
)
def test_never_raises(body: bytes, label: str) -> None:
    """Any bytes under any label become text that can be stored."""
    text = decode(body, f"text/html; charset={label}")
    assert "\0" not in text
    text.encode("utf-8")
