"""Addresses for simulated people: real-looking IPv4, drawn from the ranges of a carrier in a country."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from ipaddress import IPv4Address
from itertools import accumulate
from random import Random

from watchword.enrichment.pack import AsnPack, CountryPack
from watchword.learning.carriers import Carrier

BLOCK = 1024
"""Addresses of one neighbourhood: a line that is leased anew stays within such a block."""
POOL = 4096
"""Addresses behind which a carrier hides its mobile customers."""

Ranges = Mapping[tuple[str, int], Sequence[tuple[int, int]]]


class AddressBook:
    """Addresses by carrier. `ranges` maps (country, ASN) to inclusive ranges of IPv4 addresses as integers."""

    def __init__(self, ranges: Ranges) -> None:
        self._ranges = {key: tuple(spans) for key, spans in ranges.items()}
        self._ends = {key: _running_sizes(spans) for key, spans in self._ranges.items()}

    def size(self, carrier: Carrier) -> int:
        """How many addresses the carrier has in its country."""
        return self._ends[carrier.country, carrier.asn][-1]

    def at(self, carrier: Carrier, index: int) -> str:
        """The address at that place among the carrier's, never the first or last of a /24."""
        key = carrier.country, carrier.asn
        index %= self.size(carrier)
        which = bisect_right(self._ends[key], index)
        before = self._ends[key][which - 1] if which else 0
        number = self._ranges[key][which][0] + index - before
        return str(IPv4Address((number & ~0xFF) | min(max(number & 0xFF, 1), 254)))

    def ranges(self, carrier: Carrier) -> Sequence[tuple[int, int]]:
        """The carrier's ranges, inclusive."""
        return self._ranges[carrier.country, carrier.asn]

    def block(self, carrier: Carrier, rng: Random) -> int:
        """The first index of a random neighbourhood."""
        return rng.randrange(max(1, self.size(carrier) // BLOCK)) * BLOCK

    def leased(self, carrier: Carrier, block: int, rng: Random) -> str:
        """A random address of a neighbourhood."""
        return self.at(carrier, block + rng.randrange(BLOCK))

    def anywhere(self, carrier: Carrier, rng: Random) -> str:
        """Any address of the carrier."""
        return self.at(carrier, rng.randrange(self.size(carrier)))

    def pooled(self, carrier: Carrier, rng: Random) -> str:
        """An address of the pool that the carrier's mobile customers share; the pool is always the same."""
        seed = blake2b(f"{carrier.country}{carrier.asn}".encode(), digest_size=8).digest()
        start = int.from_bytes(seed, "little") % max(1, self.size(carrier) - POOL)
        return self.at(carrier, start + rng.randrange(POOL))


def real_ranges(countries: CountryPack, networks: AsnPack, carriers: Iterable[Carrier]) -> Ranges:
    """Where those carriers really are: the ranges that the packs give to each one's AS number in its country."""
    wanted = {(carrier.country, carrier.asn) for carrier in carriers}
    asns, found = {asn for _, asn in wanted}, {key: list[tuple[int, int]]() for key in sorted(wanted)}
    places = countries.runs4()
    begins, ends, country = next(places)
    for first, last, asn in networks.runs4():
        if asn not in asns:
            continue
        while ends < first:
            begins, ends, country = next(places)
        while begins <= last:
            if (country, asn) in wanted:
                found[country, asn].append((max(first, begins), min(last, ends)))
            if ends > last:
                break
            begins, ends, country = next(places, (1 << 32, 1 << 32, ""))
    return found


def invented_ranges(carriers: Iterable[Carrier]) -> Ranges:
    """A made-up plan in which each carrier owns one /14 a country, for use without the reference pack."""
    keys = sorted({(carrier.country, carrier.asn) for carrier in carriers})
    first = int(IPv4Address("60.0.0.0"))
    return {key: [(first + (number << 18), first + (number << 18) + (1 << 18) - 1)] for number, key in enumerate(keys)}


def _running_sizes(spans: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    return tuple(accumulate(last - first + 1 for first, last in spans))
