import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from feed_files import ADDRESSES, ASNS, BAD_ASNS, DOMAINS, IPSUM, NETSET, PROXIES, TOR_CSV
from tests import reference

from watchword.enrichment.addresses import parse_address
from watchword.enrichment.feed_catalogue import known_feeds
from watchword.enrichment.feed_import import import_files, sniffed
from watchword.enrichment.feed_store import FeedStore
from watchword.enrichment.pack import open_asn
from watchword.enrichment.sources import describe_sources, embedded_asn, open_enricher
from watchword.errors import FeedError

THEN = datetime(2026, 11, 1, tzinfo=UTC)


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (THEN.timestamp(), THEN.timestamp()))
    return path


@pytest.mark.parametrize(
    ("text", "format"),
    [
        (NETSET, "networks"), (IPSUM, "counted"), (TOR_CSV, "tor_csv"), (PROXIES, "proxies"), (DOMAINS, "domains"),
        (ASNS, "asns"), (BAD_ASNS, "asns"), ('{"list": []}', "misp"), ("2620:7::/32\n", "networks"),
        ("1.2.3.4-1.2.3.9\n", "networks"), ("1.10.16.0/20 ; SBL256894\n", "networks"), ("", None),
        ("hello world", None), ("socks5://[2620::1]:1080\n", "proxies"), ("\n\n# x\n1.1.1.1\n", "networks"),
    ],
)  # fmt: skip
def test_formats_are_recognised(text: str, format: str | None) -> None:
    assert sniffed(text) == format


def test_a_list_of_a_known_feed_keeps_the_file_s_age(tmp_path: Path) -> None:
    many = "".join(f"27.{n >> 8}.{n & 255}.9\t3\n" for n in range(6000))
    outcome = import_files([write(tmp_path, "ipsum.txt", many)], tmp_path)[0]
    assert (outcome.name, outcome.state) == ("ipsum", "updated")
    copy = FeedStore(tmp_path).copy("ipsum")
    assert copy is not None
    assert copy.fetched_ms == THEN.timestamp() * 1000


def test_a_known_feed_in_another_format(tmp_path: Path) -> None:
    assert import_files([write(tmp_path, "x.lst", "\n".join(ADDRESSES))], tmp_path, "tor_exits")[0].entries == 1000


def test_a_new_list_needs_a_kind_and_is_used(tmp_path: Path) -> None:
    path = write(tmp_path, "Our deny-list.netset", NETSET)
    with pytest.raises(FeedError, match="kind"):
        import_files([path], tmp_path)
    assert import_files([path], tmp_path, kind="abuse", dated=THEN)[0].name == "our_deny_list"
    assert known_feeds(tmp_path)["our_deny_list"].kind == "abuse"
    assert import_files([path], tmp_path, name="our_deny_list")[0].state == "updated"
    assert [each.feed.name for each in open_enricher(tmp_path).feeds] == ["our_deny_list"]


def test_wrong_files_are_refused_and_change_nothing(tmp_path: Path) -> None:
    for name, content in (("a.txt", "hello world"), ("b.txt", b"\xff\x00\xfe"), ("c.txt", "<html>")):
        with pytest.raises(FeedError):
            import_files([write(tmp_path, name, content)], tmp_path, "ipsum")
    with pytest.raises(FeedError, match="can not be read"):
        import_files([tmp_path / "gone"], tmp_path)
    with pytest.raises(FeedError):
        import_files([write(tmp_path, "x", NETSET)], tmp_path, "../../etc/passwd", "abuse")
    assert not (tmp_path / "feeds").exists()


def test_places_are_imported_and_asked_first(tmp_path: Path) -> None:
    city = reference.path("feeds/geo/dbip-city-sample-ipv4.mmdb")
    country = reference.path("feeds/geo/dbip-country-ipv4.mmdb")
    import_files([country, city], tmp_path)
    used = [source.name for source in describe_sources(tmp_path) if source.used]
    assert used[:2] == ["imported-dbip-city-sample-ipv4.mmdb", "imported-dbip-country-ipv4.mmdb"]
    chain = open_enricher(tmp_path).geo
    for text, start in (
        ("8.8.8.8", "imported-dbip-city"),
        ("193.99.144.80", "imported-dbip-country"),
        ("2a02:8108::1", "country"),
    ):
        _, version = chain.place(parse_address(text))
        assert version is not None
        assert version.startswith(start)


def test_a_damaged_place_file_is_refused(tmp_path: Path) -> None:
    whole = reference.path("feeds/geo/dbip-city-sample-ipv4.mmdb").read_bytes()
    with pytest.raises(FeedError):
        import_files([write(tmp_path, "x.mmdb", whole[:300] + whole[-80:])], tmp_path)
    assert not (tmp_path / "geo").exists()


def test_a_network_table_replaces_its_own_version_only(tmp_path: Path) -> None:
    rows = "".join(
        f'11.{n >> 8}.{n & 255}.0,11.{n >> 8}.{n & 255}.255,{64000 + n % 7},"Net, {n % 7}"\n' for n in range(2000)
    )
    outcome = import_files([write(tmp_path, "asn-ipv4.csv", rows)], tmp_path)[0]
    assert (outcome.name, outcome.entries) == ("asn.pack", 2000)
    pack = open_asn(tmp_path / "geo" / "asn.pack")
    assert pack.asn(*parse_address("11.0.3.9")) == 64003
    assert pack.organisation(64003) == "Net, 3"
    assert pack.asn(*parse_address("8.8.8.8")) is None
    google = parse_address("2001:4860:4860::8888")
    assert pack.asn(*google) == embedded_asn().asn(*google) == 15169
    assert pack.organisation(15169) == "Google LLC"
    with pytest.raises(FeedError, match="not believed"):
        import_files([write(tmp_path, "asn.csv", rows[:60].partition("\n")[0] + "\n")], tmp_path)


@pytest.mark.slow
def test_the_real_network_tables_are_imported(tmp_path: Path) -> None:
    files = [reference.path(f"feeds/geo/asn-ipv{version}.csv.xz") for version in (4, 6)]
    assert import_files(files, tmp_path)[0].entries == 411_961 + 103_197
    pack = open_asn(tmp_path / "geo" / "asn.pack")
    for text in ("8.8.8.8", "1.1.1.1", "2001:4860:4860::8888"):
        assert pack.asn(*parse_address(text)) == embedded_asn().asn(*parse_address(text))


def test_a_catalogue_adds_feeds_that_can_be_fetched(tmp_path: Path) -> None:
    outcome = import_files([reference.path("feeds/tn3w/feeds-intel.json")], tmp_path)[0]
    assert outcome.entries is not None
    assert outcome.entries > 150
    feeds = known_feeds(tmp_path)
    assert feeds["tn3w_mullvad"].url.startswith("https://")
    assert feeds["ipsum"] == known_feeds(None)["ipsum"]
