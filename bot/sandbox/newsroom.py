"""A newsroom on this machine: serves a scripted live blog that grows while it is watched.

::

    newsroom = Newsroom(load_script(), speed=60)   # an hour of the blog each minute
    await newsroom.start("127.0.0.1", 0)
    newsroom.url                                   # the page; the same as RSS is `.feed_url`
    await newsroom.stop()

Times on the page are real UTC times and never in the future. What stands there from the start was
written in the hour before it. Up to a speed of 120 every later entry shows the minute in which it
appears, as a real newsroom's would. Faster, and in manual mode, that would put the whole event in
one minute; then the times keep the script's own distances and end at the moment the replay ends.

Manual mode (``speed=None``) is for tests: the page changes only by `advance`, `push`, `revise`
and `withdraw`. A replay does not loop: it ends with its closing entry.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from aiohttp import web

from bot.sandbox import newsroom_page
from bot.sandbox.newsroom_page import Shown
from bot.sandbox.scenes import SCENES, draw
from bot.sandbox.script import Script, ScriptEntry, load_script

FASTEST_REAL_TIME = 120.0
"""The speed up to which entries show the minute in which they appear."""

PAGE_PATH = "/live/storm-tide"


def _wall() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Pushed:
    """An entry a test wrote."""

    published_at: datetime
    entry: ScriptEntry
    there: bool = True


class Newsroom:
    """Replays a script over HTTP.

    Args:
        script: what is told; the storm that comes along by default.
        speed: minutes of the script per minute; None for manual mode.
        wall: what time it is, UTC.
        monotonic: seconds of a clock that never runs backwards.
    """

    def __init__(
        self,
        script: Script | None = None,
        speed: float | None = 60.0,
        *,
        wall: Callable[[], datetime] = _wall,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if speed is not None and speed <= 0:
            raise ValueError("the speed must be more than 0; None is manual mode")
        self.script = script or load_script()
        self._speed = speed
        self._wall = wall
        self._monotonic = monotonic
        self._started_at = wall()
        self._started = monotonic()
        self._position = 0  # manual mode: moments of the script that have passed
        self._touched_at = self._started_at  # manual mode: the last change
        self._pushed: list[_Pushed] = []
        self._runner: web.AppRunner | None = None
        self._root = ""

    # -- serving ----------------------------------------------------------------------------------

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Begin to serve, and the replay with it. Port 0 takes a free one.

        Raises:
            OSError: the port is taken.
        """
        app = web.Application()
        app.router.add_get("/", self._get_front)
        app.router.add_get(PAGE_PATH, self._get_page)
        app.router.add_get("/feed.xml", self._get_feed)
        app.router.add_get("/media/{name}.png", self._get_picture)
        app.router.add_get("/background/{slug:[a-z0-9-]{1,100}}", self._get_background)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        shown = "127.0.0.1" if host in ("", "0.0.0.0", "::") else host  # noqa: S104  # for links
        name = f"[{shown}]" if ":" in shown else shown
        self._root = f"http://{name}:{runner.addresses[0][1]}"
        self._started_at = self._touched_at = self._wall()
        self._started = self._monotonic()

    async def stop(self) -> None:
        """Stop serving; the port is free afterwards."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def url(self) -> str:
        """The live blog's address."""
        return self._root + PAGE_PATH

    @property
    def feed_url(self) -> str:
        """The address of the same as RSS."""
        return f"{self._root}/feed.xml"

    # -- the replay -------------------------------------------------------------------------------

    @property
    def minutes(self) -> float:
        """How far the script has come, in its minutes."""
        if self._speed is None:
            return self.script.moments[self._position - 1] if self._position else 0.0
        passed = (self._monotonic() - self._started) / 60.0 * self._speed
        return min(passed, self.script.duration)

    @property
    def ended(self) -> bool:
        """Whether the closing entry is on the page."""
        return self.minutes >= self.script.duration

    def shown(self) -> tuple[Shown, ...]:
        """The entries on the page now, oldest first."""
        minutes = self.minutes
        found = [
            Shown(number, self._published_at(entry), now)
            for number, entry in enumerate(self.script.entries)
            if (now := entry.as_of(minutes)) is not None
        ]
        first = len(self.script.entries)
        for number, pushed in enumerate(self._pushed, first):
            if pushed.there:
                found.append(Shown(number, pushed.published_at, pushed.entry))
        return tuple(sorted(found, key=lambda item: item.published_at))

    def _published_at(self, entry: ScriptEntry) -> datetime:
        speed = self._speed
        if speed is not None and speed <= FASTEST_REAL_TIME:
            # Before the start the script's minutes are real ones.
            after = timedelta(minutes=entry.at / speed if entry.at > 0 else entry.at)
            moment = self._started_at + after
        else:
            length = self.script.duration
            replay = timedelta(minutes=length / speed if speed else 0.0)
            moment = self._started_at + replay - timedelta(minutes=length - entry.at)
        return moment.replace(second=0, microsecond=0)

    # -- manual mode ------------------------------------------------------------------------------

    def advance(self, moments: int = 1) -> tuple[Shown, ...]:
        """Let the script's next changes happen; each is an entry, a correction or a withdrawal.

        Returns:
            The entries on the page then, oldest first.
        """
        self._must_be_manual()
        self._position = min(self._position + moments, len(self.script.moments))
        self._touched_at = self._wall()
        return self.shown()

    def push(self, text: str, *, key: bool = False, published_at: datetime | None = None) -> int:
        """Write an entry that is not in the script.

        Args:
            text: as in a script.
            key: marked as a key event.
            published_at: the time it shows; now by default.

        Returns:
            Its number, for `revise` and `withdraw`.
        """
        self._must_be_manual()
        moment = (published_at or self._wall()).astimezone(UTC).replace(second=0, microsecond=0)
        self._pushed.append(_Pushed(moment, ScriptEntry(0.0, text.strip(), key)))
        self._touched_at = self._wall()
        return len(self.script.entries) + len(self._pushed) - 1

    def revise(self, number: int, text: str) -> None:
        """Change the words of a pushed entry."""
        pushed = self._find(number)
        pushed.entry = replace(pushed.entry, text=text.strip())

    def withdraw(self, number: int) -> None:
        """Take a pushed entry off the page."""
        self._find(number).there = False

    def _find(self, number: int) -> _Pushed:
        self._must_be_manual()
        place = number - len(self.script.entries)
        if not 0 <= place < len(self._pushed):
            raise IndexError("only entries that were pushed can be changed by hand")
        self._touched_at = self._wall()
        return self._pushed[place]

    def _must_be_manual(self) -> None:
        if self._speed is not None:
            raise RuntimeError("the page follows the clock; Newsroom(speed=None) is manual mode")

    # -- answers ----------------------------------------------------------------------------------

    def changed_at(self) -> datetime:
        """When the page last changed, UTC, to the second."""
        if self._speed is None:
            return self._touched_at.replace(microsecond=0)
        passed = [moment for moment in self.script.moments if moment <= self.minutes]
        after = timedelta(minutes=passed[-1] / self._speed if passed else 0.0)
        return (self._started_at + after).replace(microsecond=0)

    async def _get_front(self, _: web.Request) -> web.Response:
        raise web.HTTPFound(PAGE_PATH)

    async def _get_page(self, request: web.Request) -> web.Response:
        changed_at = self.changed_at()
        body = newsroom_page.page(
            self.script, self.shown(), changed_at=changed_at, ended=self.ended
        )
        return self._answer(request, body, "text/html", changed_at)

    async def _get_feed(self, request: web.Request) -> web.Response:
        changed_at = self.changed_at()
        body = newsroom_page.feed(self.script, self.shown(), url=self.url, changed_at=changed_at)
        return self._answer(request, body, "application/rss+xml", changed_at)

    async def _get_picture(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in SCENES:
            raise web.HTTPNotFound
        headers = {"Cache-Control": "max-age=86400"}
        return web.Response(body=draw(name), content_type="image/png", headers=headers)

    async def _get_background(self, request: web.Request) -> web.Response:
        body = newsroom_page.background(self.script, request.match_info["slug"])
        return web.Response(text=body, content_type="text/html")

    def _answer(
        self, request: web.Request, text: str, kind: str, changed_at: datetime
    ) -> web.Response:
        """200 with the text, or 304 where the client has it (RFC 9110, section 13)."""
        body = text.encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {
            "ETag": tag,
            "Last-Modified": format_datetime(changed_at, usegmt=True),
            "Cache-Control": "no-cache",
        }
        if self._is_known(request, tag, changed_at):
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)

    def _is_known(self, request: web.Request, tag: str, changed_at: datetime) -> bool:
        if (tags := request.headers.get("If-None-Match")) is not None:
            known = {one.strip().removeprefix("W/") for one in tags.split(",")}
            return tag in known or "*" in known
        try:
            since = parsedate_to_datetime(request.headers.get("If-Modified-Since", ""))
        except ValueError:
            return False
        # A second may hold several changes: only one that is over says that nothing follows.
        over = self._wall() - changed_at > timedelta(seconds=2)
        return over and since.tzinfo is not None and changed_at <= since
