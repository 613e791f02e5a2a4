"""bot.sources.zonename: zones as people write them."""

from __future__ import annotations

import pytest

from bot.errors import ConfigError
from bot.sources.zonename import read_zone


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (" europe/berlin ", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("america/argentina/buenos aires", "America/Argentina/Buenos_Aires"),
        ("utc", "UTC"),
    ],
)
def test_zones(written: str, zone: str) -> None:
    """Any case, a space for an underscore, and the city alone are enough."""
    assert read_zone(written) == zone


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Europe/Berln", "Did you mean Europe/Berlin?"),
        ("Moon/Base", "write Area/City"),
        ("", "write Area/City"),
        ("../../etc/passwd", "no time zone"),
        ("x" * 10_000, "no time zone"),
    ],
)
def test_no_zone(written: str, said: str) -> None:
    """What is no zone is told, with the nearest one."""
    with pytest.raises(ConfigError) as caught:
        read_zone(written)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 300
