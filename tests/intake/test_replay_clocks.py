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
async def test_every_poll(tmp_path: Path, writer: type[Writer], begun: datetime, seed: int) -> None:
    """Every entry is told once, every revision is stored, and what was taken back is struck."""
    made = await replay(tmp_path, writer, seed, begun=begun)
    assert made.told[ChangeKind.NEW] > writer.polls // 2
    assert made.told[ChangeKind.REVISED] > writer.polls // 4
    assert made.told[ChangeKind.WITHDRAWN] > 0
