"""Under which address people reach the dashboard. Pure."""

from __future__ import annotations

import ipaddress

from bot.errors import ConfigError
from bot.wording import Wording


def public_address(public_url: str, host: str, port: int) -> str:
    """The address without a slash at the end.

    Args:
        public_url: as set, "" if it is not.
        host: that is listened on.
        port: that is listened on.

    Raises:
        ConfigError: nobody but this machine could follow it; says which setting is missing.
    """
    if public_url:
        return public_url.rstrip("/")
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        address = None
    if host == "localhost" or (address is not None and address.is_loopback):
        raise ConfigError(
            Wording(
                "web.host is {host}, which only this machine reaches. Set web.public_url "
                "(LIVERELAY_WEB__PUBLIC_URL) to the address of a proxy in front of it, such as "
                "https://relay.example.org, or web.host to an address people reach",
                host=host,
            )
        )
    if not host or (address is not None and address.is_unspecified):
        raise ConfigError(
            Wording(
                "web.host is {host}: it listens on all addresses, and I cannot tell which of them "
                "people reach. Set web.public_url (LIVERELAY_WEB__PUBLIC_URL)",
                host=host or Wording("empty"),
            )
        )
    named = f"[{address}]" if address is not None and address.version == 6 else host
    return f"http://{named}:{port}"
