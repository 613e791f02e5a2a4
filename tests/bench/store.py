"""Claiming due deliveries and recording what became of them, an alert at a time of each."""

from __future__ import annotations

import statistics

from bot.store import outbox
from bot.store.columns import DeliveryState
from bot.store.engine import Database
from bot.store.outbox import Outcome, Release
from tests.bench.databases import addresses
from tests.bench.figures import Options, Row, Spent, Watch, settle
from tests.bench.rig import desk
from tests.bench.stub_process import Stub, stub
from tests.support.store import utc_now

ALERTS = 5_000
BATCH = 100  # destinations claimed, and outcomes recorded, at once
ROUNDS = 5
GOALS = {"SQLite": 50.0, "PostgreSQL": 100.0}  # microseconds an alert


async def rows(options: Options) -> list[Row]:
    """A row for each database."""
    found: list[Row] = []
    async with stub() as server:
        with addresses(options.folder, "store") as places:
            found += [await _claim_and_record(place, server) for place in places]
    if len(found) < len(GOALS):
        found.append(Row("claim and record (PostgreSQL): no server for this machine"))
    return found


async def _claim_and_record(place: str, server: Stub) -> Row:
    rounds = []
    async with desk(place, server, ALERTS) as one:
        for _ in range(ROUNDS):
            await one.publish()
            settle()
            watch = Watch()
            done = 0
            while done < ALERTS:
                done += await _batch(one.db)
            rounds.append(watch.spent(done))
    best = _median(rounds)
    goal = GOALS[one.kind]
    took = best.wall / best.count * 1e6
    return Row(
        f"claim and record, in batches of {BATCH} ({one.kind})",
        measured=f"{took:.0f} µs an alert, {best.each:.0f} of them ours",
        goal=f"≤ {goal:.0f} µs",
        met=took <= goal,
        data={"wall_us": took, "cpu_us": best.each, "rounds": [r.wall / r.count for r in rounds]},
    )


async def _batch(db: Database) -> int:
    """Claim some and say that they were sent; how many."""
    now = utc_now()
    async with db.write() as connection:
        batches = await outbox.claim(connection, "bench", now, limit=BATCH, lease=60.0)
    work = [delivery for batch in batches for delivery in batch.deliveries]
    async with db.write() as connection:
        await outbox.record(
            connection,
            "bench",
            [
                Outcome(one.entry_id, one.destination_id, DeliveryState.SENT, now, 1, (1,))
                for one in work
            ],
            [Release(batch.destination.id, now) for batch in batches],
        )
    return len(work)


def _median(rounds: list[Spent]) -> Spent:
    middle = statistics.median_low(spent.wall for spent in rounds)
    return next(spent for spent in rounds if spent.wall == middle)
