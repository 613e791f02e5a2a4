"""The dashboard: how everything is doing, for admins, in a browser.

A link from ``/dashboard`` opens it once; from then on a cookie does, as long as the person is an
admin. Whatever changes something is a POST with a token that only our own pages hold.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import parse_qs

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.store import audit, sources, statistics, vitals, web_keys
from bot.store.audit import Deed
from bot.store.engine import Database
from bot.web import pages

COOKIE = "liverelay_session"
MAX_FORM = 4096  # bytes
_POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
_OVER = "This link was used, or is older than five minutes. Send /dashboard to the bot again."
_NOBODY = "Send /dashboard to the bot: it answers with a link that opens this page."
_FORGED = "This form does not come from the dashboard, or is old. Go back and reload the page."


class Roster(Protocol):
    """Who may look."""

    async def refresh(self) -> None:
        """Bring it up to date."""

    def __contains__(self, user_id: object) -> bool: ...


@dataclass(frozen=True, slots=True)
class Visitor:
    """An admin with a session.

    Attributes:
        key: the session's, as the cookie holds it.
    """

    user_id: int
    key: str

    @property
    def csrf(self) -> str:
        """What every form of this session carries."""
        return hmac.new(self.key.encode(), b"csrf", hashlib.sha256).hexdigest()


class Dashboard:
    """The routes of the dashboard.

    Args:
        db: the database.
        admins: who may look.
        now: the clock, aware UTC.
        secure: the address people use is https: the cookie goes nowhere else.
        wake_poller: says that a source became due.
    """

    def __init__(
        self,
        db: Database,
        admins: Roster,
        *,
        now: Callable[[], datetime],
        secure: bool,
        wake_poller: Callable[[], None],
    ) -> None:
        self._db = db
        self._admins = admins
        self._now = now
        self._secure = secure
        self._wake_poller = wake_poller

    def routes(self) -> list[Route]:
        """For the web application."""
        return [
            Route("/dashboard", self._show),
            Route("/dashboard/style.css", self._style),
            Route("/dashboard/enter", self._entrance),
            Route("/dashboard/enter", self._enter, methods=["POST"]),
            Route("/dashboard/leave", self._leave, methods=["POST"]),
            Route("/dashboard/sources/{number:int}/{verb}", self._change, methods=["POST"]),
        ]

    async def _style(self, _: Request) -> Response:
        return Response(pages.STYLE, media_type="text/css")

    async def _entrance(self, request: Request) -> Response:
        return _html(pages.entrance(request.query_params.get("key", "")[:100]))

    async def _enter(self, request: Request) -> Response:
        key = (await _form(request)).get("key", "")
        now = self._now()
        async with self._db.write() as connection:
            user_id = await web_keys.use(connection, key, now)
            await self._admins.refresh()
            if user_id is None or user_id not in self._admins:
                return _html(pages.refusal(_OVER), 403)
            session = await web_keys.make(connection, web_keys.SESSION, user_id, now)
            await audit.record(connection, user_id, Deed.DASHBOARD, now=now)
        answer = RedirectResponse("/dashboard", 303)
        answer.set_cookie(
            COOKIE,
            session,
            max_age=int(web_keys.LASTS[web_keys.SESSION].total_seconds()),
            path="/dashboard",
            secure=self._secure,
            httponly=True,
            samesite="strict",
        )
        return answer

    async def _leave(self, request: Request) -> Response:
        visitor = await self._visitor(request)
        if visitor is None:
            return _html(pages.refusal(_NOBODY), 403)
        if not _is_ours(await _form(request), visitor):
            return _html(pages.refusal(_FORGED), 403)
        async with self._db.write() as connection:
            await web_keys.end(connection, visitor.key)
        answer = _html(pages.refusal("Signed out."))
        answer.delete_cookie(COOKIE, path="/dashboard")
        return answer

    async def _show(self, request: Request) -> Response:
        visitor = await self._visitor(request)
        if visitor is None:
            return _html(pages.refusal(_NOBODY), 403)
        now = self._now()
        found = await vitals.look(self._db, now)
        async with self._db.read() as connection:
            start = now - timedelta(hours=24)
            numbers = await statistics.over(connection, start, timedelta(hours=1), 24)
            counts = await sources.seen_since(connection, now - timedelta(hours=1))
            recorded = await audit.newest(connection, 10)
        return _html(pages.dashboard(found, numbers, counts, recorded, csrf=visitor.csrf, now=now))

    async def _change(self, request: Request) -> Response:
        visitor = await self._visitor(request)
        if visitor is None:
            return _html(pages.refusal(_NOBODY), 403)
        if not _is_ours(await _form(request), visitor):
            return _html(pages.refusal(_FORGED), 403)
        verb = self._verbs().get(request.path_params["verb"])
        if verb is None:
            return _html(pages.refusal("There is no such thing to do."), 404)
        change, deed = verb
        async with self._db.write() as connection:
            source = await sources.get(connection, request.path_params["number"])
            if source is None:
                return _html(pages.refusal("There is no such source."), 404)
            if await change(connection, source.id):
                label = f"#{source.id} {source.name}"
                now = self._now()
                await audit.record(connection, visitor.user_id, deed, label, "dashboard", now=now)
        self._wake_poller()
        return RedirectResponse("/dashboard", 303)

    def _verbs(
        self,
    ) -> dict[str, tuple[Callable[[AsyncConnection, int], Awaitable[bool]], Deed]]:
        now = self._now()
        return {
            "pause": (sources.pause, Deed.PAUSE_SOURCE),
            "resume": (lambda c, number: sources.resume(c, number, now), Deed.RESUME_SOURCE),
            "poll": (lambda c, number: sources.poll_now(c, number, now), Deed.POLL_SOURCE),
        }

    async def _visitor(self, request: Request) -> Visitor | None:
        key = request.cookies.get(COOKIE, "")
        if not key:
            return None
        async with self._db.read() as connection:
            user_id = await web_keys.whose(connection, key, self._now())
        await self._admins.refresh()
        if user_id is None or user_id not in self._admins:
            return None
        return Visitor(user_id, key)


def _is_ours(form: dict[str, str], visitor: Visitor) -> bool:
    given = form.get("csrf", "").encode("utf-8", "surrogateescape")
    return hmac.compare_digest(given, visitor.csrf.encode())


async def _form(request: Request) -> dict[str, str]:
    """The fields of a small form; of a large one nothing."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            return {}
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    return {name: values[0] for name, values in fields.items()}


def _html(text: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(text, status, headers={"Content-Security-Policy": _POLICY})
