"""Alerts through the whole sender, against a plain loop that posts the same bodies."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from tests.bench.databases import addresses
from tests.bench.figures import Options, Row, Spent, Watch, processor_seconds
from tests.bench.plain import post_all
from tests.bench.rig import Desk, desk
from tests.bench.stub_process import Stub, stub
from tests.bench.where import looking

ALERTS = 2_000  # in each round
ROUNDS = 7
LONGEST = 40.0  # seconds at one latency, however busy the machine; at least three rounds
OPEN = 100  # requests at a time
LATENCIES = (0.0, 0.04)  # seconds until the stub answers
RATE_GOAL = 0.6
CPU_GOAL = 2.0


async def rows(options: Options) -> list[Row]:
    """Rate and processor time at each latency; the stub's own; where the time goes."""
    found: list[Row] = []
    async with stub() as server:
        with addresses(options.folder, "alerts") as places:
            for place in places:
                async with desk(place, server, ALERTS) as one:
                    found += await _on(one, server)
    return found


async def _on(one: Desk, server: Stub) -> list[Row]:
    """The figures on one database; what does not depend on it only on SQLite."""
    found: list[Row] = []
    await _warm_up(one)
    for latency in LATENCIES if one.db.is_sqlite else LATENCIES[:1]:
        pairs = await _interleaved(one, server, latency)
        found += _compared(pairs, latency, one.kind)
    if one.db.is_sqlite:
        found.append(await _stub_itself(one, server))
    return found + await _where(one)


async def _warm_up(one: Desk) -> None:
    await one.stub.reset()
    await one.publish()
    await one.send(ALERTS)


async def _interleaved(one: Desk, server: Stub, latency: float) -> list[tuple[Spent, Spent]]:
    """The plain loop and the sender in turns, so that other work on the machine hits both."""
    body = await one.body()
    pairs: list[tuple[Spent, Spent]] = []
    watch = Watch()
    while len(pairs) < ROUNDS and (len(pairs) < 3 or watch.spent(1).wall < LONGEST):
        await server.reset(latency=latency)
        plain = await post_all(server.api_root, body, one.chats, at_once=OPEN)
        await one.publish()
        await server.reset(latency=latency)
        pairs.append((plain, await one.send(ALERTS)))
        seen = await server.seen()
        if (seen["messages"], seen["chats"], seen["most"]) != (ALERTS, ALERTS, 1):
            raise RuntimeError(f"not each chat got one message: {seen}")
    return pairs


def _compared(pairs: Sequence[tuple[Spent, Spent]], latency: float, kind: str) -> list[Row]:
    plain, ours = (_sum([pair[side] for pair in pairs]) for side in (0, 1))
    rate = statistics.median(ours.rate / plain.rate for plain, ours in pairs)
    cpu = statistics.median(ours.each / plain.each for plain, ours in pairs)
    at = f"{latency * 1e3:.0f} ms, {kind}"
    goals = latency == 0.0
    return [
        Row(
            f"alerts/s through the whole sender ({at})",
            f"plain aiohttp + orjson loop: {plain.rate:,.0f}/s",
            f"{ours.rate:,.0f}/s",
            rate,
            f"≥ {RATE_GOAL}" if goals else "",
            rate >= RATE_GOAL if goals else None,
            {"plain": plain.rate, "sender": ours.rate},
        ),
        Row(
            f"processor time of an alert, all in ({at})",
            f"plain aiohttp + orjson loop: {plain.each:.0f} µs",
            f"{ours.each:.0f} µs",
            cpu,
            f"≤ {CPU_GOAL:.0f}" if goals else "",
            cpu <= CPU_GOAL if goals else None,
            {"plain_us": plain.each, "sender_us": ours.each},
        ),
    ]


async def _stub_itself(one: Desk, server: Stub) -> Row:
    """The stub must cost less than the client, else it would be what is measured."""
    body = await one.body()
    await server.reset()
    before = processor_seconds(server.pid)
    plain = await post_all(server.api_root, body, list(one.chats) * 2, at_once=OPEN)
    stubs = (processor_seconds(server.pid) - before) / plain.count * 1e6
    ratio = stubs / plain.each
    return Row(
        "the stub's own processor time of a message",
        f"plain aiohttp + orjson loop: {plain.each:.0f} µs",
        f"{stubs:.0f} µs",
        ratio,
        "< 1: not the bottleneck",
        ratio < 1,
        {"stub_us": stubs},
    )


async def _where(one: Desk) -> list[Row]:
    """The sender's time by part of the work."""
    await one.stub.reset()
    await one.publish()
    with looking() as where:
        spent = await one.send(ALERTS)
    parts = where.parts(ALERTS)
    return [
        Row(
            f"  of that: {part} ({one.kind})",
            f"an alert: {spent.each:.0f} µs",
            f"{took:.0f} µs",
            took / spent.each,
            data={"us": took},
        )
        for part, took in parts.items()
        if took >= 1
    ]


def _sum(spent: Sequence[Spent]) -> Spent:
    whole = spent[0]
    for one in spent[1:]:
        whole = whole.plus(one)
    return whole
