"""What a benchmark hands back, and how time and processor time are measured."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for.

    Attributes:
        full: the sizes of the goals, however long they take.
        folder: a temporary folder of the whole run.
        peers: the interpreter that has the other libraries, None if there is none.
    """

    full: bool
    folder: Path
    peers: Path | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        what: was measured.
        reference: what it is compared with, and its figure.
        measured: ours.
        ratio: the one to the other, None where there is none.
        goal: the ratio or figure to reach, "" where it is only told.
        met: whether it was reached, None where there is no goal.
        data: the bare figures, for the JSON.
    """

    what: str
    reference: str = ""
    measured: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spent:
    """Of one piece of work.

    Attributes:
        wall: seconds.
        cpu: seconds of processor time, all threads of this process.
        count: what was done.
    """

    wall: float
    cpu: float
    count: int

    @property
    def rate(self) -> float:
        """A second."""
        return self.count / self.wall

    @property
    def each(self) -> float:
        """Processor time of one, in microseconds."""
        return self.cpu / self.count * 1e6

    def plus(self, other: Spent) -> Spent:
        """Both together."""
        return Spent(self.wall + other.wall, self.cpu + other.cpu, self.count + other.count)


class Watch:
    """Started by its making; `spent` tells."""

    def __init__(self) -> None:
        self._wall = time.perf_counter()
        self._cpu = time.process_time()

    def spent(self, count: int) -> Spent:
        """Since it was made."""
        return Spent(time.perf_counter() - self._wall, time.process_time() - self._cpu, count)


def settle() -> None:
    """Let the collector forget what is there, as the program does once it is started."""
    gc.collect()
    gc.freeze()


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def resident(pid: int) -> float:
    """Megabytes of memory a process holds now."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"process {pid} is gone")


def processor_seconds(pid: int) -> float:
    """Processor time a process has used, all threads."""
    # utime and stime stand after the name, which may hold spaces: proc(5).
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
