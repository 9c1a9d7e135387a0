from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchword.enrichment.addresses import parse_address
from watchword.enrichment.countries import PACK, countries
from watchword.enrichment.pack import open_asn, open_country
from watchword.enrichment.packing import Origin, Row, pack_countries, pack_networks
from watchword.enrichment.sources import embedded_asn, embedded_countries
from watchword.errors import FeedError

ORIGIN = Origin("test", "2026-01-02", "none")
CODES = ["DE", "FR", "US"]


@st.composite
def rows(draw: st.DrawFn, end: int, values: list[object]) -> list[Row]:
    edges = sorted(draw(st.sets(st.integers(0, end - 1), max_size=20)))
    return [Row(a, b, draw(st.sampled_from(values))) for a, b in zip(edges[::2], edges[1::2], strict=False)]


@settings(max_examples=12, deadline=None)
@given(rows4=rows(1 << 32, CODES), rows6=rows(1 << 64, CODES))
def test_a_country_pack_says_what_was_packed(
    rows4: list[Row], rows6: list[Row], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("pack") / "c.pack"
    wide = [Row(row.first << 64, (row.last << 64) | ((1 << 64) - 1), row.value) for row in rows6]
    path.write_bytes(pack_countries(rows4, wide, ORIGIN))
    pack = open_country(path)
    assert pack.header.built == "2026-01-02"
    for version, given_rows, shift in ((4, rows4, 0), (6, rows6, 64)):
        probes = {edge + off for row in given_rows for edge in (row.first, row.last) for off in (-1, 0, 1)} | {0}
        for number in (probe for probe in probes if 0 <= probe < 1 << (64 if shift else 32)):
            wanted = next((row.value for row in given_rows if row.first <= number <= row.last), None)
            assert pack.country(version, number << shift) == wanted


def test_a_network_pack_says_number_and_name(tmp_path: Path) -> None:
    path = tmp_path / "a.pack"
    path.write_bytes(
        pack_networks([Row(10, 19, 64500), Row(15, 30, 64501)], [], {64500: "Förster Net", 64501: "B"}, ORIGIN)
    )
    pack = open_asn(path)
    assert [pack.asn(4, n) for n in (9, 10, 19, 20, 30, 31)] == [None, 64500, 64500, 64501, 64501, None]
    assert [pack.organisation(n) for n in (64500, 64501, 64502)] == ["Förster Net", "B", None]
    assert list(pack.rows(4)) == [(10, 19, 64500), (20, 30, 64501)]


@pytest.mark.parametrize("damage", ["cut", "flipped", "other", "empty", "kind"])
def test_a_damaged_pack_is_refused(tmp_path: Path, damage: str) -> None:
    whole = pack_countries([Row(0, 1 << 20, "DE")], [], ORIGIN)
    content = {
        "cut": whole[:-9], "flipped": whole[:-20] + bytes(byte ^ 255 for byte in whole[-20:]), "other": b"hello",
        "empty": b"", "kind": pack_networks([], [], {}, ORIGIN),
    }[damage]  # fmt: skip
    path = tmp_path / "c.pack"
    path.write_bytes(content)
    with pytest.raises(FeedError):
        open_country(path)


def test_the_wheels_packs_are_small_and_know_well_known_addresses() -> None:
    assert sum(file.stat().st_size for file in PACK.iterdir()) < 5_000_000
    places, networks = embedded_countries(), embedded_asn()
    for text, code, asn in (
        ("8.8.8.8", "US", 15169), ("2001:4860:4860::8888", None, 15169), ("193.99.144.80", "DE", None),
        ("1.1.1.1", "AU", 13335), ("2a02:8108::1", "DE", None), ("183.62.140.253", "CN", 4134),
    ):  # fmt: skip
        address = parse_address(text)
        assert code is None or places.country(*address) == code
        assert asn is None or networks.asn(*address) == asn
    assert networks.organisation(15169) == "Google LLC"


def test_every_country_of_the_pack_has_a_place() -> None:
    codes = set(embedded_countries()._codes) - {""}
    assert len(codes) > 240
    assert codes <= countries().keys()


def test_attribution_is_shipped() -> None:
    text = (PACK / "ATTRIBUTION.md").read_text()
    assert all(name in text for name in ("db-ip.com", "RouteViews", "nro.net", "CC BY 4.0"))
