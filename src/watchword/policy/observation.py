"""What a profile may learn of a log-in: the compact, pseudonymous form of event and facts."""

from __future__ import annotations

from hashlib import blake2b
from functools import lru_cache
from ipaddress import ip_address

from watchword.enrichment.facts import Facts, Place
from watchword.events.pseudonym import short, tiny
from watchword.policy.assessment import Assessment
from watchword.state.profile import Observation, Spot

MINUTES_A_DAY = 1440


def observe(assessment: Assessment) -> Observation:
    """The log-in as a profile learns it."""
    facts, event = assessment.facts, assessment.event
    place, agent = facts.place, facts.agent
    label = " on ".join(part for part in (agent.browser, agent.os) if part)
    return Observation(
        at_ms=assessment.at_ms,
        local_minute=local_minute(assessment),
        values=attribute_values(assessment),
        device=short(assessment.entities.device) if assessment.entities.device else 0,
        device_label=label,
        network=facts.network.kind,
        spot=spot_of(place) if place else None,
        asn=facts.network.asn or 0,
        browser=agent.browser or "",
        browser_version=agent.browser_version or 0,
        event=assessment.event_key,
    )


def spot_of(place: Place) -> Spot:
    """The place in a profile's form."""
    return Spot(place.lat, place.lng, place.radius_km, place.country, place.city or "", place.source)


def local_minute(assessment: Assessment) -> int:
    """The minute of the day where the user is: by longitude where only that is known, UTC without a place."""
    place = assessment.facts.place
    offset = round(place.lng / 15) * 60 if place else 0
    return (assessment.at_ms // 60_000 + offset) % MINUTES_A_DAY


def attribute_values(assessment: Assessment) -> tuple[int, ...]:
    """The 4-byte hashes of `state.profile.ATTRIBUTES`; 0 where unknown."""
    return _values(assessment.event.ip or "", assessment.event.user_agent or "", _look(assessment.facts))


def _look(facts: Facts) -> tuple[str, ...]:
    agent, network = facts.agent, facts.network
    country = facts.place.country if facts.place else network.country or ""
    return (
        str(network.asn or ""),
        country,
        f"{agent.browser} {agent.browser_version}" if agent.browser else "",
        f"{agent.os} {agent.os_version}" if agent.os else "",
        agent.device,
    )


@lru_cache(maxsize=65_536)
def _values(ip: str, user_agent: str, look: tuple[str, ...]) -> tuple[int, ...]:
    asn, country, browser, os, device = look
    return tuple(_hash(value) for value in (ip, _net24(ip), asn, country, user_agent, browser, os, device))


def _hash(value: str) -> int:
    return tiny(blake2b(value.encode("utf-8", "surrogatepass"), digest_size=4).digest()) if value else 0


def _net24(ip: str) -> str:
    if not ip:
        return ""
    address = ip_address(ip)
    return str(int(address) >> 8) if address.version == 4 else f"6:{int(address) >> 80}"
