"""What an admin can paste wrongly, answered in the chat by the real process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from tests.support.relay import LiveBlog, Relay

pytestmark = [pytest.mark.process, pytest.mark.as_a_person]

ARTICLE = "<html><body><h1>A quiet day</h1><p>Nothing happened at 14:50 or later.</p></body></html>"


@pytest.fixture
async def site() -> AsyncIterator[str]:
    """A server with everything that can be wrong with a page; its address."""

    async def large(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"x" * 2**20)
        return response

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"<p>drop</p>")
            await asyncio.sleep(0.1)
        return response

    async def loop(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/loop")

    async def picture(_: web.Request) -> web.Response:
        return web.Response(body=b"\x89PNG\r\n\x1a\n", content_type="image/png")

    async def article(_: web.Request) -> web.Response:
        return web.Response(text=ARTICLE, content_type="text/html")

    application = web.Application()
    for handler in (large, drip, loop, picture, article):
        application.router.add_get(f"/{handler.__name__}", handler)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    yield place.name
    await runner.cleanup()


async def test_every_wrong_address_gets_its_reason_and_adds_nothing(
    site: str, tmp_path: Path
) -> None:
    """Each kind of wrong address has a sentence of its own; the bot goes on answering."""
    wrong = {
        "": "/addsource",
        "not an address": "cannot watch",
        "ftp://files.example/x": "ftp",
        "http://10.1.2.3/": "private",
        "http://[::ffff:169.254.169.254]/": "private",
        "http://127.0.0.1:1/": "refuses",
        "https://no-such-host.invalid/live": "no-such-host.invalid",
        f"{site}/missing": "404",
        f"{site}/large": "8 MiB",
        f"{site}/drip": "1 s",
        f"{site}/loop": "redirect",
        f"{site}/picture": "picture",
        f"{site}/article": "no live blog",
    }
    async with SandboxServer(limits=Limits.off()) as server:
        admin = server.world.add_user("Desk")
        desk = server.world.private_chat(admin)
        settings = {
            "ADMINS": str(admin.id),
            "FETCH__DEADLINE": "1",
            "PACING__PER_CHAT_RATE": "100",
        }
        async with Relay(tmp_path, server.api_root, settings) as relay:
            for address, reason in wrong.items():
                asked = await server.say(admin, desk, f"/addsource {address}".strip())
                answer = await server.wait_for(desk, "", timeout=15, after=asked)
                assert reason.lower() in answer.text.lower(), (address, answer.text)
                assert not answer.buttons, (address, answer.text)
            asked = await server.say(admin, desk, "/sources")
            answer = await server.wait_for(desk, "", timeout=15, after=asked)
            assert "127.0.0.1" not in answer.text
            assert await relay.stop() == 0


async def test_an_admin_who_speaks_german_reads_no_english(site: str, tmp_path: Path) -> None:
    """Why an address cannot be watched, and what goes wrong by itself later: wholly in German."""
    wrong = {
        "ftp://files.example/x": "Adressen mit ftp: lassen sich nicht laden, nur solche mit "
        "http:// und https://.",
        "http://127.0.0.1:1/": "127.0.0.1 lehnt Verbindungen auf Port 1 ab; vielleicht ist die "
        "Website außer Betrieb.",
        f"{site}/missing": "127.0.0.1 hat keine solche Seite (404): Sie ist weg, oder die Adresse "
        "ist falsch. Prüfe die Adresse.",
        f"{site}/picture": "127.0.0.1 antwortet mit etwas, das keine Seite ist (ein Bild "
        "(image/png)). Nimm die Adresse des Liveblogs selbst.",
        f"{site}/article": "Auf dieser Seite ist kein Liveblog: ein gewöhnlicher Artikel (kein "
        "Absatz beginnt mit einer Uhrzeit, keine Auszeichnung eines Liveblogs).",
    }
    async with SandboxServer(limits=Limits.off()) as server, LiveBlog(structured=True) as blog:
        admin = server.world.add_user("Redaktion", language="de")
        desk = server.world.private_chat(admin)
        settings = {"ADMINS": str(admin.id), "PACING__PER_CHAT_RATE": "100"}
        blog.add("14:00", "The first report.")
        async with Relay(tmp_path, server.api_root, settings) as relay:
            for address, reason in wrong.items():
                asked = await server.say(admin, desk, f"/addsource {address}")
                answer = await server.wait_for(desk, "", timeout=15, after=asked)
                assert answer.text.startswith(f"Das kann ich nicht beobachten: {reason}\n"), answer
            await server.say(admin, desk, f"/addsource {blog.url} Hafenblatt")
            preview = await server.wait_for(desk, "Gelesen als schemaorg", timeout=15)
            assert "ein LiveBlogPosting nach schema.org mit 1 Meldung" in preview.text
            server.world.press(admin, preview, "✅ Beobachten")
            await server.wait_for(desk, "Ich beobachte Hafenblatt", timeout=15)
            blog.gone = True
            told = await server.wait_for(desk, "⚠ Hafenblatt", timeout=30)
            assert told.text == (
                "⚠ Hafenblatt war 3-mal in Folge nicht lesbar: 127.0.0.1 hat keine solche Seite "
                "(404): Sie ist weg, oder die Adresse ist falsch. Prüfe die Adresse. Es wird "
                "weiter versucht, immer langsamer; was gesendet wurde, bleibt."
            )
            asked = await server.say(admin, desk, "/health")
            answer = await server.wait_for(desk, "#1 Hafenblatt", timeout=15, after=asked)
            assert "#1 Hafenblatt: 127.0.0.1 hat keine solche Seite (404)" in answer.text
            assert "answered" not in await relay.command("sources", "list")
            blog.gone = False
            await server.wait_for(desk, "⚠ Hafenblatt ist wieder lesbar.", timeout=30)
            assert await relay.stop() == 0
        assert "Hafenblatt" in "".join(relay.output)
        assert "nicht lesbar" not in "".join(relay.output)
