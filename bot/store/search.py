"""The full-text index: which words stand in which entry, and the entries that have given words.

SQLite keeps it in an FTS5 table (https://www.sqlite.org/fts5.html), PostgreSQL in a ``tsvector``
(https://www.postgresql.org/docs/current/datatype-textsearch.html). Both get words that
`bot.store.words` has folded and cut, so both find the same. Every change of an entry's words
changes the index in the same transaction; withdrawn and pruned entries are not in it.

Neither database parses what people write: queries are put together here from letters and digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Entry
from bot.store.columns import metadata
from bot.store.entries import as_entry
from bot.store.schema import entries, entry_topics, sources
from bot.store.words import Term, words_of

BATCH = 500  # entries read at a time while the index is made anew
SQLITE = (
    "CREATE VIRTUAL TABLE entry_words USING fts5("
    "words, tokenize = \"unicode61 remove_diacritics 2 categories 'L* N* Co Mc Mn'\")",
    "CREATE VIRTUAL TABLE entry_vocabulary USING fts5vocab(entry_words, row)",
)
POSTGRESQL = (
    "CREATE TABLE entry_words (entry_id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)",
    "CREATE INDEX ix_entry_words_words ON entry_words USING gin (words)",
)
TABLES = ("entry_words", "entry_vocabulary")
_MAX_PLACES = 255  # of one word in a tsvector
_VOCABULARY = 5_000  # words looked at for a suggestion
_RECENT = 3_000  # entries whose words are looked at for one, on PostgreSQL


@sa.event.listens_for(metadata, "after_create")
def _create(_target: object, connection: sa.Connection, **_: object) -> None:
    """Make the index with the tables, which SQLAlchemy cannot describe."""
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL:
        connection.exec_driver_sql(statement)


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for; everything given must fit.

    Attributes:
        terms: none finds every entry.
        topics: ids; an entry counts if it has any of them; empty for all.
        sources: ids, with the live blogs they added; empty for all.
        since: shown at that instant or later, UTC.
        until: shown before, UTC.
        last_id: no entry stored after this one, so that pages do not move; 0 for no bound.
    """

    terms: tuple[Term, ...] = ()
    topics: tuple[int, ...] = ()
    sources: tuple[int, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    last_id: int = 0


async def put(connection: AsyncConnection, found: Iterable[tuple[int, str, str]]) -> None:
    """Index entries, each as its id, title and text, instead of what was there of them."""
    rows = [(id_, words_of(title, text)) for id_, title, text in found]
    await forget(connection, [id_ for id_, _ in rows])
    rows = [(id_, words) for id_, words in rows if words]
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        await connection.execute(
            sa.text("INSERT INTO entry_words (rowid, words) VALUES (:id, :words)"),
            [{"id": id_, "words": " ".join(words)} for id_, words in rows],
        )
    else:
        await connection.execute(
            sa.text(
                "INSERT INTO entry_words (entry_id, words) "
                "VALUES (:id, CAST(CAST(:words AS TEXT) AS TSVECTOR))"
            ),
            [{"id": id_, "words": _vector(words)} for id_, words in rows],
        )


async def forget(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Take entries out of the index."""
    if ids:
        key = _key(connection)
        await connection.execute(
            sa.text(f"DELETE FROM entry_words WHERE {key} = :id"),  # noqa: S608 - a name of ours
            [{"id": id_} for id_ in ids],
        )


async def rebuild(connection: AsyncConnection) -> int:
    """Index every entry anew; how many there are in the index."""
    await connection.execute(sa.text("DELETE FROM entry_words"))
    count, last = 0, 0
    while True:
        rows = (
            await connection.execute(
                sa.select(entries.c.id, entries.c.title, entries.c.text)
                .where(entries.c.id > last, ~entries.c.withdrawn, ~entries.c.pruned)
                .order_by(entries.c.id)
                .limit(BATCH)
            )
        ).all()
        if not rows:
            return count
        await put(connection, ((row.id, row.title, row.text) for row in rows))
        count, last = count + len(rows), rows[-1].id


async def find(
    connection: AsyncConnection, sought: Sought, *, limit: int, offset: int = 0
) -> list[Entry]:
    """The entries that fit, newest first."""
    query = _query(connection, sa.select(entries), sought)
    rows = await connection.execute(
        query.order_by(entries.c.shown_at.desc(), entries.c.id.desc()).limit(limit).offset(offset)
    )
    return [as_entry(row) for row in rows]


async def count(connection: AsyncConnection, sought: Sought) -> int:
    """How many entries fit."""
    query = _query(connection, sa.select(sa.func.count()).select_from(entries), sought)
    return int(await connection.scalar(query) or 0)


async def last_id(connection: AsyncConnection) -> int:
    """The id of the entry stored last, 0 without any."""
    return int(await connection.scalar(sa.select(sa.func.max(entries.c.id))) or 0)


async def vocabulary(connection: AsyncConnection, beginning: str) -> list[tuple[str, int]]:
    """Words of the index that begin so, with the number of entries they stand in."""
    if not beginning:
        return []
    if connection.dialect.name == "sqlite":
        rows = await connection.execute(
            sa.text(
                "SELECT term, doc FROM entry_vocabulary "
                "WHERE term >= :low AND term < :high LIMIT :most"
            ),
            {"low": beginning, "high": beginning + "\U0010ffff", "most": _VOCABULARY},
        )
    else:
        # The inner query is a text of its own and takes no parameters; it holds none of ours.
        newest = (
            "SELECT words FROM entry_words ORDER BY entry_id DESC "  # noqa: S608 - a number
            f"LIMIT {_RECENT}"
        )
        rows = await connection.execute(
            sa.text(
                "SELECT word, ndoc FROM ts_stat(:newest) WHERE starts_with(word, :low) LIMIT :most"
            ),
            {"newest": newest, "low": beginning, "most": _VOCABULARY},
        )
    return [(row[0], row[1]) for row in rows]


def _query(connection: AsyncConnection, query: sa.Select[Any], sought: Sought) -> sa.Select[Any]:
    query = query.where(~entries.c.withdrawn, ~entries.c.pruned)
    if sought.terms:
        query = query.where(entries.c.id.in_(_matching(connection, sought.terms)))
    if sought.topics:
        query = query.where(
            sa.exists().where(
                entry_topics.c.entry_id == entries.c.id,
                entry_topics.c.topic_id.in_(sought.topics),
            )
        )
    if sought.sources:
        added = sa.select(sources.c.id).where(sources.c.parent_id.in_(sought.sources))
        query = query.where(
            sa.or_(entries.c.source_id.in_(sought.sources), entries.c.source_id.in_(added))
        )
    if sought.since is not None:
        query = query.where(entries.c.shown_at >= sought.since)
    if sought.until is not None:
        query = query.where(entries.c.shown_at < sought.until)
    if sought.last_id:
        query = query.where(entries.c.id <= sought.last_id)
    return query


def _matching(connection: AsyncConnection, terms: Sequence[Term]) -> sa.Select[Any]:
    """The ids of the entries that have all terms."""
    key: sa.ColumnClause[int] = sa.literal_column(_key(connection), sa.BigInteger)
    table = sa.table("entry_words")
    if connection.dialect.name == "sqlite":
        wanted = sa.text("entry_words MATCH :wanted").bindparams(wanted=_match(terms))
    else:
        wanted = sa.text("words @@ CAST(CAST(:wanted AS TEXT) AS TSQUERY)").bindparams(
            wanted=_tsquery(terms)
        )
    return sa.select(key).select_from(table).where(wanted)


def _key(connection: AsyncConnection) -> str:
    return "rowid" if connection.dialect.name == "sqlite" else "entry_id"


def _match(terms: Sequence[Term]) -> str:
    """Terms as FTS5 reads them: quoted strings, joined by AND. Words hold no quotes."""
    return " AND ".join(f'"{" ".join(t.words)}"{" *" if t.prefix else ""}' for t in terms)


def _tsquery(terms: Sequence[Term]) -> str:
    """Terms as a tsquery: quoted lexemes. Words hold neither quotes nor backslashes."""
    return " & ".join(
        "("
        + " <-> ".join(
            f"'{word}'{':*' if term.prefix and number == len(term.words) else ''}"
            for number, word in enumerate(term.words, 1)
        )
        + ")"
        for term in terms
    )


def _vector(words: Sequence[str]) -> str:
    """Words as a tsvector, with their positions (at most 16,383: `MAX_WORDS` are fewer)."""
    places: dict[str, list[int]] = {}
    for number, word in enumerate(words, 1):
        found = places.setdefault(word, [])
        if len(found) < _MAX_PLACES:
            found.append(number)
    return " ".join(f"'{word}':{','.join(map(str, at))}" for word, at in places.items())
