"""bot.sources.answer: what headers and first bytes mean."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import FetchError, UnreadableError
from bot.sources import answer

NOW = datetime(2031, 3, 4, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("", None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("1.5", 1.5),
        ("-5", None),
        ("soon", None),
        ("99999999999999999999999", answer.MAX_RETRY_AFTER),
        ("Tue, 04 Mar 2031 12:02:00 GMT", 120.0),
        ("Tuesday, 04-Mar-31 12:02:00 GMT", 120.0),
        ("Tue Mar  4 12:02:00 2031", 120.0),
        ("Tue, 04 Mar 2031 11:00:00 GMT", 0.0),
        ("Wed, 04 Mar 2099 11:00:00 GMT", answer.MAX_RETRY_AFTER),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    """Seconds and HTTP dates are read; the wait is never negative nor absurd."""
    assert answer.retry_after(value, NOW) == seconds


@given(st.text(max_size=60))
def test_retry_after_survives(value: str) -> None:
    """No header, however odd, breaks the reading."""
    seconds = answer.retry_after(value, NOW)
    assert seconds is None or 0 <= seconds <= answer.MAX_RETRY_AFTER


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"cache-control": "public"}, None),
        ({"cache-control": "public, max-age=60"}, 60.0),
        ({"cache-control": "Max-Age=60, s-maxage=5"}, 60.0),
        ({"cache-control": "s-maxage=5"}, None),
        ({"cache-control": 'max-age="60"'}, 60.0),
        ({"cache-control": "no-store"}, 0.0),
        ({"cache-control": "max-age=60, no-cache"}, 0.0),
        ({"cache-control": "max-age=60", "age": "45"}, 15.0),
        ({"cache-control": "max-age=60", "age": "450"}, 0.0),
        ({"cache-control": "max-age=60", "age": "x"}, 60.0),
        ({"cache-control": "max-age=" + "9" * 400}, answer.MAX_MAX_AGE),
    ],
)
def test_max_age(headers: dict[str, str], seconds: float | None) -> None:
    """Freshness is what is left of max-age after the time spent in caches."""
    assert answer.max_age(httpx.Headers(headers)) == seconds


@pytest.mark.parametrize(
    ("value", "gzipped"),
    [
        ("", False),
        ("identity", False),
        ("gzip", True),
        ("X-GZIP", True),
        ("identity, gzip", True),
        ("utf-8", False),
    ],
)
def test_encodings(value: str, gzipped: bool) -> None:
    """Gzip is gzip; words that name no compression are ignored, as browsers do."""
    assert answer.is_gzip("news.example", value) is gzipped


@pytest.mark.parametrize("value", ["br", "zstd", "deflate", "gzip, br", "gzip, gzip", "compress"])
def test_encodings_not_offered(value: str) -> None:
    """Any other compression is refused by name."""
    with pytest.raises(FetchError, match=r"news\.example"):
        answer.is_gzip("news.example", value)


@pytest.mark.parametrize(
    ("content_type", "said"),
    [
        ("image/png", "a picture (image/png)"),
        ("image/svg+xml; charset=utf-8", "a picture"),
        ("Video/MP4", "a video"),
        ("audio/mpeg", "a sound recording"),
        ("application/pdf", "a PDF file"),
        ("application/zip", "an archive"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "an office"),
    ],
)
def test_types_that_are_no_page(content_type: str, said: str) -> None:
    """The sentence says what came instead of a page."""
    with pytest.raises(UnreadableError) as caught:
        answer.check_type("news.example", content_type)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/html",
        "text/plain",
        "application/json",
        "application/vnd.api+json",
        "application/rss+xml",
        "application/octet-stream",
        "nonsense",
    ],
)
def test_types_that_may_be_a_page(content_type: str) -> None:
    """Text, XML, JSON and the undecided are read."""
    answer.check_type("news.example", content_type)
    answer.check_bytes("news.example", content_type, b'{"a": 1}')


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/octet-stream", b"\x01\x00\x02\x00"),
        ("", b"MZ\x90\x00"),
        ("text/html", b"%PDF-1.7"),
        ("text/html", b"\x89PNG\r\n\x1a\n"),
        ("text/xml", b"\x1f\x8b\x08"),
    ],
)
def test_bytes_that_are_no_page(content_type: str, body: bytes) -> None:
    """A file's signature speaks louder than its header; NUL bytes do where no header speaks."""
    with pytest.raises(UnreadableError):
        answer.check_bytes("news.example", content_type, body)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("", "<p>ü".encode("utf-16")),
        ("text/html", b"<p>\x00</p>"),
        ("", b"<\x00?\x00x\x00"),
        ("", b""),
    ],
)
def test_bytes_that_may_be_a_page(content_type: str, body: bytes) -> None:
    """UTF-16, a stray NUL in a page, and emptiness are not taken for a file."""
    answer.check_bytes("news.example", content_type, body)
