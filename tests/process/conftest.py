"""What the tests of real processes share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from tests.support.nursery import Nursery, open_nursery
from tests.support.relay import Relay


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxServer]:
    """A Bot API server that sets no limits."""
    async with SandboxServer(limits=Limits.off()) as server:
        yield server


@pytest.fixture(scope="session")
def nursery_address() -> Iterator[Path]:
    """A process that has loaded the program, for the whole session."""
    with open_nursery() as address:
        yield address


@pytest.fixture(autouse=True)
def started_quickly(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relays start in the nursery, but for the tests of what a start is."""
    if request.node.get_closest_marker("as_a_person") is None and asyncio.iscoroutinefunction(
        request.function
    ):
        monkeypatch.setattr(Relay, "usual", request.getfixturevalue("nursery"))


@pytest.fixture
async def nursery(nursery_address: Path) -> AsyncIterator[Nursery]:
    """Starts processes quickly; those still alive are killed after the test."""
    async with Nursery.at(nursery_address) as made:
        yield made
