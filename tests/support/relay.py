"""The real program in a process of its own, and a live blog for it to poll."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import aiohttp
from aiohttp import web

from tests.support.nursery import Child, Nursery, die_with_parent

ROOT = Path(__file__).parents[2]


async def eventually(check: Callable[[], object], within: float = 90.0) -> None:
    """Wait until `check()` holds, at most `within` seconds.

    Raises:
        AssertionError: it did not.
    """
    deadline = asyncio.get_running_loop().time() + within
    while not check():
        assert asyncio.get_running_loop().time() < deadline, "it did not come to pass in time"
        await asyncio.sleep(0.02)


@dataclass
class LiveBlog:
    """A page in clock-time style that a test makes grow; newest entry first.

    Attributes:
        entries: (clock time, text), newest first.
        structured: give the entries as JSON-LD with ids instead of paragraphs with times.
        cut: share of the page that is served.
        gone: answer 404 instead.
        template: markup of one entry.
    """

    title: str = "Storm over Kestrel Bay — live updates"
    entries: list[tuple[str, str]] = field(default_factory=list)
    structured: bool = False
    cut: float = 1.0
    gone: bool = False
    template: str = "<p><strong>{clock}</strong> {text}</p>"
    hits: int = 0
    url: str = ""
    _runner: web.AppRunner | None = None

    def add(self, clock: str, text: str) -> None:
        """Put an entry on top."""
        self.entries.insert(0, (clock, text))

    def page(self) -> str:
        """The page as it stands."""
        if self.structured:
            return self._structured()
        rows = "\n".join(
            self.template.format(clock=clock, text=text) for clock, text in self.entries
        )
        return (
            f"<!doctype html><html lang='en'><head><title>{self.title}</title></head><body>"
            f"<article><h1>{self.title}</h1><p>January 8, 2026</p>"
            f"<p>All updates in Coordinated Universal Time (UTC)</p>\n{rows}\n"
            "</article></body></html>"
        )

    def _structured(self) -> str:
        updates = [
            {
                "@type": "BlogPosting",
                "@id": f"{self.url}#entry-{hashlib.md5(text.encode()).hexdigest()}",  # a stable id
                "datePublished": f"2026-01-08T{clock}:00Z",
                "articleBody": text,
            }
            for clock, text in self.entries
        ]
        blog = {
            "@context": "https://schema.org",
            "@type": "LiveBlogPosting",
            "headline": self.title,
            "liveBlogUpdate": updates,
        }
        return (
            f"<!doctype html><html lang='en'><head><title>{self.title}</title>"
            f"<script type='application/ld+json'>{json.dumps(blog)}</script></head>"
            f"<body><h1>{self.title}</h1></body></html>"
        )

    async def start(self) -> LiveBlog:
        """Serve the page on a free port of this machine."""
        application = web.Application()
        application.router.add_get("/live", self._show)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"{site.name}/live".replace("localhost", "127.0.0.1")
        return self

    async def stop(self) -> None:
        """Serve no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> LiveBlog:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _show(self, _: web.Request) -> web.Response:
        self.hits += 1
        if self.gone:
            return web.Response(status=404)
        page = self.page()
        return web.Response(text=page[: int(len(page) * self.cut)], content_type="text/html")


@dataclass
class Relay:
    """``liverelay run`` as a process, started, stopped and killed by a test.

    Attributes:
        folder: working folder; holds the database and the settings.
        api_root: the sandbox's address.
        settings: further ``LIVERELAY_`` variables, without the prefix.
        nursery: starts the process quickly; without one it is started as a person would.
        usual: the nursery of relays that name none.
    """

    usual: ClassVar[Nursery | None] = None

    folder: Path
    api_root: str
    settings: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ("run",)
    nursery: Nursery | None = None
    process: asyncio.subprocess.Process | Child | None = None
    output: list[str] = field(default_factory=list)
    _reader: asyncio.Task[None] | None = None

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "relay.sqlite3"

    def environment(self) -> dict[str, str]:
        """The process's whole environment."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("LIVERELAY_")}
        # It is started again and again: to compile it each time takes seconds.
        inherited.pop("PYTHONDONTWRITEBYTECODE", None)
        own = {
            "TELEGRAM__TOKEN": "7000000001:sandbox-token-for-this-machine-only",
            "TELEGRAM__API_ROOT": self.api_root,
            "DATABASE__URL": str(self.database),
            "FETCH__ALLOW_HOSTS": "127.0.0.1",
            "POLL__MIN_INTERVAL": "0.2",
            "POLL__MAX_INTERVAL": "0.4",
            "WEB__PORT": "0",
        } | self.settings
        return inherited | {f"LIVERELAY_{key}": value for key, value in own.items()}

    async def start(self, until: str = "connected") -> Relay:
        """Start the process and wait for a word in its log."""
        self.output.clear()
        nursery = self.nursery or self.usual
        if nursery is not None:
            await self._start_in(nursery)
        else:
            await self._start()
        if until:
            try:
                await self.said(until)
            except BaseException:
                await self.kill()
                raise
        return self

    async def _start_in(self, nursery: Nursery) -> None:
        log = self.folder / f"{'-'.join(self.arguments)}.log"
        log.write_bytes(b"")
        self.process = await nursery.start(
            self.arguments, folder=self.folder, environment=self.environment(), output=log
        )
        self._reader = asyncio.create_task(self._follow(log, self.process))

    async def _start(self) -> None:
        self.process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *self.arguments,
            cwd=self.folder,
            env=self.environment() | {"PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            preexec_fn=die_with_parent,
        )
        self._reader = asyncio.create_task(self._read(process))

    async def command(self, *arguments: str) -> str:
        """Run ``liverelay`` with these arguments beside the process; what it printed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *arguments,
            cwd=self.folder,
            env=self.environment() | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed = (await process.communicate())[0].decode()
        assert "Traceback" not in printed, printed
        return printed

    async def said(self, words: str, within: float = 90.0) -> str:
        """The first line of the log that holds these words, waiting for it.

        Raises:
            AssertionError: it did not come; with the whole log.
        """
        deadline = asyncio.get_running_loop().time() + within
        while asyncio.get_running_loop().time() < deadline:
            for line in self.output:
                if words in line:
                    return line
            if self._reader is not None and self._reader.done():
                break
            await asyncio.sleep(0.02)
        for line in self.output:
            if words in line:
                return line
        raise AssertionError(f"{words!r} was not said; the log:\n" + "".join(self.output))

    async def metric(self, name: str) -> float:
        """A counter of the process, as it is scraped."""
        line = await self.said("started")
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, line
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{found[0]}/metrics") as answer,
        ):
            text = await answer.text()
        value = re.search(rf"^liverelay_{name} (\S+)$", text, re.MULTILINE)
        assert value, text
        return float(value[1])

    async def signal(self, number: signal.Signals) -> None:
        """Send a signal, without waiting."""
        assert self.process is not None
        self.process.send_signal(number)

    async def ended(self, within: float = 90.0) -> int:
        """Wait for the end; the exit status."""
        assert self.process is not None
        assert self._reader is not None
        async with asyncio.timeout(within):
            status = await self.process.wait()
            await self._reader
        return status

    async def stop(self) -> int:
        """Stop cleanly; the exit status."""
        await self.signal(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        """End it without warning, as a power cut would."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.ended()

    async def __aenter__(self) -> Relay:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self.output.append(line.decode(errors="replace"))

    async def _follow(self, log: Path, process: Child) -> None:
        with log.open(errors="replace") as file:
            ended = False
            while not ended:
                ended = process.returncode is not None
                self.output.extend(file)
                await asyncio.sleep(0.02)
