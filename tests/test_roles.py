"""What a process may be told to do."""

from __future__ import annotations

import pytest

from bot.errors import ConfigError
from bot.roles import ALL, Role, label, read_roles


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], ALL),
        (["all"], ALL),
        (["poll,all"], ALL),
        (["send"], {Role.SEND}),
        (["poll, plan", "SEND"], {Role.POLL, Role.PLAN, Role.SEND}),
        ([" , "], ALL),
    ],
)
def test_roles_are_read(names: list[str], expected: set[Role]) -> None:
    """Several options, commas, any case; nothing means everything."""
    assert read_roles(names) == expected


def test_a_wrong_role_is_named_with_those_there_are() -> None:
    """One sentence, with the choice."""
    with pytest.raises(ConfigError, match="no role 'sender'; choose among all, poll, plan, send"):
        read_roles(["poll,sender"])


def test_roles_are_told_in_a_fixed_order() -> None:
    """For the log's first line."""
    assert label(ALL) == "all"
    assert label(frozenset({Role.SEND, Role.POLL})) == "poll, send"
