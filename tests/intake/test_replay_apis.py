"""Live blogs behind an API, polled two hundred times."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.model import ChangeKind
from tests.support.replay import apis
from tests.support.replay.replaying import SEEDS, replay
from tests.support.replay.writer import Writer

WRITERS = [
    apis.WordPressSpan,
    apis.WordPressPaged,
    apis.SourcefabricFirst,
    apis.SourcefabricSecond,
    apis.AlJazeera,
    apis.RedditStricken,
    apis.RedditDeleted,
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("writer", WRITERS)
async def test_every_poll(tmp_path: Path, writer: type[Writer], seed: int) -> None:
    """Every entry is told once, every revision is stored, and what was taken back is struck."""
    made = await replay(tmp_path, writer, seed)
    assert made.told[ChangeKind.NEW] > writer.polls // 2
    assert made.told[ChangeKind.REVISED] > writer.polls // 4 or not writer.habits.edits
    assert made.told[ChangeKind.WITHDRAWN] > 0
