"""Last-Modified is believed only when it cannot hide a change."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.intake.validators import trusted_last_modified

FETCHED = datetime(2026, 3, 5, 12, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "trusted"),
    [
        ("Thu, 05 Mar 2026 12:00:00 GMT", True),
        ("Thu, 05 Mar 2026 12:00:09 GMT", False),
        ("Thu, 05 Mar 2026 12:00:10 GMT", False),
        ("Thu, 05 Mar 2026 13:00:00 GMT", False),
        ("yesterday", False),
        (None, False),
    ],
)
def test_a_page_that_changed_a_moment_ago_is_fetched_whole_again(
    header: str | None, trusted: bool
) -> None:
    """A second change in the same second would hide behind a 304."""
    assert trusted_last_modified(header, FETCHED) == (header if trusted else None)
