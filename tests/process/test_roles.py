"""The roles of a real process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.relay import Relay

pytestmark = pytest.mark.process


async def test_roles_on_sqlite_are_refused_in_one_sentence(tmp_path: Path) -> None:
    """One file serves one process."""
    relay = Relay(tmp_path, "http://127.0.0.1:9", {}, ("run", "--role", "send"))
    await relay.start(until="")
    assert await relay.ended() == 2
    said = "".join(relay.output)
    assert "several processes need PostgreSQL" in said
    assert "Traceback" not in said
