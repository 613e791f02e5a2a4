"""The command line: parsing and printing only; the work is done by the modules it calls."""

from __future__ import annotations

import json
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.text import Text
from typer.core import TyperGroup
from typer.main import get_group

from bot import __version__, config, event_loop
from bot.errors import ConfigError, LiveRelayError
from bot.observe import configure_logging
from bot.roles import read_roles

if TYPE_CHECKING:
    from bot.check import CheckResult
    from bot.model import Snapshot

PREVIEWED = 3  # entries

HOW_TO_START = """\
LiveRelay needs a bot token. Three steps, two minutes:
  1. In Telegram, write /newbot to @BotFather and follow it; it gives you a token.
  2. export LIVERELAY_TELEGRAM__TOKEN=123456789:AbC...
     export LIVERELAY_ADMINS=<your user id; @userinfobot tells it>
  3. liverelay run
To see it all on this machine first, without a token: liverelay demo"""

GROUPS = ("sources", "topics", "db", "config")  # of `bot.cli_admin`


class _Commands(TyperGroup):
    """The commands; the operators' groups are imported when they are wanted, for it takes long.

    Typer keeps click's types to itself: they are ``Any`` here.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """Ours before the groups."""
        return [*super().list_commands(ctx), *GROUPS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """One of them; None where there is no such command."""
        if cmd_name not in GROUPS:
            return super().get_command(ctx, cmd_name)
        return _groups().get_command(ctx, cmd_name)


@cache
def _groups() -> TyperGroup:
    from bot.cli_admin import admin_commands

    groups = typer.Typer(add_completion=False)
    for name, group in admin_commands().items():
        groups.add_typer(group, name=name)
    return get_group(groups)


app = typer.Typer(
    name="liverelay",
    cls=_Commands,
    help="Relays newsrooms' live blogs to Telegram, entry by entry.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """The console script: errors of ours become one line and exit status 2."""
    try:
        app()
    except LiveRelayError as error:
        fail(error)


def fail(error: LiveRelayError) -> NoReturn:
    """Say one sentence on standard error and leave with status 2."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"liverelay: {error}", markup=False)
    raise SystemExit(2)


def load(path: Path | None = None, *, quiet: bool = False) -> config.Settings:
    """Read the settings and set up logging as they say.

    Args:
        path: of the settings file; None finds it.
        quiet: log errors only, for a command that tells what happened in its own words.
    """
    settings = config.load(path)
    secrets = (settings.telegram.token, settings.telegram.webhook_secret)
    configure_logging(
        "ERROR" if quiet else settings.log.level,
        settings.log.json_lines,
        [secret.get_secret_value() for secret in secrets if secret.get_secret_value()],
    )
    return settings


def await_(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end."""
    return event_loop.run(work)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"liverelay {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Print the version and leave."
        ),
    ] = False,
) -> None:
    """Relays newsrooms' live blogs to Telegram, entry by entry."""


@app.command()
def run(
    or_demo: Annotated[
        bool, typer.Option("--or-demo", help="Without a token, run the demo instead.")
    ] = False,
    role: Annotated[
        list[str] | None,
        typer.Option(
            help="all, or some of poll, plan, send, chat, web, beside other processes on "
            "PostgreSQL; may be given several times or with commas."
        ),
    ] = None,
) -> None:
    """Relay: poll the sources, store, deliver to Telegram, until a signal."""
    roles = read_roles(role or ())
    settings = load()
    if not settings.telegram.token.get_secret_value():
        if not or_demo:
            typer.echo(HOW_TO_START, err=True)
            raise typer.Exit(2)
        typer.echo(
            "No token in LIVERELAY_TELEGRAM__TOKEN, so this is the demo "
            "(liverelay run tells how to get one).",
            err=True,
        )
        demo()
        return
    from bot.app import App

    await_(App(settings, roles=roles).run())


@app.command()
def why(
    entry: Annotated[str, typer.Argument(help="Its number, its address, or words it holds.")],
    chat: Annotated[int | None, typer.Argument(help="Telegram's id of a chat.")] = None,
) -> None:
    """Tell what became of an entry: matched, queued, merged, sent, edited, failed."""
    from bot.why import explain_from

    lines = await_(explain_from(load().database.url, entry, chat, datetime.now(UTC)))
    for line in lines:
        typer.echo(line)


@app.command()
def demo(
    speed: Annotated[
        float, typer.Option(min=0.1, max=3600, help="Minutes of the event a minute.")
    ] = 30.0,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the chat page.")] = 8081,
) -> None:
    """The whole system on this machine: a scripted live blog and a chat page in the browser."""
    from bot.demo import run_demo

    configure_logging("INFO", json=False, secrets=[])
    await_(run_demo(speed=speed, port=port))


@app.command()
def check(
    target: Annotated[str, typer.Argument(help='An address, a file, or "-" for standard input.')],
    url: Annotated[
        str | None, typer.Option(help="The address the file came from: base of its links.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show the newest three entries as alerts.")
    ] = False,
    select: Annotated[
        list[str] | None,
        typer.Option(
            help='Read by a selector, "entry=article.update"; may be given several times.'
        ),
    ] = None,
    timezone: Annotated[
        str, typer.Option(help="Zone of a page that names none, such as Europe/Berlin.")
    ] = "",
) -> None:
    """Show what a poll of an address or a file would read.

    Exit status: 0 entries were found, 3 no live blog, 4 could not be fetched.
    """
    from bot.check import MAX_FILE, check_target
    from bot.check_report import render_table, to_json
    from bot.fetching import open_fetcher
    from bot.sources.selectors import parse_options
    from bot.sources.zonename import read_zone

    settings = load(quiet=True)
    options = parse_options(select or ())
    zone = read_zone(timezone) if timezone else None
    stdin = sys.stdin.buffer.read(MAX_FILE + 1) if target == "-" else b""

    async def work() -> CheckResult:
        async with open_fetcher(settings) as fetcher:
            return await check_target(
                target,
                url=url,
                fetcher=fetcher,
                stdin=stdin,
                timezone=zone,
                options=options,
            )

    result = await_(work())
    if as_json:
        typer.echo(json.dumps(to_json(result), ensure_ascii=False, indent=2))
        for sentence in filter(None, (result.error, result.hint)):
            typer.echo(sentence, err=True)
    else:
        console = Console()
        render_table(result, console)
        if preview and result.snapshot is not None:
            _preview(result.snapshot, settings.timezone, console)
    raise typer.Exit(int(result.exit_code))


def _preview(snapshot: Snapshot, timezone: str, console: Console) -> None:
    """Show the newest entries as a chat would: in the settings' zone, oldest first."""
    from bot.delivery.pieces import AlertContext
    from bot.delivery.render import render_alert
    from bot.intake.preview import as_stored, newest
    from bot.preview import show_alerts

    now = datetime.now(UTC)
    context = AlertContext(snapshot.title or snapshot.url or "This source")
    alerts = [
        render_alert(as_stored(entry, 0, now), context, timezone=timezone)
        for entry in newest(snapshot.entries, PREVIEWED)
    ]
    console.print(Text("\nAs it would look in a chat, the newest last:", style="bold"))
    show_alerts(alerts, console)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="A file that does not exist yet.")],
) -> None:
    """Copy the database to a file, consistently, while LiveRelay runs."""
    from bot.store.backup import backup as copy
    from bot.store.engine import open_database

    async def work() -> int:
        settings = load()
        path = Path(settings.database.url)
        if "://" not in settings.database.url and not path.exists():
            raise ConfigError(f"there is no database at {path} to copy; set database.url")
        database = await open_database(settings.database.url)
        try:
            return await copy(database, file)
        finally:
            await database.close()

    size = await_(work())
    typer.echo(f"{file}: {size:,} bytes, checked.")


if __name__ == "__main__":
    main()
