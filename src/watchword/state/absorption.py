"""A log-in becomes part of a profile. Merged by event time: the order in which log-ins arrive changes nothing."""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from watchword.state import hours, tallies
from watchword.state.places import find_place
from watchword.state.plan import DAY_MS
from watchword.state.profile import (
    MAX_DEVICES,
    MAX_PLACES,
    MAX_TIMES,
    MAX_TRAIL,
    MAX_VALUES,
    DeviceSeen,
    Observation,
    PlaceSeen,
    Profile,
    Visit,
    device_bit,
    network_bit,
)  # fmt: skip
from watchword.state.sessions import opened

K = TypeVar("K", int, str)
TRAIL_MS = 2 * DAY_MS
"""How long visits matter: no two places on earth are further apart than 23 hours of flight, and a day for lateness."""

UPDATE_VERSIONS = 12
"""A browser may have skipped that many versions and still be the same browser, updated."""


def absorb(profile: Profile, seen: Observation, times: int = 1) -> Profile:
    """The profile with this log-in learnt; `times` is how many agreeing ones it stands for."""
    fresh, at_ms = replace(profile), seen.at_ms
    device = find_device(profile, seen) if seen.device else -1
    if _agrees(profile, seen, device):
        fresh.agreeing = profile.agreeing + times
    fresh.logins = profile.logins + times
    fresh.first_ms = min(profile.first_ms, at_ms) if profile.logins else at_ms
    fresh.last_ms = max(profile.last_ms, at_ms)
    fresh.clock = hours.add(profile.clock, at_ms, seen.local_minute, MAX_TIMES)
    fresh.counts = tallies.bump(profile.counts, seen.values, at_ms // DAY_MS, MAX_VALUES, times)
    fresh.networks = _counted(profile.networks, seen.network, times)
    if seen.device:
        fresh.devices = _with_device(profile.devices, device, seen, times)
    if seen.spot is not None:
        fresh.places = _with_place(profile.places, seen, times)
        fresh.trail = _with_visit(profile.trail, seen)
        fresh.countries = _counted(profile.countries, seen.spot.country, times)
    if seen.asn:
        fresh.asns = _counted(profile.asns, seen.asn, times)
    if seen.browser:
        fresh.browsers = _counted(profile.browsers, seen.browser, times)
    if seen.session:
        fresh.sessions = opened(profile.sessions, seen.session, at_ms)
    return fresh


def agrees(profile: Profile, seen: Observation) -> bool:
    """Whether a log-in is from a known country and a known device, as far as they can be told."""
    return _agrees(profile, seen, find_device(profile, seen) if seen.device else -1)


def _agrees(profile: Profile, seen: Observation, device: int) -> bool:
    if not profile.logins:
        return True
    if seen.spot is not None and profile.countries and seen.spot.country not in profile.countries:
        return False
    return not seen.device or device >= 0


def find_device(profile: Profile, seen: Observation) -> int:
    """The index of the known device that this is, or -1.

    An unknown one is the updated browser of a known one where label and network agree, its version is newer by a few,
    and the known one has not been seen since: an update changes many fingerprints.
    """
    for at, one in enumerate(profile.devices):
        if one.key == seen.device:
            return at
    version = seen.browser_version
    if not version or not seen.asn or seen.asn not in profile.asns:
        return -1
    for at, one in enumerate(profile.devices):
        same_look = one.label == seen.device_label and one.networks & network_bit(seen.network)
        newer = one.version and 0 < version - one.version <= UPDATE_VERSIONS
        if same_look and newer and one.last_ms < seen.at_ms:
            return at
    return -1


def _with_place(places: list[PlaceSeen], seen: Observation, times: int) -> list[PlaceSeen]:
    spot, at_ms = seen.spot, seen.at_ms
    assert spot is not None
    bit = device_bit(seen.device)
    at = find_place(places, spot)
    if at < 0:
        return _newest([*places, PlaceSeen(spot, times, at_ms, bit)], MAX_PLACES)
    known = places[at]
    if known.last_ms > at_ms:
        spot = known.spot
    merged = PlaceSeen(spot, known.count + times, max(known.last_ms, at_ms), known.devices | bit)
    return _newest([merged, *places[:at], *places[at + 1 :]] if len(places) > 1 else [merged], MAX_PLACES)


def _with_device(devices: list[DeviceSeen], at: int, seen: Observation, times: int) -> list[DeviceSeen]:
    at_ms, bit = seen.at_ms, network_bit(seen.network)
    if at < 0:
        new = DeviceSeen(seen.device, seen.device_label, times, at_ms, at_ms, seen.browser_version, bit)
        return _newest([new, *devices], MAX_DEVICES)
    known = devices[at]
    merged = DeviceSeen(
        seen.device,
        known.label,
        known.count + times,
        min(known.first_ms, at_ms),
        max(known.last_ms, at_ms),
        max(known.version, seen.browser_version),
        known.networks | bit,
    )
    return _newest([merged, *devices[:at], *devices[at + 1 :]] if len(devices) > 1 else [merged], MAX_DEVICES)


S = TypeVar("S", PlaceSeen, DeviceSeen)


def _newest(held: list[S], capacity: int) -> list[S]:
    """Newest first, at most `capacity`. Mostly they are in that order already."""
    before = held[0].last_ms
    for one in held:
        if one.last_ms > before:
            held.sort(key=lambda one: -one.last_ms)
            break
        before = one.last_ms
    return held[:capacity] if len(held) > capacity else held


def _with_visit(trail: list[Visit], seen: Observation) -> list[Visit]:
    assert seen.spot is not None
    visit = Visit(seen.at_ms, seen.spot, seen.asn, seen.device, seen.provider)
    oldest_ms = (max(seen.at_ms, trail[-1].at_ms) if trail else seen.at_ms) - TRAIL_MS
    if trail and trail[0].at_ms <= oldest_ms:
        trail = [one for one in trail if one.at_ms > oldest_ms]
    if visit.at_ms <= oldest_ms:
        return trail
    at = len(trail)
    while at and trail[at - 1].at_ms > visit.at_ms:
        at -= 1
    return [*trail[:at], visit, *trail[at:]][-MAX_TRAIL:]


def _counted(counts: dict[K, int], key: K, times: int) -> dict[K, int]:
    fresh = counts.copy()
    fresh[key] = fresh.get(key, 0) + times
    if len(fresh) > MAX_VALUES:
        rarest = min((held for held in fresh if held != key), key=lambda held: (fresh[held], str(held)))
        del fresh[rarest]
    return fresh
