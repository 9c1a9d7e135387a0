"""Addresses that are nobody's on the internet, by name (IANA special-purpose registries; RFC 6890 and its updates)."""

from __future__ import annotations

from watchword.enrichment.addresses import Address, Span, parse_span
from watchword.enrichment.intervals import Intervals, Ranges

NAMES: dict[str, tuple[str, ...]] = {
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),  # RFC 1918, 4193, 3879
    "carrier_nat": ("100.64.0.0/10",),  # RFC 6598
    "loopback": ("127.0.0.0/8", "::1"),
    "link_local": ("169.254.0.0/16", "fe80::/10"),  # RFC 3927, 4291
    "documentation": ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),  # RFC 5737
    "multicast": ("224.0.0.0/4", "ff00::/8"),
    "benchmark": ("198.18.0.0/15", "2001:2::/48"),  # RFC 2544, 5180
    "unspecified": ("0.0.0.0/8", "::"),
    "translation": ("192.88.99.0/24", "64:ff9b:1::/48", "2001::/32"),  # RFC 7526, 8215, 4380 (Teredo)
    "reserved": ("192.0.0.0/24", "240.0.0.0/4", "100::/64", "5f00::/16"),  # RFC 6890, 1112, 6666, 9602
}

RANGES = {name: Ranges.of(parse_span(text) for text in networks) for name, networks in NAMES.items()}
_by_bit = {1 << at: name for at, name in enumerate(RANGES)}
_table = Intervals(list(RANGES.values()))
_reserved = [span for ranges in RANGES.values() for span in ranges.spans()]


def special_name(address: Address) -> str | None:
    """What the address is reserved for, or None for a public one."""
    return _by_bit.get(_table.mask(*address))


def public_only(ranges: Ranges) -> tuple[Ranges, int]:
    """`ranges` without the reserved addresses, and how many of its ranges lost some."""
    kept: list[Span] = []
    touched = 0
    for span in ranges.spans():
        rest = _without_reserved(span)
        touched += rest != [span]
        kept += rest
    return Ranges.of(kept), touched


def _without_reserved(span: Span) -> list[Span]:
    rest = [span]
    for version, first, last in _reserved:
        if version == span.version and first <= span.last and span.first <= last:
            rest = [part for piece in rest for part in _cut(piece, first, last)]
    return rest


def _cut(span: Span, first: int, last: int) -> list[Span]:
    before = Span(span.version, span.first, min(span.last, first - 1))
    after = Span(span.version, max(span.first, last + 1), span.last)
    return [part for part in (before, after) if part.first <= part.last]
