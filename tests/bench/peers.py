"""The same broadcast by other libraries, as bots use them, on the same stub."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tests.bench.figures import Options, Row, Spent
from tests.bench.rig import desk
from tests.bench.stub_process import Stub, stub

ALERTS = 3_000
SECONDS = 4.0  # then a peer begins no further chat
GOAL = 10.0  # times python-telegram-bot's default transport, 64 open, at 40 ms
LATENCIES = (0.0, 0.04)
_CLIENT = Path(__file__).with_name("peer_client.py")


@dataclass(frozen=True, slots=True)
class _Peer:
    library: str
    name: str
    open: int  # requests at a time


_LOOP, _MANY = "loop over chats", "64 open"
_PEERS = (
    _Peer("ptb", f"python-telegram-bot, default transport, {_MANY}", 64),
    _Peer("ptb+limiter", f"python-telegram-bot + AIORateLimiter, {_LOOP}", 1),
    _Peer("ptb+limiter", f"python-telegram-bot + AIORateLimiter, {_MANY}", 64),
    _Peer("aiogram", f"aiogram, {_LOOP}", 1),
    _Peer("aiogram", f"aiogram, {_MANY}", 64),
)


async def rows(options: Options) -> list[Row]:
    """Ours against each of them at each latency; those that are not installed are told."""
    found: list[Row] = []
    async with stub() as server, desk(options.folder / "peers.db", server, ALERTS) as one:
        for latency in LATENCIES:
            await one.publish()
            await server.reset(latency=latency)
            ours = await one.send(ALERTS)
            text = (await one.body())["text"]
            for peer in _PEERS:
                interpreter = Path(sys.executable) if peer.library == "ptb" else options.peers
                if interpreter is None:
                    found.append(Row(f"{peer.name}: not installed, see `make bench`"))
                    continue
                await server.reset(latency=latency)
                theirs = await _broadcast(interpreter, peer, server, text, one.chats)
                found.append(_compared(peer, ours, theirs, latency))
    return found


def _compared(peer: _Peer, ours: Spent, theirs: Spent, latency: float) -> Row:
    ratio = ours.rate / theirs.rate
    goal = latency > 0 and peer.library == "ptb"
    return Row(
        f"alerts/s at {latency * 1e3:.0f} ms",
        f"{peer.name}: {theirs.rate:,.0f}/s, {theirs.each:,.0f} µs each",
        f"{ours.rate:,.0f}/s, {ours.each:,.0f} µs each",
        ratio,
        f"≥ {GOAL:.0f}" if goal else "",
        ratio >= GOAL if goal else None,
        {
            "peer": peer.library,
            "open": peer.open,
            "latency": latency,
            "theirs": theirs.rate,
            "theirs_us": theirs.each,
            "ours": ours.rate,
            "ours_us": ours.each,
        },
    )


async def _broadcast(
    interpreter: Path, peer: _Peer, server: Stub, text: str, chats: Sequence[int]
) -> Spent:
    process = await asyncio.create_subprocess_exec(
        interpreter,
        _CLIENT,
        peer.library,
        server.api_root,
        str(peer.open),
        str(SECONDS),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    given = orjson.dumps({"text": text, "chats": list(chats)})
    async with asyncio.timeout(120):
        printed, _ = await process.communicate(given)
    if process.returncode:
        raise RuntimeError(f"{peer.name} failed")
    took: dict[str, Any] = orjson.loads(printed)
    seen = await server.seen()
    if seen["chats"] != took["count"]:
        raise RuntimeError(f"{peer.name} reached {seen['chats']} chats, not {took['count']}")
    return Spent(took["wall"], took["cpu"], int(took["count"]))
