"""Which addresses Telegram accepts in links and buttons.

Rules of TDLib's link check: a missing scheme means http, only http, https, tg and ton are known,
the host needs a dot, and the address is given back normalised ("telegram.org" becomes
"http://telegram.org/").
"""

from __future__ import annotations

import re

_URL = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?"
    r"(?:[^/?#@]*@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]*\]|[^/?#:]*)"
    r"(?::(?P<port>[^/?#]*))?"
    r"(?P<rest>.*)",
    re.DOTALL,
)
_HOST_CHARACTERS = re.compile(r"[a-z0-9._!$,~*'();&+=%\x80-\U0010ffff-]*")
_INTERNAL_HOST = re.compile(r"[A-Za-z0-9_-]+")


class BadLinkError(ValueError):
    """The address is not acceptable; the text is Telegram's reason."""


def check_link(link: str) -> str:
    """The address as Telegram stores it.

    Raises:
        BadLinkError: with Telegram's reason ("Wrong HTTP URL", "Unsupported URL protocol", …).
    """
    link = link.strip(" \t\r\n")
    lowered = link[:6].lower()
    for scheme in ("tg", "ton"):
        if lowered.startswith(f"{scheme}:"):
            return _internal(scheme, link[len(scheme) + 1 :])
    found = _URL.fullmatch(link)
    if found is None:
        raise BadLinkError("Wrong HTTP URL")
    scheme = (found["scheme"] or "http").lower()
    if scheme not in ("http", "https"):
        raise BadLinkError("Unsupported URL protocol")
    host = found["host"].lower()
    if not host:
        raise BadLinkError("URL host is empty")
    port = found["port"]
    if port is not None and not (port.isdecimal() and 0 < int(port) < 65536):
        raise BadLinkError("Wrong port number specified in the URL")
    is_ipv6 = host.startswith("[")
    if not is_ipv6 and _HOST_CHARACTERS.fullmatch(host) is None:
        raise BadLinkError("Disallowed character in URL host")
    if not is_ipv6 and "." not in host:
        raise BadLinkError("Wrong HTTP URL")
    rest = found["rest"]
    if not rest.startswith("/"):
        rest = "/" + rest
    at_port = f":{port}" if port is not None else ""
    return f"{scheme}://{host}{at_port}{rest.replace(' ', '%20')}"


def user_of(link: str) -> int | None:
    """The id in ``tg://user?id=…``, which is a mention and not a link."""
    found = re.fullmatch(r"tg:(?://)?user\?id=(\d{1,15})", link.strip(), re.IGNORECASE)
    return int(found[1]) if found else None


def _internal(scheme: str, rest: str) -> str:
    rest = rest.removeprefix("//")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if _INTERNAL_HOST.fullmatch(host) is None:
        raise BadLinkError(f"Wrong {scheme} URL")
    return f"{scheme}://{rest}"
