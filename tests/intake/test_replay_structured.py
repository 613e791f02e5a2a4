"""schema.org live blogs polled two hundred times: each entry is told once, none is missed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.model import ChangeKind
from tests.support.replay.replaying import SEEDS, replay
from tests.support.replay.structured import (
    Joined,
    JsonLd,
    JsonLdNameless,
    JsonLdPositions,
    Microdata,
)
from tests.support.replay.writer import Writer


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("writer", [JsonLd, JsonLdPositions, JsonLdNameless, Microdata, Joined])
async def test_every_poll(tmp_path: Path, writer: type[Writer], seed: int) -> None:
    """Every entry is told once, every revision is stored, and nothing is ever struck through."""
    made = await replay(tmp_path, writer, seed)
    assert made.told[ChangeKind.NEW] > writer.polls // 2
    assert made.told[ChangeKind.REVISED] > writer.polls // 4
    assert not made.told[ChangeKind.WITHDRAWN]
