"""The roles of a real process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.postgres import PostgresServer
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


async def test_a_lease_shorter_than_an_answer_is_refused(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    """Another sender would take over a message that is on its way, and send it again."""
    with postgres.database() as address:
        settings = {"DATABASE__URL": address, "DELIVERY__LEASE": "20"}
        relay = Relay(tmp_path, "http://127.0.0.1:9", settings, ("run", "--role", "send"))
        await relay.start(until="")
        assert await relay.ended() == 2
    said = "".join(relay.output)
    assert "delivery.lease: 20 seconds are too few on PostgreSQL, give it 30 or more" in said
    assert "Traceback" not in said
