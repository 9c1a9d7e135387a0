"""What the geolocation signals share: whether an event has a place, and how far it is from others."""

from __future__ import annotations

from typing import Protocol

from watchword.enrichment.facts import Place
from watchword.signals.signal import Context
from watchword.state.geometry import distance_km
from watchword.state.profile import PlaceSeen


class Spotlike(Protocol):
    """A place of facts or of a profile."""

    @property
    def lat(self) -> float: ...
    @property
    def lng(self) -> float: ...
    @property
    def radius_km(self) -> float: ...
    @property
    def country(self) -> str: ...
    @property
    def source(self) -> str: ...


SURE = {"trusted": 1.0, "city": 0.9, "mobile": 0.7, "country": 0.7}
"""Confidence by what vouches for a place."""


def place_of(context: Context) -> Place | None:
    """The event's place; None where it has none, or where its address is no place (VPN, proxy, hosting, Tor, relay)."""
    place = context.facts.place
    if place is None or (place.source != "trusted" and context.facts.network.is_no_place):
        return None
    return place


def why_no_place(context: Context) -> str:
    """Why `place_of` is None, in a word."""
    network = context.facts.network
    if network.satellite:
        return "SATELLITE"
    if network.is_no_place:
        return network.kind.upper() if network.special is None else "SPECIAL_ADDRESS"
    return "NO_IP" if context.event.ip is None else "NO_PLACE"


def apart_km(one: Spotlike, other: Spotlike) -> float:
    """How far two places are apart at least: the radii of both taken off."""
    return max(0.0, distance_km(one, other) - one.radius_km - other.radius_km)


def from_usual_km(context: Context, place: Place) -> float | None:
    """How far a place is from the nearest normal one, from border to border where only countries are known.

    None where the profile has no place.
    """
    places = context.history.places
    if not places:
        return None
    mobile = context.facts.network.mobile
    nearest = 1e9
    for known in places:
        away = _away_km(place, known, mobile)
        if away <= 0:
            return 0.0
        nearest = min(nearest, away)
    return nearest


def _away_km(place: Place, known: PlaceSeen, mobile: bool) -> float:
    spot = known.spot
    if place.lat == spot.lat and place.lng == spot.lng:
        return 0.0
    if mobile or spot.coarse or place.source == "country":
        return 0.0 if place.country == spot.country else apart_km(place, spot)
    return distance_km(place, spot)
