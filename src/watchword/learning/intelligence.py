"""Lists of bad addresses as a simulated world would have them: what the feeds of an installation say of its attackers.

No list of the real world knows a simulated attacker. These name what real ones were measured to name: Tor exits all,
VPN exits mostly, and of takeovers about half by an address already known for abuse (77 of 141, Wiefling et al. 2022),
at the price of a few innocent addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from watchword.enrichment.addresses import Span, parse_span
from watchword.enrichment.enricher import Enricher
from watchword.enrichment.feed import Content, Feed, Kind, LoadedFeed
from watchword.enrichment.intervals import Ranges
from watchword.enrichment.sources import embedded_asn
from watchword.events.login import Login
from watchword.learning.attackers import TOR_EXITS, tor_exit
from watchword.learning.carriers import VPNS, Carrier
from watchword.learning.crowd import Labelled
from watchword.learning.day import Day
from watchword.learning.people import Town

LISTED_VPN = 0.9
LISTED_ABUSERS = 0.55
LISTED_INNOCENT = 0.002
AGE = timedelta(hours=6)
"""How old the lists are when the day begins."""


def equipped(enricher: Enricher, day: Day) -> Enricher:
    """That enricher with the lists of the day's world in place of its feeds."""
    return Enricher(enricher.geo, embedded_asn(), simulated_feeds(day))


def simulated_feeds(day: Day) -> tuple[LoadedFeed, ...]:
    """Three lists: Tor exits, VPN exits and addresses known for abuse."""
    fetched_ms = int((day.begins - AGE).timestamp() * 1000)
    return (
        _feed("simulated_tor", "tor", _tor(day.town), fetched_ms),
        _feed("simulated_vpn", "vpn", _vpn(day.town), fetched_ms),
        _feed("simulated_abuse", "abuse", _abusers(day), fetched_ms),
    )


def _feed(name: str, kind: Kind, spans: Iterable[Span], fetched_ms: int) -> LoadedFeed:
    ranges = Ranges.of(spans)
    return LoadedFeed(Feed(name=name, kind=kind, format="cidr"), Content({1: ranges}, listed=len(ranges)), fetched_ms)


def _tor(town: Town) -> Iterator[Span]:
    return (parse_span(tor_exit(town, number)[1]) for number in range(TOR_EXITS))


def _vpn(town: Town) -> Iterator[Span]:
    """Most /24s of the VPN providers' networks; so too most of the exits that honest people use."""
    rng = town.randomness("listed vpn")
    for country, asns in VPNS.items():
        for asn in asns:
            for first, last in town.book.ranges(Carrier(country, asn)):
                for start in range(first, last + 1, 256):
                    if rng.random() < LISTED_VPN:
                        yield Span(4, start, min(last, start + 255))


def _abusers(day: Day) -> Iterator[Span]:
    """About half of the addresses that the day's attackers use, and a few of everybody else's."""
    rng = day.town.randomness("listed abusers")
    for ip in sorted(_addresses(day.events, honest=False)):
        if rng.random() < LISTED_ABUSERS:
            yield parse_span(ip)
    for ip in sorted(_addresses(day.history, honest=True)):
        if rng.random() < LISTED_INNOCENT:
            yield parse_span(ip)


def _addresses(told: Iterable[Labelled], honest: bool) -> set[str]:
    return {one.event.ip for one in told if one.honest == honest and isinstance(one.event, Login)}
