"""What the tests of real processes share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from tests.support.nursery import Nursery, open_nursery


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


@pytest.fixture
async def nursery(nursery_address: Path) -> AsyncIterator[Nursery]:
    """Starts processes quickly; those still alive are killed after the test."""
    async with Nursery.at(nursery_address) as made:
        yield made
