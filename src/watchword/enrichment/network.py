"""Who owns an address and what it is used for: separate flags from one bisection and the AS number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from watchword.enrichment.addresses import Address
from watchword.enrichment.facts import Network
from watchword.enrichment.feed import FLAG_KINDS, LoadedFeed
from watchword.enrichment.intervals import Intervals
from watchword.enrichment.operators import kinds_of
from watchword.enrichment.pack import AsnPack
from watchword.enrichment.special import special_name

_SUBTRACTED_BY_RELAY = ("vpn", "hosting", "cdn")
_TELLING = ("tor", "vpn", "proxy", "residential_proxy", "relay", "hosting")


class Mark(NamedTuple):
    """One feed's word on an address: the feed's place in the table, and on how many lists the address stands."""

    feed: int
    level: int


class NetworkTable:
    """All address and AS-number feeds merged. Immutable; weights are passed in, since they change with the time."""

    def __init__(self, asn: AsnPack | None, feeds: Iterable[LoadedFeed]) -> None:
        self.feeds = tuple(feeds)
        self._asn = asn
        self._marks: list[Mark] = []
        ranges = []
        for at, loaded in enumerate(self.feeds):
            for level, each in sorted(loaded.content.levels.items()) if loaded.feed.kind != "label" else ():
                self._marks.append(Mark(at, level))
                ranges.append(each)
        self._intervals = Intervals(ranges)
        self._by_mask: dict[int, tuple[Mark, ...]] = {0: ()}
        self._by_asn: dict[int, tuple[Mark, ...]] = {}
        for at, loaded in enumerate(self.feeds):
            for number in loaded.content.asns:
                self._by_asn[number] = (*self._by_asn.get(number, ()), Mark(at, 1))

    def weights(self, now_ms: int) -> tuple[float, ...]:
        """How much each feed's word counts now."""
        return tuple(loaded.weight(now_ms) for loaded in self.feeds)

    def network(self, address: Address, weights: tuple[float, ...], country: str | None) -> tuple[Network, list[str]]:
        """What is known of the address, and the feeds that named it."""
        special = special_name(address)
        if special is not None:
            return Network(special=special), []
        asn = self._asn.asn(*address) if self._asn else None
        organisation = self._asn.organisation(asn) if self._asn and asn else None
        marks = [mark for mark in self._named(address, asn) if weights[mark.feed] > 0]
        flags = dict.fromkeys(kinds_of(asn, organisation) if asn else (), 1.0)
        known = self._flagged(marks, weights, flags)
        found = Network(asn=asn, organisation=organisation, country=country, **known)
        return found, [self.feeds[mark.feed].feed.name for mark in marks]

    def _named(self, address: Address, asn: int | None) -> tuple[Mark, ...]:
        mask = self._intervals.mask(*address)
        marks = self._by_mask.get(mask)
        if marks is None:
            marks = tuple(mark for bit, mark in enumerate(self._marks) if mask >> bit & 1)
            self._by_mask[mask] = marks
        return marks + self._by_asn[asn] if asn in self._by_asn else marks

    def _flagged(self, marks: Iterable[Mark], weights: tuple[float, ...], flags: dict[str, float]) -> dict[str, Any]:
        abuse: list[Mark] = []
        known: dict[str, Any] = {}
        for mark in marks:
            feed = self.feeds[mark.feed].feed
            if feed.kind in FLAG_KINDS:
                flags[feed.kind] = max(flags.get(feed.kind, 0.0), weights[mark.feed])
            elif feed.kind == "bot":
                known["known_bot"] = feed.operator or feed.name
            elif feed.kind == "abuse":
                abuse.append(mark)
        if "relay" in flags:
            flags = {kind: weight for kind, weight in flags.items() if kind not in _SUBTRACTED_BY_RELAY}
        known.update((kind, True) for kind in flags)
        telling = next((kind for kind in _TELLING if kind in flags), None)
        if telling:
            known["flag_weight"] = flags[telling]
        # Nearly every Tor exit stands on the abuse lists because it is one: the same fact, not another.
        return known | self._abuse(abuse, weights) if abuse and "tor" not in flags else known

    def _abuse(self, marks: list[Mark], weights: tuple[float, ...]) -> dict[str, Any]:
        feeds = [self.feeds[mark.feed].feed for mark in marks]
        counted = max((mark.level for mark, feed in zip(marks, feeds, strict=True) if feed.aggregate), default=0)
        return {
            "abuse_sources": tuple(sorted({feed.name for feed in feeds})),
            "abuse_weight": max(weights[mark.feed] for mark in marks),
            "abuse_count": max(counted, len({feed.name for feed in feeds})),
        }
