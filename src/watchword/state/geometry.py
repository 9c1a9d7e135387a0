"""Distances on the earth."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt
from typing import Protocol

EARTH_KM = 6371.0088
"""Mean earth radius (IUGG)."""


class Point(Protocol):
    """Anything with a latitude and a longitude in degrees."""

    @property
    def lat(self) -> float: ...
    @property
    def lng(self) -> float: ...


def distance_km(one: Point, other: Point) -> float:
    """The great-circle distance in kilometres (haversine)."""
    lat1, lat2 = radians(one.lat), radians(other.lat)
    chord = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin(radians(other.lng - one.lng) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, chord)))
