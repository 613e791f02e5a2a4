"""The Bot API over HTTP, on this machine, with the world behind it.

In a process::

    server = SandboxServer(limits=Limits.off())
    await server.start()
    bot = Bot(server.token, base_url=f"{server.api_root}/bot")
    reader = server.world.add_user("Reader")
    await server.say(reader, server.world.private_chat(reader), "/start")
    await server.stop()

On its own: ``python -m bot.sandbox --port 8081``. Beside ``/bot<token>/<method>`` the server
answers the chat page (``/``) and the control endpoints (``/sandbox/…``, described in
``bot.sandbox.control``).

Requests go through one function with a table, not through a router: a broadcast's thousands of
messages a second come this way.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any

import orjson
from aiohttp import web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader

from bot.sandbox import control, methods_bot, methods_edit, methods_send, page
from bot.sandbox.answers import ApiError, Json, not_found, unauthorized
from bot.sandbox.api import Api, Method
from bot.sandbox.failing import strike
from bot.sandbox.faults import Faults
from bot.sandbox.limits import Counters, Limiter, Limits
from bot.sandbox.params import MAX_BODY_BYTES, read_params
from bot.sandbox.state import Chat, Message, Press, User
from bot.sandbox.webhook import Webhook
from bot.sandbox.world import Wanted, World

DEFAULT_TOKEN = "7000000001:sandbox-token-for-this-machine-only"  # noqa: S105 - opens nothing
METHODS: dict[str, Method] = {
    **methods_bot.METHODS,
    **methods_send.METHODS,
    **methods_edit.METHODS,
}
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
_TOKEN = re.compile(r"\d+:.+")
_JSON = "application/json"


class SandboxServer:
    """A Bot API server with everything it needs.

    Args:
        world: who and what exists; a new empty one by default.
        limits: the flood limits.
        token: the only token accepted; None accepts any of the form ``<digits>:<text>``.
        history: see `World`; switched off for benchmarks.
        log: see `World`.
        callback_ttl: seconds within which a press may be answered.

    Attributes:
        unheard: how many calls for each chat were carried out when their caller had gone.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        limits: Limits | None = None,
        token: str | None = None,
        history: bool = True,
        log: bool = True,
        callback_ttl: float = 60.0,
    ) -> None:
        self.world = world if world is not None else World(history=history, log=log)
        self.token = token or DEFAULT_TOKEN
        self._only_token = token
        self.limiter = Limiter(limits or Limits(), self.world.monotonic)
        self.faults = Faults()
        self.webhook = Webhook(self.world.updates)
        self.webhook.on_reply = self._webhook_reply
        self.api = Api(self.world, self.limiter, self.webhook, callback_ttl)
        self.routes: dict[tuple[str, str], Handler] = {}
        self.host = "127.0.0.1"
        self.port = 0
        self._server: web.Server | None = None
        self._listener: asyncio.Server | None = None
        self.unheard: Counter[int] = Counter()
        self._open: set[asyncio.Event] = set()  # of each call being carried out, set at its end
        self.routes.update(control.routes(self))
        self.routes.update(page.routes(self))

    # Life

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> SandboxServer:
        """Listen; port 0 takes a free one, told by `port` and `api_root`."""
        self.host = host
        self._server = web.Server(
            self._handle, request_factory=_make_request, access_log=None, keepalive_timeout=300
        )
        self.port = port
        await self.up()
        return self

    async def stop(self) -> None:
        """Stop listening and end every connection."""
        await self.webhook.remove()
        self.world.updates.stop_poll()
        await self.down()
        if self._server is not None:
            await self._server.shutdown(0.1)
            self._server = None

    async def down(self) -> None:
        """Refuse every connection from now on, and end those that are open."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._server is not None:
            for connection in self._server.connections:
                if connection.transport is not None:
                    connection.transport.abort()
        await asyncio.sleep(0)

    async def up(self) -> None:
        """Listen again, on the same port."""
        if self._listener is None:
            assert self._server is not None, "start first"
            self._listener = await asyncio.get_running_loop().create_server(
                self._server, self.host, self.port, backlog=1024, reuse_address=True
            )
            self.port = self._listener.sockets[0].getsockname()[1]

    async def __aenter__(self) -> SandboxServer:
        return await self.start() if self._server is None else self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def api_root(self) -> str:
        """Where the server answers, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def counters(self) -> Counters:
        """What was accepted and refused so far."""
        return self.limiter.counters

    # Acting as people: the world's methods, awaitable

    async def say(self, user: User, chat: Chat, text: str, **how: Any) -> Message:
        """`World.say`."""
        return self.world.say(user, chat, text, **how)

    async def press(self, user: User, message: Message, button: str) -> Press:
        """`World.press`."""
        return self.world.press(user, message, button)

    async def wait_for(
        self,
        chat: Chat | int,
        wanted: Wanted = "",
        timeout: float = 5.0,  # noqa: ASYNC109 - what to say at the end is part of waiting
        *,
        after: Message | None = None,
    ) -> Message:
        """`World.wait_for`."""
        return await self.world.wait_for(chat, wanted, timeout, after=after)

    async def settle(self) -> None:
        """Return once all calls that are being carried out now have had their effect.

        Calls of a client that has died are carried out all the same, as with Telegram.
        """
        for _ in range(5):  # rounds of the loop: connections are accepted, read, handled
            await asyncio.sleep(0.01)
        await asyncio.gather(*(ended.wait() for ended in tuple(self._open)))

    # Answering

    async def call(self, method: str, params: Json) -> Any:
        """Carry out one method, without HTTP.

        Raises:
            ApiError: as Telegram would answer.
        """
        function = METHODS.get(method.lower())
        if function is None:
            raise not_found()
        self.limiter.counters.requests += 1
        result = function(self.api, params)
        return await result if isawaitable(result) else result

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith("/bot"):
            return await self._answer(request, path)
        handler = self.routes.get((request.method, path))
        if handler is None:
            prefix = next((p for m, p in self.routes if m == "*" and path.startswith(p)), None)
            if prefix is None:
                return web.Response(status=404, text="Not Found")
            handler = self.routes["*", prefix]
        return await handler(request)

    async def _answer(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        token, _, method = path[4:].rpartition("/")
        if method.lower() == "getupdates":  # waits for as long as nothing happens
            return await self._carry_out(request, token, method)
        ended = asyncio.Event()
        self._open.add(ended)
        try:
            return await self._carry_out(request, token, method)
        finally:
            self._open.discard(ended)
            ended.set()

    async def _carry_out(
        self, request: web.BaseRequest, token: str, method: str
    ) -> web.StreamResponse:
        try:
            if token != self._only_token and (
                self._only_token is not None or _TOKEN.fullmatch(token) is None
            ):
                raise unauthorized() if _TOKEN.fullmatch(token) else not_found()
            params = await read_params(request)
            if self.faults:
                struck = await strike(self, request, method, params)
                if struck is not None:
                    return struck
            result = await self.call(method, params)
            if request.transport is None or request.transport.is_closing():
                with contextlib.suppress(TypeError, ValueError):
                    self.unheard[int(str(params.get("chat_id")))] += 1
        except ApiError as error:
            headers = {}
            if error.parameters and "retry_after" in error.parameters:
                headers["Retry-After"] = str(error.parameters["retry_after"])
            return web.Response(
                body=error.body(), status=error.code, headers=headers, content_type=_JSON
            )
        return web.Response(body=_ok(result), content_type=_JSON)

    async def _webhook_reply(self, reply: Json) -> None:
        """A method call in the answer to a webhook; its result is not told, as with Telegram."""
        with contextlib.suppress(ApiError):
            await self.call(str(reply["method"]), reply)


def _ok(result: Any) -> bytes:
    return orjson.dumps({"ok": True, "result": result})


def _make_request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: web.RequestHandler,
    writer: Any,
    task: asyncio.Task[None],
) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(
        message, payload, protocol, writer, task, loop, client_max_size=MAX_BODY_BYTES
    )
