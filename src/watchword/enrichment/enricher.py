"""One event's facts from one immutable snapshot of reference data. A failing part is named in `missing`, never raised.

The place: a trusted claim of the calling service; else the address's, which an untrusted claim may only refine within
its accuracy radius. What an address says is cached for the life of the snapshot; feeds' weights move every six hours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from watchword.enrichment.addresses import Address, parse_address
from watchword.enrichment.agent import UNKNOWN, read_agent
from watchword.enrichment.countries import country_at, distance_km, offset_min, offsets_min, zone_at
from watchword.enrichment.facts import Agent, Facts, Hint, Network, Place
from watchword.enrichment.feed import LoadedFeed
from watchword.enrichment.geo import GeoChain, country_place
from watchword.enrichment.hints import read_hints, timezone_hint
from watchword.enrichment.network import NetworkTable
from watchword.enrichment.pack import AsnPack
from watchword.errors import WatchwordError
from watchword.events.event import DeviceFingerprint, Event, Geolocation

TRUSTED_KM = 10.0
CLAIMED_KM = 25.0
_STEP_MS = 6 * 3_600_000
_ADDRESSES = 65_536


class _Known(NamedTuple):
    """What an address says: place, network, the versions behind it, the feeds that named it, and what failed."""

    place: Place | None
    network: Network
    versions: dict[str, str]
    named: tuple[str, ...]
    missing: dict[str, str]


class Enricher:
    """Facts about events from the given sources. Safe to share between threads; replaced whole when feeds change."""

    def __init__(
        self, geo: GeoChain, asn: AsnPack | None, feeds: Iterable[LoadedFeed] = (),
        hits: Counter[str] | None = None, failed: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        loaded = tuple(feeds)
        self.geo = geo
        self.feeds = loaded
        self.hits: Counter[str] = Counter() if hits is None else hits
        self._failed = failed or {}
        self._networks = NetworkTable(asn, loaded)
        self._disposable = [(each, each.content.domains) for each in loaded if each.feed.kind == "disposable_email"]
        self._asn_version = asn.header.built if asn else None
        self._known = lru_cache(_ADDRESSES)(self._look_up)
        self._now = lru_cache(64)(self._at_step)
        self._versions = lru_cache(64)(self._version)

    def enrich(self, event: Event, now_ms: int) -> Facts:
        """Everything the reference data says of the event; feeds' ages count from `now_ms` (Unix milliseconds)."""
        step = now_ms // _STEP_MS
        known = self._known(event.ip, step)
        place, missing = known.place, known.missing
        if event.geolocation is not None:
            place = _placed(event.geolocation, place, known.network)
        agent: Agent = UNKNOWN
        hints: tuple[Hint, ...] = ()
        try:
            agent, hints = self._client(event, known)
        except Exception as error:
            missing = {**missing, "client": type(error).__name__}
        domain = _email_domain(event) if event.identifiers is not None else None
        for name in known.named:
            self.hits[name] += 1
        return Facts(
            place=place, network=known.network, agent=agent, hints=hints,
            utc_offset_min=_offset(place, event.occurred_ms) if place else None,
            email_domain=domain, disposable_email=domain is not None and self._is_disposable(domain, step),
            versions=known.versions, missing=missing,
        )  # fmt: skip

    def warm(self) -> None:
        """Loads what is otherwise loaded by the first event (0.3 s): call it before serving."""
        read_agent("Mozilla/5.0")
        self._known("192.0.2.1", 0)
        zone_at("US", 40.0, -75.0)

    def cached_addresses(self) -> int:
        """How many addresses this snapshot remembers."""
        return self._known.cache_info().currsize

    def _look_up(self, ip: str | None, step: int) -> _Known:
        weights, stale = self._now(step)
        if not ip:
            return _Known(None, Network(), self._versions(None), (), stale)
        try:
            address = parse_address(ip)
        except WatchwordError as error:
            return _Known(None, Network(), self._versions(None), (), {**stale, "network": type(error).__name__})
        missing = dict(stale)
        place, version = self._place(address, missing)
        try:
            network, named = self._networks.network(address, weights, place.country if place else None)
        except Exception as error:
            missing["network"] = type(error).__name__
            network, named = Network(), []
        if network.special is not None:
            place = None
        elif network.mobile and place is not None:
            place = _widened(place)
        return _Known(place, network, self._versions(version), tuple(named), missing)

    def _place(self, address: Address, missing: dict[str, str]) -> tuple[Place | None, str | None]:
        try:
            return self.geo.place(address)
        except Exception as error:
            missing["geo"] = type(error).__name__
            return None, None

    def _at_step(self, step: int) -> tuple[tuple[float, ...], dict[str, str]]:
        """The feeds' weights at a time, and the feeds to be named as stale."""
        now_ms = step * _STEP_MS
        missing = dict(self._failed)
        for loaded in self.feeds:
            age_ms = now_ms - loaded.fetched_ms
            if loaded.feed.is_stale(age_ms):
                missing[f"feeds.{loaded.feed.name}"] = f"{age_ms // 86_400_000} days old"
        return self._networks.weights(now_ms), missing

    def _version(self, geo: str | None) -> dict[str, str]:
        versions = {"geo": geo} if geo else {}
        if self._asn_version:
            versions["networks"] = self._asn_version
        if self.feeds:
            versions["feeds"] = f"{max(loaded.fetched_ms for loaded in self.feeds)}/{len(self.feeds)}"
        return versions

    def _client(self, event: Event, known: _Known) -> tuple[Agent, tuple[Hint, ...]]:
        user_agent = _user_agent(event)
        agent = read_agent(user_agent)
        device = event.device_fingerprint if isinstance(event.device_fingerprint, DeviceFingerprint) else None
        if not event.headers and device is None:
            return agent, ()
        return agent, self._hints(event, user_agent, agent, device, known)

    def _hints(
        self, event: Event, user_agent: str | None, agent: Agent, device: DeviceFingerprint | None, known: _Known
    ) -> tuple[Hint, ...]:
        found = read_hints(user_agent, agent, event.headers, device)
        if device is None or device.timezone is None or known.place is None:
            return found
        at_ms = event.occurred_ms
        offsets = offsets_min(known.place.country, at_ms)
        hint = timezone_hint(device.timezone, known.place, known.network, offsets, offset_min(device.timezone, at_ms))
        return (*found, hint) if hint else found

    def _is_disposable(self, domain: str, step: int) -> bool:
        """Whether the domain, or one it belongs to, stands on a list that still counts."""
        now_ms = step * _STEP_MS
        labels = domain.split(".")
        tails = [".".join(labels[at:]) for at in range(len(labels) - 1)]
        for loaded, domains in self._disposable:
            if loaded.weight(now_ms) > 0 and any(tail in domains for tail in tails):
                self.hits[loaded.feed.name] += 1
                return True
        return False


def _user_agent(event: Event) -> str | None:
    if event.user_agent is not None:
        return event.user_agent
    return next((value for name, value in event.headers if name.lower() == "user-agent"), None)


def _placed(claim: Geolocation, place: Place | None, network: Network) -> Place | None:
    if claim.trusted:
        country = country_at(claim.lat, claim.lng) or (place.country if place else "ZZ")
        zone = zone_at(country, claim.lat, claim.lng)
        return Place(claim.lat, claim.lng, TRUSTED_KM, country, timezone=zone, source="trusted")
    if place is None or network.is_no_place or place.radius_km <= CLAIMED_KM:
        return place
    if distance_km(claim.lat, claim.lng, place.lat, place.lng) > place.radius_km:
        return place
    zone = zone_at(place.country, claim.lat, claim.lng)
    return Place(claim.lat, claim.lng, CLAIMED_KM, place.country, place.city, place.region, zone, place.source)


def _widened(place: Place) -> Place:
    """A carrier's address may be used anywhere in its country."""
    whole = country_place(place.country)
    if whole is None or whole.radius_km <= place.radius_km:
        return place
    return Place(place.lat, place.lng, whole.radius_km, place.country, place.city, place.region, place.timezone,
                 place.source)  # fmt: skip


def _offset(place: Place, at_ms: int) -> int | None:
    if place.timezone is not None:
        return offset_min(place.timezone, at_ms)
    offsets = offsets_min(place.country, at_ms)
    return next(iter(offsets)) if len(offsets) == 1 else None


def _email_domain(event: Event) -> str | None:
    if event.identifiers is None or event.identifiers.email is None:
        return None
    _, at, domain = event.identifiers.email.rpartition("@")
    return domain.strip().lower().rstrip(".") or None if at else None
