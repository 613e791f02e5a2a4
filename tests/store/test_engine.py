"""Opening a database: what is refused and in which words; two writers; a clean end."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import (
    ConfigError,
    InUseError,
    LiveRelayError,
    NotADatabaseError,
    StorageFullError,
    StoreError,
)
from bot.store import migrate
from bot.store.engine import Database, open_database, parse_url
from bot.store.schema import topics
from tests.store.nobody import as_nobody
from tests.store.rows import count
from tests.support.store import temp_database

HOLDER = """
import asyncio, sys
from bot.store.engine import open_database
async def hold():
    db = await open_database(sys.argv[1])
    db.hold()
    print("held", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await db.close()
asyncio.run(hold())
"""


def topic(slug: str) -> dict[str, object]:
    """A row of the topics, the simplest table."""
    return {"slug": slug, "names": {}, "emoji": "", "rule": {}, "origin": "admin"}


async def refusal(path: Path | str) -> LiveRelayError:
    """The error of opening and migrating."""
    with pytest.raises(LiveRelayError) as caught:
        await opened_and_closed(path)
    assert "\n" not in str(caught.value)
    return caught.value


async def opened_and_closed(path: Path | str) -> None:
    """Open, migrate, close."""
    db = await open_database(str(path))
    try:
        await migrate.upgrade(db)
    finally:
        await db.close()


async def test_folders_are_made(tmp_path: Path) -> None:
    """The file and the folders above it are made where they are missing."""
    await opened_and_closed(tmp_path / "a" / "b" / "relay.db")
    assert (tmp_path / "a" / "b" / "relay.db").stat().st_size > 0


async def test_empty_file_is_fine(tmp_path: Path) -> None:
    """A file of no bytes (touched, or mounted by Docker) becomes a database."""
    path = tmp_path / "relay.db"
    path.touch()
    await opened_and_closed(path)
    assert path.stat().st_size > 0


async def test_not_a_database(tmp_path: Path) -> None:
    """Another file is refused and not changed."""
    path = tmp_path / "notes.txt"
    path.write_text("These are the harbour master's notes.\n" * 50)
    error = await refusal(path)
    assert isinstance(error, NotADatabaseError)
    assert "notes.txt is not a SQLite database" in str(error)
    assert path.read_text().startswith("These are")


async def test_folder(tmp_path: Path) -> None:
    """A folder is refused as one."""
    error = await refusal(tmp_path)
    assert isinstance(error, NotADatabaseError)
    assert "is a folder" in str(error)


async def test_file_as_folder(tmp_path: Path) -> None:
    """A path that leads through a file is refused: its folder cannot be made."""
    (tmp_path / "file").write_text("x")
    error = await refusal(tmp_path / "file" / "relay.db")
    assert isinstance(error, StorageFullError)
    assert "cannot be made" in str(error)


async def test_unwritable(tmp_path: Path) -> None:
    """A file or folder that may not be written, or not even read, is refused before it is used."""
    await opened_and_closed(tmp_path / "first.db")  # reads what nobody may not be able to read
    whole = (tmp_path / "first.db").read_bytes()
    with as_nobody() as folder:
        path = folder / "relay.db"
        path.write_bytes(whole)
        try:
            path.chmod(0o400)
            error = await refusal(path)
            assert isinstance(error, StorageFullError)
            assert "relay.db cannot be written" in str(error)
            path.chmod(0o000)
            error = await refusal(path)
            assert type(error) is StoreError
            assert "relay.db cannot be read" in str(error)
            path.chmod(0o600)
            folder.chmod(0o500)
            error = await refusal(folder / "other.db")
            assert isinstance(error, StorageFullError)
            folder.chmod(0o000)
            error = await refusal(path)
            assert isinstance(error, StoreError)
            assert "permissions" in str(error)
        finally:
            folder.chmod(0o700)


@pytest.mark.parametrize("size", [5, 16, 60, 100, 2_000, 4_096, 30_000, -4_096])
async def test_truncated(tmp_path: Path, migrated_file: Path, size: int) -> None:
    """A database cut off anywhere is refused at the start, not in the middle of the work."""
    path = tmp_path / "cut.db"
    path.write_bytes(migrated_file.read_bytes()[:size])
    error = await refusal(path)
    assert isinstance(error, NotADatabaseError)
    assert "cut.db" in str(error)


async def test_damaged_page(tmp_path: Path, migrated_file: Path) -> None:
    """A page overwritten in the middle is found by reading everything."""
    path = tmp_path / "damaged.db"
    whole = migrated_file.read_bytes()
    path.write_bytes(whole[:8_192] + b"\xff" * 4_096 + whole[12_288:])
    db = await open_database(str(path))
    try:
        with pytest.raises(NotADatabaseError, match=r"damaged\.db.*restore a backup"):
            await db.integrity()
    finally:
        await db.close()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mysql://host/name", "mysql"),
        ("sqlite+pysqlite:///x", "sqlite+pysqlite"),
        ("http://example.org", "http"),
        ("://", "not a database address"),
        ("postgresql://user@host:port/name", "not a database address"),
    ],
)
def test_bad_address(text: str, words: str) -> None:
    """An address that is none, or of another database, is refused in a line that names it."""
    with pytest.raises(ConfigError) as caught:
        parse_url(text)
    assert words in str(caught.value)
    assert str(caught.value).startswith("database.url")


@pytest.mark.parametrize(
    ("text", "driver"),
    [
        ("data/relay.db", "sqlite+aiosqlite"),
        ("sqlite:///relay.db", "sqlite+aiosqlite"),
        ("postgres://host/name", "postgresql+asyncpg"),
        ("postgresql://host/name", "postgresql+asyncpg"),
    ],
)
def test_address(text: str, driver: str) -> None:
    """A plain path is SQLite; the usual short names get our drivers."""
    assert parse_url(text).drivername == driver


async def test_no_driver() -> None:
    """Where a database's driver is not installed, the message says what to install."""
    if importlib.util.find_spec("asyncpg") is not None:
        pytest.skip("the driver is installed")
    error = await refusal("postgresql://nobody@127.0.0.1:1/none")
    assert isinstance(error, ConfigError)
    assert "pip install 'liverelay[postgres]'" in str(error)


def test_password_is_not_shown() -> None:
    """What is shown of an address holds no password."""
    url = parse_url("postgresql://relay:s3cret@db.example/live?password=s3cret")
    database = Database(url, None, None)  # type: ignore[arg-type]  # never connects
    assert "s3cret" not in database.label
    assert "db.example" in database.label


async def test_second_process_is_refused(tmp_path: Path) -> None:
    """While a process holds a file, another one is refused with its number; then it is free."""
    path = tmp_path / "relay.db"
    holder = subprocess.Popen(  # noqa: ASYNC220 - its first line is waited for at once
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        db = await open_database(str(path))
        try:
            with pytest.raises(InUseError, match=rf"process {holder.pid}\)"):
                db.hold()
            holder.kill()
            holder.wait(10)
            db.hold()
        finally:
            await db.close()
    finally:
        holder.kill()
        holder.communicate(timeout=10)


async def test_hold_ends_with_close(tmp_path: Path) -> None:
    """A closed database can be held again."""
    for _ in range(2):
        db = await open_database(str(tmp_path / "relay.db"))
        db.hold()
        await db.close()


async def test_two_writers(db: Database, address: str) -> None:
    """Transactions that read first and write later never fail against each other."""
    other = await open_database(address)
    try:

        async def work(database: Database, name: str) -> None:
            for number in range(25):
                async with database.write() as connection:
                    before = await connection.scalar(sa.select(sa.func.count(topics.c.id)))
                    await asyncio.sleep(0)
                    await connection.execute(topics.insert().values(topic(f"{name}{number}")))
                    after = await connection.scalar(sa.select(sa.func.count(topics.c.id)))
                    if db.is_sqlite:  # nobody wrote in between
                        assert after == (before or 0) + 1

        await asyncio.gather(work(db, "a"), work(db, "b"), work(other, "c"), work(other, "d"))
        assert await count(db, topics) == 100
    finally:
        await other.close()


async def test_reading_goes_on_while_writing(db: Database) -> None:
    """A reader sees one state, that of before, while a writer is in the middle."""
    async with db.write() as writing:
        await writing.execute(topics.insert().values(topic("half")))
        assert await count(db, topics) == 0
    async with db.read() as reading:
        query = sa.select(sa.func.count(topics.c.id))
        assert await reading.scalar(query) == 1
        async with db.write() as writing:
            await writing.execute(topics.insert().values(topic("more")))
        assert await reading.scalar(query) == 1
    assert await count(db, topics) == 2


async def test_an_exception_undoes_everything(db: Database) -> None:
    """A transaction that fails leaves nothing, and the exception passes as it is."""

    async def fail() -> None:
        async with db.write() as connection:
            await connection.execute(topics.insert().values(topic("lost")))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await count(db, topics) == 0


async def test_cancelling_undoes_everything(db: Database) -> None:
    """A cancelled writer leaves nothing behind and does not block the next one."""
    begun = asyncio.Event()

    async def work() -> None:
        async with db.write() as connection:
            await connection.execute(topics.insert().values(topic("lost")))
            begun.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with db.write() as connection:
        await connection.execute(topics.insert().values(topic("kept")))
    assert await count(db, topics) == 1


async def test_refusals_are_ours(db: Database) -> None:
    """What the database refuses arrives as our error, with the driver's as its cause."""
    with pytest.raises(StoreError, match="refused") as caught:
        async with db.write() as connection:
            await connection.execute(topics.insert(), [topic("twice"), topic("twice")])
    assert isinstance(caught.value.__cause__, IntegrityError)


async def test_full_disk(tmp_path: Path, db: Database) -> None:
    """No space left is said as such; the transaction is undone and later ones work."""
    if not db.is_sqlite:
        pytest.skip("the limit is SQLite's")
    async with db.write() as connection:
        pages = await connection.scalar(sa.text("PRAGMA page_count"))
        await connection.execute(sa.text(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(StorageFullError, match="no space left"):
        async with db.write() as connection:
            await connection.execute(topics.insert(), [topic(f"t{n}") for n in range(2_000)])
    assert await count(db, topics) == 0
    async with db.write() as connection:
        await connection.execute(sa.text("PRAGMA max_page_count = 1000000"))
        await connection.execute(topics.insert().values(topic("fits")))
    assert await count(db, topics) == 1


async def test_readonly(tmp_path: Path, migrated_file: Path) -> None:
    """A disk that turned read-only is said as such."""
    path = tmp_path / "relay.db"
    path.write_bytes(migrated_file.read_bytes())
    db = await open_database(str(path))
    try:
        async with db.write() as connection:
            await connection.execute(sa.text("PRAGMA query_only = 1"))
        with pytest.raises(StorageFullError, match="cannot be written"):
            async with db.write() as connection:
                await connection.execute(topics.insert().values(topic("x")))
    finally:
        await db.close()


async def test_locked_for_too_long(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that another process does not give back is said as such."""
    if not db.is_sqlite:
        pytest.skip("the lock is SQLite's")
    monkeypatch.setattr("bot.store.engine_sqlite.BUSY_TIMEOUT", 0.05)
    other = await open_database(db.label)

    async def theirs(connection: AsyncConnection) -> None:
        await connection.execute(topics.insert().values(topic("theirs")))

    try:
        async with db.write() as connection:
            await connection.execute(topics.insert().values(topic("mine")))
            with pytest.raises(StoreError, match="locked by another process"):
                await other.transact(theirs)
    finally:
        await other.close()


async def test_too_busy(
    tmp_path: Path, migrated_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that waits for its turn for too long gets our error, not the library's."""
    monkeypatch.setattr("bot.store.refusals.POOL_TIMEOUT", 0.05)
    path = tmp_path / "relay.db"
    path.write_bytes(migrated_file.read_bytes())
    db = await open_database(str(path))
    try:
        async with db.write():
            with pytest.raises(StoreError, match="too busy"):
                async with db.write():
                    pytest.fail("two writers at once")
    finally:
        await db.close()


async def test_no_threads_stay(tmp_path: Path) -> None:
    """Closing ends every thread, also after a failed opening: else the process would not end."""
    before = set(threading.enumerate())
    db = await open_database(str(tmp_path / "relay.db"))
    await migrate.upgrade(db)

    async def read() -> None:
        async with db.read() as connection:
            await connection.execute(sa.select(topics))
            await asyncio.sleep(0.01)

    await asyncio.gather(*(read() for _ in range(8)))
    assert set(threading.enumerate()) - before  # one of an earlier test may have ended meanwhile
    await db.close()
    (tmp_path / "cut.db").write_bytes((tmp_path / "relay.db").read_bytes()[:4_096])
    with pytest.raises(NotADatabaseError):
        await opened_and_closed(tmp_path / "cut.db")
    left = [t for t in set(threading.enumerate()) - before if not t.name.startswith("asyncio_")]
    for thread in left:
        thread.join(5)
    assert [thread for thread in left if thread.is_alive()] == []


async def test_memory() -> None:
    """A database in memory works: reads see what was written."""
    db = await open_database("sqlite+aiosqlite:///:memory:")
    try:
        await migrate.upgrade(db)
        async with db.write() as connection:
            await connection.execute(topics.insert().values(topic("here")))
        assert await count(db, topics) == 1
        assert db.path is None
        db.hold()
    finally:
        await db.close()


async def test_closing_waits_for_what_is_under_way(db: Database) -> None:
    """A transaction that runs when the database is closed is committed, and ends before it."""
    begun = asyncio.Event()

    async def slow() -> None:
        async with db.write() as connection:
            await connection.execute(topics.insert().values(topic("late")))
            begun.set()
            await asyncio.sleep(0.1)

    running = asyncio.create_task(slow())
    await begun.wait()
    await db.close()
    assert running.done()
    await running
    async with temp_database(db.url.render_as_string(hide_password=False)) as again:
        assert await count(again, topics) == 1


async def test_closing_does_not_wait_forever(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that never ends does not keep the process from its end."""
    monkeypatch.setattr("bot.store.engine.CLOSE_WAIT", 0.05)
    async with asyncio.timeout(10):
        async with db.read():
            await db.close()


async def test_a_closed_database_is_not_used_again(db: Database) -> None:
    """It would be opened anew behind the caller's back, and stay open."""
    await db.close()
    for use in (db.read, db.write, db.copying):
        with pytest.raises(StoreError, match="is closed"):
            async with use():
                pytest.fail("it was opened anew")
