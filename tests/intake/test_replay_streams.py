"""The Guardian's and the BBC's streams, page after page, polled two hundred times."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.model import ChangeKind
from tests.support.replay.bbc import BbcData, BbcPayload
from tests.support.replay.guardian import GuardianModel, GuardianPage
from tests.support.replay.replaying import SEEDS, replay
from tests.support.replay.writer import Writer


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("writer", [GuardianPage, GuardianModel, BbcPayload, BbcData])
async def test_every_poll(tmp_path: Path, writer: type[Writer], seed: int) -> None:
    """Every post is told once, every revision is stored, and what was taken back is struck."""
    made = await replay(tmp_path, writer, seed)
    assert made.told[ChangeKind.NEW] > writer.polls // 2
    assert made.told[ChangeKind.REVISED] > writer.polls // 4
    assert made.told[ChangeKind.WITHDRAWN] > 0  # told as long as all posts stand on one page
