"""A mapping that keeps what was used lately."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Lru(Generic[K, V]):
    """At most `size` values; the one not used for longest goes first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """The value, or None."""
        value = self._kept.pop(key, None)
        if value is not None:
            self._kept[key] = value  # the latest used stands last
        return value

    def put(self, key: K, value: V) -> None:
        """Keep a value."""
        self._kept.pop(key, None)
        if len(self._kept) >= self._size:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = value

    def copy(self) -> dict[K, V]:
        """All that is kept."""
        return self._kept.copy()
