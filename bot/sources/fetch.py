"""Fetching: an address in, a ``Document`` out, or one error with a sentence.

Everything hostile about the open web ends here: private addresses, endless or exploding bodies,
drips, redirect circles. One client serves all sources, with httpx's default connection limits:
its pool slows with every kept connection.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol
from urllib.parse import urljoin

import httpx

from bot.errors import (
    BadUrlError,
    ConfigError,
    FetchTimeoutError,
    RedirectLoopError,
    TooLargeError,
    UnreachableError,
)
from bot.model import Document
from bot.sources import answer
from bot.sources.address import AddressPolicy
from bot.sources.connect import (
    CheckedBackend,
    Resolver,
    causes,
    checked_transport,
    resolve_by_system,
)
from bot.sources.inflate import WireBody
from bot.sources.slots import HostSlots
from bot.sources.url import canonical_url, host_of, normalise_url
from bot.wording import Wording

__all__ = ["FetchLimits", "Fetcher", "Fetching", "Resolver", "normalise_url"]

DEFAULT_ACCEPT = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,application/json;q=0.9,*/*;q=0.5"
)
_CONDITIONS = {"If-None-Match", "If-Modified-Since"}
_REDIRECTS = {301, 302, 303, 307, 308}
_BREATH = 256  # chunks after which others get the loop, and the deadline a chance


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What one fetch may cost.

    Attributes:
        deadline: seconds for everything: waiting for a slot, names, redirects, body.
        max_bytes: of a body, both over the wire and inflated.
        max_redirects: hops.
        per_host: requests to one host at once.
        total: requests at once; more than 32 slow httpx's pool down.
        bulky: bytes from which a body counts as bulky.
        bulky_total: bulky bodies at once; further ones wait half-read, which bounds memory.
    """

    deadline: float = 20.0
    max_bytes: int = 8 * 2**20
    max_redirects: int = 5
    per_host: int = 4
    total: int = 32
    bulky: int = 2**20
    bulky_total: int = 3


class Fetching(Protocol):
    """What the rest of LiveRelay knows of fetching; the seam where tests put a fake."""

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        wire_hash: str | None = None,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Document:
        """Fetch `url`; see ``Fetcher.fetch``."""
        ...


@dataclass(frozen=True, slots=True)
class _Ask:
    """One fetch, as far as it is the same on every hop."""

    url: str
    etag: str | None
    last_modified: str | None
    wire_hash: str
    accept: str
    headers: Mapping[str, str]


@dataclass(slots=True)
class _Progress:
    """How far a fetch came, for the sentence when its time is up."""

    host: str
    stage: str = "waiting"
    received: int = 0


class Fetcher:
    """Fetches documents from the public internet.

    Args:
        limits: what one fetch may cost.
        allow_hosts: hosts, ``host:port``, addresses or networks that may be private.
        user_agent: who asks; publishers look for a name and an address in it.
        resolve: where names become addresses; the system's resolver unless given.
        now: the clock, UTC.
        tls: certificates to trust; those of certifi unless given.

    Raises:
        ConfigError: an item of `allow_hosts` or the user agent cannot be used.
    """

    def __init__(
        self,
        *,
        limits: FetchLimits | None = None,
        allow_hosts: Sequence[str] = (),
        user_agent: str,
        resolve: Resolver | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if not (user_agent.isascii() and user_agent.isprintable()):
            raise ConfigError("fetch.user_agent: only ASCII letters, digits and signs can be sent.")
        self._limits = limits or FetchLimits()
        self._now = now
        self._slots = HostSlots(per_host=self._limits.per_host, total=self._limits.total)
        self._bulky = asyncio.Semaphore(self._limits.bulky_total)
        backend = CheckedBackend(AddressPolicy(allow_hosts), resolve or resolve_by_system)
        self._client = httpx.AsyncClient(
            transport=checked_transport(backend, tls or httpx.create_ssl_context(trust_env=False)),
            headers={"User-Agent": user_agent, "Accept-Encoding": "gzip"},
            timeout=None,  # noqa: S113  # httpx's is per read; the deadline is around everything
            follow_redirects=False,
            trust_env=False,
        )
        # A cookie lives for one fetch (some sites set one on a redirect to themselves), no longer.
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        wire_hash: str | None = None,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Document:
        """Fetch one document, following redirects.

        Args:
            url: as an admin pasted it, or normalised.
            etag: of the copy we have.
            last_modified: of the copy we have.
            wire_hash: of the copy we have; the same bytes are not inflated again.
            accept: the ``Accept`` header, for an API that wants another.
            headers: further ones an API asks for; they stay with the first host.

        Returns:
            The document; with an empty body when the copy we have is current: then the server
            said so (status 304), or its `wire_hash` is the one given.

        Raises:
            BadUrlError: not an address that can be fetched.
            ForbiddenAddressError: it, or a redirect of it, leads into a private network.
            UnreachableError: no connection, or it broke off, also in the middle of the body.
            FetchTimeoutError: the deadline passed.
            TooLargeError: more bytes than allowed.
            RedirectLoopError: too many redirects.
            HttpStatusError: an error status.
            FetchError: compressed in a way that cannot be read.
            UnreadableError: a picture, a film, an archive …
        """
        ask = _Ask(
            normalise_url(url),
            etag,
            last_modified,
            wire_hash or "",
            accept or DEFAULT_ACCEPT,
            headers or {},
        )
        progress = _Progress(host_of(ask.url))
        try:
            async with asyncio.timeout(self._limits.deadline):
                return await self._follow(ask, progress)
        except TimeoutError as error:
            raise FetchTimeoutError(self._late(progress)) from error

    async def aclose(self) -> None:
        """Close kept connections."""
        await self._client.aclose()

    async def _follow(self, ask: _Ask, progress: _Progress) -> Document:
        url, conditional = ask.url, True
        cookies = httpx.Cookies()
        for _ in range(self._limits.max_redirects + 1):
            progress.host, progress.stage = host_of(url), "waiting"
            async with self._slots.hold(progress.host):
                progress.stage = "asking"
                found = await self._hop(ask, url, cookies, progress, conditional=conditional)
            if isinstance(found, Document):
                return found
            # What a validator says must not be readable on an open line it was not given on.
            conditional = conditional and not (
                url.startswith("https:") and found.startswith("http:")
            )
            url = found
        raise RedirectLoopError(
            Wording.counted(
                "{host} redirects more than {n} time without arriving anywhere. Open the page in a "
                "browser and paste the address it ends at.",
                "{host} redirects more than {n} times without arriving anywhere. Open the page in "
                "a browser and paste the address it ends at.",
                self._limits.max_redirects,
                host=host_of(ask.url),
            )
        )

    async def _hop(
        self,
        ask: _Ask,
        url: str,
        cookies: httpx.Cookies,
        progress: _Progress,
        *,
        conditional: bool,
    ) -> Document | str:
        """Ask once. Returns the document, or where the server redirects to."""
        headers = {"Accept": ask.accept}
        if host_of(url) == host_of(ask.url):
            headers |= ask.headers
        if conditional and _sendable(ask.etag):
            headers["If-None-Match"] = ask.etag or ""
        if conditional and _sendable(ask.last_modified):
            headers["If-Modified-Since"] = ask.last_modified or ""
        request = self._client.build_request("GET", url, headers=headers)
        cookies.set_cookie_header(request)
        host = progress.host
        try:
            response = await self._send(request)
            try:
                if response.status_code in _REDIRECTS and response.headers.get("location"):
                    cookies.extract_cookies(response)
                    return _target(url, response.headers["location"])
                if response.status_code == 304 and _CONDITIONS & set(headers):
                    return self._document(ask, url, response, b"", "")
                if not 200 <= response.status_code < 300:
                    raise answer.status_error(
                        host, response.status_code, response.headers, self._now()
                    )
                body, wire_hash = await self._read(response, progress, ask.wire_hash)
                return self._document(ask, url, response, body, wire_hash)
            finally:
                await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise UnreachableError(_broken(host, error, progress)) from error

    async def _send(self, request: httpx.Request) -> httpx.Response:
        """Send, once more if a kept connection turns out to have been closed by the server."""
        connected = False

        async def trace(event: str, _info: dict[str, Any]) -> None:
            nonlocal connected
            connected = connected or event == "connection.connect_tcp.started"

        request.extensions["trace"] = trace
        try:
            return await self._client.send(request, stream=True)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            if connected:
                raise
            return await self._client.send(request, stream=True)

    async def _read(
        self, response: httpx.Response, progress: _Progress, known: str
    ) -> tuple[bytes, str]:
        """The inflated body, empty where it is known, and the hash of its bytes as they came."""
        host, headers = progress.host, response.headers
        content_type = headers.get("content-type", "")
        answer.check_type(host, content_type)
        gzipped = answer.is_gzip(host, headers.get("content-encoding", ""))
        limit = self._limits.max_bytes
        announced = headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > limit:
            raise self._too_large(host)
        wire = WireBody(compressed=gzipped, limit=limit, known=known)
        progress.stage, progress.received = "reading", 0
        chunks = 0
        async with AsyncExitStack() as bulk:
            is_bulky = False
            async for chunk in response.aiter_raw():
                progress.received += len(chunk)
                if progress.received > limit:
                    raise self._too_large(host)
                wire.feed(chunk)
                if not is_bulky and wire.size >= self._limits.bulky:
                    is_bulky, progress.stage = True, "queueing"
                    await bulk.enter_async_context(self._bulky)
                    progress.stage = "reading"
                chunks += 1
                if chunks % _BREATH == 0:
                    await asyncio.sleep(0)
            body = wire.finish()
        if body is None:
            raise UnreachableError(_broke_off(host, progress))
        answer.check_bytes(host, content_type, body)
        return body, wire.wire_hash

    def _document(
        self, ask: _Ask, url: str, response: httpx.Response, body: bytes, wire_hash: str
    ) -> Document:
        headers = response.headers
        unchanged = response.status_code == 304
        return Document(
            url=url,
            requested_url=ask.url,
            status=response.status_code,
            content_type=headers.get("content-type", ""),
            body=body,
            fetched_at=self._now(),
            wire_hash=wire_hash,
            etag=_kept(headers.get("etag")) or (ask.etag if unchanged else None),
            last_modified=_kept(headers.get("last-modified"))
            or (ask.last_modified if unchanged else None),
            max_age=answer.max_age(headers),
        )

    def _too_large(self, host: str) -> TooLargeError:
        return TooLargeError(
            Wording(
                "{host} sends more than {size} MiB; a live blog is smaller. Check that the address "
                "is the live blog's own.",
                host=host,
                size=self._limits.max_bytes / 2**20,
            )
        )

    def _late(self, progress: _Progress) -> Wording:
        host, seconds = progress.host, self._limits.deadline
        if progress.stage == "waiting":
            return Wording(
                "{host} is still busy with earlier requests after {seconds} seconds.",
                host=host,
                seconds=seconds,
            )
        if progress.stage == "asking":
            return Wording(
                "{host} did not answer within {seconds} seconds; the site may be down or "
                "overloaded.",
                host=host,
                seconds=seconds,
            )
        if progress.stage == "queueing":
            return Wording(
                "{host} sends a large page, and others had to be read first for {seconds} seconds.",
                host=host,
                seconds=seconds,
            )
        return Wording(
            "{host} did not finish within {seconds} seconds: {bytes} bytes had come. The site is "
            "very slow, or its page never ends.",
            host=host,
            seconds=seconds,
            bytes=progress.received,
        )


def _target(url: str, location: str) -> str:
    """Where a redirect leads; the target is no less suspicious than the address was."""
    try:
        return canonical_url(urljoin(url, location.strip()))
    except (BadUrlError, ValueError) as error:
        reason = (
            error.reason if isinstance(error, BadUrlError) else Wording("It is not a web address.")
        )
        raise BadUrlError(
            Wording(
                "{host} redirects to an address that cannot be fetched. {reason}",
                host=host_of(url),
                reason=reason,
            )
        ) from error


def _sendable(value: str | None) -> bool:
    return bool(value) and value is not None and value.isascii() and value.isprintable()


def _kept(value: str | None) -> str | None:
    """A validator worth keeping: one that can be sent back as it is."""
    return value if value and len(value) <= 1024 and _sendable(value) else None


def _broke_off(host: str, progress: _Progress) -> Wording:
    return Wording(
        "{host} broke off in the middle of the page, after {bytes} bytes; it will be tried again.",
        host=host,
        bytes=progress.received,
    )


def _broken(host: str, error: Exception, progress: _Progress) -> Wording:
    for cause in causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Wording(
                "The certificate of {host} cannot be trusted ({reason}); the connection is not "
                "safe.",
                host=host,
                reason=(cause.verify_message or "").rstrip(".") or Wording("it is not valid"),
            )
        if isinstance(cause, ssl.SSLError):
            return Wording(
                "No secure connection to {host}: TLS fails ({reason}).",
                host=host,
                reason=cause.reason or Wording("unknown"),
            )
    if progress.stage == "reading":
        return _broke_off(host, progress)
    if "location header" in str(error):  # httpx reads it even when it is not to follow it
        return Wording(
            "{host} redirects to something that is not a web address. Check the address.", host=host
        )
    if isinstance(error, httpx.ConnectError):
        return Wording(
            "No secure connection to {host}: it hangs up during the TLS greeting.", host=host
        )
    if isinstance(error, httpx.ProtocolError) and "disconnected" not in str(error):
        return Wording(
            "{host} answers with something that is not HTTP. Check the address and its port.",
            host=host,
        )
    return Wording(
        "{host} closed the connection without an answer; it will be tried again.", host=host
    )
