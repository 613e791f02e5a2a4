"""Kills of every part at random instants, with what each had in flight counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.delivery.turns import MOST_OPEN, most_unrecorded
from tests.process.killing import Ordeal, a_process_a_role, kill_at_random
from tests.support.nursery import Nursery
from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.process


async def test_a_process_for_each_role_and_three_senders_killed_at_random(
    postgres: PostgresServer, nursery: Nursery, tmp_path: Path
) -> None:
    """Nothing lost, nothing out of order, no repeat but of what was in flight; one rate for all."""
    ordeal = Ordeal(chats=1_200, kills=15, entries=4, edits=1, rate=400)
    with postgres.database() as address:
        survived = await kill_at_random(ordeal, *a_process_a_role(tmp_path, nursery, address))
    assert sum(survived.killed.values()) == ordeal.kills
    assert survived.most_in_flight <= MOST_OPEN + most_unrecorded(ordeal.rate)
    # Three senders with a rate of their own would be through in a third of the time.
    assert survived.messages - ordeal.rate <= ordeal.rate * survived.seconds
