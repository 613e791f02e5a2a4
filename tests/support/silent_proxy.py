"""A network between us and a PostgreSQL server that can fall silent."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path


class SilentProxy:
    """Passes bytes between a TCP port and the server's socket; while `silent`, it swallows them.

    Args:
        folder: where the server's socket lies.
    """

    def __init__(self, folder: Path) -> None:
        self.silent = False
        self._socket = folder / ".s.PGSQL.5432"
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    def url(self, database: str) -> str:
        """The address of a database, by way of the proxy."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return f"postgresql://relay@127.0.0.1:{port}/{database}?sslmode=disable"

    async def __aenter__(self) -> SilentProxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_unix_connection(self._socket)
        self._writers += [writer, there_writer]
        for source, target in ((reader, there_writer), (there_reader, writer)):
            task = asyncio.create_task(self._pass_on(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65_536):
                if not self.silent:
                    target.write(data)
                    await target.drain()
        if not self.silent:
            target.close()
