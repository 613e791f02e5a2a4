"""The chat page: its static files, the events it listens to, and what it shows first.

``GET /`` is the page, ``/static/…`` its files, ``/sandbox/view`` the chats, ``/sandbox/commands``
the commands a person is offered in a chat, ``/sandbox/events`` a stream of server-sent events.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from bot.sandbox.answers import Json
from bot.sandbox.methods_bot import commands_for
from bot.sandbox.snapshots import (
    chat_snapshot,
    counters_snapshot,
    message_snapshot,
    press_snapshot,
    user_snapshot,
)

if TYPE_CHECKING:
    from bot.sandbox.server import Handler, SandboxServer

STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self';"
        " img-src 'self' http: https: data:; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_MOST_WAITING = 2_000  # events of a reader that does not keep up
_COUNTERS_EVERY = 0.5  # seconds
_MOST_CHATS = 300


def routes(server: SandboxServer) -> dict[tuple[str, str], Handler]:
    """The page's endpoints by method and path; "*" stands for a prefix."""
    page = _Page(server)
    return {
        ("GET", "/"): page.static,
        ("*", "/static/"): page.static,
        ("GET", "/sandbox/view"): page.view,
        ("GET", "/sandbox/commands"): page.commands,
        ("GET", "/sandbox/events"): page.events,
    }


class _Page:
    """The page of one server."""

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.world = server.world

    async def static(self, request: web.BaseRequest) -> web.StreamResponse:
        name = request.path.removeprefix("/static/") if request.path != "/" else "index.html"
        path = STATIC / name
        kind = _TYPES.get(path.suffix)
        if kind is None or path.parent != STATIC or not path.is_file():
            return web.Response(status=404, text="Not Found")
        return web.Response(
            body=path.read_bytes(), content_type=kind, charset="utf-8", headers=_HEADERS
        )

    async def view(self, _request: web.BaseRequest) -> web.StreamResponse:
        world = self.world
        chats = list(world.chats.values())[:_MOST_CHATS]
        return _json(
            {
                "bot": user_snapshot(world.bot),
                "chats": [chat_snapshot(world, chat) for chat in chats],
                "counters": counters_snapshot(self.server.counters),
            }
        )

    async def commands(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            chat = self.world.chat(int(request.query["chat"]))
            user = self.world.user(int(request.query["user"]))
        except (KeyError, ValueError):
            chat = user = None
        if chat is None or user is None:
            return _json({"commands": []})
        return _json({"commands": commands_for(self.server.api, chat, user)})

    async def events(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        )
        await response.prepare(request)
        waiting: asyncio.Queue[Json] = asyncio.Queue(_MOST_WAITING)

        def watcher(kind: str, event: Json) -> None:
            if waiting.full():
                while not waiting.empty():
                    waiting.get_nowait()
                waiting.put_nowait({"kind": "resync"})
                return
            waiting.put_nowait({"kind": kind, **self._shown(event)})

        self.world.watchers.append(watcher)
        try:
            await self._stream(request, response, waiting)
        except ConnectionError:
            pass  # the reader closed the page
        finally:
            self.world.watchers.remove(watcher)
        return response

    async def _stream(
        self,
        request: web.BaseRequest,
        response: web.StreamResponse,
        waiting: asyncio.Queue[Json],
    ) -> None:
        loop, told, due = asyncio.get_running_loop(), Json(), 0.0
        while request.transport is not None and not request.transport.is_closing():
            try:
                async with asyncio.timeout(_COUNTERS_EVERY):
                    event = await waiting.get()
                await response.write(b"data: " + orjson.dumps(event) + b"\n\n")
            except TimeoutError:
                await response.write(b":\n\n")  # finds out whether the reader is still there
            counters = counters_snapshot(self.server.counters)
            if counters != told and loop.time() >= due:
                told, due = counters, loop.time() + _COUNTERS_EVERY
                event = {"kind": "counters", **counters}
                await response.write(b"data: " + orjson.dumps(event) + b"\n\n")

    def _shown(self, event: Json) -> Json:
        """An event of the world as JSON."""
        shown: Json = {}
        if "message" in event:
            shown["message"] = message_snapshot(event["message"])
            shown["chat"] = chat_snapshot(self.world, event["message"].chat)
        if "press" in event:
            shown["press"] = press_snapshot(event["press"])
        if "action" in event:
            shown["chat_id"] = event["chat"].id
        elif "chat" in event:
            shown["chat"] = chat_snapshot(self.world, event["chat"])
        return shown


def _json(value: Any) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json")
