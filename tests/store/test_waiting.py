"""How often what waits is counted."""

from __future__ import annotations

from bot.store.engine import Database
from bot.store.waiting import WaitingCount
from tests.store.rows import plan
from tests.support.store import add_entries, add_private_chats, add_source


class _Clock:
    """Seconds that pass while something is counted, and when a test says so."""

    def __init__(self, each: float) -> None:
        self.now = 0.0
        self._each = each

    def __call__(self) -> float:
        self.now += self._each
        return self.now


async def test_a_quick_count_is_fresh(db: Database) -> None:
    """Where counting takes no time, each look sees the present."""
    await add_private_chats(db, 3)
    source = await add_source(db)
    waiting = WaitingCount(db, clock=_Clock(0.0))
    assert await waiting.look() == 0
    await add_entries(db, source, ["One"])
    await plan(db)
    assert await waiting.look() == 3


async def test_a_slow_count_is_told_again_for_a_while(db: Database) -> None:
    """Of the time a hundredth goes into counting: after one of two seconds, 200 pass."""
    await add_private_chats(db, 3)
    source = await add_source(db)
    clock = _Clock(2.0)
    waiting = WaitingCount(db, clock=clock)
    assert await waiting.look() == 0
    await add_entries(db, source, ["One"])
    await plan(db)
    clock.now += 150
    assert await waiting.look() == 0
    clock.now += 60
    assert await waiting.look() == 3
