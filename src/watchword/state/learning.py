"""What a profile learns of a log-in, and when: at once, on probation, or never."""

from __future__ import annotations

from typing import Literal, TypeVar

from msgspec.structs import replace

from watchword.state.geometry import distance_km
from watchword.state.plan import DAY_MS
from watchword.state.profile import (
    MAX_DEVICES, MAX_PLACES, MAX_TIMES, MAX_TRAIL, MAX_VALUES, DeviceSeen, Observation, PlaceSeen, Profile, Spot, Tally,
    Visit,
)  # fmt: skip

K = TypeVar("K")
Phase = Literal["bootstrap", "learning", "mature"]
BOOTSTRAP_AGREEING = 5
BOOTSTRAP_LOGINS = 10
MATURE_LOGINS = 30
MATURE_MS = 14 * DAY_MS
SAME_PLACE_KM = 50.0


def phase_of(profile: Profile) -> Phase:
    """How much is known: bootstrap until 5 agreeing log-ins, else 10; mature from 30 log-ins and 14 days."""
    if profile.logins >= MATURE_LOGINS and profile.last_ms - profile.first_ms >= MATURE_MS:
        return "mature"
    if profile.agreeing >= BOOTSTRAP_AGREEING or profile.logins >= BOOTSTRAP_LOGINS:
        return "learning"
    return "bootstrap"


def trust_in(profile: Profile) -> float:
    """What the confidence of deviations is multiplied by: n/(n+1) while the profile bootstraps, then 1."""
    return profile.logins / (profile.logins + 1) if phase_of(profile) == "bootstrap" else 1.0


def learn(profile: Profile, seen: Observation, action: str) -> Profile | None:
    """The profile after a successful log-in that was answered with `action`; None where nothing is learnt."""
    return absorb(profile, seen) if action == "allow" else None


def absorb(profile: Profile, seen: Observation) -> Profile:
    """The profile with this log-in learnt, merged by event time."""
    return replace(
        profile,
        logins=profile.logins + 1,
        first_ms=min(profile.first_ms, seen.at_ms) if profile.logins else seen.at_ms,
        last_ms=max(profile.last_ms, seen.at_ms),
        succeeded=True,
        agreeing=profile.agreeing + agrees(profile, seen),
        places=_with_place(profile.places, seen),
        devices=_with_device(profile.devices, seen),
        **_with_time(profile, seen),
        trail=_with_visit(profile.trail, seen),
        tallies=_with_values(profile.tallies, seen),
        networks=_counted(profile.networks, seen.network),
        asns=_counted(profile.asns, seen.asn) if seen.asn else profile.asns,
        browsers=_counted(profile.browsers, seen.browser) if seen.browser else profile.browsers,
    )


def agrees(profile: Profile, seen: Observation) -> bool:
    """Whether a log-in is from a known country and a known device (or browser, where there is no device)."""
    if not profile.logins:
        return True
    country = seen.spot.country if seen.spot else ""
    known_country = not country or any(place.spot.country == country for place in profile.places)
    known_device = any(one.key == seen.device for one in profile.devices) if seen.device else True
    return known_country and known_device


def same_place(one: Spot, other: Spot) -> bool:
    """Whether two spots are one place of a profile: nearer than 50 km, or the same country where only that is known."""
    if "country" in (one.source, other.source):
        return one.country == other.country
    return distance_km(one, other) <= SAME_PLACE_KM


def _with_place(places: list[PlaceSeen], seen: Observation) -> list[PlaceSeen]:
    spot = seen.spot
    if spot is None:
        return places
    kept = [place for place in places if not same_place(place.spot, spot)]
    known = next((place for place in places if same_place(place.spot, spot)), None)
    count, last = (known.count + 1, max(known.last_ms, seen.at_ms)) if known else (1, seen.at_ms)
    merged = [*kept, PlaceSeen(known.spot if known else spot, count, last)]
    return sorted(merged, key=lambda place: -place.last_ms)[:MAX_PLACES]


def _with_device(devices: list[DeviceSeen], seen: Observation) -> list[DeviceSeen]:
    if not seen.device:
        return devices
    new = DeviceSeen(seen.device, seen.device_label, 0, seen.at_ms, seen.at_ms)
    known = next((one for one in devices if one.key == seen.device), new)
    kept = [one for one in devices if one is not known]
    merged = DeviceSeen(
        known.key,
        known.label,
        known.count + 1,
        min(known.first_ms, seen.at_ms),
        max(known.last_ms, seen.at_ms),
        max(known.version, seen.browser_version),
    )
    return sorted([*kept, merged], key=lambda one: -one.last_ms)[:MAX_DEVICES]


def _with_time(profile: Profile, seen: Observation) -> dict[str, list[int]]:
    pairs = sorted([*zip(profile.times, profile.local_minutes, strict=True), (seen.at_ms, seen.local_minute)])
    kept = pairs[-MAX_TIMES:]
    return {"times": [time for time, _ in kept], "local_minutes": [minute for _, minute in kept]}


def _with_visit(trail: list[Visit], seen: Observation) -> list[Visit]:
    if seen.spot is None:
        return trail
    visits = [*trail, Visit(seen.at_ms, seen.spot, seen.asn, seen.device)]
    return sorted(visits, key=lambda visit: visit.at_ms)[-MAX_TRAIL:]


def _with_values(tallies: list[list[Tally]], seen: Observation) -> list[list[Tally]]:
    before = tallies or [[] for _ in seen.values]
    return [_tallied(held, value, seen.at_ms) for held, value in zip(before, seen.values, strict=True)]


def _tallied(held: list[Tally], value: int, at_ms: int) -> list[Tally]:
    if not value:
        return held
    known = next((one for one in held if one.value == value), None)
    merged = Tally(value, known.count + 1, max(known.last_ms, at_ms)) if known else Tally(value, 1, at_ms)
    rest = [one for one in held if one is not known]
    return [merged, *rest][:MAX_VALUES]


def _counted(counts: dict[K, int], key: K) -> dict[K, int]:
    return {**counts, key: counts.get(key, 0) + 1}
