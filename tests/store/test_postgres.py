"""A PostgreSQL server that refuses, restarts, falls silent: each as our error, and work goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import ConfigError, ContendedError, LiveRelayError, StorageFullError, StoreError
from bot.store import engine_postgres, migrate, refusals
from bot.store.engine import Database, open_database, parse_url
from bot.store.schema import topics
from tests.store.rows import count
from tests.support.postgres import PostgresServer
from tests.support.silent_proxy import SilentProxy


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    """The address of an empty, migrated database."""
    with postgres.database() as address:
        yield address


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    """It, open."""
    database = await open_database(url)
    yield database
    await database.close()


def topic(slug: str) -> dict[str, object]:
    """A row of the topics, the simplest table."""
    return {"slug": slug, "names": {}, "emoji": "", "rule": {}, "origin": "admin"}


async def add(db: Database, slug: str) -> None:
    """Write a row."""
    async with db.write() as connection:
        await connection.execute(topics.insert().values(topic(slug)))


async def interrupted(db: Database, interrupt: Callable[[], None]) -> None:
    """Something happens in the middle of a transaction."""
    async with db.write() as connection:
        await connection.execute(topics.insert().values(topic("lost")))
        interrupt()
        await connection.execute(topics.insert().values(topic("lost, too")))


async def refusal(address: str) -> LiveRelayError:
    """The error of opening a database; one line."""
    with pytest.raises(LiveRelayError) as caught:
        await (await open_database(address)).close()
    assert "\n" not in str(caught.value)
    assert "s3cret" not in str(caught.value)
    return caught.value


async def test_no_such_database(postgres: PostgresServer) -> None:
    """A database that is not there is named, with how to make it."""
    error = await refusal(postgres.url("missing"))
    assert isinstance(error, StoreError)
    assert "missing" in str(error)
    assert "createdb" in str(error)


async def test_nobody_listens(tmp_path: Path) -> None:
    """No server at the address: it says to check that one is running."""
    for address in (
        "postgresql://relay:s3cret@127.0.0.1:1/live",
        f"postgresql://relay:s3cret@/live?host={tmp_path}",
        "postgresql://relay:s3cret@no-such-host.invalid/live",
    ):
        error = await refusal(address)
        assert isinstance(error, StoreError)
        assert "cannot be reached" in str(error)
        assert "server is running" in str(error)


async def test_silence(monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer) -> None:
    """A server that takes the connection and says nothing is given up."""
    monkeypatch.setattr(engine_postgres, "CONNECT_TIMEOUT", 0.1)
    async with SilentProxy(postgres.folder) as proxy:
        proxy.silent = True
        error = await refusal(proxy.url("live"))
    assert isinstance(error, StoreError)
    assert "does not answer" in str(error)


@pytest.mark.parametrize("query", ["sslmode=perhaps", "target_session_attrs=strange"])
async def test_bad_options(query: str) -> None:
    """An option that is none is a mistake in the settings."""
    error = await refusal(f"postgresql://relay:s3cret@127.0.0.1:1/live?{query}")
    assert isinstance(error, ConfigError)
    assert str(error).startswith("database.url")


async def test_usual_options(postgres: PostgresServer, url: str) -> None:
    """Options as hosting services write them into addresses are understood."""
    options = "sslmode=prefer&channel_binding=prefer&connect_timeout=10&application_name=relay"
    db = await open_database(f"{url}&{options}")
    try:
        async with db.read() as connection:
            name = await connection.scalar(sa.text("SHOW application_name"))
            assert await connection.scalar(sa.text("SHOW jit")) == "off"
        assert name in ("relay", "liverelay")
        assert db.label.endswith(f"host={postgres.folder}".replace("/", "%2F"))
    finally:
        await db.close()


async def test_not_permitted(postgres: PostgresServer, url: str) -> None:
    """A user without rights is told whose database it should be."""
    postgres.execute("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN")
    guest = url.replace("relay@", "guest@")
    db = await open_database(guest)
    try:
        with pytest.raises(StoreError, match=r"permission denied.*owner"):
            await add(db, "x")
    finally:
        await db.close()
    postgres.execute("CREATE ROLE stranger NOLOGIN")
    error = await refusal(url.replace("relay@", "stranger@"))
    assert "does not let us in" in str(error)


async def test_read_only(postgres: PostgresServer, url: str) -> None:
    """A standby, or a database set to read-only, is said as such."""
    db = await open_database(f"{url}&default_transaction_read_only=on")
    try:
        with pytest.raises(StorageFullError, match="primary"):
            await add(db, "x")
    finally:
        await db.close()


async def test_no_tables(postgres: PostgresServer) -> None:
    """Tables that are missing lead to the command that makes them."""
    with postgres.fresh_database() as address:
        db = await open_database(address)
        try:
            with pytest.raises(StoreError, match="db upgrade"):
                await count(db, topics)
        finally:
            await db.close()


async def test_processes_start_together(postgres: PostgresServer) -> None:
    """Several processes that find an empty database make the tables once."""
    with postgres.fresh_database() as address:
        opened = [await open_database(address) for _ in range(3)]
        try:
            applied = await asyncio.gather(*map(migrate.upgrade, opened))
            assert sorted(map(bool, applied)) == [False, False, True]
            assert await migrate.current(opened[0]) == migrate.head()
        finally:
            for db in opened:
                await db.close()


async def test_restart(postgres: PostgresServer, url: str, db: Database) -> None:
    """A transaction under way fails as ours; the next one works as soon as the server is back."""
    await add(db, "before")
    with pytest.raises(StoreError, match="goes on when it is back"):
        await interrupted(db, postgres.stop)
    with pytest.raises(StoreError, match="cannot be reached"):
        await add(db, "down")
    postgres.start()
    await add(db, "after")
    async with db.read() as connection:
        found = await connection.scalars(sa.select(topics.c.slug).order_by(topics.c.id))
        assert list(found) == ["before", "after"]


async def test_restart_while_idle(postgres: PostgresServer, db: Database) -> None:
    """Connections that lay in the pool through a restart cost no transaction."""
    async with db.read(), db.read(), db.write():
        pass
    postgres.stop()
    await asyncio.sleep(0.01)  # as it would in life, the loop hears of the end
    postgres.start()
    await asyncio.gather(add(db, "a"), add(db, "b"), count(db, topics), add(db, "c"))
    assert await count(db, topics) == 3


async def test_crash(postgres: PostgresServer, db: Database) -> None:
    """A server that was ended by an administrator ends the transaction, not us."""
    terminate = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'liverelay' AND pid <> pg_backend_pid()"
    )
    with pytest.raises(StoreError, match="goes on when it is back"):
        await interrupted(db, lambda: postgres.execute(terminate))
    assert await count(db, topics) == 0


async def test_standing_still(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """A process that stands still in a transaction loses it, so that its locks are free."""
    settings = {**engine_postgres._SETTINGS, "idle_in_transaction_session_timeout": "100ms"}
    monkeypatch.setattr(engine_postgres, "_SETTINGS", settings)
    db = await open_database(url)
    try:
        with pytest.raises(StoreError, match=r"stood still|goes on"):
            await interrupted(db, lambda: time.sleep(0.4))
        await add(db, "kept")
        assert await count(db, topics) == 1
    finally:
        await db.close()


async def test_silence_in_the_middle(
    monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer, url: str
) -> None:
    """A network that swallows everything ends the transaction after a while, and no longer."""
    monkeypatch.setattr(engine_postgres, "STATEMENT_TIMEOUT", 0.3)
    async with SilentProxy(postgres.folder) as proxy:
        db = await open_database(proxy.url(url.partition("?")[0].rpartition("/")[2]))
        try:
            await add(db, "before")
            proxy.silent = True
            async with asyncio.timeout(10):
                with pytest.raises(StoreError, match="does not answer"):
                    await add(db, "lost")
            proxy.silent = False
            await add(db, "after")
            assert await count(db, topics) == 2
        finally:
            proxy.silent = False
            await db.close()


async def test_too_many_connections(postgres: PostgresServer, url: str, db: Database) -> None:
    """A server without a free connection says how it can be helped."""
    postgres.execute("DROP ROLE IF EXISTS few; CREATE ROLE few LOGIN CONNECTION LIMIT 1")
    first = await open_database(url.replace("relay@", "few@"))
    try:
        async with first.read() as connection:
            await connection.execute(sa.text("SELECT 1"))
            error = await refusal(url.replace("relay@", "few@"))
        assert "max_connections" in str(error)
    finally:
        await first.close()


async def test_too_busy(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Work that finds no free connection of the process for too long gets our error."""
    monkeypatch.setattr(refusals, "POOL_TIMEOUT", 0.05)
    monkeypatch.setattr(engine_postgres, "CONNECTIONS", 1)
    db = await open_database(url)
    try:
        async with db.write():
            with pytest.raises(StoreError, match="too busy"):
                async with db.read():
                    pytest.fail("a connection too many")
    finally:
        await db.close()


async def test_a_ring_of_locks(db: Database) -> None:
    """Transactions that wait for each other: one is undone, and `transact` does it once more."""
    await add(db, "a")
    await add(db, "b")
    both_hold = asyncio.Barrier(2)
    tries = 0

    async def swap(connection: AsyncConnection, slugs: tuple[str, str]) -> None:
        nonlocal tries
        tries += 1
        for number, slug in enumerate(slugs):
            await connection.execute(
                topics.update().where(topics.c.slug == slug).values(position=topics.c.position + 1)
            )
            if number == 0 and tries <= 2:
                await both_hold.wait()

    await asyncio.gather(
        db.transact(lambda c: swap(c, ("a", "b"))), db.transact(lambda c: swap(c, ("b", "a")))
    )
    assert tries == 3
    async with db.read() as connection:
        assert list(await connection.scalars(sa.select(topics.c.position))) == [2, 2]


async def test_giving_up(db: Database) -> None:
    """What others stand in the way of every time fails in the end."""
    tries = 0

    async def fail(_: object) -> None:
        nonlocal tries
        tries += 1
        raise ContendedError("again and again")

    with pytest.raises(ContendedError):
        await db.transact(fail)
    assert tries == 5


@pytest.mark.parametrize(
    ("state", "kind", "words"),
    [
        ("53100", StorageFullError, "no space left"),
        ("53300", StoreError, "max_connections"),
        ("57P01", StoreError, "goes on when it is back"),
        ("57P03", StoreError, "goes on when it is back"),
        ("08006", StoreError, "goes on when it is back"),
        ("40001", ContendedError, "tried again"),
        ("40P01", ContendedError, "tried again"),
        ("28P01", StoreError, "password authentication failed"),
        ("XX000", StoreError, "refused"),
    ],
)
def test_states(state: str, kind: type[StoreError], words: str) -> None:
    """What the server's codes mean to us."""
    error = refusals.by_state("live", state, "password authentication\n failed")
    assert type(error) is kind
    assert words in str(error)
    assert "\n" not in str(error)


def test_addresses_for_tools() -> None:
    """PostgreSQL's own tools get the address without the password."""
    url = parse_url(
        "postgresql://relay:s3cret@db.example:5433/live?sslmode=require&password=s3cret"
    )
    assert (
        engine_postgres.dsn_of(url, password=False)
        == "postgresql://relay@db.example:5433/live?sslmode=require"
    )
    assert "s3cret" in engine_postgres.dsn_of(url)
