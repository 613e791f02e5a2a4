"""Turns what the database drivers raise into errors of ours, in one place.

SQLite is told by its words, for its drivers give no more; PostgreSQL by its SQLSTATE
(https://www.postgresql.org/docs/current/errcodes-appendix.html).
"""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.errors import ContendedError, NotADatabaseError, StorageFullError, StoreError

POOL_TIMEOUT = 60  # seconds to wait for a connection
_AWAY = "08"  # the class of SQLSTATEs of broken connections


class Mapped:
    """A ``with`` block in which every foreign error of the database becomes a `StoreError`.

    Args:
        label: the database's name for people.
    """

    def __init__(self, label: str) -> None:
        self._label = label

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, DBAPIError):
            raise _refusal(self._label, error) from error
        if isinstance(error, sqlite3.Error):
            raise _by_words(self._label, str(error)) from error
        if isinstance(error, PoolTimeoutError):
            raise StoreError(
                f"the database {self._label} is too busy: no connection came free in "
                f"{POOL_TIMEOUT} seconds"
            ) from error
        if isinstance(error, (ConnectionError, TimeoutError)):
            raise StoreError(f"the database {self._label} does not answer: {error}") from error


def by_state(label: str, state: str, text: str) -> StoreError:
    """Our error for a SQLSTATE; `text` is what the server said."""
    for key, kind, sentence in _STATES:
        if state.startswith(key):
            return kind(f"the database {label} {sentence.format(text=_one_line(text))}")
    return StoreError(f"the database {label} refused: {_one_line(text)}")


def gone(label: str) -> StoreError:
    """The connection broke: the server was restarted or cannot be reached."""
    return by_state(label, _AWAY, "")


def _refusal(label: str, error: DBAPIError) -> StoreError:
    state = getattr(error.orig, "sqlstate", None)
    if isinstance(state, str):
        return by_state(label, state, str(error.orig).partition(": ")[2] or str(error.orig))
    if error.connection_invalidated:
        return gone(label)
    return _by_words(label, str(error.orig))


def _by_words(label: str, text: str) -> StoreError:
    for words, kind, sentence in _WORDS:
        if any(word in text for word in words):
            return kind(f"{label} {sentence}")
    return StoreError(f"the database {label} refused: {_one_line(text)}")


def _one_line(text: str) -> str:
    return " ".join(text.split())


_WORDS: tuple[tuple[tuple[str, ...], type[StoreError], str], ...] = (
    (
        ("disk is full", "disk I/O error", "No space left"),
        StorageFullError,
        "has no space left; make room, nothing was half-written",
    ),
    (
        ("readonly database", "read-only"),
        StorageFullError,
        "cannot be written (read-only disk or missing permission)",
    ),
    (
        ("not a database", "malformed"),
        NotADatabaseError,
        "is not a (whole) SQLite database; restore a backup",
    ),
    (
        ("unable to open",),
        StorageFullError,
        "cannot be opened; check that its folder exists and is writable",
    ),
    (("is locked",), StoreError, "is locked by another process for too long"),
)

_STATES: tuple[tuple[str, type[StoreError], str], ...] = (
    (
        "53100",
        StorageFullError,
        "has no space left on its server; make room there, nothing was half-written",
    ),
    ("53200", StoreError, "is out of memory; give its server more, or run fewer processes on it"),
    (
        "53300",
        StoreError,
        "takes no more connections; raise its max_connections, or run fewer processes",
    ),
    (
        "25006",
        StorageFullError,
        "cannot be written: it is a standby or set to read-only; name the primary server",
    ),
    ("25P03", StoreError, "ended a transaction that stood still for too long; it is tried again"),
    ("40001", ContendedError, "could not do this beside what others do; it is tried again"),
    ("40P01", ContendedError, "could not do this beside what others do; it is tried again"),
    ("55P03", StoreError, "is locked by another process for too long"),
    ("57014", StoreError, "ended a statement that took too long: {text}"),
    ("57P", StoreError, "is being stopped or started; the work goes on when it is back"),
    (_AWAY, StoreError, "broke the connection; the work goes on when it is back"),
    ("28", StoreError, "does not let us in: {text}; check database.url and the server's pg_hba"),
    ("3D000", StoreError, "does not exist on its server; create it: createdb NAME"),
    (
        "42501",
        StoreError,
        "does not permit this: {text}; make LiveRelay's user the owner of the database",
    ),
    ("42P01", StoreError, "lacks a table: {text}; run: liverelay db upgrade"),
)
