"""The full-text index, made of what is stored, and up to where a chat has read."""

import sqlalchemy as sa
from alembic import op

from bot.store.words import words_of

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BATCH = 500  # entries


def upgrade() -> None:
    op.add_column("destinations", sa.Column("last_read_at", sa.BigInteger(), nullable=True))
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE entry_words USING fts5("
            "words, tokenize = \"unicode61 remove_diacritics 2 categories 'L* N* Co Mc Mn'\")"
        )
        op.execute("CREATE VIRTUAL TABLE entry_vocabulary USING fts5vocab(entry_words, row)")
        insert = "INSERT INTO entry_words (rowid, words) VALUES (:id, :words)"
    else:
        op.execute(
            "CREATE TABLE entry_words (entry_id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)"
        )
        op.execute("CREATE INDEX ix_entry_words_words ON entry_words USING gin (words)")
        insert = (
            "INSERT INTO entry_words (entry_id, words) "
            "VALUES (:id, CAST(CAST(:words AS TEXT) AS TSVECTOR))"
        )
    _fill(connection, sa.text(insert))


def _fill(connection: sa.Connection, insert: sa.TextClause) -> None:
    read = sa.text(
        "SELECT id, title, text FROM entries WHERE id > :last AND NOT withdrawn AND NOT pruned "
        "ORDER BY id LIMIT :batch"
    )
    is_sqlite = connection.dialect.name == "sqlite"
    last = 0
    while rows := connection.execute(read, {"last": last, "batch": BATCH}).all():
        words = {row.id: words_of(row.title, row.text) for row in rows}
        found = [
            {"id": id_, "words": " ".join(said) if is_sqlite else _vector(said)}
            for id_, said in words.items()
            if said
        ]
        if found:
            connection.execute(insert, found)
        last = rows[-1].id


def _vector(words: list[str]) -> str:
    places: dict[str, list[int]] = {}
    for number, word in enumerate(words, 1):
        found = places.setdefault(word, [])
        if len(found) < 255:
            found.append(number)
    return " ".join(f"'{word}':{','.join(map(str, at))}" for word, at in places.items())
