"""The sender's queries for PostgreSQL, with whole groups as arrays.

One statement a group: a round trip costs more than recording a delivery. Destinations are locked
by one statement and their work read by the next, because under READ COMMITTED only a new statement
sees what others committed meanwhile. What they do is what `bot.store.outbox` says; the same tests
run against both databases.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Batch
from bot.store.claimed import COLUMNS, batches

# How many deliveries are due changes from none to a million within a second, and the planner's
# statistics do not follow. Left to them it would read and sort all that is due for each claim.
_WALK_INDEXES = """
SELECT set_config('enable_sort', 'off', true), set_config('enable_seqscan', 'off', true),
       set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)
"""
# A destination that another sender is claiming is skipped, and its next rows are looked at. One
# that a planner is queueing for is not: it holds KEY SHARE, for the foreign key.
_DUE = """
SELECT d.destination_id
FROM deliveries AS d JOIN destinations AS x ON x.id = d.destination_id
WHERE d.state < 2 AND d.priority <= $3::smallint AND d.due_at <= $1::bigint
  AND x.lease_until <= $1::bigint AND x.not_before <= $1::bigint
ORDER BY d.priority, d.due_at, d.entry_id
LIMIT $2::bigint
FOR NO KEY UPDATE OF x SKIP LOCKED
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
_LEASE = f"""
WITH x AS (
    UPDATE destinations SET lease_owner = $1::text, lease_until = $2::bigint
    WHERE id = ANY($3::bigint[])
    RETURNING id, chat_id, thread_id, timezone, edits, active, threads, pins, style, duplicates
)
SELECT {COLUMNS}
FROM x
JOIN chats AS c ON c.id = x.chat_id
CROSS JOIN LATERAL (
    SELECT entry_id, state, attempts, message_ids, revision_sent, bundle, shape
    FROM deliveries
    WHERE state < 2 AND due_at <= $4::bigint AND destination_id = x.id
    ORDER BY state, entry_id
    LIMIT $5::bigint
) AS w
ORDER BY x.id, w.state, w.entry_id
"""  # noqa: S608 - the columns are ours
_UNLEASE = """
UPDATE destinations SET lease_owner = NULL, lease_until = 0 WHERE id = ANY($1::bigint[])
"""
# The entries' rows are read as they are now and not as when the statement began, and stay so until
# the outcomes are committed: a correction comes either before, and is seen here, or after, and its
# fan-out sees what is recorded here.
_RECORD = """
WITH e AS MATERIALIZED (
    SELECT id, revision FROM entries WHERE id = ANY($10::bigint[]) ORDER BY id FOR SHARE
)
UPDATE deliveries AS d SET
    state = CASE WHEN v.state = 2
                      AND (SELECT revision FROM e WHERE id = d.entry_id) > v.revision THEN 1
                 WHEN v.state < 2 AND d.state >= 2 AND v.message_ids IS NULL THEN d.state
                 ELSE v.state END,
    attempts = CASE WHEN v.state < 2 THEN d.attempts + 1 ELSE 0 END,
    revision_sent = coalesce(v.revision, d.revision_sent),
    message_ids = coalesce(v.message_ids::json, d.message_ids),
    bundle = coalesce(v.bundle::json, d.bundle), shape = coalesce(v.shape, d.shape),
    error = v.error,
    sent_at = CASE WHEN v.state = 2 THEN coalesce(d.sent_at, v.at) ELSE d.sent_at END,
    edited_at = CASE WHEN v.state = 2 AND d.sent_at IS NOT NULL THEN v.at ELSE d.edited_at END
FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::integer[], $5::text[], $6::text[],
            $7::bigint[], $8::text[], $9::text[])
    AS v (entry_id, destination_id, state, revision, message_ids, error, at, bundle, shape)
WHERE d.entry_id = v.entry_id AND d.destination_id = v.destination_id
"""
_RELEASE = """
UPDATE destinations AS x SET lease_owner = NULL, lease_until = 0, not_before = v.not_before
FROM unnest($1::bigint[], $2::bigint[]) AS v (id, not_before)
WHERE x.id = v.id AND x.lease_owner = $3::text
"""
_REVISIONS = "SELECT id, revision FROM entries WHERE id = ANY($1::bigint[])"


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
    await _run(connection, _WALK_INDEXES)
    due = await _run(connection, _DUE, now, limit, urgency)
    ids = list(dict.fromkeys(row[0] for row in due))
    if len(due) == limit > len(ids):  # a long queue of one destination must not hide the others
        ids = [row[0] for row in await _run(connection, _DUE_FIRST, now, limit, urgency)]
    if not ids:
        return []
    found = batches(ids, await _run(connection, _LEASE, owner, until, ids, now, each), _as_is)
    if len(found) < len(ids):
        # What was due for them when we looked was done when they were ours.
        busy = {batch.destination.id for batch in found}
        await _run(connection, _UNLEASE, [id_ for id_ in ids if id_ not in busy])
    return found


async def record(connection: AsyncConnection, rows: Sequence[Sequence[Any]]) -> None:
    """The outcomes as lists, of each delivery one.

    Each: entry, destination, state, revision, message ids, error, microseconds, bundle, shape.
    """
    # Who locks several goes by their keys, so that no two wait for each other.
    in_order = sorted(rows, key=lambda row: (row[0], row[1]))
    columns: list[list[Any]] = [list(column) for column in zip(*in_order, strict=True)]
    for number in (4, 7):
        columns[number] = [value and orjson.dumps(value).decode() for value in columns[number]]
    await _run(connection, _RECORD, *columns, sorted(set(columns[0])))


async def release(connection: AsyncConnection, owner: str, rows: Sequence[tuple[int, int]]) -> None:
    """The destinations: id, not before, in microseconds."""
    await _run(connection, _RELEASE, [row[0] for row in rows], [row[1] for row in rows], owner)


async def revisions(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, int]:
    """Entry id -> its current revision."""
    return {row[0]: row[1] for row in await _run(connection, _REVISIONS, list(ids))}


async def _run(connection: AsyncConnection, statement: str, *parameters: object) -> Sequence[Any]:
    result = await connection.exec_driver_sql(statement, parameters)
    return result.all() if result.returns_rows else ()


def _as_is(value: Any) -> Any:
    """The driver has made a value of the JSON."""
    return value
