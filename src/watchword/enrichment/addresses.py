"""IP addresses as numbers, and networks as ranges of them."""

from __future__ import annotations

from functools import lru_cache
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import NamedTuple

from watchword.errors import InvalidInput

_BITS = {4: 32, 6: 128}
_MAPPED = 0xFFFF
_NAT64 = 0x0064FF9B << 64
_SIX_TO_FOUR = 0x2002


class Address(NamedTuple):
    """One address: IP version 4 or 6, and its number."""

    version: int
    number: int


class Span(NamedTuple):
    """An inclusive range of addresses of one version."""

    version: int
    first: int
    last: int


def parse_address(text: str) -> Address:
    """The address in `text`. IPv4 carried inside IPv6 (mapped, NAT64, 6to4) comes out as IPv4; a zone is dropped.

    Raises InvalidInput where it is none.
    """
    try:
        return Address(4, int.from_bytes(inet_pton(AF_INET, text)))
    except (OSError, ValueError):
        return _unwrapped(_number6(text.partition("%")[0]))


@lru_cache(maxsize=16_384)
def subscriber_of(text: str) -> str:
    """What one subscriber has: an IPv4 address, or the /64 of an IPv6 one, within which addresses cost nothing."""
    address = parse_address(text)
    if address.version == 4:
        return format_address(address)
    return f"{format_address(Address(6, address.number >> 64 << 64))}/64"


def format_address(address: Address) -> str:
    """The address in its usual spelling."""
    if address.version == 4:
        return inet_ntop(AF_INET, address.number.to_bytes(4))
    return inet_ntop(AF_INET6, address.number.to_bytes(16))


def parse_span(text: str) -> Span:
    """The range in `text`: one address, `network/length` (host bits are ignored) or `first-last`.

    Raises InvalidInput.
    """
    if "/" in text:
        return _network(text)
    first, _, last = text.partition("-")
    version, number = _plain(first.strip())
    end_version, end = _plain(last.strip()) if last else (version, number)
    if version != end_version or end < number:
        raise InvalidInput(f"{text!r} is no range of addresses")
    return Span(version, number, end)


def _network(text: str) -> Span:
    start, _, length = text.partition("/")
    version, number = _plain(start)
    bits = _BITS[version]
    if not length.isdecimal() or len(length) > 3 or int(length) > bits:
        raise InvalidInput(f"{text!r} is no network")
    mask = (1 << (bits - int(length))) - 1
    return Span(version, number & ~mask, number | mask)


def _plain(text: str) -> tuple[int, int]:
    try:
        return 4, int.from_bytes(inet_pton(AF_INET, text))
    except (OSError, ValueError):
        return 6, _number6(text.strip("[]"))


def _number6(text: str) -> int:
    try:
        return int.from_bytes(inet_pton(AF_INET6, text))
    except (OSError, ValueError):
        raise InvalidInput(f"{text[:60]!r} is no IP address", "ip") from None


def _unwrapped(number: int) -> Address:
    if number >> 32 == _MAPPED or number >> 32 == _NAT64:
        return Address(4, number & 0xFFFFFFFF)
    if number >> 112 == _SIX_TO_FOUR:
        return Address(4, number >> 80 & 0xFFFFFFFF)
    return Address(6, number)
