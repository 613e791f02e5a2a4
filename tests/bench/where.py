"""Where the processor time of an alert goes: the running sender looked at every few milliseconds.

A timer that counts processor time interrupts the program; each time the innermost frame that
belongs to a part says whose the time is. Costs next to nothing, and so shifts nothing, unlike a
profiler that follows each call. Other threads (the database's) are told by their own clocks.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERVAL = 0.002  # seconds of processor time

# Part of a path -> part of the work; the innermost frame that has one counts.
_PARTS = (
    ("bot/delivery/recorder.py", "record"),
    ("bot/delivery/renderings.py", "load and render"),
    ("bot/delivery/render", "load and render"),
    ("bot/delivery/bundl", "load and render"),
    ("bot/delivery/pac", "pace"),
    ("bot/delivery/chat_pace.py", "pace"),
    ("bot/delivery/flood.py", "pace"),
    ("bot/delivery/transport.py", "request: body, answer's JSON"),
    ("bot/delivery/", "errand"),
    ("bot/observe.py", "errand"),
    ("prometheus_client/", "errand: metrics"),
    ("aiohttp/client_proto.py", "aiohttp: answer"),
    ("aiohttp/", "aiohttp: request"),
    ("sqlalchemy/", "SQLAlchemy, aiosqlite"),
    ("aiosqlite/", "SQLAlchemy, aiosqlite"),
    ("bot/store/", "store"),
    ("tests/bench/rig.py", "the benchmark itself"),
    ("tests/bench/plain.py", "the benchmark itself"),
)
_LOOP = "event loop, sockets"


class Where:
    """What was seen.

    Attributes:
        main: processor seconds of the main thread.
        others: of all other threads.
    """

    def __init__(self) -> None:
        self.main = 0.0
        self.others = 0.0
        self._seen: Counter[str] = Counter()
        self._lines: Counter[tuple[str, str]] = Counter()

    def look(self, _signal: int, frame: FrameType | None) -> None:
        """The timer fired."""
        while frame is not None:
            path = frame.f_code.co_filename
            if path.endswith("selectors.py"):
                return  # waiting: another thread's time
            for piece, part in _PARTS:
                if piece in path:
                    self._count(part, frame)
                    return
            frame = frame.f_back
        self._count(_LOOP, frame)

    def parts(self, count: int) -> dict[str, float]:
        """Part of the work -> microseconds for one of `count`; most first."""
        whole = sum(self._seen.values()) or 1
        found = {
            part: self.main * seen / whole / count * 1e6 for part, seen in self._seen.most_common()
        }
        return found | {"other threads: database, connections": self.others / count * 1e6}

    def functions(self, count: int, most: int = 25) -> list[tuple[str, str, float]]:
        """(Part, its function, microseconds for one of `count`), most first.

        A function's time is its own and that of whatever it calls outside the parts.
        """
        whole = sum(self._seen.values()) or 1
        return [
            (part, name, self.main * seen / whole / count * 1e6)
            for (part, name), seen in self._lines.most_common(most)
        ]

    def _count(self, part: str, frame: FrameType | None) -> None:
        self._seen[part] += 1
        if frame is not None:
            code = frame.f_code
            name = f"{code.co_filename.rpartition('site-packages/')[2]}:{code.co_qualname}"
            self._lines[part, name] += 1


@contextmanager
def looking() -> Iterator[Where]:
    """Look while the block runs; only in the main thread."""
    where = Where()
    before = signal.signal(signal.SIGPROF, where.look)
    # By default Python would answer EINTR by trying again, without the handler's turn being late.
    signal.siginterrupt(signal.SIGPROF, False)
    started, others = time.thread_time(), _others()
    signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
    try:
        yield where
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        where.main = time.thread_time() - started
        where.others = _others() - others
        signal.signal(signal.SIGPROF, before)


def _others() -> float:
    """Processor seconds of every thread but this one."""
    return time.process_time() - time.thread_time()
