"""Connections to a PostgreSQL server.

A writing transaction is READ COMMITTED: each statement sees what was committed before it, and
rows are locked where that is not enough. A reading one is REPEATABLE READ, READ ONLY: one state of
the database. A connection that the server closed is noticed when it is taken from the pool, so a
restart costs the transactions that were open and no others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import ConfigError, StoreError
from bot.store import refusals

if TYPE_CHECKING:
    import asyncpg

NO_DRIVER = (
    "database.url: the PostgreSQL driver is not installed; pip install 'liverelay[postgres]'"
)
CONNECTIONS = 10  # of one process; PostgreSQL takes 100 unless told otherwise
CONNECT_TIMEOUT = 10.0  # seconds
STATEMENT_TIMEOUT = 120.0  # seconds without an answer, after which the connection is given up

# For the session. What holds locks and stands still, or lives on a machine that is gone, is ended
# by the server, so that others can take its work over.
_SETTINGS = {
    "application_name": "liverelay",
    "jit": "off",  # compiling costs more than our short statements
    "lock_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
_NOT_FOR_THE_SERVER = ("channel_binding", "connect_timeout", "gssencmode", "keepalives")


def label_of(url: URL) -> str:
    """The address for people: neither password nor options."""
    query = {"host": url.query["host"]} if "host" in url.query else {}
    bare = url.set(drivername="postgresql", query=query)
    return bare.render_as_string(hide_password=True)


def dsn_of(url: URL, *, password: bool = True) -> str:
    """The address as PostgreSQL's own tools write it."""
    query = {key: value for key, value in url.query.items() if key not in _NOT_FOR_THE_SERVER}
    if not password:
        query.pop("password", None)
        url = URL.create("postgresql", url.username, None, url.host, url.port, url.database)
    return url.set(drivername="postgresql", query=query).render_as_string(hide_password=False)


async def connect(url: URL) -> asyncpg.Connection:
    """A connection of asyncpg's own, with our session settings.

    Raises:
        ConfigError: the driver is missing, or the address holds an option that is none.
        StoreError: the server does not answer, or does not let us in.
    """
    try:
        import asyncpg
    except ModuleNotFoundError as error:
        raise ConfigError(NO_DRIVER) from error
    try:
        return await asyncpg.connect(
            dsn_of(url),
            timeout=CONNECT_TIMEOUT,
            command_timeout=STATEMENT_TIMEOUT,
            server_settings=_SETTINGS,
        )
    except asyncpg.PostgresError as error:
        raise refusals.by_state(label_of(url), error.sqlstate or "", str(error)) from error
    except (asyncpg.ClientConfigurationError, ValueError) as error:
        raise ConfigError(f"database.url: {label_of(url)}: {error}") from error
    except TimeoutError as error:
        raise StoreError(
            f"the database {label_of(url)} does not answer in {CONNECT_TIMEOUT:.0f} seconds; "
            "check the address and that the server is running"
        ) from error
    except (OSError, asyncpg.InterfaceError) as error:
        raise StoreError(
            f"the database {label_of(url)} cannot be reached: {error}; "
            "check the address and that the server is running"
        ) from error


def connect_postgres(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """The engines for reading and for writing, with one pool of connections for both.

    Raises:
        ModuleNotFoundError: the driver is missing.
    """

    async def creator(*_args: object, **_options: object) -> asyncpg.Connection:
        return await connect(url)

    writer = create_async_engine(
        # What `connect` reads from the address itself is nothing for SQLAlchemy.
        url.set(query={}),
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        isolation_level="READ COMMITTED",
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=refusals.POOL_TIMEOUT,
        pool_use_lifo=True,
        connect_args={"async_creator_fn": creator},
    )

    @sa.event.listens_for(writer.sync_engine, "checkout")
    def _on_checkout(connection: Any, _record: object, _proxy: object) -> None:
        # In place of SQLAlchemy's ping, which asks the server three times for each transaction.
        if connection.driver_connection.is_closed():
            raise sa.exc.DisconnectionError

    reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return reader, writer
