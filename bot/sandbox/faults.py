"""Faults a test can order: slow, broken, lost and refused answers.

A fault applies to the calls it names, so many times as it says, with its probability. Faults
without `methods` leave ``getUpdates`` alone, so that an ordered failure is not eaten by polling;
name it, or say ``methods=("*",)``, to break receiving as well.
"""

from __future__ import annotations

import enum
import itertools
import random
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any


class FaultKind(enum.StrEnum):
    """What goes wrong."""

    LATENCY = "latency"  # the answer takes `seconds` (± `jitter`) longer, before acting
    STATUS = "status"  # an HTML error page with `status`, as a proxy sends it; nothing is accepted
    FLOOD = "flood"  # 429 with `retry_after`
    RESET = "reset"  # the connection is reset before the call is accepted
    DROP = "drop"  # the call is carried out, then the connection is reset without an answer
    HANG = "hang"  # no answer and no effect, until the client gives up or `seconds` pass
    HANG_AFTER = "hang_after"  # carried out, but never answered
    UNAUTHORIZED = "unauthorized"  # 401
    GARBAGE = "garbage"  # 200 with a body that is not JSON; nothing is accepted
    REFUSE = "refuse"  # `status` with `description` as a Bot API error


@dataclass(slots=True)
class Fault:
    """One ordered fault.

    Attributes:
        kind: what goes wrong.
        times: how many calls it hits; None for all until cleared.
        probability: of hitting a call that fits.
        skip: calls that pass before the first hit.
        methods: names of methods; empty for all but getUpdates; ("*",) for all.
        chat_id: only calls for this chat.
        seconds: of latency, or at most of hanging.
        jitter: the latency varies by up to so many seconds either way.
        status: of STATUS and REFUSE.
        retry_after: of FLOOD, seconds.
        scope: of FLOOD: "chat" keeps answering 429 to that chat until it has passed, "bot" to
            everything, "call" only this once.
        description: of REFUSE, with its prefix.
        hits: calls hit so far.
    """

    kind: FaultKind
    times: int | None = None
    probability: float = 1.0
    skip: int = 0
    methods: tuple[str, ...] = ()
    chat_id: int | None = None
    seconds: float = 0.0
    jitter: float = 0.0
    status: int = 502
    retry_after: int = 1
    scope: str = "chat"
    description: str = ""
    hits: int = 0

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Fault:
        """A fault from its JSON form.

        Raises:
            ValueError: an unknown kind or field.
        """
        known = {item.name for item in fields(cls)}
        unknown = sorted(set(value) - known)
        if unknown:
            raise ValueError(f"unknown fields: {', '.join(unknown)}")
        methods = value.get("methods") or ()
        if isinstance(methods, str):
            methods = (methods,)
        return cls(
            **{**value, "kind": FaultKind(str(value.get("kind"))), "methods": tuple(methods)}
        )

    def fits(self, method: str, chat_id: int | None) -> bool:
        """Whether a call is one of those this fault is about."""
        if self.chat_id is not None and chat_id != self.chat_id:
            return False
        if not self.methods:
            return method != "getupdates"
        return "*" in self.methods or any(name.lower() == method for name in self.methods)


@dataclass(slots=True)
class Faults:
    """The faults in force, in the order in which they were ordered."""

    seed: int | None = None
    _ordered: dict[int, Fault] = field(default_factory=dict)
    _ids: Iterable[int] = field(default_factory=lambda: itertools.count(1))
    _random: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        if self.seed is not None:
            self._random.seed(self.seed)

    def __bool__(self) -> bool:
        return bool(self._ordered)

    def add(self, fault: Fault) -> int:
        """Put a fault in force; returns its id."""
        number = next(iter(self._ids))
        self._ordered[number] = fault
        return number

    def clear(self, number: int | None = None) -> None:
        """Lift one fault, or all."""
        if number is None:
            self._ordered.clear()
        else:
            self._ordered.pop(number, None)

    def listing(self) -> dict[int, Fault]:
        """The faults in force by id."""
        return dict(self._ordered)

    def hit(self, method: str, chat_id: int | None) -> list[Fault]:
        """The faults that strike this call: every latency, and the first of the others."""
        struck: list[Fault] = []
        ended = False
        for number, fault in list(self._ordered.items()):
            if ended and fault.kind is not FaultKind.LATENCY:
                continue
            if not fault.fits(method, chat_id):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.probability < 1.0 and self._random.random() >= fault.probability:
                continue
            fault.hits += 1
            if fault.times is not None and fault.hits >= fault.times:
                del self._ordered[number]
            struck.append(fault)
            ended = ended or fault.kind is not FaultKind.LATENCY
        return struck

    def delay(self, fault: Fault) -> float:
        """Seconds of one latency."""
        return max(0.0, fault.seconds + self._random.uniform(-fault.jitter, fault.jitter))
