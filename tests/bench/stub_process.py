"""The stub as the benchmarks see it: started, told, asked, ended."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import orjson

TOKEN = "7000000001:stub-token-for-this-machine-only-00"


class Stub:
    """A running stub; see `tests.bench.stub` for what it is told and answers."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self._process = process
        self._asking = asyncio.Lock()
        self.api_root = f"http://127.0.0.1:{port}"

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    async def reset(
        self,
        *,
        latency: float = 0.0,
        watch: Iterable[int] = (),
        flooded: Mapping[int, int] | None = None,
    ) -> None:
        """Forget what was counted; answer after `latency` seconds from now on."""
        flooded = {str(chat): wait for chat, wait in (flooded or {}).items()}  # type: ignore[misc]  # JSON's keys
        await self._ask(
            {"do": "reset", "latency": latency, "watch": list(watch), "flooded": flooded}
        )

    async def seen(self) -> dict[str, Any]:
        """What arrived since."""
        return await self._ask({"do": "seen"})

    async def brief(self) -> dict[str, Any]:
        """The part of it that may be asked for all the time."""
        return await self._ask({"do": "seen", "brief": True})

    async def say(self, update: dict[str, Any]) -> None:
        """Hand an update to the bot."""
        await self._ask({"do": "say", "update": update})

    async def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        async with self._asking:
            self._process.stdin.write(orjson.dumps(order) + b"\n")
            return await _line(self._process)


@asynccontextmanager
async def stub() -> AsyncIterator[Stub]:
    """A stub that lives to the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.stub",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 26,
    )
    try:
        yield Stub(process, (await _line(process))["port"])
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def _line(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise RuntimeError("the stub ended")
    found: dict[str, Any] = orjson.loads(line)
    return found
