"""A machine whose clock is set while it relays."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.sandbox.server import SandboxServer
from tests.process.test_failures import Scene
from tests.support.relay import Relay
from tests.support.tally import SqliteRows, Tally
from tests.support.wall_clock import WallClock

pytestmark = [pytest.mark.process, pytest.mark.as_a_person]

HOUR = 3_600


@pytest.mark.parametrize("hours", [-30, 30], ids=["back", "forward"])
async def test_a_clock_that_is_set_stops_and_repeats_nothing(
    sandbox: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """By more than a day and right again: each entry is told once, in order, within seconds."""
    clock = WallClock(tmp_path)
    for name, value in clock.environment.items():
        monkeypatch.setenv(name, value)
    relay = Relay(tmp_path, "")
    scene = Scene(sandbox, [relay], Tally(sandbox, SqliteRows(relay.database)))
    try:
        await scene.open(30)
        for shift in (0, hours * HOUR, 0):
            clock.set(shift)
            scene.publish()
            await scene.all_told()
        assert scene.tally.repeats == 0
        await relay.said("the clock was set back")  # by both: one of them when it was right again
    finally:
        await scene.close()
