"""Requests to the Bot API on pyreqwest: kept connections, orjson, and no address in any message.

One object serves python-telegram-bot, as its ``BaseRequest``, and the alerts, through
`HttpRequest.post_json`, which builds no object of the answer. The connections live in a thread of
the library's own, which needs Python for nothing: a broadcast leaves the event loop to the rest.
A Bot API address contains the token: foreign exceptions, which may quote it, end here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import BuilderError, PoolTimeoutError, RequestError, RequestTimeoutError
from pyreqwest.http import Url
from pyreqwest.multipart import FormBuilder, PartBuilder
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.errors import ConfigError, NoConnectionError, TransientError

CONNECTIONS = 1_000
KEEP_ALIVE = 25.0  # seconds; shorter than the server's, so that no request meets a closing socket
CONNECT_TIMEOUT = 8.0  # seconds
READ_TIMEOUT = 15.0
MEDIA_WRITE_TIMEOUT = 60.0

_CONNECTING = "client error (Connect)"  # as hyper-util 0.1 words it

_JSON = {"Content-Type": "application/json"}


class HttpRequest(BaseRequest):
    """See the module.

    Args:
        connections: at most so many at a time.
        connect_timeout: seconds until a connection stands, TLS included.
        read_timeout: seconds until the answer is there, for `post_json` the connection included.
    """

    __slots__ = ("_client", "_connect_timeout", "_connections", "_read_timeout")

    def __init__(
        self,
        *,
        connections: int = CONNECTIONS,
        connect_timeout: float = CONNECT_TIMEOUT,
        read_timeout: float = READ_TIMEOUT,
    ) -> None:
        self._connections = connections
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._client: Client | None = None

    @property
    def read_timeout(self) -> float | None:
        """Seconds an answer may take where the caller does not say."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Be ready for requests; again after `shutdown` if need be.

        Raises:
            ConfigError: the machine has no certificates to tell Telegram by.
        """
        if self._client is not None:
            return
        builder = (
            ClientBuilder()
            .user_agent("LiveRelay")
            .max_connections(self._connections)
            .pool_idle_timeout(timedelta(seconds=KEEP_ALIVE))
            .connect_timeout(timedelta(seconds=self._connect_timeout))
            .timeout(timedelta(seconds=self._read_timeout))
            .follow_redirects(enable=False)
            .no_proxy()
        )
        try:
            self._client = builder.build()
        except BuilderError as error:
            causes = error.details["causes"] or [{"message": str(error)}]
            raise ConfigError(
                f"no secure connection can be made on this machine ({causes[-1]['message']}); "
                "install its ca-certificates, or name a file of them in SSL_CERT_FILE"
            ) from error

    async def shutdown(self) -> None:
        """Close every connection."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def post_json(
        self, url: Url, body: bytes, on_left: Callable[[], None] | None = None
    ) -> tuple[int, bytes]:
        """Post a JSON body; returns the HTTP status and the body of the answer.

        Args:
            url: of the method.
            body: JSON.
            on_left: called in the moment in which the request is handed to its connection.

        Raises:
            NoConnectionError: nothing left, though `on_left` was called.
            TransientError: no answer, and the request may have arrived.
        """
        request = self._open().post(url).headers(_JSON).body_bytes(body).build()
        if on_left is not None:
            on_left()
        try:
            response = await request.send()
            return response.status, bytes(await response.bytes())
        except RequestError as error:
            raise _failure(error) from None

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
        request = self._open().request(method, url)
        files = request_data.multipart_data if request_data else None
        limits = (
            _default(connect_timeout, self._connect_timeout),
            _default(read_timeout, self._read_timeout),
            _default(write_timeout, MEDIA_WRITE_TIMEOUT if files else 0.0),
        )
        if None not in limits:
            request.timeout(timedelta(seconds=sum(limit or 0.0 for limit in limits)))
        if request_data is not None and files:
            request.multipart(_form(request_data, files))
        elif request_data is not None and request_data.parameters:
            request.headers(_JSON).body_bytes(orjson.dumps(request_data.parameters))
        try:
            response = await request.build().send()
            return response.status, bytes(await response.bytes())
        except RequestError as error:
            kind = TimedOut if isinstance(error, TimeoutError) else NetworkError
            failure = _failure(error)
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

    def _open(self) -> Client:
        if self._client is None:
            msg = "initialize() was not called"
            raise RuntimeError(msg)
        return self._client


def _form(data: RequestData, files: dict[str, Any]) -> FormBuilder:
    form = FormBuilder()
    for name, value in data.json_parameters.items():
        form.text(name, value)
    for name, (file_name, content, mime_type) in files.items():
        content = content if isinstance(content, bytes) else content.read()
        form.part(name, PartBuilder.from_bytes(content).file_name(file_name).mime(mime_type))
    return form


def _default(given: ODVInput[float], otherwise: float | None) -> float | None:
    return otherwise if isinstance(given, DefaultValue) else given


def _failure(error: RequestError) -> TransientError:
    """What a failed request means, without its address."""
    causes = [cause["message"] for cause in error.details["causes"] or ()]
    # Its ConnectError is whatever fails before an answer begins; the causes tell it apart.
    if _CONNECTING in causes or isinstance(error, PoolTimeoutError):
        if isinstance(error, RequestTimeoutError):
            return NoConnectionError("No connection to Telegram in time; it is tried again.")
        reason = causes[-1].partition(" (os error")[0]
        return NoConnectionError(f"Telegram could not be reached ({reason}); it is tried again.")
    if isinstance(error, RequestTimeoutError):
        return TransientError(
            "Telegram did not answer in time; the message may have been sent, and is tried again.",
            maybe_sent=True,
        )
    return TransientError(
        f"The connection to Telegram broke ({type(error).__name__}); it is tried again.",
        maybe_sent=True,
    )
