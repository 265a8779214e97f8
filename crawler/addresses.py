"""Which addresses the crawler connects to: http and https, and no machine of a private network.

The check is made on the address that is really connected to, after every look-up and every redirect, so that
a name that resolves to something else the second time (DNS rebinding) does not pass.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpcore

from emtool.crawler.errors import FetchError, ForbiddenError

Place = tuple[str, int]  # host and port
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def resolve(host: str, port: int) -> list[str]:
    """Give the numeric addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressGuard:
    """Decides where connections may go."""

    allow_private: bool = False
    routes: Mapping[Place, Place] = field(
        default_factory=dict
    )  # the embedded demo site: its name -> where it listens
    resolve: Callable[[str, int], list[str]] = resolve

    def check_url(self, url: str) -> None:
        """Refuse what can be seen without a look-up.

        Raises:
            FetchError: It is no http or https address.
            ForbiddenError: Its host is a number in a private range.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise FetchError(f"{url!r} is no web address: {error}") from None
        if parts.scheme not in {"http", "https"} or not host:
            raise FetchError(f"{url!r}: only http and https addresses are fetched")
        if (host, port or {"http": 80, "https": 443}[parts.scheme]) in self.routes:
            return
        try:
            number = ipaddress.ip_address(host)
        except ValueError:
            return  # a name; what it resolves to is checked when it is connected to
        self._check(host, str(number))

    def targets(self, host: str, port: int) -> list[Place]:
        """Give the numeric addresses to connect to.

        Raises:
            ForbiddenError: One of them is in a private range.
            OSError: The name is not known.
        """
        if (host, port) in self.routes:
            return [self.routes[host, port]]
        found = self.resolve(host, port)
        for number in found:
            self._check(host, number)
        return [(number, port) for number in found]

    def _check(self, host: str, number: str) -> None:
        if not self.allow_private and not is_public(number):
            raise ForbiddenError(
                f"{host} is the private address {number}: for your own network, --allow-private-addresses"
            )


def is_public(number: str) -> bool:
    """Tell whether a numeric address, and any IPv4 address that it wraps, is reachable from everywhere."""
    address = ipaddress.ip_address(number)
    if isinstance(address, ipaddress.IPv6Address):
        if wrapped := address.ipv4_mapped or address.sixtofour:
            return is_public(str(wrapped))
        if address in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
    return address.is_global and not address.is_multicast


class GuardedBackend(httpcore.NetworkBackend):
    """Opens sockets for httpx, only to addresses that the guard has seen."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of a host that answers."""
        try:
            targets = self._guard.targets(host, port)
        except OSError as error:
            raise httpcore.ConnectError(f"{host}: {error.strerror or error}") from error
        problem = httpcore.ConnectError(f"{host}: no address")
        for number, target_port in targets:
            try:
                return self._sockets.connect_tcp(number, target_port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = httpcore.ConnectError(str(error))
        raise problem


def is_page_of(url: str, *domains: str) -> bool:
    """Tell whether a text is a web address, of one of these domains if there are any."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    of_domain = any(host == domain or host.endswith(f".{domain}") for domain in domains)
    return parts.scheme in {"http", "https"} and bool(host) and (of_domain or not domains)
