"""A wall clock for one process that a test can set, as an operator or NTP sets a machine's."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

# Stands before the C library's: what the clock says is moved by the number in a shared file.
_SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static volatile long long *seconds;
static int (*real)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("WALL_CLOCK");
    int file = path ? open(path, O_RDONLY) : -1;
    real = dlsym(RTLD_NEXT, "clock_gettime");
    if (file >= 0) {
        void *found = mmap(0, sizeof(long long), PROT_READ, MAP_SHARED, file, 0);
        seconds = found == MAP_FAILED ? 0 : found;
    }
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (!real)
        real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, now);
    if (!failed && seconds && clock == CLOCK_REALTIME)
        now->tv_sec += *seconds;
    return failed;
}

int gettimeofday(struct timeval *now, void *zone) {
    (void)zone;
    struct timespec found;
    int failed = clock_gettime(CLOCK_REALTIME, &found);
    now->tv_sec = found.tv_sec;
    now->tv_usec = found.tv_nsec / 1000;
    return failed;
}

time_t time(time_t *where) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (where)
        *where = found.tv_sec;
    return found.tv_sec;
}
"""


class WallClock:
    """The clock of the processes that are started with `environment`.

    Where there is no C compiler the test is skipped.
    """

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("no C compiler to make a clock that can be set")
        source, self._library = folder / "clock.c", folder / "clock.so"
        self._shift = folder / "clock"
        source.write_text(_SHIM, encoding="ascii")
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-o", self._library, source, "-ldl"], check=True
        )
        self.set(0)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to go by it."""
        return {"LD_PRELOAD": str(self._library), "WALL_CLOCK": str(self._shift)}

    def set(self, seconds: int) -> None:
        """Let it be so many seconds ahead of the machine's, or behind it."""
        with self._shift.open("r+b" if self._shift.exists() else "wb") as file:
            os.pwrite(file.fileno(), struct.pack("q", seconds), 0)
