"""Processes of the real program that start at once: forked from one that has loaded it.

To load the program takes seconds of a busy machine's processor, and a test that kills it twenty
times is to be about killing. A child is a process like any other, with its own memory, connections
and files; it runs the command line with its own arguments, environment and folder, and dies with
the nursery.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parents[2]
_LOOK = 0.01  # seconds between looks whether a child has ended
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One of its processes, as `asyncio.subprocess.Process` would show it."""

    pid: int
    returncode: int | None = None
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it without warning."""
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """The exit status, below zero for a signal."""
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode

    def end(self, status: int) -> None:
        """It has ended."""
        self.returncode = status
        self._ended.set()


class Nursery:
    """A test's line to the nursery; use `Nursery.at`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._children: dict[int, Child] = {}
        self._born: asyncio.Queue[Child] = asyncio.Queue()
        self._turn = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def at(cls, address: Path) -> AsyncIterator[Nursery]:
        """A nursery for the length of the block; its children are killed at the end."""
        made = cls(*await asyncio.open_unix_connection(address))
        listening = asyncio.create_task(made._listen())
        try:
            yield made
        finally:
            children = list(made._children.values())
            for child in children:
                child.kill()
            await asyncio.gather(*(child.wait() for child in children))
            made._writer.close()
            await listening

    async def start(
        self, arguments: tuple[str, ...], *, folder: Path, environment: dict[str, str], output: Path
    ) -> Child:
        """Start ``liverelay`` with these arguments; what it says goes to a file."""
        order = {
            "arguments": arguments,
            "folder": str(folder),
            "environment": environment,
            "output": str(output),
        }
        async with self._turn:
            self._writer.write(json.dumps(order).encode() + b"\n")
            return await self._born.get()

    async def _listen(self) -> None:
        async for line in self._reader:
            told = json.loads(line)
            if "born" in told:
                child = self._children[told["born"]] = Child(told["born"])
                self._born.put_nowait(child)
            else:
                self._children.pop(told["ended"]).end(told["status"])


def die_with_parent() -> None:
    """Let this process be killed when the one that started it ends, however that ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@contextmanager
def open_nursery() -> Iterator[Path]:
    """Start the nursery's process, and end it after the block; where it can be reached."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("LIVERELAY_")}
    with tempfile.TemporaryDirectory(prefix="nursery") as folder:
        address = Path(folder) / "socket"
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.nursery", str(address)],
            cwd=ROOT,
            env=inherited,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            preexec_fn=die_with_parent,
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n", "the program cannot be loaded"
            yield address
        finally:
            process.kill()
            process.communicate()


class _Server:
    """The nursery's own life: fork as ordered, tell who was born and who ended."""

    def __init__(self, address: str) -> None:
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(address)
        self._door.listen()
        self._lines: dict[socket.socket, bytes] = {}  # what each has said of its next order
        self._parents: dict[int, socket.socket] = {}

    def serve(self) -> NoReturn:
        while True:
            readable, _, _ = select.select([self._door, *self._lines], [], [], _LOOK)
            for line in readable:
                if line is self._door:
                    self._lines[self._door.accept()[0]] = b""
                else:
                    self._hear(line)
            self._bury()

    def _hear(self, line: socket.socket) -> None:
        found = line.recv(1 << 16)
        if not found:
            del self._lines[line]
            line.close()
            for pid in [pid for pid, parent in self._parents.items() if parent is line]:
                os.kill(pid, signal.SIGKILL)
            return
        *orders, self._lines[line] = (self._lines[line] + found).split(b"\n")
        for order in orders:
            pid = os.fork()
            if pid == 0:
                for handle in (self._door, *self._lines):
                    handle.close()
                _live(json.loads(order))
            self._parents[pid] = line
            _say(line, {"born": pid})

    def _bury(self) -> None:
        while self._parents:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            ended = {"ended": pid, "status": os.waitstatus_to_exitcode(status)}
            _say(self._parents.pop(pid), ended)


def _say(line: socket.socket, what: dict[str, Any]) -> None:
    with suppress(OSError):  # whom it concerned is gone
        line.sendall(json.dumps(what).encode() + b"\n")


def _live(order: dict[str, Any]) -> NoReturn:
    """The child: become a process of its own and run the command line."""
    from bot.cli import main

    status = 1
    try:
        die_with_parent()
        nothing = os.open(os.devnull, os.O_RDONLY)
        output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for source, target in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        os.chdir(order["folder"])
        os.environ.clear()
        os.environ.update(order["environment"])
        sys.argv = ["liverelay", *order["arguments"]]
        main()
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    import bot.app
    import bot.cli  # noqa: F401  # loaded here so that no child has to

    server = _Server(sys.argv[1])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    server.serve()
