"""``python -m bot.sandbox``: the server in a process of its own, with the demo's people."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys

from bot.sandbox.demo import demo_world
from bot.sandbox.limits import Limits
from bot.sandbox.server import SandboxServer
from bot.sandbox.world import World


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bot.sandbox",
        description="A Bot API server on this machine, with a chat page in the browser.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8081, help="port to listen on; 0 takes one")
    parser.add_argument("--token", help="the only token accepted (default: any)")
    parser.add_argument("--no-limits", action="store_true", help="no flood limits")
    parser.add_argument("--no-history", action="store_true", help="keep no messages: for load")
    parser.add_argument("--empty", action="store_true", help="start without the demo's people")
    parser.add_argument("--bulk", type=int, default=0, help="so many people who pressed start")
    return parser.parse_args()


async def _serve(options: argparse.Namespace) -> None:
    world = World(history=not options.no_history)
    if not options.empty:
        demo_world(world)
    if options.bulk:
        world.add_bulk(options.bulk)
    limits = Limits.off() if options.no_limits else Limits()
    server = SandboxServer(world, limits=limits, token=options.token)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await server.start(options.host, options.port)
    sys.stdout.write(f"{server.api_root}\n")
    sys.stdout.flush()
    await stopped.wait()
    await server.stop()


def main() -> None:
    """Serve until a signal says stop; the first line printed is the address."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(_arguments()))


if __name__ == "__main__":
    main()
