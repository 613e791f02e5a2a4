"""Feeds polled two hundred times."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.model import ChangeKind
from tests.support.replay.feeds import Atom, JsonFeed, Rss, RssLinked, RssNameless, RssStamped
from tests.support.replay.replaying import SEEDS, replay
from tests.support.replay.writer import Writer


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("writer", [Rss, RssLinked, RssNameless, RssStamped, Atom, JsonFeed])
async def test_every_poll(tmp_path: Path, writer: type[Writer], seed: int) -> None:
    """Every item is told once, every revision is stored; an item that rolled off is not gone."""
    made = await replay(tmp_path, writer, seed)
    assert made.told[ChangeKind.NEW] > writer.polls // 2
    assert made.told[ChangeKind.REVISED] > writer.polls // 4
    assert not made.told[ChangeKind.WITHDRAWN]
