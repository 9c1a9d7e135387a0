"""Countries: a centre, a radius that reaches every border from it, a name, and the time zones kept there.

Derived from Natural Earth's outlines (world-atlas) and the tz database's zone.tab and tz-lookup by tools/build_pack.py.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

PACK = Path(__file__).parent / "pack"
EARTH_KM = 6371.0088  # mean radius, IUGG
_HOUR_MS = 3_600_000
_LEAF = 56 * 56


class Country(NamedTuple):
    """A country as the smallest circle around it: degrees and kilometres."""

    code: str
    lat: float
    lng: float
    radius_km: float
    name: str


class Zone(NamedTuple):
    """A time zone, and its principal place in degrees."""

    name: str
    lat: float
    lng: float


@cache
def countries() -> dict[str, Country]:
    """All countries by ISO 3166-1 alpha-2 code (and XK)."""
    rows = (line.split("\t") for line in (PACK / "countries.tsv").read_text(encoding="utf-8").splitlines())
    return {code: Country(code, float(lat), float(lng), float(radius), name) for code, lat, lng, radius, name in rows}


@cache
def zones() -> dict[str, tuple[Zone, ...]]:
    """The time zones kept in each country."""
    found: dict[str, list[Zone]] = {}
    for line in (PACK / "zones.tsv").read_text(encoding="utf-8").splitlines():
        code, name, lat, lng = line.split("\t")
        found.setdefault(code, []).append(Zone(name, float(lat), float(lng)))
    return {code: tuple(each) for code, each in found.items()}


def distance_km(lat1: float, lng1: float, lat2: float, lng2: float) -> float:
    """Great-circle distance (haversine)."""
    a, b = math.radians(lat1), math.radians(lat2)
    half = math.sin((b - a) / 2) ** 2
    half += math.cos(a) * math.cos(b) * math.sin(math.radians(lng2 - lng1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def zone_at(country: str, lat: float, lng: float) -> str | None:
    """The time zone at the place; None for an unknown country. At sea it is the country's zone that lies nearest."""
    kept = zones().get(country, ())
    if len(kept) == 1:
        return kept[0].name
    found = _zone_by_tree(lat, lng)
    if not found.startswith("Etc/"):
        return found
    return min(kept, key=lambda zone: distance_km(lat, lng, zone.lat, zone.lng)).name if kept else None


def country_at(lat: float, lng: float) -> str | None:
    """The country whose time zone is kept at the place; None at sea. Good to a few kilometres of a border."""
    return _zone_owners().get(_zone_by_tree(lat, lng))


def offset_min(zone: str, at_ms: int) -> int | None:
    """Minutes ahead of UTC in the zone at the time; None for a zone that the machine does not know."""
    return _offset_min(zone, at_ms // _HOUR_MS)


def offsets_min(country: str, at_ms: int) -> frozenset[int]:
    """All the offsets in use in the country at the time; empty where they are not known."""
    return _offsets_min(country, at_ms // _HOUR_MS)


def _zone_by_tree(lat: float, lng: float) -> str:
    """Descends the quadtree of tz-lookup: 48 x 24 cells, two characters a node, in base 56 from `#`."""
    tree, names = _zone_tree()
    x, y = 48 * (180 + lng) / 360.00000000000006, 24 * (90 - min(lat, 89.999)) / 180.00000000000003
    column, row, at = int(x), int(y), -1
    node = _node(tree, 96 * row + 2 * column)
    while node + len(names) < _LEAF:
        at += node + 1
        x, y = 2 * (x - column) % 2, 2 * (y - row) % 2
        column, row = int(x), int(y)
        node = _node(tree, 8 * at + 4 * row + 2 * column + 2304)
    return names[node + len(names) - _LEAF]


def _node(tree: str, at: int) -> int:
    return 56 * ord(tree[at]) + ord(tree[at + 1]) - 1995


@cache
def _zone_owners() -> dict[str, str]:
    return {zone.name: code for code, kept in zones().items() for zone in kept}


@cache
def _zone_tree() -> tuple[str, list[str]]:
    tree, names = (PACK / "zone_tree.txt").read_text(encoding="ascii").splitlines()
    return tree, names.split(",")


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    """The zone, kept: zoneinfo itself keeps eight and reads the others anew from the disk."""
    return ZoneInfo(name)


@lru_cache(maxsize=4096)
def _offset_min(zone: str, hour: int) -> int | None:
    try:
        at = datetime.fromtimestamp(hour * 3600, UTC).astimezone(_zone(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
        return None
    offset = at.utcoffset()
    return None if offset is None else offset // timedelta(minutes=1)


@lru_cache(maxsize=4096)
def _offsets_min(country: str, hour: int) -> frozenset[int]:
    found = {_offset_min(zone.name, hour) for zone in zones().get(country, ())}
    return frozenset(offset for offset in found if offset is not None)
