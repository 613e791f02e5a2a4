"""Clock-time pages polled two hundred times, also across midnight."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bot.model import ChangeKind
from tests.support.pages import NOON
from tests.support.replay.clocks import EVENING, Clock, ClockDays, ClockOldestFirst
from tests.support.replay.replaying import SEEDS, replay
from tests.support.replay.writer import Writer


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("begun", [NOON, EVENING], ids=["noon", "evening"])
@pytest.mark.parametrize("writer", [Clock, ClockOldestFirst, ClockDays])
async def test_two_hundred_polls(
    tmp_path: Path, writer: type[Writer], begun: datetime, seed: int
) -> None:
    """Every entry is told once, every revision is stored, and what was taken back is struck."""
    made = await replay(tmp_path, writer, seed, begun=begun)
    assert made.told[ChangeKind.NEW] > 100
    assert made.told[ChangeKind.REVISED] > 50
    assert made.told[ChangeKind.WITHDRAWN] > 2
