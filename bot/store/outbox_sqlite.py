"""The sender's queries for SQLite, with whole groups as one JSON parameter.

Each row given to ``executemany`` and each parameter of an ``IN`` list costs more in the driver and
in SQLAlchemy than in SQLite itself: one statement a group takes a third of the processor time. And
each statement is one visit to the database's thread, where a cursor is four: while a broadcast
keeps the event loop busy, every visit waits for a round of it. What they do is what
`bot.store.outbox` says; the same tests run against both.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import aiosqlite
import orjson
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Batch
from bot.store.claimed import COLUMNS, batches

_DUE = """
SELECT d.destination_id
FROM deliveries AS d JOIN destinations AS x ON x.id = d.destination_id
WHERE d.state < 2 AND d.priority <= ?3
  AND d.due_at <= ?1 AND x.lease_until <= ?1 AND x.not_before <= ?1
ORDER BY d.priority, d.due_at, d.entry_id
LIMIT ?2
"""
# Each destination once, by the first of its deliveries.
_DUE_FIRST = _DUE.replace(
    "ORDER BY",
    """AND NOT EXISTS (
    SELECT 1 FROM deliveries AS e
    WHERE e.state < 2 AND e.destination_id = d.destination_id
      AND (e.priority, e.due_at, e.entry_id) < (d.priority, d.due_at, d.entry_id)
)
ORDER BY""",
)
_LEASE = """
UPDATE destinations SET lease_owner = ?1, lease_until = ?2
WHERE id IN (SELECT value FROM json_each(?3))
"""
_WORK = f"""
SELECT {COLUMNS}
FROM (
    SELECT *, row_number() OVER (PARTITION BY destination_id ORDER BY state, entry_id) AS rank
    FROM deliveries
    WHERE state < 2 AND due_at <= ?1 AND destination_id IN (SELECT value FROM json_each(?2))
) AS w
JOIN destinations AS x ON x.id = w.destination_id
JOIN chats AS c ON c.id = x.chat_id
WHERE w.rank <= ?3
ORDER BY w.destination_id, w.rank
"""  # noqa: S608 - the columns are ours
_RECORD = """
UPDATE deliveries SET
    state = CASE WHEN v.state = 2 AND v.newest > v.revision THEN 1
                 WHEN v.state < 2 AND deliveries.state >= 2 AND v.message_ids IS NULL
                 THEN deliveries.state
                 ELSE v.state END,
    attempts = CASE WHEN v.state < 2 THEN deliveries.attempts + 1 ELSE 0 END,
    revision_sent = coalesce(v.revision, deliveries.revision_sent),
    message_ids = coalesce(v.message_ids, deliveries.message_ids),
    bundle = coalesce(v.bundle, deliveries.bundle), shape = coalesce(v.shape, deliveries.shape),
    error = v.error,
    sent_at = CASE WHEN v.state = 2 THEN coalesce(deliveries.sent_at, v.at)
                   ELSE deliveries.sent_at END,
    edited_at = CASE WHEN v.state = 2 AND deliveries.sent_at IS NOT NULL THEN v.at
                     ELSE deliveries.edited_at END
FROM (
    SELECT json_extract(j.value, '$[0]') AS entry_id,
           json_extract(j.value, '$[1]') AS destination_id,
           json_extract(j.value, '$[2]') AS state, json_extract(j.value, '$[3]') AS revision,
           json_extract(j.value, '$[4]') AS message_ids, json_extract(j.value, '$[5]') AS error,
           json_extract(j.value, '$[6]') AS at, json_extract(j.value, '$[7]') AS bundle,
           json_extract(j.value, '$[8]') AS shape, e.revision AS newest
    FROM json_each(?1) AS j JOIN entries AS e ON e.id = json_extract(j.value, '$[0]')
) AS v
WHERE deliveries.entry_id = v.entry_id AND deliveries.destination_id = v.destination_id
"""
# The plus keeps SQLite from walking all leases for each row of the JSON.
_RELEASE = """
UPDATE destinations SET lease_owner = NULL, lease_until = 0, not_before = v.not_before
FROM (
    SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS not_before
    FROM json_each(?1)
) AS v
WHERE destinations.id = v.id AND +destinations.lease_owner = ?2
"""
_REVISIONS = "SELECT id, revision FROM entries WHERE id IN (SELECT value FROM json_each(?1))"


async def claim(
    connection: AsyncConnection,
    owner: str,
    now: int,
    until: int,
    *,
    limit: int,
    each: int,
    urgency: int,
) -> list[Batch]:
    """`bot.store.outbox.claim`; instants in microseconds."""
    due = await _run(connection, _DUE, now, limit, urgency)
    ids = list(dict.fromkeys(row[0] for row in due))
    if len(due) == limit > len(ids):  # a long queue of one destination must not hide the others
        ids = [row[0] for row in await _run(connection, _DUE_FIRST, now, limit, urgency)]
    if not ids:
        return []
    listed = orjson.dumps(ids).decode()
    await _run(connection, _LEASE, owner, until, listed)
    return batches(ids, await _run(connection, _WORK, now, listed, each), orjson.loads)


async def record(connection: AsyncConnection, rows: Sequence[tuple[object, ...]]) -> None:
    """The outcomes as lists.

    Each: entry, destination, state, revision, message ids, error, microseconds, bundle, shape.
    """
    await _run(connection, _RECORD, orjson.dumps(rows).decode())


async def release(connection: AsyncConnection, owner: str, rows: Iterable[tuple[int, int]]) -> None:
    """The destinations: id, not before, in microseconds."""
    await _run(connection, _RELEASE, orjson.dumps(list(rows)).decode(), owner)


async def revisions(connection: AsyncConnection, ids: Iterable[int]) -> dict[int, int]:
    """Entry id -> its current revision."""
    rows = await _run(connection, _REVISIONS, orjson.dumps(list(ids)).decode())
    return {row[0]: row[1] for row in rows}


async def _run(connection: AsyncConnection, statement: str, *parameters: object) -> list[Any]:
    """One statement in one visit to the database's thread."""
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    assert isinstance(driver, aiosqlite.Connection)
    try:
        return list(await driver.execute_fetchall(statement, parameters))
    except sqlite3.Error as error:  # as SQLAlchemy would raise it, for `bot.store.engine`
        raise DBAPIError(statement, None, error) from error
