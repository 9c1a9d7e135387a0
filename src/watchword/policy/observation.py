"""What a profile may learn of a log-in: the compact, pseudonymous form of event and facts."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from ipaddress import ip_address
from zlib import crc32

from watchword.enrichment.facts import Agent, Facts
from watchword.events.pseudonym import short, tiny
from watchword.policy.assessment import Assessment
from watchword.policy.decision import Decision
from watchword.state.profile import Observation, Spot
from watchword.state.tallies import VALUE

MINUTES_A_DAY = 1440
REMEMBERED = 256
"""Longest User-Agent that is remembered; strangers could fill the memory with longer ones."""


def observe(assessment: Assessment) -> Observation:
    """The log-in as a profile learns it."""
    facts, entities = assessment.facts, assessment.entities
    agent, network = facts.agent, facts.network
    both = agent.browser and agent.os
    return Observation(
        at_ms=assessment.at_ms,
        local_minute=local_minute(assessment),
        values=attribute_values(assessment),
        device=short(entities.device) if entities.device else 0,
        device_label=f"{agent.browser} on {agent.os}" if both else agent.browser or agent.os or "",
        network=network.kind,
        spot=spot_of(facts),
        asn=network.asn or 0,
        browser=agent.browser or "",
        browser_version=agent.browser_version or 0,
        event=assessment.event_key,
        provider=_provider(facts.versions.get("geo", "")),
        session=short(entities.session) if entities.session else 0,
    )


def spot_of(facts: Facts) -> Spot | None:
    """The place in a profile's form; None where the address is none (VPN, hosting, ...) and nobody vouches for it."""
    place = facts.place
    if place is None or (facts.network.is_no_place and place.source != "trusted"):
        return None
    source = "mobile" if facts.network.mobile and place.source == "city" else place.source
    return Spot(place.lat, place.lng, place.radius_km, place.country, place.city or "", source)


def local_minute(assessment: Assessment) -> int:
    """The minute of the day where the user is: by time zone, else by longitude; -1 where the place does not tell."""
    facts = assessment.facts
    place, offset = facts.place, facts.utc_offset_min
    if place is None or (facts.network.is_no_place and place.source != "trusted"):
        return -1
    if offset is None:
        if place.source == "country":
            return -1
        offset = round(place.lng / 15) * 60
    return (assessment.at_ms // 60_000 + offset) % MINUTES_A_DAY


@lru_cache(maxsize=256)
def _provider(version: str) -> int:
    """A number for who said where the place is; 0 for nobody."""
    return crc32(version.encode()) if version else 0


def attribute_values(seen: Assessment | Decision) -> tuple[int, ...]:
    """The 29-bit hashes of `state.profile.ATTRIBUTES`; 0 where unknown."""
    event, facts = seen.event, seen.facts
    network, place, agent = facts.network, facts.place, event.user_agent
    read = _values if agent is None or len(agent) <= REMEMBERED else _values.__wrapped__
    return read(event.ip, agent, facts.agent, network.asn, place.country if place else network.country)


@lru_cache(maxsize=65_536)
def _values(
    ip: str | None, user_agent: str | None, agent: Agent, asn: int | None, country: str | None
) -> tuple[int, ...]:
    browser = f"{agent.browser} {agent.browser_version}" if agent.browser else ""
    os = f"{agent.os} {agent.os_version}" if agent.os else ""
    address = ip or ""
    told = (address, _net24(address), str(asn or ""), country or "", user_agent or "", browser, os, agent.device)
    return tuple(_hash(value) for value in told)


def _hash(value: str) -> int:
    return tiny(blake2b(value.encode("utf-8", "surrogatepass"), digest_size=4).digest()) & VALUE if value else 0


def _net24(ip: str) -> str:
    if not ip:
        return ""
    address = ip_address(ip)
    return str(int(address) >> 8) if address.version == 4 else f"6:{int(address) >> 80}"
