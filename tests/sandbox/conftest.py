"""A sandbox without limits, a reader who has pressed start, and a caller that is no library."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer


@dataclass
class Answer:
    """What came back over HTTP."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def result(self) -> Any:
        assert self.body["ok"], self.body
        return self.body["result"]

    @property
    def refusal(self) -> str:
        assert not self.body["ok"], self.body
        return str(self.body["description"])


class Client:
    """Calls methods with JSON bodies, as any program could."""

    def __init__(self, server: SandboxServer, session: aiohttp.ClientSession) -> None:
        self.server = server
        self.session = session

    async def __call__(self, method: str, **params: Any) -> Answer:
        url = f"{self.server.api_root}/bot{self.server.token}/{method}"
        async with self.session.post(url, json=params) as response:
            return Answer(response.status, await response.json(), dict(response.headers))

    async def control(self, path: str, **given: Any) -> Any:
        url = f"{self.server.api_root}/sandbox/{path}"
        async with self.session.post(url, json=given) as response:
            body = await response.json()
            assert response.status == 200, body
            return body

    async def look(self, path: str) -> Any:
        async with self.session.get(f"{self.server.api_root}/sandbox/{path}") as response:
            return await response.json()


@pytest.fixture
async def server() -> AsyncIterator[SandboxServer]:
    """A running sandbox without limits."""
    async with SandboxServer(limits=Limits.off()) as running:
        yield running


@pytest.fixture
async def call(server: SandboxServer) -> AsyncIterator[Client]:
    """A caller of its methods."""
    async with aiohttp.ClientSession() as session:
        yield Client(server, session)
