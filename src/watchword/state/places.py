"""Which places are one place, and which of them a profile knows."""

from __future__ import annotations

from collections.abc import Sequence

from watchword.state.geometry import distance_km
from watchword.state.profile import PlaceSeen, Profile, Spot, device_bit

SAME_PLACE_KM = 50.0


def same_place(one: Spot, other: Spot) -> bool:
    """Whether two spots are one place: nearer than 50 km; the same country where no more is known of both."""
    if one.lat == other.lat and one.lng == other.lng and one.source == other.source:
        return True
    if one.coarse or other.coarse:
        return one.coarse and other.coarse and one.country == other.country
    return distance_km(one, other) <= SAME_PLACE_KM


def find_place(places: Sequence[PlaceSeen], spot: Spot) -> int:
    """The index of the place that the spot belongs to, or -1."""
    for at, place in enumerate(places):
        if same_place(place.spot, spot):
            return at
    return -1


def knows_place(profile: Profile, spot: Spot) -> bool:
    """Whether the spot is a normal place. Where only the country is known, a normal country will do."""
    return find_place(profile.places, spot) >= 0 or (spot.coarse and spot.country in profile.countries)


def knows_device(profile: Profile, device: int) -> bool:
    """Whether the device is one of the profile's."""
    for one in profile.devices:  # noqa: SIM110 - a generator would double what this takes, for every log-in
        if one.key == device:
            return True
    return False


def was_there(profile: Profile, device: int, spot: Spot) -> bool:
    """Whether this very device was learnt at this very place."""
    at = find_place(profile.places, spot)
    return at >= 0 and bool(profile.places[at].devices & device_bit(device)) and knows_device(profile, device)
