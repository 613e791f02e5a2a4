"""Some chats' trouble is nobody else's."""

from __future__ import annotations

from pathlib import Path

from tests.bench.trouble import MOST, Crowd, compare

TRIES = 3  # a busy machine slows one of two runs now and then


async def test_trouble_of_some_chats_does_not_delay_the_others(tmp_path: Path) -> None:
    """429 for an hour, blocked, migrated, silent: the others' median latency stays as it was."""
    ratios = []
    for number in range(TRIES):
        folder = tmp_path / str(number)
        folder.mkdir()
        without, with_ = await compare(folder, Crowd(chats=200, rate=100.0, rounds=2))
        ratios.append(with_ / without)
        if ratios[-1] <= MOST:
            return
    raise AssertionError(f"the others waited longer: {ratios}")
