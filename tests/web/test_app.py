"""bot.web.app over real HTTP: health, metrics, webhook."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bot.errors import ConfigError, StoreError
from bot.observe import Metrics
from bot.web.app import MAX_UPDATE, SECRET_HEADER, create_web
from bot.web.server import WebServer

SECRET = "correct-horse"


@dataclass
class Inbox:
    """A webhook receiver that keeps what it got."""

    path: str = "/telegram/hook"
    secret: str = SECRET
    updates: list[dict[str, Any]] = field(default_factory=list)

    async def receive(self, update: dict[str, Any]) -> None:
        """Keep `update`, or fail where it asks for it."""
        if update.get("fail"):
            raise RuntimeError("no room")
        self.updates.append(update)


@dataclass
class World:
    """A running application and what stands around it."""

    http: httpx.AsyncClient
    inbox: Inbox
    metrics: Metrics
    port: int
    facts: dict[str, object] | Exception = field(default_factory=dict)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """The application on a free port."""
    inbox, metrics = Inbox(), Metrics()

    async def health() -> dict[str, object]:
        if isinstance(made.facts, Exception):
            raise made.facts
        return made.facts

    server = WebServer(create_web(health=health, metrics=metrics, webhook=inbox))
    await server.start("127.0.0.1", 0)
    base = f"http://127.0.0.1:{server.port}"
    async with httpx.AsyncClient(base_url=base, trust_env=False) as http:
        made = World(http, inbox, metrics, server.port)
        yield made
    await server.stop()


async def test_alive(world: World) -> None:
    """The process is alive as long as it answers, however unwell it is."""
    world.facts = {"ok": False}
    assert (await world.http.get("/healthz")).status_code == 200
    assert (await world.http.head("/healthz")).status_code == 200


async def test_health(world: World) -> None:
    """Health is told as JSON, and by the status to whoever reads only that."""
    world.facts = {"ok": True, "since": datetime(2031, 3, 4, tzinfo=UTC), "sources": {"failing": 0}}
    answer = await world.http.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {"ok": True, "since": "2031-03-04T00:00:00Z", "sources": {"failing": 0}}
    world.facts = {"ok": False, "sources": {"failing": 3}}
    answer = await world.http.get("/health")
    assert (answer.status_code, answer.json()["sources"]) == (503, {"failing": 3})


async def test_health_cannot_tell(world: World) -> None:
    """When health itself fails with an error of ours, that is unwell and not a server error."""
    world.facts = StoreError("The database does not answer.")
    answer = await world.http.get("/health")
    assert answer.status_code == 503
    assert answer.json() == {"ok": False, "error": "The database does not answer."}


async def test_metrics(world: World) -> None:
    """Prometheus reads what was counted."""
    world.metrics.possible_repeats.inc()
    answer = await world.http.get("/metrics")
    assert "liverelay_possible_repeats_total 1.0" in answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert answer.headers["content-type"].count("charset") == 1


@pytest.mark.parametrize("path", ["/healthz", "/health", "/metrics", "/nowhere", "/telegram/hook"])
async def test_security_headers(world: World, path: str) -> None:
    """Every answer, errors included, carries the headers, and none names the server."""
    headers = (await world.http.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


async def test_webhook(world: World) -> None:
    """An update with the secret is handed on."""
    update = {"update_id": 1, "message": {"text": "/start 🚢"}}
    answer = await world.http.post(world.inbox.path, json=update, headers={SECRET_HEADER: SECRET})
    assert answer.status_code == 200
    assert world.inbox.updates == [update]


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], "ü"])
async def test_webhook_secret(world: World, secret: str | None) -> None:
    """Without the right secret nothing is read."""
    headers = {} if secret is None else {SECRET_HEADER: secret.encode().decode("latin-1")}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answer = await world.http.post(world.inbox.path, json={"update_id": 1}, headers=raw)
    assert answer.status_code == 403
    assert world.inbox.updates == []


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"null", b"\xff", b"[" * 100_000])
async def test_webhook_nonsense(world: World, body: bytes) -> None:
    """What is no JSON object is refused."""
    answer = await world.http.post(world.inbox.path, content=body, headers={SECRET_HEADER: SECRET})
    assert answer.status_code == 400
    assert world.inbox.updates == []


async def test_webhook_too_large(world: World) -> None:
    """More than an update can be is refused, announced or not."""
    large = b'{"a": "' + b"x" * MAX_UPDATE + b'"}'

    async def dripping() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 65536):
            yield large[start : start + 65536]

    for content in (large, dripping()):
        answer = await world.http.post(
            world.inbox.path, content=content, headers={SECRET_HEADER: SECRET}
        )
        assert answer.status_code == 413
    assert world.inbox.updates == []


async def test_webhook_failure(world: World) -> None:
    """An update that could not be taken is a 500, so that Telegram sends it again."""
    answer = await world.http.post(
        world.inbox.path, json={"fail": True}, headers={SECRET_HEADER: SECRET}
    )
    assert answer.status_code == 500
    assert "no room" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_webhook_hang_up(world: World) -> None:
    """A caller that hangs up in the middle of its body disturbs nobody."""
    _, writer = await asyncio.open_connection("127.0.0.1", world.port)
    head = f"POST {world.inbox.path} HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {SECRET}\r\n"
    writer.write(head.encode() + b'Content-Length: 100\r\n\r\n{"update_id"')
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.close()
    await writer.wait_closed()
    assert (await world.http.get("/healthz")).status_code == 200
    assert world.inbox.updates == []


async def test_no_webhook() -> None:
    """When updates are polled, there is no webhook to knock at."""

    async def health() -> dict[str, object]:
        return {"ok": True}

    server = WebServer(create_web(health=health, metrics=Metrics(), webhook=None))
    await server.start("127.0.0.1", 0)
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(f"http://127.0.0.1:{server.port}/telegram/hook", json={})
    await server.stop()
    assert answer.status_code == 404


@pytest.mark.parametrize("inbox", [Inbox(secret=""), Inbox(path="hook")])
def test_webhook_settings(inbox: Inbox) -> None:
    """A webhook that anyone could use, or nobody, stops the start."""

    async def health() -> dict[str, object]:
        return {}

    with pytest.raises(ConfigError, match="telegram"):
        create_web(health=health, metrics=Metrics(), webhook=inbox)
