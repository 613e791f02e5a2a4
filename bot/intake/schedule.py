"""When to poll next. Pure; every figure in seconds."""

from __future__ import annotations

# After a poll that changed nothing. So the interval stays near a tenth of the silence so far: what
# comes after ten quiet minutes is seen within one.
SLOWER = 1.1
BACKOFF_AT_MOST = 900.0


def after_success(
    interval: float, *, changed: bool, minimum: float, maximum: float, max_age: float | None = None
) -> float:
    """The next interval: the shortest when something came, slowly longer while nothing does.

    Args:
        interval: the one before.
        changed: the poll found a new, revised or withdrawn entry.
        minimum: lower bound.
        maximum: upper bound.
        max_age: how long the server says its copy stays fresh (``Cache-Control``): asking sooner
            brings the same bytes. Never stretches beyond `maximum`.
    """
    wanted = minimum if changed else interval * SLOWER
    if max_age is not None:
        wanted = max(wanted, max_age)
    return min(max(wanted, minimum), max(maximum, minimum))


def after_failure(
    failures: int, *, minimum: float, maximum: float, retry_after: float | None = None
) -> float:
    """How long to wait after a failure: doubling, bounded, and at least what the server asks.

    Args:
        failures: how many in a row, this one counted.
        minimum: the source's shortest interval.
        maximum: its longest; failures may double beyond it, up to `BACKOFF_AT_MOST`.
        retry_after: what the server asked for.
    """
    ceiling = max(BACKOFF_AT_MOST, minimum, maximum)
    wait = min(minimum * 2.0 ** min(failures, 32), ceiling)
    return max(wait, min(retry_after or 0.0, 24 * 3600.0))
