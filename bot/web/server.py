"""Serves the web application inside the loop that everything else runs in."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from bot.errors import ConfigError

GRACE = 3
"""Seconds that requests under way are given when the server stops."""


class _Server(uvicorn.Server):
    """uvicorn, leaving signals to the application: a clean stop is more than the web's."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class WebServer:
    """An HTTP server with a start and a stop.

    Args:
        app: the application to serve.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None
        self._port = 0

    @property
    def port(self) -> int:
        """The port that is listened on; 0 before the start."""
        return self._port

    async def start(self, host: str, port: int) -> None:
        """Listen and return once connections are taken.

        Args:
            host: a name or address of this machine; "0.0.0.0" or "::" for all of them.
            port: 0 picks a free one, see `port`.

        Raises:
            ConfigError: the port is in use, or the host is not of this machine.
        """
        sockets = await _listen(host, port)
        self._port = sockets[0].getsockname()[1]
        config = uvicorn.Config(
            self._app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=GRACE,
        )
        self._server = server = _Server(config)
        self._task = asyncio.create_task(server.serve(sockets=sockets), name="web server")
        ready = asyncio.create_task(server.ready.wait())
        await asyncio.wait({ready, self._task}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self._task.done():
            _close(sockets)
            self._task.result()

    async def stop(self) -> None:
        """Take no more connections, let requests under way finish, and return. Twice is once."""
        if self._server is None or self._task is None:
            return
        self._server.should_exit = True
        task, self._task = self._task, None
        await task
        self._port = 0


async def _listen(host: str, port: int) -> list[socket.socket]:
    """Sockets for every address of `host`, all on one port."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise ConfigError(
            f"web.host: {host!r} is not a name or address of this machine."
        ) from error
    sockets: list[socket.socket] = []
    failure: OSError | None = None
    addresses = list(dict.fromkeys((entry[0], str(entry[4][0])) for entry in found))
    for family, address in addresses:
        try:
            one = _bound(family, address, port, alone=len(addresses) == 1)
        except OSError as error:
            # A machine without IPv6 still has a "localhost" of both kinds.
            if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                failure = failure or error
                continue
            _close(sockets)
            raise _refusal(host, port, error) from error
        sockets.append(one)
        port = one.getsockname()[1]
    if not sockets:
        raise _refusal(host, port, failure) from failure
    return sockets


def _bound(family: int, address: str, port: int, *, alone: bool) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:  # "::" alone takes IPv4 too
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not alone)
        listener.bind((address, port))
        listener.listen(128)  # two may bind one port with SO_REUSEADDR; only one may listen
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _close(sockets: list[socket.socket]) -> None:
    for one in sockets:
        with suppress(OSError):
            one.close()


def _refusal(host: str, port: int, error: OSError | None) -> ConfigError:
    code = error.errno if error else None
    if code == errno.EADDRINUSE:
        return ConfigError(
            f"web.port: port {port} on {host} is in use by another program. Stop it, or set "
            "LIVERELAY_WEB__PORT to another port (0 picks a free one)."
        )
    if code in (errno.EACCES, errno.EPERM):
        return ConfigError(
            f"web.port: this user may not listen on port {port}; choose one above 1023."
        )
    return ConfigError(f"web.host: {host!r} is not an address of this machine.")
