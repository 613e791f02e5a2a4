"""``liverelay demo``: the real application, a Bot API server and a newsroom, all on this machine.

Only the world outside is played; the application is the one that runs for real, with a database
in a folder that goes at the end.
"""

from __future__ import annotations

import asyncio
import tempfile
from importlib.resources import as_file, files
from pathlib import Path

import structlog
from pydantic import SecretStr
from rich.console import Console

from bot.app import App, utc_now
from bot.config import (
    DatabaseSettings,
    FetchSettings,
    PollSettings,
    Settings,
    TelegramSettings,
    WebSettings,
)
from bot.errors import ConfigError
from bot.sandbox.demo import ADMIN_ID, Demo, demo_world
from bot.sandbox.newsroom import Newsroom
from bot.sandbox.script import load_script
from bot.sandbox.server import SandboxServer
from bot.store import sources

HOST = "127.0.0.1"
PORTS = 20  # ports that are tried, from the wanted one up


log = structlog.get_logger(__name__)


async def run_demo(*, speed: float, port: int) -> None:
    """Run until a signal.

    Args:
        speed: minutes of the event a minute.
        port: where the chat page is wanted; the next free one is taken. 0 takes any.

    Raises:
        ConfigError: no port is free.
    """
    newsroom = Newsroom(load_script(), speed=speed)
    people = demo_world()
    server = SandboxServer(people.world)
    await _start_somewhere(server, port)
    await newsroom.start(HOST, 0)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="liverelay-demo-") as folder,
            as_file(files("bot.sandbox") / "data" / "topics.toml") as topics_file,
        ):
            app = App(demo_settings(Path(folder), topics_file, server))
            playing = asyncio.create_task(_play(app, server, people, newsroom))
            try:
                await app.run()
            finally:
                playing.cancel()
                await asyncio.wait([playing])
    finally:
        await newsroom.stop()
        await server.stop()


def demo_settings(folder: Path, topics_file: Path, server: SandboxServer) -> Settings:
    """The settings of the demo: nothing of the operator's own is read or touched."""
    return Settings.model_construct(
        admins=(ADMIN_ID,),
        timezone="UTC",
        topics_file=topics_file,
        telegram=TelegramSettings(token=SecretStr(server.token), api_root=server.api_root),
        database=DatabaseSettings(url=str(folder / "demo.sqlite3")),
        fetch=FetchSettings(allow_hosts=(HOST,)),
        poll=PollSettings(min_interval=1.0, max_interval=2.0),
        web=WebSettings(port=0),
    )


async def _start_somewhere(server: SandboxServer, port: int) -> None:
    for candidate in [port] if port == 0 else range(port, min(port + PORTS, 65536)):
        try:
            await server.start(HOST, candidate)
        except OSError:
            await server.stop()
        else:
            return
    raise ConfigError(f"--port: nothing from {port} up is free; name another port")


async def _play(app: App, server: SandboxServer, people: Demo, newsroom: Newsroom) -> None:
    """What happens before somebody looks: a source is added, and two people follow."""
    await app.wait_ready()
    async with app.db.write() as connection:
        source = await sources.propose(
            connection,
            url=newsroom.url,
            poll_url=newsroom.url,
            name=newsroom.script.site,
            adapter="timestamped",
            title=newsroom.script.title,
            interval=1.0,
            added_by=None,
            now=utc_now(),
        )
        await sources.activate(connection, source.id, utc_now())
    world = people.world
    await server.say(people.subscriber, world.private_chat(people.subscriber), "/start")
    await server.say(people.subscriber, world.private_chat(people.subscriber), "/subscribe all")
    await server.say(
        people.second_subscriber,
        world.private_chat(people.second_subscriber),
        "/topic transport",
    )
    await server.say(people.group_admin, people.group, "/topic weather")
    Console(stderr=True, highlight=False, soft_wrap=True).print(
        f"\n  The chat page:  [bold]{server.api_root}/[/bold]\n"
        f"  The live blog:  {newsroom.url}\n\n"
        "  You are a subscriber there; switch to another person on the left, type /topic, press\n"
        "  buttons. The newsroom admin may /addsource the live blog's address. Ctrl-C ends it.\n"
    )
