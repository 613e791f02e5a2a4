"""What a server's answer says besides its body: errors, freshness, compression, kind of content.

Each function reads headers or first bytes and gives a value or an error with its sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.errors import FetchError, HttpStatusError, UnreadableError
from bot.wording import Wording

MAX_RETRY_AFTER = 86_400.0
"""Seconds; a server that asks for longer is asked again after a day."""

MAX_MAX_AGE = 31_536_000.0
"""Seconds; a year, as RFC 9111 advises for "for ever"."""

_UNREADABLE_ENCODINGS = {"br", "zstd", "deflate", "compress", "x-compress", "dcb", "dcz"}

_TEXTUAL = re.compile(r"text/|.*[/+](xml|json|html|javascript|ecmascript|x-json|x-javascript)$")
_KINDS = (
    (re.compile(r"image/"), Wording("a picture")),
    (re.compile(r"video/"), Wording("a video")),
    (re.compile(r"audio/"), Wording("a sound recording")),
    (re.compile(r"font/"), Wording("a font")),
    (re.compile(r"application/pdf$"), Wording("a PDF file")),
    (
        re.compile(r"application/(zip|gzip|x-gzip|x-tar|x-7z|x-rar|vnd\.rar|x-bzip)"),
        Wording("an archive"),
    ),
    (
        re.compile(r"application/(msword|vnd\.(ms-|openxmlformats|oasis))"),
        Wording("an office document"),
    ),
)
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", Wording("a picture")),
    (b"\xff\xd8\xff", Wording("a picture")),
    (b"GIF87a", Wording("a picture")),
    (b"GIF89a", Wording("a picture")),
    (b"%PDF-", Wording("a PDF file")),
    (b"PK\x03\x04", Wording("an archive")),
    (b"\x1f\x8b", Wording("an archive")),
    (b"\x7fELF", Wording("a program")),
)
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_WIDE_XML = (b"<\x00?\x00", b"\x00<\x00?")


def status_error(
    host: str, status: int, headers: Mapping[str, str], now: datetime
) -> HttpStatusError:
    """The error for an answer that is neither success, redirect nor "not modified".

    Args:
        host: who answered.
        status: the HTTP status.
        headers: of the answer, looked up without regard to case.
        now: UTC, for a ``Retry-After`` that is a date.
    """
    return HttpStatusError(
        _status_sentence(host, status),
        status=status,
        retry_after=retry_after(headers.get("retry-after", ""), now),
    )


def _status_sentence(host: str, status: int) -> Wording:
    match status:
        case 401:
            return Wording(
                "{host} wants a login for this page (401); only public pages can be watched.",
                host=host,
            )
        case 403:
            return Wording(
                "{host} refuses to show this page to LiveRelay (403); it may block automatic "
                "readers.",
                host=host,
            )
        case 404:
            return Wording(
                "{host} has no such page (404): it is gone, or the address is wrong. Check the "
                "address.",
                host=host,
            )
        case 407:
            return Wording(
                "{host} wants a proxy login (407); only public pages can be watched.", host=host
            )
        case 410:
            return Wording(
                "{host} has removed this page for good (410). Check the address.", host=host
            )
        case 429:
            return Wording(
                "{host} asks for fewer requests (429); the source will be polled more slowly.",
                host=host,
            )
        case 451:
            return Wording(
                "{host} may not show this page for legal reasons (451), perhaps only in this "
                "country.",
                host=host,
            )
        case 503:
            return Wording(
                "{host} is overloaded or under maintenance (503); it will be tried again.",
                host=host,
            )
    if status >= 500:
        return Wording(
            "{host} has an error of its own ({status}); it will be tried again.",
            host=host,
            status=str(status),
        )
    if status >= 400:
        return Wording(
            "{host} refuses the request ({status}). Check the address.",
            host=host,
            status=str(status),
        )
    return Wording(
        "{host} answers with status {status}, which is no page. Check the address.",
        host=host,
        status=str(status),
    )


def retry_after(value: str, now: datetime) -> float | None:
    """``Retry-After`` in seconds from `now`: a number or an HTTP date (RFC 9110, 10.2.3).

    None where there is none or it cannot be read; never negative, at most a day.
    """
    text = value.strip()
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", text):
        return min(float(text), MAX_RETRY_AFTER)
    if re.fullmatch(r"[0-9]{13,}", text):
        return MAX_RETRY_AFTER
    try:
        when = parsedate_to_datetime(text[:64])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if when.tzinfo is None:  # "-0000": the date says UTC without vouching for it
        when = when.replace(tzinfo=UTC)
    return min(max((when - now).total_seconds(), 0.0), MAX_RETRY_AFTER)


def max_age(headers: Mapping[str, str]) -> float | None:
    """Seconds for which the copy is still fresh: ``Cache-Control`` less ``Age`` (RFC 9111, 4.2).

    None where the server says nothing.
    """
    control = headers.get("cache-control", "").lower()
    if re.search(r"(^|[\s,])(no-cache|no-store)\s*($|,)", control):
        return 0.0
    found = re.search(r'(?:^|[\s,])max-age\s*=\s*"?([0-9]+)', control)
    if not found:
        return None
    age = re.fullmatch(r"\s*([0-9]{1,12})\s*", headers.get("age", ""))
    seconds = float(found[1][:12]) - (float(age[1]) if age else 0.0)
    return min(max(seconds, 0.0), MAX_MAX_AGE)


def is_gzip(host: str, content_encoding: str) -> bool:
    """Whether the body is gzip; False for identity and for words that name no compression.

    Raises:
        FetchError: compressed in a way that was not offered, or twice.
    """
    names = [name.strip().lower() for name in content_encoding.split(",")]
    unreadable = next((name for name in names if name in _UNREADABLE_ENCODINGS), None)
    gzips = sum(name in ("gzip", "x-gzip") for name in names)
    if unreadable or gzips > 1:
        raise FetchError(
            Wording(
                "{host} compresses its answer in a way that was not offered ({way}); it cannot be "
                "read.",
                host=host,
                way=unreadable or content_encoding,
            )
        )
    return gzips == 1


def check_type(host: str, content_type: str) -> None:
    """Refuse what its header says to be no text, before the body is read.

    Raises:
        UnreadableError: a picture, a film, an archive …
    """
    essence = _essence(content_type)
    for pattern, kind in _KINDS:
        if pattern.match(essence):
            raise UnreadableError(_not_a_page(host, kind, essence))


def check_bytes(host: str, content_type: str, body: bytes) -> None:
    """Refuse what its bytes show to be no text, whatever the header says.

    Raises:
        UnreadableError: a known file signature; or NUL bytes where no header promises text.
    """
    kind = kind_of_bytes(content_type, body)
    if kind:
        raise UnreadableError(_not_a_page(host, kind, _essence(content_type)))


def kind_of_bytes(content_type: str, body: bytes) -> str:
    """What a body that is no text seems to be, "a picture"; "" for text."""
    for signature, kind in _SIGNATURES:
        if body.startswith(signature):
            return kind
    wide = body.startswith(_WIDE_BOMS) or body.startswith(_WIDE_XML) or "utf-16" in content_type
    binary = b"\x00" in body[:1024] and not wide and not _TEXTUAL.match(_essence(content_type))
    return Wording("binary data") if binary else ""


def _essence(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _not_a_page(host: str, kind: str, essence: str) -> Wording:
    what = Wording("{kind} ({type})", kind=kind, type=essence[:80]) if essence else kind
    return Wording(
        "{host} answers with {what}, not a page. Use the address of the live blog itself.",
        host=host,
        what=what,
    )
