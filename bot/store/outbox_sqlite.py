"""The sender's queries for SQLite, past SQLAlchemy, whose part would cost more than SQLite's.

Ids go as one JSON parameter; outcomes, of many columns, by ``executemany``: taking them out of a
JSON costs half as much again. What they do is what `bot.store.outbox` says; the same tests run
against both.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Batch
from bot.store.claimed import COLUMNS, batches
from bot.store.sqlite_visits import visit

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
# At most ?3 rows: whether any destination has more than its share is seen by their number.
_WORK = f"""
SELECT {COLUMNS}
FROM json_each(?2) AS j
CROSS JOIN destinations AS x ON x.id = j.value
JOIN chats AS c ON c.id = x.chat_id
JOIN deliveries AS w ON w.destination_id = x.id AND w.state < 2 AND w.due_at <= ?1
ORDER BY j.key, w.state, w.entry_id
LIMIT ?3
"""  # noqa: S608 - the columns are ours
# At most ?3 of each destination, which takes twice as long.
_SHARES = f"""
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
    state = CASE WHEN ?3 = 2 AND (SELECT revision FROM entries WHERE id = ?1) > ?4 THEN 1
                 WHEN ?3 < 2 AND state >= 2 AND ?5 IS NULL THEN state
                 ELSE ?3 END,
    attempts = CASE WHEN ?3 < 2 THEN attempts + 1 ELSE 0 END,
    revision_sent = coalesce(?4, revision_sent),
    message_ids = coalesce(?5, message_ids),
    bundle = coalesce(?8, bundle), shape = coalesce(?9, shape),
    error = ?6,
    sent_at = CASE WHEN ?3 = 2 THEN coalesce(sent_at, ?7) ELSE sent_at END,
    edited_at = CASE WHEN ?3 = 2 AND sent_at IS NOT NULL THEN ?7 ELSE edited_at END
WHERE entry_id = ?1 AND destination_id = ?2
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

    def take(raw: sqlite3.Connection) -> tuple[list[int], list[Any]]:
        due = raw.execute(_DUE, (now, limit, urgency)).fetchall()
        ids = list(dict.fromkeys(row[0] for row in due))
        if len(due) == limit > len(ids):  # a long queue of one must not hide the others
            ids = [row[0] for row in raw.execute(_DUE_FIRST, (now, limit, urgency))]
        if not ids:
            return [], []
        listed = orjson.dumps(ids).decode()
        raw.execute(_LEASE, (owner, until, listed))
        most = len(ids) + each  # fewer rows, one at least for each, are no more than `each` for any
        found = raw.execute(_WORK, (now, listed, most)).fetchall()
        if len(found) == most:
            found = raw.execute(_SHARES, (now, listed, each)).fetchall()
        return ids, found

    ids, found = await visit(connection, take)
    return batches(ids, found, orjson.loads) if ids else []


async def record(connection: AsyncConnection, rows: Sequence[tuple[object, ...]]) -> None:
    """The outcomes as lists.

    Each: entry, destination, state, revision, message ids, error, microseconds, bundle, shape.
    """
    values = [(*row[:4], _json(row[4]), *row[5:7], _json(row[7]), row[8]) for row in rows]
    await visit(connection, lambda raw: raw.executemany(_RECORD, values).close())


async def release(connection: AsyncConnection, owner: str, rows: Iterable[tuple[int, int]]) -> None:
    """The destinations: id, not before, in microseconds."""
    given = orjson.dumps(list(rows)).decode(), owner
    await visit(connection, lambda raw: raw.execute(_RELEASE, given).close())


async def revisions(connection: AsyncConnection, ids: Iterable[int]) -> dict[int, int]:
    """Entry id -> its current revision."""
    listed = (orjson.dumps(list(ids)).decode(),)
    return await visit(connection, lambda raw: dict(raw.execute(_REVISIONS, listed).fetchall()))


def _json(value: object) -> str | None:
    return orjson.dumps(value).decode() if value else None
