import pytest
from feed_files import NOW_MS, loaded
from tests import reference

from watchword.enrichment.addresses import parse_address, parse_span
from watchword.enrichment.facts import Network
from watchword.enrichment.feed import Feed, LoadedFeed
from watchword.enrichment.feed_formats import read_content
from watchword.enrichment.network import NetworkTable
from watchword.enrichment.sources import embedded_asn

HOME = "84.161.10.20"
ALL = parse_span("84.161.0.0/16")


def network(*feeds: LoadedFeed, text: str = HOME, asn: bool = False) -> Network:
    table = NetworkTable(embedded_asn() if asn else None, feeds)
    return table.network(parse_address(text), table.weights(NOW_MS), "DE")[0]


@pytest.mark.parametrize("kind", ["hosting", "vpn", "proxy", "residential_proxy", "tor", "relay", "cdn", "satellite"])
def test_each_kind_of_feed_sets_its_own_flag(kind: str) -> None:
    found = network(loaded(kind, ALL))  # type: ignore[arg-type]
    assert [flag for flag in Network.__struct_fields__ if getattr(found, flag) is True] == [kind]
    assert found.is_no_place


def test_an_ordinary_line_has_no_flag_and_its_owner() -> None:
    found = network(asn=True)
    assert (found.asn, found.organisation, found.country, found.kind) == (3320, "Deutsche Telekom AG", "DE", "access")
    assert not found.is_no_place


def test_a_relay_is_no_vpn_and_no_hosting() -> None:
    found = network(loaded("vpn", ALL), loaded("hosting", ALL), loaded("relay", ALL))
    assert (found.relay, found.vpn, found.hosting, found.kind) == (True, False, False, "relay")
    assert not found.anonymised


def test_the_abuse_listing_of_a_tor_exit_is_not_counted() -> None:
    found = network(loaded("tor", ALL), loaded("abuse", ALL))
    assert (found.tor, found.abuse_sources, found.abuse_count) == (True, (), 0)


def test_abuse_names_its_sources_and_counts_what_an_aggregate_counted() -> None:
    ipsum = loaded("abuse", ALL, level=5, name="ipsum", aggregate=True)
    other = loaded("abuse", ALL, name="other", age_days=7)
    found = network(ipsum, other)
    assert (found.abuse_sources, found.abuse_count, found.abuse_weight) == (("ipsum", "other"), 5, 1.0)
    assert network(other).abuse_count == 1
    assert network(other).abuse_weight == pytest.approx(0.5)


def test_a_list_past_five_half_lives_says_nothing() -> None:
    assert network(loaded("abuse", ALL, age_days=36)).abuse_sources == ()
    assert not network(loaded("vpn", ALL, age_days=36)).vpn
    assert network(loaded("vpn", ALL, age_days=34)).vpn


def test_the_flag_s_weight_is_that_of_the_freshest_list_behind_it() -> None:
    found = network(loaded("vpn", ALL, age_days=7), loaded("vpn", ALL, name="fresh", age_days=3.5))
    assert found.flag_weight == pytest.approx(0.5**0.5)


def test_as_number_feeds_and_bots() -> None:
    assert network(loaded("hosting", asns=frozenset({3320})), asn=True).hosting
    assert network(loaded("bot", ALL, operator="Googlebot")).known_bot == "Googlebot"


def test_a_label_marks_nothing() -> None:
    assert network(loaded("label", ALL)) == Network(country="DE")


def test_reserved_addresses_have_a_name_and_nothing_else() -> None:
    assert network(loaded("abuse", parse_span("10.0.0.0/8")), text="10.1.2.3", asn=True) == Network(special="private")


def test_the_feeds_that_named_an_address_are_told() -> None:
    table = NetworkTable(None, [loaded("vpn", ALL), loaded("tor", parse_span("9.9.9.9"))])
    assert table.network(parse_address(HOME), table.weights(NOW_MS), None)[1] == ["vpn"]


def test_private_relay_inside_the_published_vpn_list_is_relay() -> None:
    """Measured trap: 99.9 % of Apple's egress stands in X4B's VPN list."""
    feeds = [
        LoadedFeed(feed, read_content(reference.path(file).read_bytes(), feed), NOW_MS)
        for feed, file in (
            (Feed(name="vpn", kind="vpn", format="networks"), "feeds/x4bnet/vpn-ipv4.txt"),
            (Feed(name="hosting", kind="hosting", format="networks"), "feeds/x4bnet/datacenter-ipv4.txt"),
            (Feed(name="relay", kind="relay", format="networks"), "feeds/ipranges/apple-proxy-ipv4.txt"),
        )
    ]
    table = NetworkTable(None, feeds)
    weights = table.weights(NOW_MS)
    both = 0
    for span in feeds[2].content.levels[1].spans():
        address = parse_address(
            f"{span.first >> 24}.{span.first >> 16 & 255}.{span.first >> 8 & 255}.{span.first & 255}"
        )
        found, named = table.network(address, weights, None)
        both += "vpn" in named
        assert found.kind == "relay"
        assert (found.vpn, found.hosting, found.anonymised) == (False, False, False)
    assert both > 900
