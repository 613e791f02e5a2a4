"""The dashboard over real HTTP: who gets in, what it shows, what its forms do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bot.errors import ConfigError
from bot.model import SourceState
from bot.observe import Metrics
from bot.store import audit, sources, web_keys
from bot.store.engine import Database
from bot.web.address import public_address
from bot.web.app import create_web
from bot.web.dashboard import COOKIE, Dashboard
from bot.web.server import WebServer
from tests.support.store import add_source, temp_database, utc_now

ADMIN = 900_000_001


class People(set[int]):
    """Who is an admin."""

    async def refresh(self) -> None:
        """Nothing to read."""


@dataclass
class Office:
    """A running dashboard and a browser that follows no redirects."""

    db: Database
    http: httpx.AsyncClient
    admins: People
    clock: list[datetime]
    woken: list[int] = field(default_factory=list)

    async def link(self, user_id: int = ADMIN) -> str:
        """The key of a link the bot gave."""
        async with self.db.write() as connection:
            return await web_keys.make(connection, web_keys.LINK, user_id, self.clock[0])

    async def enter(self, key: str) -> httpx.Response:
        """Follow the link and press its button."""
        shown = await self.http.get("/dashboard/enter", params={"key": key})
        assert shown.status_code == 200
        return await self.http.post("/dashboard/enter", data={"key": key})

    async def page(self) -> str:
        """The dashboard."""
        answer = await self.http.get("/dashboard")
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A dashboard on a database of its own."""
    clock = [utc_now()]
    admins, woken = People({ADMIN}), []
    async with temp_database(tmp_path) as db:
        dashboard = Dashboard(
            db,
            admins,
            now=lambda: clock[0],
            secure=False,
            wake_poller=lambda: woken.append(1),
        )

        async def health() -> dict[str, object]:
            return {"ok": True}

        server = WebServer(
            create_web(health=health, metrics=Metrics(), webhook=None, more=dashboard.routes())
        )
        await server.start("127.0.0.1", 0)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as http:
            yield Office(db, http, admins, clock, woken)
        await server.stop()


async def test_a_link_opens_it_once(office: Office) -> None:
    """Looking at the link uses nothing up; the press does, and gives a cookie no script reads."""
    key = await office.link()
    for _ in range(3):  # previews, a reload
        await office.http.get("/dashboard/enter", params={"key": key})
    answer = await office.enter(key)
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"].lower()
    for part in ("httponly", "samesite=strict", "path=/dashboard"):
        assert part in cookie
    assert "Sources" in await office.page()
    office.http.cookies.clear()
    assert (await office.enter(key)).status_code == 403
    async with office.db.read() as connection:
        assert [each.deed for each in await audit.newest(connection, 9)] == ["dashboard opened"]


async def test_who_gets_in(office: Office) -> None:
    """Nobody without a link, with an old one, with a made-up one, or who is an admin no more."""
    assert (await office.http.get("/dashboard")).status_code == 403
    office.http.cookies.set(COOKIE, "made-up", path="/dashboard")
    assert (await office.http.get("/dashboard")).status_code == 403
    office.http.cookies.clear()
    assert (await office.enter("made-up")).status_code == 403
    old = await office.link()
    office.clock[0] += timedelta(minutes=6)
    assert (await office.enter(old)).status_code == 403
    assert (await office.enter(await office.link(7))).status_code == 403
    assert (await office.enter(await office.link())).status_code == 303
    await office.page()
    office.admins.clear()
    assert (await office.http.get("/dashboard")).status_code == 403
    office.admins.add(ADMIN)
    office.clock[0] += timedelta(hours=13)
    assert (await office.http.get("/dashboard")).status_code == 403


async def test_what_it_shows(office: Office) -> None:
    """Sources with what failed, hostile names as text, under a policy without scripts."""
    source_id = await add_source(office.db, name="<script>alert(1)</script>")
    async with office.db.write() as connection:
        await sources.mark_failed(
            connection,
            source_id,
            error='answered "503" <b>',
            now=office.clock[0],
            next_poll_at=office.clock[0],
        )
    await office.enter(await office.link())
    answer = await office.http.get("/dashboard")
    assert "<script" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert "answered &quot;503&quot; &lt;b&gt;" in answer.text
    assert "waiting to be sent" in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert (
        (await office.http.get("/dashboard/style.css"))
        .headers["content-type"]
        .startswith("text/css")
    )


async def test_its_forms_change_sources(office: Office) -> None:
    """With the page's token only; what is done is on record."""
    source_id = await add_source(office.db)
    await office.enter(await office.link())
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', await office.page())
    assert found is not None
    where = f"/dashboard/sources/{source_id}/pause"
    for forged in ({}, {"csrf": "x"}, {"csrf": "ü"}):
        assert (await office.http.post(where, data=forged)).status_code == 403
    async with office.db.read() as connection:
        source = await sources.get(connection, source_id)
    assert source is not None
    assert source.state is SourceState.ACTIVE
    assert (await office.http.post(where, data={"csrf": found[1]})).status_code == 303
    async with office.db.read() as connection:
        source = await sources.get(connection, source_id)
        last = (await audit.newest(connection, 1))[0]
    assert source is not None
    assert source.state is SourceState.PAUSED
    assert (last.deed, last.user_id, last.detail) == ("source paused", ADMIN, "dashboard")
    assert office.woken == [1]
    for nowhere in (f"/dashboard/sources/{source_id}/explode", "/dashboard/sources/77/pause"):
        answer = await office.http.post(nowhere, data={"csrf": found[1]})
        assert answer.status_code == 404
    await office.http.post("/dashboard/leave", data={"csrf": found[1]})
    assert (await office.http.get("/dashboard")).status_code == 403


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("https://relay.example.org/", "127.0.0.1", 8080), "https://relay.example.org"),
        (("", "192.0.2.7", 8080), "http://192.0.2.7:8080"),
        (("", "2001:db8::1", 80), "http://[2001:db8::1]:80"),
        (("", "relay.example.org", 8080), "http://relay.example.org:8080"),
    ],
)
def test_where_people_reach_it(given: tuple[str, str, int], expected: str) -> None:
    """The address that is set, else that which is listened on."""
    assert public_address(*given) == expected


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "0.0.0.0", "::", ""])
def test_where_nobody_does(host: str) -> None:
    """An address of this machine alone, or of none in particular, names the setting to set."""
    with pytest.raises(ConfigError, match=r"web\.public_url"):
        public_address("", host, 8080)
