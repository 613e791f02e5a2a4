"""An empty database and a Bot API without limits, for the tests of delivery."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from bot.store.engine import Database
from tests.support.store import temp_database


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database."""
    async with temp_database(tmp_path) as opened:
        yield opened


@pytest.fixture
async def server() -> AsyncIterator[SandboxServer]:
    """A Bot API without flood limits."""
    async with await SandboxServer(limits=Limits.off()).start() as started:
        yield started
