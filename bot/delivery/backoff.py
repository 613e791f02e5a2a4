"""How long to wait before trying again, pure."""

from __future__ import annotations

import random

FIRST = 1.0  # seconds
LONGEST = 600.0


def backoff(
    attempts: int,
    *,
    first: float = FIRST,
    longest: float = LONGEST,
    chance: random.Random | None = None,
) -> float:
    """Seconds before the next try, doubling, with jitter so that failures do not return together.

    Args:
        attempts: failed tries so far, at least 1.
        first: seconds after the first failure.
        longest: at most so many seconds.
        chance: source of the jitter: between half of the full wait and the whole.
    """
    full = min(longest, first * 2.0 ** min(attempts - 1, 32))
    draw = chance.random() if chance is not None else random.random()  # noqa: S311  # no secret
    return full * (0.5 + 0.5 * draw)
