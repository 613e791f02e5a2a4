"""The small web application: alive, well, what is counted, and Telegram's webhook."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import orjson
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import ConfigError, LiveRelayError
from bot.observe import Metrics

MAX_UPDATE = 2**20
"""Bytes of one webhook call; Telegram's updates are a few kilobytes."""

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # the header's name
"""Telegram repeats in it what setWebhook was given (https://core.telegram.org/bots/api#setwebhook)."""

_SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class WebhookReceiver(Protocol):
    """Where Telegram's updates go.

    Attributes:
        path: of the webhook's address, with its leading slash.
        secret: what Telegram must repeat; never empty.
    """

    @property
    def path(self) -> str: ...  # noqa: D102  # see the class

    @property
    def secret(self) -> str: ...  # noqa: D102  # see the class

    async def receive(self, update: dict[str, Any]) -> None:
        """Take one update. An error makes Telegram send it again later."""
        ...


def create_web(
    *,
    health: Callable[[], Awaitable[dict[str, object]]],
    metrics: Metrics,
    webhook: WebhookReceiver | None,
    more: Sequence[Route] = (),
) -> Starlette:
    """Build the application.

    ``GET /healthz`` answers as long as the loop runs, ``GET /health`` with what `health` says
    (503 when its "ok" is false), ``GET /metrics`` for Prometheus, and ``POST`` on the webhook's
    path hands Telegram's updates on.

    Args:
        health: JSON-ready facts; "ok" decides the status.
        metrics: what is counted.
        webhook: None when updates are fetched by polling.
        more: further routes: the dashboard's.

    Raises:
        ConfigError: the webhook has no secret, or its path has no leading slash.
    """

    async def show_alive(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def show_health(_: Request) -> Response:
        try:
            facts = await health()
        except LiveRelayError as error:
            facts = {"ok": False, "error": str(error)}
        body = orjson.dumps(facts, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z)
        status = 200 if facts.get("ok") else 503
        return Response(body + b"\n", status, media_type="application/json")

    async def show_metrics(_: Request) -> Response:
        body, content_type = metrics.render()
        return Response(body, headers={"Content-Type": content_type})

    routes = [
        Route("/healthz", show_alive),
        Route("/health", show_health),
        Route("/metrics", show_metrics),
        *more,
    ]
    if webhook is not None:
        routes.append(_webhook_route(webhook))
    return Starlette(
        routes=routes,
        middleware=[Middleware(_SecurityHeaders)],
        # Starlette answers this one outside its middleware.
        exception_handlers={500: _failed},
    )


def _webhook_route(webhook: WebhookReceiver) -> Route:
    if not webhook.secret:
        raise ConfigError("telegram.webhook_secret: a webhook without a secret is open to anyone.")
    if not webhook.path.startswith("/"):
        raise ConfigError(f"telegram.webhook_url: its path {webhook.path!r} must start with /.")
    secret = webhook.secret.encode()

    async def take_update(request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, secret):
            return PlainTextResponse("wrong secret\n", 403)
        try:
            body = await _bounded_body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return PlainTextResponse("too large\n", 413)
        try:
            update = orjson.loads(body)
        except orjson.JSONDecodeError:
            update = None
        if not isinstance(update, dict):
            return PlainTextResponse("not a JSON object\n", 400)
        await webhook.receive(update)
        return Response()

    return Route(webhook.path, take_update, methods=["POST"])


async def _bounded_body(request: Request) -> bytes | None:
    """The body; None when it is larger than an update may be."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > MAX_UPDATE:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_UPDATE:
            return None
    return bytes(body)


async def _failed(_: Request, __: Exception) -> Response:
    return PlainTextResponse("something went wrong; see the log\n", 500, headers=_SECURITY_HEADERS)


class _SecurityHeaders:
    """Adds the headers to every answer that does not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
