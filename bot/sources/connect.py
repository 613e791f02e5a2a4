"""Connections that go only where we looked: resolve, judge, connect to that very address.

httpx resolves names inside its network layer, after any check of ours: a name may answer with a
public address when it is checked and with 127.0.0.1 when it is connected to ("DNS rebinding").
So the network layer itself is ours. TLS still checks the certificate against the name, and the
Host header is the name's, because httpcore derives both from the URL and only the TCP
connection from here.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

import httpcore
import httpx

from bot.errors import ForbiddenAddressError, UnreachableError
from bot.sources.address import Address, AddressPolicy, parse_literal
from bot.wording import Wording

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port to addresses, best first. Raises OSError (socket.gaierror) when there are none."""

ATTEMPT_DELAY = 0.25
"""Seconds until the next address is tried beside a silent one (RFC 8305, section 5)."""

MAX_ADDRESSES = 8
"""Addresses of one name that are tried; a hostile resolver may answer with thousands."""


async def resolve_by_system(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver, each time in a thread of its own.

    The loop's default threads are few: a handful of dead name servers would hold them all, and
    with them every other source. These threads are also never waited for at exit.

    Raises:
        OSError: no such host, or no answer.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def settle(addresses: list[str] | None, error: OSError | None) -> None:
        if answer.done():  # the deadline passed meanwhile
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(addresses or [])

    def look_up() -> None:
        addresses: list[str] | None = None
        failure: OSError | None = None
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = [str(entry[4][0]) for entry in found]
        except OSError as error:
            failure = error
        except UnicodeError:  # a label that the resolver's own encoding refuses
            failure = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(settle, addresses, failure)

    threading.Thread(target=look_up, name=f"resolve {host}", daemon=True).start()
    return await answer


class _ClosingStream(httpcore.AsyncNetworkStream):
    """A TCP connection that is closed when its TLS handshake is cancelled.

    httpcore closes it when the handshake fails, but not when a deadline cuts it short: a server
    that accepts and then says nothing would cost a socket with every poll.
    """

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # httpcore's signature
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # httpcore's signature
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except asyncio.CancelledError:
            await self._inner.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """httpcore's network layer, connecting only to addresses the policy permits.

    Args:
        policy: which addresses are permitted.
        resolve: where names become addresses.
    """

    def __init__(self, policy: AddressPolicy, resolve: Resolver) -> None:
        self._policy = policy
        self._resolve = resolve
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve `host`, judge each address, and connect to the first permitted one that answers.

        Raises:
            ForbiddenAddressError: no address of the host may be connected to.
            UnreachableError: no such host, or no address of it takes connections.
        """

        async def attempt(address: Address) -> httpcore.AsyncNetworkStream:
            return await self._inner.connect_tcp(
                str(address),
                port,
                timeout=timeout,
                local_address=local_address,
                socket_options=socket_options,
            )

        stream = await _first(await self._permitted(host, port), attempt, host, port)
        return _ClosingStream(stream)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: no web address leads to a socket of this machine."""
        raise ForbiddenAddressError(
            Wording("{path} is a socket of this machine; it cannot be watched.", path=path)
        )

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    async def _permitted(self, host: str, port: int) -> list[Address]:
        found = await self._addresses(host, port)
        permitted = [one for one in found if self._policy.permits(host, port, one)]
        if not permitted:
            raise ForbiddenAddressError(_private(host, found[0]))
        return _interleaved(permitted)[:MAX_ADDRESSES]

    async def _addresses(self, host: str, port: int) -> list[Address]:
        try:
            literal = parse_literal(host)
            if literal is not None:
                return [literal]
            found = [ip_address(text) for text in await self._resolve(host, port)]
        except (OSError, ValueError) as error:
            raise UnreachableError(_unresolved(host, error)) from error
        if not found:
            raise UnreachableError(_unresolved(host, None))
        return list(dict.fromkeys(found))


def checked_transport(backend: CheckedBackend, tls: ssl.SSLContext) -> httpx.AsyncHTTPTransport:
    """The transport of httpx over `backend`, with httpx's default connection limits.

    httpx has no setting for the network layer, so its pool is replaced by the same pool with one.
    """
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=5.0)
    transport = httpx.AsyncHTTPTransport(verify=tls, trust_env=False)
    transport._pool = httpcore.AsyncConnectionPool(  # noqa: SLF001  # see the docstring
        ssl_context=tls,
        max_connections=limits.max_connections,
        max_keepalive_connections=limits.max_keepalive_connections,
        keepalive_expiry=limits.keepalive_expiry,
        network_backend=backend,
    )
    return transport


def _interleaved(addresses: list[Address]) -> list[Address]:
    """The resolver's order, the two families taking turns (RFC 8305, section 4)."""
    first = [one for one in addresses if one.version == addresses[0].version]
    second = [one for one in addresses if one.version != addresses[0].version]
    both = [one for pair in zip(first, second, strict=False) for one in pair]
    return both + first[len(second) :] + second[len(first) :]


async def _first(
    addresses: list[Address],
    attempt: Callable[[Address], Awaitable[httpcore.AsyncNetworkStream]],
    host: str,
    port: int,
) -> httpcore.AsyncNetworkStream:
    """Connect to the addresses in turn, each a moment after the last; the first to answer wins."""

    async def run(address: Address) -> httpcore.AsyncNetworkStream | Exception:
        try:
            return await attempt(address)
        except (httpcore.NetworkError, httpcore.TimeoutException, OSError) as error:
            return error

    waiting = list(addresses)
    running: set[asyncio.Task[httpcore.AsyncNetworkStream | Exception]] = set()
    winner: httpcore.AsyncNetworkStream | None = None
    failure: Exception | None = None
    try:
        while winner is None and (waiting or running):
            if waiting:
                running.add(asyncio.ensure_future(run(waiting.pop(0))))
            done, running = await asyncio.wait(
                running,
                timeout=ATTEMPT_DELAY if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                result = task.result()
                if isinstance(result, Exception):
                    failure = failure or result
                elif winner is None:
                    winner = result
                else:
                    await result.aclose()
    finally:
        await _abandon(running)
    if winner is None:
        raise UnreachableError(_unconnected(host, port, failure)) from failure
    return winner


async def _abandon(
    tasks: set[asyncio.Task[httpcore.AsyncNetworkStream | Exception]],
) -> None:
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, httpcore.AsyncNetworkStream):  # connected as it was cancelled
            await result.aclose()


def causes(error: BaseException | None) -> Iterable[BaseException]:
    """An error and what it came from, innermost last."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _private(host: str, address: Address) -> Wording:
    if parse_literal(host) is not None:
        return Wording(
            "{host} is a private or reserved address ({address}); LiveRelay fetches from the "
            "public internet only. If this host is meant, add it to fetch.allow_hosts.",
            host=host,
            address=str(address),
        )
    return Wording(
        "{host} leads to a private or reserved address ({address}); LiveRelay fetches from the "
        "public internet only. If this host is meant, add it to fetch.allow_hosts.",
        host=host,
        address=str(address),
    )


def _unresolved(host: str, error: Exception | None) -> Wording:
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return Wording(
            "The address of {host} could not be looked up: the name server does not answer. It may "
            "be this machine's network.",
            host=host,
        )
    return Wording("There is no host named {host}. Check the spelling of the address.", host=host)


def _unconnected(host: str, port: int, error: Exception | None) -> Wording:
    chain = list(causes(error))
    if any(isinstance(one, ConnectionRefusedError) for one in chain):
        return Wording(
            "{host} refuses connections on port {port}; the site may be down.",
            host=host,
            port=str(port),
        )
    detail = next((one.strerror for one in chain if isinstance(one, OSError) and one.strerror), "")
    if detail:
        return Wording(
            "No connection to {host} (port {port}): {detail}.",
            host=host,
            port=str(port),
            detail=detail,
        )
    return Wording("No connection to {host} (port {port}).", host=host, port=str(port))
