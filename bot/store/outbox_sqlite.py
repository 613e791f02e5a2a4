"""The sender's queries for SQLite, past SQLAlchemy, whose part would cost more than SQLite's.

Whatever is asked for or told in rows goes at one go: the driver gives Python up for each row it
reads or writes, and beside a busy event loop gets it back a tenth of a millisecond later, with the
write lock held. So rows come as one JSON; ids are given as one, and outcomes, of many columns, as a
list of ``VALUES``: taking them out of a JSON costs half as much again. What the queries do is what
`bot.store.outbox` says; the same tests run against both.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
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
LIMIT -1
"""  # noqa: S608 - the columns are ours
_RECORD = """
WITH v (entry, destination, state, revision, messages, error, at, bundle, shape) AS (VALUES {rows})
UPDATE deliveries SET
    state = CASE WHEN v.state = 2 AND (SELECT revision FROM entries WHERE id = v.entry) > v.revision
                 THEN 1
                 WHEN v.state < 2 AND deliveries.state >= 2 AND v.messages IS NULL
                 THEN deliveries.state
                 ELSE v.state END,
    attempts = CASE WHEN v.state < 2 THEN attempts + 1 ELSE 0 END,
    revision_sent = coalesce(v.revision, revision_sent),
    message_ids = coalesce(v.messages, message_ids),
    bundle = coalesce(v.bundle, deliveries.bundle), shape = coalesce(v.shape, deliveries.shape),
    error = v.error,
    sent_at = CASE WHEN v.state = 2 THEN coalesce(sent_at, v.at) ELSE sent_at END,
    edited_at = CASE WHEN v.state = 2 AND sent_at IS NOT NULL THEN v.at ELSE edited_at END
FROM v WHERE entry_id = v.entry AND destination_id = v.destination
"""
_ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ROWS = 100  # outcomes of a statement
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
    width = COLUMNS.count(",") + 1

    def take(raw: sqlite3.Connection) -> tuple[list[int], list[Any]]:
        due = _rows(raw, _DUE, 1, (now, limit, urgency))
        ids = list(dict.fromkeys(row[0] for row in due))
        if len(due) == limit > len(ids):  # a long queue of one must not hide the others
            due = _rows(raw, _DUE_FIRST, 1, (now, limit, urgency))
            ids = [row[0] for row in due]
        if not ids:
            return [], []
        listed = orjson.dumps(ids).decode()
        raw.execute(_LEASE, (owner, until, listed))
        most = len(ids) + each  # fewer rows, one at least for each, are no more than `each` for any
        found = _rows(raw, _WORK, width, (now, listed, most))
        if len(found) == most:
            found = _rows(raw, _SHARES, width, (now, listed, each))
        return ids, found

    ids, found = await visit(connection, take)
    return batches(ids, found, orjson.loads) if ids else []


async def record(connection: AsyncConnection, rows: Sequence[tuple[object, ...]]) -> None:
    """The outcomes as lists, of each delivery one.

    Each: entry, destination, state, revision, message ids, error, microseconds, bundle, shape.
    """
    values = [(*row[:4], _json(row[4]), *row[5:7], _json(row[7]), row[8]) for row in rows]

    def write(raw: sqlite3.Connection) -> None:
        for first in range(0, len(values), _ROWS):
            some = values[first : first + _ROWS]
            statement = _RECORD.format(rows=", ".join([_ROW] * len(some)))
            raw.execute(statement, list(chain.from_iterable(some))).close()

    await visit(connection, write)


async def release(connection: AsyncConnection, owner: str, rows: Iterable[tuple[int, int]]) -> None:
    """The destinations: id, not before, in microseconds."""
    given = orjson.dumps(list(rows)).decode(), owner
    await visit(connection, lambda raw: raw.execute(_RELEASE, given).close())


async def revisions(connection: AsyncConnection, ids: Iterable[int]) -> dict[int, int]:
    """Entry id -> its current revision."""
    listed = (orjson.dumps(list(ids)).decode(),)
    return await visit(connection, lambda raw: dict(raw.execute(_REVISIONS, listed).fetchall()))


def _rows(raw: sqlite3.Connection, query: str, width: int, given: tuple[object, ...]) -> list[Any]:
    """The rows of a query with so many columns."""
    (found,) = raw.execute(_in_one(query, width), given).fetchone()
    rows: list[Any] = orjson.loads(found)
    return rows


@cache
def _in_one(query: str, width: int) -> str:
    """A query whose one row is a JSON of another's, in their order, which its LIMIT keeps."""
    names = ", ".join(f"c{number}" for number in range(width))
    listed = f"SELECT json_group_array(json_array({names})) FROM found"  # noqa: S608 - ours
    return f"WITH found ({names}) AS ({query}) {listed}"


def _json(value: object) -> str | None:
    return orjson.dumps(value).decode() if value else None
