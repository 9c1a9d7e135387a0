from pathlib import Path

import pytest
from tests import reference

from watchword.enrichment.addresses import parse_address
from watchword.enrichment.geo import CITY_KM, GeoChain, MmdbFile, PackPlaces, country_place
from watchword.enrichment.sources import EnrichmentOptions, describe_sources, embedded_countries, open_enricher
from watchword.errors import FeedError


def city_sample() -> Path:
    return reference.path("feeds/geo/dbip-city-sample-ipv4.mmdb")


def test_a_city_file_tells_city_region_zone_and_radius() -> None:
    file = MmdbFile(city_sample(), "DB-IP City Lite")
    place = file.place(parse_address("8.8.8.8"))
    assert place is not None
    assert (place.country, place.city, place.region, place.source) == ("US", "Mountain View", "California", "city")
    assert place.timezone == "America/Los_Angeles"
    assert place.radius_km == CITY_KM
    assert file.version.startswith("DB-IP City Lite 20")
    assert file.has_cities


def test_a_country_file_of_the_flat_schema_tells_the_country_as_a_circle() -> None:
    file = MmdbFile(reference.path("feeds/geo/dbip-country-ipv4.mmdb"), "x")
    place = file.place(parse_address("193.99.144.80"))
    assert place == country_place("DE")
    assert not file.has_cities


def test_an_ipv4_file_says_nothing_of_ipv6() -> None:
    assert MmdbFile(city_sample(), "x").place(parse_address("2001:4860:4860::8888")) is None


def test_the_first_provider_that_knows_answers_and_is_named() -> None:
    chain = GeoChain((MmdbFile(city_sample(), "city"), PackPlaces(embedded_countries())))
    place, version = chain.place(parse_address("8.8.8.8"))
    assert place is not None
    assert (place.source, version) == ("city", chain.sources[0].version)
    place, version = chain.place(parse_address("193.99.144.80"))
    assert place is not None
    assert (place.source, place.country, version) == ("country", "DE", chain.sources[1].version)


def test_the_country_pack_gives_the_country_itself() -> None:
    place = PackPlaces(embedded_countries()).place(parse_address("193.99.144.80"))
    assert place is not None
    assert (place.country, place.timezone, place.city) == ("DE", None, None)  # two zones are kept in Germany
    assert 400 < place.radius_km < 520


def test_what_is_no_geo_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.mmdb"
    with pytest.raises(FeedError, match="can not be read"):
        MmdbFile(path, "x")
    path.write_bytes(b"hello")
    with pytest.raises(FeedError, match="can not be read"):
        MmdbFile(path, "x")


def test_sources_are_described_in_the_order_they_are_asked(tmp_path: Path) -> None:
    own = EnrichmentOptions(geo_files=(str(city_sample()), str(tmp_path / "gone.mmdb")))
    described = describe_sources(tmp_path, own)
    assert [(source.name, source.used) for source in described] == [
        ("dbip-city-sample-ipv4.mmdb", True), ("gone.mmdb", False), ("country pack", True), ("asn pack", True),
    ]  # fmt: skip
    assert described[1].problem
    described = describe_sources(tmp_path)
    assert described[0].problem is not None
    assert "make setup" in described[0].problem


def test_a_missing_file_of_the_operator_is_named_in_every_decision(tmp_path: Path) -> None:
    enricher = open_enricher(tmp_path, EnrichmentOptions(geo_files=("gone.mmdb",)))
    assert enricher._now(0)[1].keys() == {"geo.gone.mmdb"}
