"""The databases a benchmark runs on: a SQLite file; a throw-away PostgreSQL where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.postgres import UnavailableError, postgres_server


@contextmanager
def postgres_address() -> Iterator[str | None]:
    """An empty database of a server of our own; None where there is no server for this machine.

    The server does not wait for its disk, so its figures are of processor time.
    """
    try:
        with postgres_server() as server, server.fresh_database() as address:
            yield address
    except UnavailableError:
        yield None


@contextmanager
def addresses(folder: Path, name: str) -> Iterator[list[str]]:
    """Every database there is here, SQLite first."""
    with postgres_address() as address:
        yield [str(folder / f"{name}.db"), *([address] if address else [])]
