"""Turns what the database drivers raise into errors of ours, in one place.

SQLite is told by its words, for its drivers give no more; PostgreSQL by its SQLSTATE
(https://www.postgresql.org/docs/current/errcodes-appendix.html).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.errors import ContendedError, NotADatabaseError, StorageFullError, StoreError
from bot.wording import Wording

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
                Wording(
                    "the database {label} is too busy: no connection came free in {seconds} "
                    "seconds",
                    label=self._label,
                    seconds=POOL_TIMEOUT,
                )
            ) from error
        if isinstance(error, (ConnectionError, TimeoutError)):
            raise StoreError(
                Wording(
                    "the database {label} does not answer: {text}",
                    label=self._label,
                    text=str(error),
                )
            ) from error


def by_state(label: str, state: str, text: str) -> StoreError:
    """Our error for a SQLSTATE; `text` is what the server said."""
    for key, kind, sentence in _STATES:
        if state.startswith(key):
            return kind(sentence(label=label, text=_one_line(text)))
    return _refused(label, text)


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
            return kind(sentence(label=label))
    return _refused(label, text)


def _refused(label: str, text: str) -> StoreError:
    return StoreError(
        Wording("the database {label} refused: {text}", label=label, text=_one_line(text))
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


_Sentence = Callable[..., Wording]
"""Makes the sentence of a database's `label` and of the `text` that a server said."""

_WORDS: tuple[tuple[tuple[str, ...], type[StoreError], _Sentence], ...] = (
    (
        ("disk is full", "disk I/O error", "No space left"),
        StorageFullError,
        partial(Wording, "{label} has no space left; make room, nothing was half-written"),
    ),
    (
        ("readonly database", "read-only"),
        StorageFullError,
        partial(Wording, "{label} cannot be written (read-only disk or missing permission)"),
    ),
    (
        ("not a database", "malformed"),
        NotADatabaseError,
        partial(Wording, "{label} is not a (whole) SQLite database; restore a backup"),
    ),
    (
        ("unable to open",),
        StorageFullError,
        partial(Wording, "{label} cannot be opened; check that its folder exists and is writable"),
    ),
    (
        ("is locked",),
        StoreError,
        partial(Wording, "{label} is locked by another process for too long"),
    ),
)

_STATES: tuple[tuple[str, type[StoreError], _Sentence], ...] = (
    (
        "53100",
        StorageFullError,
        partial(
            Wording,
            "the database {label} has no space left on its server; make room there, nothing "
            "was half-written",
        ),
    ),
    (
        "53200",
        StoreError,
        partial(
            Wording,
            "the database {label} is out of memory; give its server more, or run fewer "
            "processes on it",
        ),
    ),
    (
        "53300",
        StoreError,
        partial(
            Wording,
            "the database {label} takes no more connections; raise its max_connections, or "
            "run fewer processes",
        ),
    ),
    (
        "25006",
        StorageFullError,
        partial(
            Wording,
            "the database {label} cannot be written: it is a standby or set to read-only; "
            "name the primary server",
        ),
    ),
    (
        "25P03",
        StoreError,
        partial(
            Wording,
            "the database {label} ended a transaction that stood still for too long; it is "
            "tried again",
        ),
    ),
    (
        "40001",
        ContendedError,
        partial(
            Wording,
            "the database {label} could not do this beside what others do; it is tried again",
        ),
    ),
    (
        "40P01",
        ContendedError,
        partial(
            Wording,
            "the database {label} could not do this beside what others do; it is tried again",
        ),
    ),
    (
        "55P03",
        StoreError,
        partial(Wording, "the database {label} is locked by another process for too long"),
    ),
    (
        "57014",
        StoreError,
        partial(Wording, "the database {label} ended a statement that took too long: {text}"),
    ),
    (
        "57P",
        StoreError,
        partial(
            Wording,
            "the database {label} is being stopped or started; the work goes on when it is back",
        ),
    ),
    (
        _AWAY,
        StoreError,
        partial(
            Wording, "the database {label} broke the connection; the work goes on when it is back"
        ),
    ),
    (
        "28",
        StoreError,
        partial(
            Wording,
            "the database {label} does not let us in: {text}; check database.url and the "
            "server's pg_hba",
        ),
    ),
    (
        "3D000",
        StoreError,
        partial(
            Wording, "the database {label} does not exist on its server; create it: createdb NAME"
        ),
    ),
    (
        "42501",
        StoreError,
        partial(
            Wording,
            "the database {label} does not permit this: {text}; make LiveRelay's user the "
            "owner of the database",
        ),
    ),
    (
        "42P01",
        StoreError,
        partial(Wording, "the database {label} lacks a table: {text}; run: liverelay db upgrade"),
    ),
)
