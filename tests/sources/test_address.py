"""bot.sources.address: which addresses are public, and what the operator may allow."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError
from bot.sources.address import AddressPolicy, is_public, parse_literal

PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.8.9.10",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2606:4700:4700::1111%eth0",
]

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "223.255.255.254",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]


@pytest.mark.parametrize("text", PRIVATE)
def test_private(text: str) -> None:
    """Every special range of the IANA registries is private, also inside an IPv6 address."""
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_public(text: str) -> None:
    """Ordinary addresses are public, also where DNS64 wraps them."""
    assert is_public(ip_address(text))


@given(st.ip_addresses(v=4))
def test_python_agrees_on_ipv4(address: IPv4Address) -> None:
    """Whatever Python's own table calls private is private here too."""
    assert not (is_public(address) and not address.is_global)


@given(st.ip_addresses(v=6))
def test_python_agrees_on_ipv6(address: IPv6Address) -> None:
    """The same for IPv6, except the NAT64 prefix, which is judged by what it carries."""
    if address not in IPv6Network("64:ff9b::/96"):
        assert not (is_public(address) and not address.is_global)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0X7F.1", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("127.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("0", "0.0.0.0"),
        ("0x", "0.0.0.0"),
        ("[::1]", "::1"),
        ("::ffff:127.0.0.1", "::ffff:7f00:1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
    ],
)
def test_literal_spellings(text: str, address: str) -> None:
    """An address is recognised in every spelling a system's resolver would take."""
    assert parse_literal(text) == ip_address(address)


@pytest.mark.parametrize("text", ["news.example", "1.news.example", "a1", "0x7f.example", "1-2"])
def test_names_are_no_literals(text: str) -> None:
    """A name that merely holds numbers stays a name."""
    assert parse_literal(text) is None


@pytest.mark.parametrize(
    "text", ["256.0.0.1", "1.2.3.4.5", "09.1.1.1", "4294967296", "a.1", "1..1"]
)
def test_broken_literals(text: str) -> None:
    """What ends in a number but spells no address is an error, not a name to look up."""
    with pytest.raises(ValueError):
        parse_literal(text)


@given(st.ip_addresses(v=4))
def test_any_spelling_gives_the_same_address(address: IPv4Address) -> None:
    """Decimal, hexadecimal and octal all read back as the address they spell."""
    number = int(address)
    for spelling in (str(address), str(number), hex(number), f"0{number:o}"):
        assert parse_literal(spelling) == address


@pytest.mark.parametrize(
    ("allowed", "host", "port", "address", "expected"),
    [
        ("127.0.0.1", "any.example", 80, "127.0.0.1", True),
        ("127.0.0.1", "any.example", 80, "127.0.0.2", False),
        ("127.0.0.1", "any.example", 80, "::ffff:127.0.0.1", True),
        ("127.0.0.1:8000", "127.0.0.1", 8000, "127.0.0.1", True),
        ("127.0.0.1:8000", "127.0.0.1", 8001, "127.0.0.1", False),
        ("[::1]:8000", "::1", 8000, "::1", True),
        ("10.0.0.0/8", "intra.example", 443, "10.9.8.7", True),
        ("10.0.0.0/8", "intra.example", 443, "11.0.0.1", True),
        ("10.0.0.0/8", "intra.example", 443, "192.168.0.1", False),
        ("fd00::/8", "intra.example", 443, "fd00::1", True),
        ("64:ff9b::/96", "x.example", 443, "64:ff9b::a00:1", True),
        ("Intra.Example", "intra.example", 443, "192.168.0.1", True),
        ("intra.example", "INTRA.example.", 443, "192.168.0.1", True),
        ("intra.example", "sub.intra.example", 443, "192.168.0.1", False),
        ("intra.example:81", "intra.example", 81, "192.168.0.1", True),
        ("intra.example:81", "intra.example", 80, "192.168.0.1", False),
    ],
)
def test_allow_hosts(allowed: str, host: str, port: int, address: str, expected: bool) -> None:
    """Names, ports, addresses and networks open exactly what they name."""
    assert AddressPolicy([allowed]).permits(host, port, ip_address(address)) is expected


@pytest.mark.parametrize(
    "item", ["", "a b", "http://x.example/", "x:99999", "x:0", "*.x", "a@b", "::zz"]
)
def test_bad_allow_hosts(item: str) -> None:
    """A wrong item stops the start with a line that quotes it."""
    with pytest.raises(ConfigError, match=r"fetch\.allow_hosts"):
        AddressPolicy([item])
