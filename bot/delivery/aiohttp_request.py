"""Requests to the Bot API on aiohttp: kept connections, orjson, and no address in any message.

One object serves python-telegram-bot, as its ``BaseRequest``, and the alerts, through
`AiohttpRequest.post_json`, which builds no object of the answer. A Bot API address contains the
token: foreign exceptions, which may quote it, end here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aiohttp
import orjson
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import BytesPayload
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot.errors import TransientError

CONNECTIONS = 1_000
KEEP_ALIVE = 25.0  # seconds; shorter than the server's, so that no request meets a closing socket
CONNECT_TIMEOUT = 8.0  # seconds
READ_TIMEOUT = 15.0
MEDIA_WRITE_TIMEOUT = 60.0

_HEADERS = {"User-Agent": "LiveRelay", "Accept-Encoding": "gzip, deflate"}


class AiohttpRequest(BaseRequest):
    """See the module.

    Args:
        connections: at most so many at a time.
        connect_timeout: seconds until a connection stands, TLS included.
        read_timeout: seconds until the answer is there, for `post_json` the connection included.
        proxy: address of an HTTP proxy.
    """

    __slots__ = ("_connect_timeout", "_connections", "_proxy", "_read_timeout", "_session")

    def __init__(
        self,
        *,
        connections: int = CONNECTIONS,
        connect_timeout: float = CONNECT_TIMEOUT,
        read_timeout: float = READ_TIMEOUT,
        proxy: str | None = None,
    ) -> None:
        self._connections = connections
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        """Seconds an answer may take where the caller does not say."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Be ready for requests; again after `shutdown` if need be."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections, keepalive_timeout=KEEP_ALIVE, ttl_dns_cache=60
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=_HEADERS,
                # One deadline for the whole; timers for each step cost as much as the rest.
                timeout=aiohttp.ClientTimeout(
                    total=self._read_timeout, sock_connect=self._connect_timeout
                ),
            )

    async def shutdown(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def post_json(
        self, url: URL, body: bytes, on_left: Callable[[], None] | None = None
    ) -> tuple[int, bytes]:
        """Post a JSON body; returns the HTTP status and the body of the answer.

        Args:
            url: of the method.
            body: JSON.
            on_left: called in the moment in which the request is written to its connection.

        Raises:
            TransientError: no answer; `maybe_sent` if the request was written.
        """
        payload = _JsonPayload(body, on_left)
        try:
            async with self._open().post(url, data=payload, proxy=self._proxy) as response:
                return response.status, await response.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise _failure(error, written=payload.written) from None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """python-telegram-bot's requests.

        Raises:
            TimedOut: no answer in time.
            NetworkError: no connection, or it broke.
        """
        files = request_data.multipart_data if request_data else None
        written = _default(write_timeout, MEDIA_WRITE_TIMEOUT if files else None)
        timeout = self._timeout(
            _default(connect_timeout, self._connect_timeout),
            _default(read_timeout, self._read_timeout),
            written,
        )
        data: aiohttp.FormData | _JsonPayload | None = None
        if request_data is not None and files:
            data = aiohttp.FormData(request_data.json_parameters)
            for name, (file_name, content, mime_type) in files.items():
                data.add_field(name, content, filename=file_name, content_type=mime_type)
        elif request_data is not None and request_data.parameters:
            data = _JsonPayload(orjson.dumps(request_data.parameters), None)
        try:
            async with self._open().request(
                method, URL(url, encoded=True), data=data, timeout=timeout, proxy=self._proxy
            ) as response:
                return response.status, await response.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            failure = _failure(
                error, written=data.written if isinstance(data, _JsonPayload) else True
            )
            kind = TimedOut if isinstance(error, TimeoutError) else NetworkError
            raise kind(str(failure)) from failure

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The JSON of an answer.

        Raises:
            TelegramError: it is none.
        """
        try:
            answer: dict[str, Any] = orjson.loads(payload)
        except ValueError as error:
            raise TelegramError("Telegram's answer is not JSON") from error
        return answer

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            msg = "initialize() was not called"
            raise RuntimeError(msg)
        return self._session

    @staticmethod
    def _timeout(
        connect: float | None, read: float | None, write: float | None
    ) -> aiohttp.ClientTimeout:
        total = None if connect is None or read is None else connect + read + (write or 0.0)
        return aiohttp.ClientTimeout(
            total=total, connect=connect, sock_connect=connect, sock_read=read
        )


class _JsonPayload(BytesPayload):
    """A JSON body that tells when it leaves."""

    def __init__(self, body: bytes, on_left: Callable[[], None] | None) -> None:
        super().__init__(body, content_type="application/json")
        self.written = False
        self._on_left = on_left

    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        self.written = True
        if self._on_left is not None:
            self._on_left()
        await super().write_with_length(writer, content_length)


def _default(given: ODVInput[float], otherwise: float | None) -> float | None:
    return otherwise if isinstance(given, DefaultValue) else given


def _failure(error: Exception, *, written: bool) -> TransientError:
    """What a failed request means, without its address."""
    if isinstance(error, aiohttp.ClientConnectorError):
        reason = error.os_error.strerror or type(error.os_error).__name__
        return TransientError(f"Telegram could not be reached ({reason}); it is tried again.")
    if isinstance(error, TimeoutError):
        if isinstance(error, aiohttp.ConnectionTimeoutError) or not written:
            return TransientError("No connection to Telegram in time; it is tried again.")
        return TransientError(
            "Telegram did not answer in time; the message may have been sent, and is tried again.",
            maybe_sent=True,
        )
    return TransientError(
        f"The connection to Telegram broke ({type(error).__name__}); it is tried again.",
        maybe_sent=written,
    )
