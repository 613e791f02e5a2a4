"""One spelling for every web address: what an admin pasted, or where a server redirected to."""

from __future__ import annotations

import re

import httpx
import idna

from bot.errors import BadUrlError, ForbiddenAddressError
from bot.sources.address import parse_literal
from bot.wording import Wording

MAX_LENGTH = 8192
"""Characters; longer addresses are refused by most servers too."""

_WRAPPING = " \t\r\n\f\v\u00a0\u200b\u2060\ufeff<>\"'“”«»"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!\d)")
_WEB = re.compile(r"(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]*))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


def normalise_url(text: str) -> str:
    """Read what an admin pasted as a web address.

    Strips white space, quotes and angle brackets around it, adds ``https://`` where no scheme
    was given, writes international host names in punycode and numeric hosts as a plain address,
    and drops the fragment. Doing it twice changes nothing.

    Raises:
        BadUrlError: it is no http(s) address, or carries a user name or a password.
        ForbiddenAddressError: it is an address with a zone (``fe80::1%eth0``), which exists on
            one machine only.
    """
    pasted = text.strip(_WRAPPING)
    if not pasted:
        raise BadUrlError(
            Wording("There is no address. Paste one such as https://news.example/live.")
        )
    if re.search(r"\s", pasted):
        raise BadUrlError(
            Wording("A web address has no spaces in it. Paste one address at a time.")
        )
    if pasted.startswith("//"):
        pasted = f"https:{pasted}"
    elif not _SCHEME.match(pasted):
        if not re.match(r"\[|[^/?#]*[.:]", pasted):
            raise BadUrlError(
                Wording(
                    "{text} is not a web address. Paste one such as https://news.example/live.",
                    text=_short(pasted),
                )
            )
        pasted = f"https://{pasted}"
    return canonical_url(pasted)


def canonical_url(url: str) -> str:
    """The one spelling of an absolute http(s) address, without fragment.

    Raises:
        BadUrlError: as `normalise_url`.
        ForbiddenAddressError: as `normalise_url`.
    """
    if len(url) > MAX_LENGTH:
        raise BadUrlError(Wording("The address is longer than {n} characters.", n=MAX_LENGTH))
    match = _WEB.fullmatch(url)
    if match is None:
        scheme = _SCHEME.match(url)
        if scheme and scheme[1].lower() not in ("http", "https"):
            raise BadUrlError(
                Wording(
                    "{scheme}: addresses cannot be fetched; only http:// and https:// can.",
                    scheme=scheme[1].lower(),
                )
            )
        raise BadUrlError(Wording("{text} is not a complete web address.", text=_short(url)))
    scheme_name, authority, path, query = match[1].lower(), match[2], match[3], match[4] or ""
    if "@" in authority:
        raise BadUrlError(
            Wording(
                "The address carries a user name or password (before the @). Paste it without them."
            )
        )
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise BadUrlError(
            Wording("{text} is not a host with an optional :port.", text=_short(authority))
        )
    host = _canonical_host(parts[1])
    port = f":{_port(parts[2])}" if parts[2] else ""
    try:
        return str(httpx.URL(f"{scheme_name}://{host}{port}{path or '/'}{query}"))
    except (httpx.InvalidURL, UnicodeError) as error:
        raise BadUrlError(
            Wording("{text} holds characters that no web address may have.", text=_short(url))
        ) from error


def host_of(url: str) -> str:
    """The host of a canonical address, for sentences and for counting requests per host."""
    return httpx.URL(url).host


def _canonical_host(text: str) -> str:
    if not text:
        raise BadUrlError(
            Wording("The address names no host. Paste one such as https://news.example/live.")
        )
    if text.startswith("["):
        if "%" in text:
            raise ForbiddenAddressError(
                Wording(
                    "{text} is an address of one machine's own network; it cannot be watched.",
                    text=text,
                )
            )
        return f"[{_literal(text)}]"
    host = text
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError) as error:
            raise BadUrlError(
                Wording("{text} is not a valid host name.", text=_short(text))
            ) from error
    host = host.lower().removesuffix(".")
    literal = _literal(host)
    if literal:
        return literal
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise BadUrlError(Wording("{text} is not a valid host name.", text=_short(text)))
    return host


def _literal(host: str) -> str:
    """The plain spelling of an address, "" for a name."""
    try:
        address = parse_literal(host)
    except ValueError as error:
        raise BadUrlError(
            Wording("{text} is not a valid network address.", text=_short(host))
        ) from error
    return "" if address is None else str(address)


def _port(text: str) -> int:
    if len(text) > 5 or not 0 < int(text) < 65536:
        raise BadUrlError(
            Wording("There is no port {port}; ports go from 1 to 65535.", port=text[:12])
        )
    return int(text)


def _short(text: str) -> str:
    return f"“{text}”" if len(text) <= 60 else f"“{text[:57]}…”"
