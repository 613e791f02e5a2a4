"""Carrying out the faults a test ordered: what the client sees, and what was accepted."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import TYPE_CHECKING

from aiohttp import web

from bot.sandbox.answers import ApiError, Json, unauthorized
from bot.sandbox.faults import Fault, FaultKind

if TYPE_CHECKING:
    from bot.sandbox.server import SandboxServer

_JSON = "application/json"
_PROXY_PAGE = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
_REASONS = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}
_NEVER = 24 * 3600.0  # seconds a hanging call is kept, unless the client gives up


async def strike(
    server: SandboxServer, request: web.BaseRequest, method: str, params: Json
) -> web.StreamResponse | None:
    """Let the ordered faults act; None if the call goes its normal way."""
    chat_id = params.get("chat_id")
    with contextlib.suppress(TypeError, ValueError):
        chat_id = int(chat_id) if chat_id is not None else None
    known = chat_id if isinstance(chat_id, int) else None
    for fault in server.faults.hit(method.lower(), known):
        if fault.kind is FaultKind.LATENCY:
            await asyncio.sleep(server.faults.delay(fault))
        else:
            return await _fail(server, request, fault, method, params, known)
    return None


async def _fail(
    server: SandboxServer,
    request: web.BaseRequest,
    fault: Fault,
    method: str,
    params: Json,
    chat_id: int | None,
) -> web.StreamResponse:
    kind = fault.kind
    if kind in (FaultKind.DROP, FaultKind.HANG_AFTER):
        await server.call(method, params)
    if kind in (FaultKind.RESET, FaultKind.DROP):
        return _reset(request)
    if kind in (FaultKind.HANG, FaultKind.HANG_AFTER):
        await _hang(request, fault.seconds or _NEVER)
        return _reset(request)
    if kind is FaultKind.FLOOD:
        server.limiter.counters.floods += 1
        if fault.scope == "bot" or (fault.scope == "chat" and chat_id is not None):
            server.limiter.flood(fault.retry_after, None if fault.scope == "bot" else chat_id)
        parameters = {"retry_after": fault.retry_after}
        raise ApiError(429, f"Too Many Requests: retry after {fault.retry_after}", parameters)
    if kind is FaultKind.UNAUTHORIZED:
        raise unauthorized()
    if kind is FaultKind.REFUSE:
        raise ApiError(fault.status, fault.description or "Bad Request: ordered by a test")
    if kind is FaultKind.GARBAGE:
        return web.Response(body=b'{"ok":true,"resu', content_type=_JSON)
    title = f"{fault.status} {_REASONS.get(fault.status, 'Error')}"
    page = _PROXY_PAGE.format(title)
    return web.Response(text=page, status=fault.status, content_type="text/html")


def _reset(request: web.BaseRequest) -> web.Response:
    """End the connection with a RST, so that the client sees a reset and no answer."""
    transport = request.transport
    if transport is not None:
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=500)


async def _hang(request: web.BaseRequest, seconds: float) -> None:
    """Wait until the time is over or the client is gone."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end and request.transport is not None:
        if request.transport.is_closing():
            return
        await asyncio.sleep(min(0.05, max(0.0, end - loop.time())))
