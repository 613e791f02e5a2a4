"""What the tables are made of: instants, keys, states, how constraints are named.

Instants are stored as whole microseconds since 1970 in UTC (`Instant`): one comparable integer on
both databases, never a zone to lose.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import IntEnum

import sqlalchemy as sa

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(value: datetime) -> int:
    """Microseconds since 1970 UTC of an aware instant.

    Raises:
        ValueError: the value has no zone.
    """
    if value.tzinfo is None:
        msg = f"a time without a zone cannot be stored: {value!r}"
        raise ValueError(msg)
    return (value - _EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    """The aware UTC instant of `value` microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=value)


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware ``datetime`` as microseconds since 1970 UTC."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:
        """Python to database."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:
        """Database to Python."""
        return None if value is None else from_micros(value)


# SQLite numbers rows by itself only for a column of the type INTEGER.
Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

NEVER = _EPOCH  # "not before this instant" that is always past


class DeliveryState(IntEnum):
    """Where a delivery stands; what is below `SENT` is work for the sender."""

    QUEUED = 0
    EDIT = 1
    SENT = 2
    DROPPED = 3


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
