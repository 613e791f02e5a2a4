"""Which network addresses a fetch may connect to.

A page's address comes from an admin, and every further hop from a stranger's server; neither may
reach the operator's own network. So a name is resolved by us, each address is judged here, and
the connection goes to exactly the address that was judged (``bot.sources.connect``).

The special ranges are those of the IANA registries, whatever the running Python's ``ipaddress``
knows of them:
https://www.iana.org/assignments/iana-ipv4-special-registry/ and
https://www.iana.org/assignments/iana-ipv6-special-registry/.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from bot.errors import ConfigError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_SPECIAL_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, some clouds' metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host channel: looks public, is inside
        "169.254.0.0/16",  # link-local, the clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved and broadcast
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")  # the only unicast space that is handed out
_SPECIAL_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries any IPv4 address inside
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: carries an IPv4 address in its last 32 bits

_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")


def is_public(address: Address) -> bool:
    """Whether `address` is reachable on the public internet and nowhere else.

    An IPv6 address that carries an IPv4 address (mapped, or NAT64 as DNS64 resolvers answer)
    is as public as the address it carries.
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL_V4)
    carried = _carried(address)
    if carried is not None:
        return is_public(carried)
    return (
        address.scope_id is None
        and address in _GLOBAL_V6
        and not any(address in network for network in _SPECIAL_V6)
    )


def _carried(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def parse_literal(host: str) -> Address | None:
    """The address a host spells, None when `host` is a name.

    Reads every spelling a system's resolver would: dotted decimal, octal, hexadecimal, fewer
    than four parts, one number (https://url.spec.whatwg.org/#concept-ipv4-parser), and IPv6 with
    or without brackets and zone.

    Raises:
        ValueError: it ends in a number, so it is meant as an address, but spells none.
    """
    text = host.removeprefix("[").removesuffix("]")
    if ":" in text:
        return IPv6Address(text)
    parts = text.removesuffix(".").split(".")
    if not _NUMBER.fullmatch(parts[-1]):
        return None
    if len(parts) > 4:
        raise ValueError(f"{host!r} has more than four parts")
    numbers = [_number(part) for part in parts]
    *leading, last = numbers
    if any(number > 255 for number in leading) or last >= 256 ** (5 - len(parts)):
        raise ValueError(f"{host!r} has a part that is too large")
    value = last
    for index, number in enumerate(leading):
        value += number << (8 * (3 - index))
    return IPv4Address(value)


def _number(part: str) -> int:
    if not _NUMBER.fullmatch(part) or len(part) > 16:
        raise ValueError(f"{part!r} is not a number")
    if part[:2].lower() == "0x":
        return int(part[2:] or "0", 16)
    return int(part, 8) if len(part) > 1 and part[0] == "0" else int(part, 10)


class AddressPolicy:
    """Public addresses, and the private ones the operator named.

    Args:
        allow_hosts: host names (``newsroom.example``), ``host:port``, addresses or CIDR networks
            that may be private. A name allows whatever it resolves to; a network allows
            every name that resolves into it.

    Raises:
        ConfigError: an item is none of these.
    """

    def __init__(self, allow_hosts: Sequence[str] = ()) -> None:
        self._names: set[tuple[str, int | None]] = set()
        self._networks: list[tuple[Network, int | None]] = []
        for item in allow_hosts:
            self._allow(item.strip())

    def permits(self, host: str, port: int, address: Address) -> bool:
        """Whether a connection for `host` and `port` may go to `address`."""
        if is_public(address):
            return True
        name = host.lower().removesuffix(".")
        if (name, None) in self._names or (name, port) in self._names:
            return True
        carried = _carried(address) if isinstance(address, IPv6Address) else None
        return any(
            only in (None, port) and (address in network or (carried or address) in network)
            for network, only in self._networks
        )

    def names(self, host: str, port: int) -> bool:
        """Whether the operator named this very host, or a network its literal address is in."""
        name = host.lower().removesuffix(".")
        if (name, None) in self._names or (name, port) in self._names:
            return True
        try:
            address = parse_literal(name)
        except ValueError:
            return False
        return address is not None and any(
            only in (None, port) and address in network for network, only in self._networks
        )

    def _allow(self, item: str) -> None:
        try:
            self._networks.append((ip_network(item, strict=False), None))
        except ValueError:
            pass
        else:
            return
        match = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]*@]+)(?::([0-9]{1,5}))?", item)
        port = int(match[2]) if match and match[2] else None
        if match is None or (port is not None and not 0 < port < 65536):
            raise ConfigError(
                f"fetch.allow_hosts: {item!r} is neither a host, host:port, an address nor a "
                "network such as 10.0.0.0/8."
            )
        host = match[1].lower().removesuffix(".")
        try:
            self._networks.append((ip_network(ip_address(host.strip("[]"))), port))
        except ValueError:
            self._names.add((host, port))
