"""Where an address is: the first provider that knows answers, and says who it is.

Order: the operator's own file, a city file in the data directory, the country pack of the wheel. Two providers disagree
on the country of one address in twenty, so `version` travels with every answer: a change of provider is no journey.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import maxminddb

from watchword.enrichment.addresses import Address, format_address
from watchword.enrichment.countries import countries, zone_at, zones
from watchword.enrichment.facts import Place
from watchword.enrichment.pack import CountryPack
from watchword.errors import FeedError

# The flat schema states no accuracy; these are ours. A named city holds most of its addresses within this circle.
CITY_KM = 100.0
REGION_KM = 300.0
UNKNOWN_KM = 2500.0


class GeoSource(Protocol):
    """Answers where addresses are. `version`: provider and day; `attribution`: what its licence asks to be shown."""

    version: str
    attribution: str

    def place(self, address: Address) -> Place | None:
        """The place of the address, or None where this source does not know."""
        ...


class MmdbFile:
    """A MaxMind DB file of the flat schema (`country_code, state1, city, latitude, longitude, timezone`).

    Raises FeedError where the file can not be opened, has another schema, or maxminddb's C reader is missing.
    """

    def __init__(self, path: Path, provider: str, attribution: str = "") -> None:
        try:
            self._reader = maxminddb.open_database(path, maxminddb.MODE_MMAP_EXT)
        except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
            raise FeedError(f"{path.name} can not be read: {error}") from error
        described = self._reader.metadata()
        self.built = datetime.fromtimestamp(described.build_epoch, UTC).date().isoformat()
        self.ip_version = described.ip_version
        self.version = f"{provider} {self.built}"
        self.attribution = attribution
        self.has_cities = _has_cities(self._reader, path)

    def place(self, address: Address) -> Place | None:
        """The place of the address, or None."""
        if address.version > self.ip_version:
            return None
        found = self._reader.get(format_address(address))
        return _flat_place(found) if isinstance(found, dict) and found.get("country_code") else None


class PackPlaces:
    """The country pack: the place is the country itself, its radius reaching the borders."""

    attribution = "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0"

    def __init__(self, pack: CountryPack) -> None:
        self._pack = pack
        self.version = f"country pack {pack.header.built}"

    def place(self, address: Address) -> Place | None:
        """The country of the address as a place, or None."""
        code = self._pack.country(*address)
        return country_place(code) if code else None


class GeoChain:
    """Sources in order of authority."""

    def __init__(self, sources: tuple[GeoSource, ...]) -> None:
        self.sources = sources

    def place(self, address: Address) -> tuple[Place | None, str | None]:
        """The first answer, and the version of the source that gave it."""
        for source in self.sources:
            found = source.place(address)
            if found is not None:
                return found, source.version
        return None, None


def country_place(code: str) -> Place | None:
    """The country itself as a place; None for a code that no country has."""
    country = countries().get(code)
    if country is None:
        return None
    kept = zones().get(code, ())
    zone = kept[0].name if len(kept) == 1 else None
    return Place(country.lat, country.lng, country.radius_km, code, timezone=zone, source="country")


def _flat_place(found: dict[str, Any]) -> Place | None:
    code, lat, lng = found["country_code"], found.get("latitude"), found.get("longitude")
    if lat is None or lng is None:
        return country_place(code)
    city, region = found.get("city") or None, found.get("state1") or None
    zone = found.get("timezone") or zone_at(code, lat, lng)
    return Place(lat, lng, _radius_km(code, city, region), code, city, region, zone, "city")


def _radius_km(code: str, city: str | None, region: str | None) -> float:
    country = countries().get(code)
    whole = country.radius_km if country else UNKNOWN_KM
    return min(whole, CITY_KM if city else REGION_KM if region else whole)


def _has_cities(reader: maxminddb.Reader, path: Path) -> bool:
    """Whether the file tells cities, not only countries. Raises FeedError where it has neither."""
    records = [record for _, (_, record) in zip(range(100), reader, strict=False) if isinstance(record, dict)]
    if any("country" in record for record in records):
        raise FeedError(f"{path.name} has MaxMind's nested schema; only the flat one is read so far")
    if not any("country_code" in record for record in records):
        raise FeedError(f"{path.name} holds no places (no country_code)")
    return any("latitude" in record for record in records)
