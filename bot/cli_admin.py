"""The command line's groups for operators: sources, topics, db, config.

Everything here works beside a running LiveRelay: what it changes are rows, which the running
process finds within a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import config
from bot.cli import load
from bot.errors import ConfigError, NewerSchemaError, SourceError
from bot.fetching import open_fetcher
from bot.intake.follower import PER_DAY
from bot.intake.inspect import inspect
from bot.intake.survey import survey
from bot.intake.topics import TopicMatcher, asks
from bot.intake.topics_file import SLUG, read_topics
from bot.model import Source, SourceKind, Topic, TopicRule
from bot.sources.selectors import parse_options
from bot.sources.zonename import read_zone
from bot.store import audit, migrate, outbox, sources, topics
from bot.store.audit import Deed
from bot.store.engine import Database, open_database
from bot.store.following import as_tree

LINKS_SHOWN = 10
T = TypeVar("T")


def admin_commands() -> dict[str, typer.Typer]:
    """The groups by name."""
    return {
        "sources": _sources_group(),
        "topics": _topics_group(),
        "db": _db_group(),
        "config": _config_group(),
    }


def _run(work: Callable[[Database, config.Settings], Awaitable[T]]) -> T:
    async def run() -> T:
        settings = load(quiet=True)
        async with _opened(settings) as database:
            return await work(database, settings)

    return asyncio.run(run())


@asynccontextmanager
async def _opened(settings: config.Settings) -> AsyncIterator[Database]:
    """The database, brought to the newest schema and the topics of the file."""
    database = await open_database(settings.database.url)
    try:
        await migrate.upgrade(database)
        if settings.topics_file.exists():
            async with database.write() as connection:
                await topics.sync_file(connection, read_topics(settings.topics_file))
        yield database
    finally:
        await database.close()


def _sources_group() -> typer.Typer:
    group = typer.Typer(help="The live blogs that are watched.", no_args_is_help=True)

    @group.command("add")
    def add(
        url: Annotated[str, typer.Argument(help="Address of the live blog.")],
        name: Annotated[str, typer.Option(help="Name shown in alerts; else its headline.")] = "",
        follow: Annotated[
            bool, typer.Option("--follow", help="Add the live blogs this page or feed links to.")
        ] = False,
        pattern: Annotated[
            str,
            typer.Option(
                help="With --follow: part of their addresses, or the whole with * for anything; "
                "https://… may lead to another site. Else what looks like a live blog."
            ),
        ] = "",
        select: Annotated[
            list[str] | None,
            typer.Option(
                help='Read the page by a selector, "entry=article.update"; several times.'
            ),
        ] = None,
        timezone: Annotated[
            str, typer.Option(help="Zone of a page that names none, such as Europe/Berlin.")
        ] = "",
    ) -> None:
        """Watch a live blog, or follow a page that links to live blogs; say what was found."""
        if pattern and not follow:
            raise ConfigError("--pattern says which links are followed; give --follow with it")
        if follow:
            typer.echo(_run(lambda db, settings: _follow(db, settings, url, name, pattern)))
        else:
            options = parse_options(select or ())
            zone = read_zone(timezone) if timezone else None
            typer.echo(_run(lambda db, settings: _add(db, settings, url, name, options, zone)))

    @group.command("list")
    def list_() -> None:
        """List the sources and how they do."""
        found, counts = _run(_listed)
        if not found:
            typer.echo("Nothing is watched yet. Add one: liverelay sources add URL")
            return
        table = Table("id", "state", "name", "entries", "last poll", "address", box=None)
        rows = [
            (indent, source)
            for parent, children in as_tree(found)
            for indent, source in (("", parent), *(("└ ", child) for child in children))
        ]
        for indent, source in rows:
            last = (
                f"{source.last_polled_at:%Y-%m-%d %H:%M:%S} UTC" if source.last_polled_at else "–"
            )
            state = (
                f"{source.state} ({source.failures} failures)" if source.failures else source.state
            )
            if source.kind is SourceKind.FOLLOW:
                state = f"{state}, follows"
            table.add_row(
                str(source.id),
                state,
                f"{indent}{source.name}",
                str(counts.get(source.id, 0)),
                last,
                source.url,
            )
        Console().print(table)

    @group.command("pause")
    def pause(source: _SourceArgument) -> None:
        """Stop polling a source until it is resumed."""
        _move(
            source,
            lambda c, s: sources.pause(c, s.id),
            "is paused.",
            "is not active.",
            Deed.PAUSE_SOURCE,
        )

    @group.command("resume")
    def resume(source: _SourceArgument) -> None:
        """Poll a paused or ended source again."""
        _move(
            source,
            lambda c, s: sources.resume(c, s.id, datetime.now(UTC)),
            "is watched again.",
            "is watched already.",
            Deed.RESUME_SOURCE,
        )

    @group.command("remove")
    def remove(source: _SourceArgument) -> None:
        """Watch a source no more; its entries stay searchable."""
        _move(
            source,
            lambda c, s: sources.remove(c, s.id),
            "is removed.",
            "was removed before.",
            Deed.REMOVE_SOURCE,
        )

    return group


_SourceArgument = Annotated[str, typer.Argument(help="Id, address or name of the source.")]


async def _add(
    db: Database,
    settings: config.Settings,
    url: str,
    name: str,
    options: dict[str, str],
    timezone: str | None,
) -> str:
    try:
        async with open_fetcher(settings) as fetcher:
            found = await inspect(fetcher, url, options, timezone)
    except SourceError as error:
        raise ConfigError(str(error)) from error
    now = datetime.now(UTC)
    async with db.write() as connection:
        source = await sources.propose(
            connection,
            url=found.url,
            poll_url=found.poll_url,
            name=name or found.snapshot.title or found.url,
            adapter=found.adapter,
            title=found.snapshot.title,
            interval=settings.poll.min_interval,
            added_by=None,
            now=now,
            options=options,
            timezone=timezone,
        )
        fresh = await sources.activate(connection, source.id, now)
        if fresh:
            await _noted(connection, Deed.ADD_SOURCE, f"#{source.id} {source.name}", source.url)
    if not fresh:
        return f"{source.id} {source.name} is watched already ({source.state})."
    return (
        f"{source.id} {source.name}: {found.reason}. "
        "What stands there now is stored, not pushed; alerts begin with the next entry."
    )


async def _follow(
    db: Database, settings: config.Settings, url: str, name: str, pattern: str
) -> str:
    try:
        async with open_fetcher(settings) as fetcher:
            found = await survey(fetcher, url, pattern)
    except SourceError as error:
        raise ConfigError(str(error)) from error
    now = datetime.now(UTC)
    async with db.write() as connection:
        source = await sources.propose(
            connection,
            url=found.url,
            poll_url=found.url,
            name=name or found.title,
            adapter="",
            title=found.title,
            interval=settings.poll.min_interval,
            added_by=None,
            now=now,
            kind=SourceKind.FOLLOW,
            pattern=found.pattern,
        )
        fresh = await sources.activate(connection, source.id, now)
        if fresh:
            await _noted(connection, Deed.ADD_SOURCE, f"#{source.id} {source.name}", source.url)
    if not fresh:
        return f"{source.id} {source.name} is watched already ({source.state})."
    links = "\n".join(f"  {link}" for link in found.links[:LINKS_SHOWN])
    more = len(found.links) - LINKS_SHOWN
    seen = f"{len(found.links)} links on it may be live blogs" if found.links else "no link yet"
    return (
        f"{source.id} {source.name} is followed: {seen}. Each that is one and is still written "
        f"is added, at most {PER_DAY} a day."
        + (f"\n{links}" if links else "")
        + (f"\n  … and {more} more" if more > 0 else "")
    )


async def _listed(db: Database, _: config.Settings) -> tuple[list[Source], dict[int, int]]:
    async with db.read() as connection:
        return await sources.listed(connection), await sources.entry_counts(connection)


def _move(
    wanted: str,
    move: Callable[[Any, Source], Awaitable[bool]],
    done: str,
    not_done: str,
    deed: Deed,
) -> None:
    async def work(db: Database, _: config.Settings) -> str:
        async with db.write() as connection:
            source = _pick(await sources.listed(connection), wanted)
            moved = await move(connection, source)
            if moved:
                await _noted(connection, deed, f"#{source.id} {source.name}")
        return f"{source.id} {source.name} {done if moved else not_done}"

    typer.echo(_run(work))


async def _noted(connection: AsyncConnection, deed: Deed, target: str, detail: str = "") -> None:
    """Write a deed into the record, as of the command line, which knows nobody by an id."""
    await audit.record(connection, None, deed, target, detail, now=datetime.now(UTC))


def _pick(found: list[Source], wanted: str) -> Source:
    exact = [s for s in found if wanted in (str(s.id), s.url, s.name)]
    near = exact or [s for s in found if wanted.casefold() in s.name.casefold()]
    if len(near) == 1:
        return near[0]
    if near:
        names = ", ".join(f"{s.id} {s.name}" for s in near)
        raise ConfigError(f"{wanted!r} fits several sources: {names}. Give the id")
    raise ConfigError(f"there is no source {wanted!r}; see: liverelay sources list")


def _topics_group() -> typer.Typer:
    group = typer.Typer(help="The topics people choose.", no_args_is_help=True)

    @group.command("list")
    def list_() -> None:
        """List the topics, their words and how many chats follow them."""

        async def work(db: Database, _: config.Settings) -> tuple[list[Topic], dict[Any, int]]:
            from bot.store import subscriptions

            async with db.read() as connection:
                return await topics.listed(connection), await subscriptions.counts(connection)

        found, counts = _run(work)
        table = Table("slug", "", "name", "chats", "any of", "all of", "none of", box=None)
        for topic in found:
            rule = topic.rule
            table.add_row(
                topic.slug,
                topic.emoji,
                topic.name("en"),
                str(counts.get(("topic", topic.id), 0)),
                *(", ".join(words) for words in (rule.any, rule.all, rule.none)),
            )
        Console().print(table if found else "No topics yet; see config/topics.toml.")

    @group.command("add")
    def add(
        slug: Annotated[str, typer.Argument(help="Short name: a-z, 0-9 and dash.")],
        words: Annotated[list[str], typer.Argument(help="Words or phrases; any of them fits.")],
        name: Annotated[str, typer.Option(help="Name people see.")] = "",
        emoji: Annotated[str, typer.Option(help="Stands before the alert.")] = "",
    ) -> None:
        """Add a topic, or give one other words."""
        rule = TopicRule(any=tuple(word for word in words if word.strip()))
        if not SLUG.fullmatch(slug):
            raise ConfigError(f"{slug!r}: a slug is 1 to 32 of a-z, 0-9 and dash")
        if not asks(rule):
            raise ConfigError("a topic needs at least one word")

        async def work(db: Database, _: config.Settings) -> None:
            names = {"en": name or slug.replace("-", " ").capitalize()}
            async with db.write() as connection:
                known = await topics.by_slug(connection, slug)
                await topics.save(connection, Topic(0, slug, names, emoji, rule, origin="admin"))
                deed = Deed.ADD_TOPIC if known is None else Deed.EDIT_TOPIC
                await _noted(connection, deed, slug, ", ".join(rule.any)[:500])

        _run(work)
        typer.echo(f"{slug}: entries with any of {', '.join(rule.any)}.")

    @group.command("test")
    def test(text: Annotated[str, typer.Argument(help="Words of an entry.")]) -> None:
        """Tell which topics an entry with these words would belong to."""

        async def work(db: Database, _: config.Settings) -> list[Topic]:
            async with db.read() as connection:
                known = await topics.listed(connection)
            fits = TopicMatcher(known).match(text)
            return [topic for topic in known if topic.id in fits]

        found = _run(work)
        names = ", ".join(f"{topic.slug} ({topic.name('en')})" for topic in found)
        typer.echo(names or "No topic: only those who follow its source or everything get it.")

    return group


def _db_group() -> typer.Typer:
    group = typer.Typer(help="The database.", no_args_is_help=True)

    @group.command("upgrade")
    def upgrade() -> None:
        """Bring the schema to this version's. `run` does it by itself."""

        async def work() -> list[str]:
            database = await open_database(load().database.url)
            try:
                return await migrate.upgrade(database)
            finally:
                await database.close()

        steps = asyncio.run(work())
        typer.echo(f"Applied {', '.join(steps)}." if steps else "The schema is up to date.")

    @group.command("check")
    def check() -> None:
        """Tell whether the database is whole and which schema it has."""

        async def work() -> str:
            settings = load()
            database = await open_database(settings.database.url)
            try:
                state = await database.integrity()
                revision = await migrate.current(database)
                if revision is None:
                    return f"{database.label}: empty; liverelay db upgrade creates the tables."
                if revision != migrate.head():
                    raise NewerSchemaError(
                        f"{database.label} has schema {revision}, this version needs "
                        f"{migrate.head()}; run: liverelay db upgrade"
                    )
                async with database.read() as connection:
                    watched = len(await sources.listed(connection))
                    stored = sum((await sources.entry_counts(connection)).values())
                    waiting = await outbox.waiting_count(connection)
                return (
                    f"{database.label}: {state}, schema {revision}; {watched} sources, "
                    f"{stored} entries, {waiting} deliveries waiting."
                )
            finally:
                await database.close()

        typer.echo(asyncio.run(work()))

    @group.command("copy")
    def copy(
        source: Annotated[str, typer.Option("--from", help="The SQLite file.")],
        target: Annotated[
            str, typer.Option("--to", help="An empty database: postgresql://user@host/name.")
        ],
    ) -> None:
        """Move everything from a SQLite file to PostgreSQL, while LiveRelay is stopped."""
        from bot.store.copying import Copied
        from bot.store.copying import copy as copy_all

        def tell(copied: Copied) -> None:
            if copied.rows:
                typer.echo(f"{copied.table}: {copied.rows:,} rows")

        async def work() -> None:
            load(quiet=True)
            if "://" not in source and not Path(source).exists():
                raise ConfigError(f"there is no database at {source} to copy")
            async with AsyncExitStack() as stack:
                reading = await open_database(source)
                stack.push_async_callback(reading.close)
                writing = await open_database(target)
                stack.push_async_callback(writing.close)
                await copy_all(reading, writing, told=tell)

        asyncio.run(work())
        typer.echo("All of it is there. Set database.url to the new address and start LiveRelay.")

    return group


def _config_group() -> typer.Typer:
    group = typer.Typer(help="The settings.", no_args_is_help=True)

    @group.command("show")
    def show() -> None:
        """Print every setting as it is in force; secrets are hidden."""
        settings = load()
        for key, default, _ in config.describe():
            value: Any = settings
            for part in key.split("."):
                value = getattr(value, part)
            if isinstance(value, SecretStr):
                value = "(set)" if value.get_secret_value() else "(not set)"
                default = "(not set)"
            elif isinstance(value, tuple):
                value, default = ", ".join(map(str, value)) or "(none)", "(none)"
            mark = "" if str(value) == str(default) else "   # changed"
            typer.echo(f"{key} = {value}{mark}")

    return group
