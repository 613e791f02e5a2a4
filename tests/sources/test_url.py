"""bot.sources.url: what an admin pasted becomes one spelling, or a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadUrlError, ForbiddenAddressError
from bot.sources.url import normalise_url


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        ("https://news.example/live", "https://news.example/live"),
        ("  news.example/live \n", "https://news.example/live"),
        ("news.example", "https://news.example/"),
        ("//news.example/a", "https://news.example/a"),
        ("<https://news.example/a>", "https://news.example/a"),
        ("“news.example/a”", "https://news.example/a"),
        ("\u200bnews.example\ufeff", "https://news.example/"),
        ("HTTP://News.Example:80/A#top", "http://news.example/A"),
        ("https://news.example:443/", "https://news.example/"),
        ("https://news.example:0443/", "https://news.example/"),
        ("news.example:8080/x?y=1&z=%20#f", "https://news.example:8080/x?y=1&z=%20"),
        ("localhost:8000", "https://localhost:8000/"),
        ("http://intranet/live", "http://intranet/live"),
        ("https://news.example./a", "https://news.example/a"),
        ("https://news.example?x=1", "https://news.example/?x=1"),
        ("https://zürich.example/straße", "https://xn--zrich-kva.example/stra%C3%9Fe"),
        ("https://ＮＥＷＳ.example/", "https://news.example/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://0x7f000001/", "http://127.0.0.1/"),
        ("http://0177.0.0.1/", "http://127.0.0.1/"),
        ("http://127.1/", "http://127.0.0.1/"),
        ("http://１２７.0.0.1/", "http://127.0.0.1/"),
        ("http://[0:0::1]:8080/", "http://[::1]:8080/"),
        ("http://[::FFFF:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
        ("https://a_b.example/", "https://a_b.example/"),
    ],
)
def test_read(pasted: str, expected: str) -> None:
    """An address is read as the person meant it."""
    assert normalise_url(pasted) == expected


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "   ",
        "hello",
        "two words",
        "https://news.example/a b",
        "https://news.example/a https://news.example/b",
        "ftp://news.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:desk@news.example",
        "https:news.example",
        "https:///path",
        "https://",
        "https://user@news.example/",
        "https://user:secret@news.example/",
        "user:secret@news.example",
        "https://news.example:0/",
        "https://news.example:65536/",
        "https://news.example:999999999999/",
        "https://news.example:http/",
        "https://news..example/",
        "https://-news.example/",
        "https://news.example\\@evil.example/",
        "https://news%2eexample/",
        "https://256.1.1.1/",
        "https://[::1/",
        "https://[zz]/",
        "https://[1.2.3.4]/",
        "https://news.example/\x01",
        "https://xn--\u00fc\u00fc\u00fc.\u0000/",
        "https://" + "a" * 64 + ".example/",
        "https://news.example/" + "a" * 9000,
    ],
)
def test_refused(pasted: str) -> None:
    """What is no web address is refused with a sentence that ends, and without its password."""
    with pytest.raises(BadUrlError) as caught:
        normalise_url(pasted)
    assert str(caught.value).endswith(".")
    assert "secret" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_zone() -> None:
    """An address with a zone belongs to one machine's own network."""
    with pytest.raises(ForbiddenAddressError):
        normalise_url("http://[fe80::1%eth0]/")


@given(
    st.text(max_size=80)
    | st.from_regex(r"(https?://)?[^\s]{1,20}(:\d+)?(/[^\s]*)?", fullmatch=True)
)
def test_any_text(text: str) -> None:
    """Any text is either refused by us or read the same way twice."""
    try:
        once = normalise_url(text)
    except (BadUrlError, ForbiddenAddressError):
        return
    assert once.startswith(("http://", "https://"))
    assert "#" not in once
    assert normalise_url(once) == once
