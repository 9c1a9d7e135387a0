"""Whose address a request comes from, behind proxies that are declared."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from watchword.errors import ConfigurationError
from watchword.web.limits import LOCAL

Headers = Iterable[tuple[bytes, bytes]]


class Proxies:
    """The declared proxies. `X-Forwarded-For` is read right to left, only from them."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        """Takes CIDRs or addresses. Raises ConfigurationError naming a wrong one."""
        self._trusted = tuple(_network(text) for text in trusted)
        self._trusts = lru_cache(maxsize=4096)(self._look)

    def client(self, peer: str | None, headers: Headers) -> str:
        """The address of the client: the peer's, or the right-most one that no declared proxy has."""
        if peer is None:
            return LOCAL
        if not self._trusted or not self._trusts(peer):
            return peer
        for hop in reversed(list(_hops(headers))):
            if not _is_address(hop):
                return peer
            if not self._trusts(hop):
                return hop
            peer = hop
        return peer

    def _look(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        plain = getattr(parsed, "ipv4_mapped", None) or parsed
        return any(plain in network for network in self._trusted)


def _hops(headers: Headers) -> Iterable[str]:
    for name, value in headers:
        if name == b"x-forwarded-for":
            yield from (hop.strip() for hop in value.decode("latin-1").split(","))


@lru_cache(maxsize=4096)
def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        raise ConfigurationError(f"trustedProxies: {text!r} is no address and no CIDR.") from None
