from datetime import UTC, datetime

import pytest

from watchword.enrichment.countries import (
    countries,
    country_at,
    distance_km,
    offset_min,
    offsets_min,
    zone_at,
    zones,
)  # fmt: skip

SUMMER, WINTER = (int(datetime(2026, month, 15, tzinfo=UTC).timestamp() * 1000) for month in (7, 1))


def test_every_country_reaches_the_principal_places_of_its_zones() -> None:
    outside = [
        (code, zone.name)
        for code, kept in zones().items()
        for zone in kept
        if distance_km(*countries()[code][1:3], zone.lat, zone.lng) > countries()[code].radius_km
    ]
    assert outside == []


@pytest.mark.parametrize(
    ("code", "lat", "lng"),
    [
        ("DE", 47.57, 9.70), ("DE", 55.05, 8.42), ("DE", 51.27, 15.03), ("FR", 51.08, 2.38), ("FR", 41.39, 9.16),
        ("FR", 48.45, -5.09), ("US", 18.92, -155.68), ("US", 71.39, -156.48), ("US", 24.55, -81.80),
        ("US", 44.90, -66.98), ("US", 52.92, 172.44), ("RU", 54.71, 20.51), ("RU", 43.12, 131.89),
        ("RU", 66.16, -169.81), ("ES", 28.0, -15.4), ("PT", 39.45, -31.2), ("BR", -7.15, -34.79), ("IN", 6.76, 93.82),
        ("CL", -27.12, -109.35), ("NO", 71.1, 25.8), ("CN", 53.5, 122.3), ("AU", -10.69, 142.53),
    ],
)  # fmt: skip
def test_the_radius_reaches_the_farthest_corners(code: str, lat: float, lng: float) -> None:
    country = countries()[code]
    assert distance_km(country.lat, country.lng, lat, lng) <= country.radius_km


@pytest.mark.parametrize(("code", "most"), [("DE", 520), ("FR", 760), ("SG", 60), ("VA", 30), ("CH", 220), ("NL", 220)])
def test_the_radius_is_no_larger_than_it_must_be(code: str, most: float) -> None:
    assert countries()[code].radius_km <= most


def test_overseas_parts_with_a_code_of_their_own_do_not_widen_the_owner() -> None:
    assert distance_km(*countries()["FR"][1:3], *countries()["GF"][1:3]) > countries()["FR"].radius_km
    assert distance_km(*countries()["NL"][1:3], *countries()["BQ"][1:3]) > countries()["NL"].radius_km


def test_distance_is_that_of_the_great_circle() -> None:
    assert distance_km(52.52, 13.405, 40.7128, -74.006) == pytest.approx(6385, abs=10)
    assert distance_km(0, 179.5, 0, -179.5) == pytest.approx(111.2, abs=0.2)


@pytest.mark.parametrize(
    ("code", "lat", "lng", "zone"),
    [
        ("US", 32.77, -96.80, "America/Chicago"), ("US", 33.45, -112.07, "America/Phoenix"),
        ("US", 21.31, -157.86, "Pacific/Honolulu"), ("DE", 52.5, 13.4, "Europe/Berlin"),
        ("RU", 43.1, 131.9, "Asia/Vladivostok"), ("AU", -27.5, 153.0, "Australia/Brisbane"),
        ("ES", 28.1, -15.4, "Atlantic/Canary"), ("FR", 90.0, 0.0, "Europe/Paris"), ("XX", 0.0, -30.0, None),
    ],
)  # fmt: skip
def test_the_zone_at_a_place(code: str, lat: float, lng: float, zone: str | None) -> None:
    assert zone_at(code, lat, lng) == zone


@pytest.mark.parametrize(
    ("lat", "lng", "code"), [(48.85, 2.35, "FR"), (40.7, -74.0, "US"), (1.29, 103.85, "SG"), (0, -30, None)]
)
def test_the_country_at_a_place(lat: float, lng: float, code: str | None) -> None:
    assert country_at(lat, lng) == code


def test_offsets_follow_the_season() -> None:
    assert (offset_min("Europe/Berlin", SUMMER), offset_min("Europe/Berlin", WINTER)) == (120, 60)
    assert offset_min("Asia/Kolkata", SUMMER) == 330
    assert offset_min("Mars/Olympus", SUMMER) is None
    assert offsets_min("ES", WINTER) == {0, 60}
    assert offsets_min("ZZ", WINTER) == frozenset()
