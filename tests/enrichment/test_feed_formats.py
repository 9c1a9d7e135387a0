import gzip
import lzma

import pytest
from feed_files import ADDRESSES, ASNS, BAD_ASNS, DOMAINS, IPSUM, NETSET, PAGE, PROXIES, TOR_CSV
from tests import reference

from watchword.enrichment.addresses import parse_address
from watchword.enrichment.feed import Content, Feed
from watchword.enrichment.feed_catalogue import FEEDS, from_tn3w
from watchword.enrichment.feed_formats import FORMATS, decoded, read_content
from watchword.enrichment.intervals import Intervals
from watchword.errors import ConfigurationError, FeedError


def read(text: str | bytes, format: str, **more: object) -> Content:
    raw = text.encode() if isinstance(text, str) else text
    return read_content(raw, Feed(name="x", kind="label", format=format, **more))  # type: ignore[arg-type]


def holds(content: Content, text: str) -> bool:
    return Intervals(list(content.levels.values())).mask(*parse_address(text)) != 0


@pytest.mark.parametrize(("text", "format"), [(NETSET, "networks"), (PROXIES, "proxies"), (TOR_CSV, "tor_csv")])
def test_lists_of_addresses(text: str, format: str) -> None:
    content = read(text, format)
    assert all(holds(content, address) for address in ADDRESSES)
    assert not holds(content, "9.9.9.9")
    assert content.entries in (1000, 1001)


def test_exits_of_both_versions() -> None:
    assert holds(read(TOR_CSV, "tor_csv"), "2620:7:6003::141")


def test_ipsum_counts_lists_and_drops_what_too_few_name() -> None:
    content = read(IPSUM, "counted", least_level=3)
    assert {level: len(ranges) for level, ranges in content.levels.items()} == {3: 200, 4: 200, 5: 200}
    assert holds(content, ADDRESSES[4])
    assert not holds(content, ADDRESSES[0])
    assert read("1.2.3.4\n1.2.3.9\n", "counted", least_level=3).levels.keys() == {3}


def test_drop_lists_and_ranges() -> None:
    content = read("1.10.16.0/20 ; SBL256894\n; comment\n5.6.7.8 - 5.6.7.9\n5.9.0.0-5.9.0.255\n", "networks")
    assert [holds(content, text) for text in ("1.10.31.255", "5.9.0.200")] == [True, True]


def test_as_numbers() -> None:
    assert read(ASNS, "asns").asns == read(BAD_ASNS, "asns").asns == frozenset(range(64000, 64300))


def test_domains_lose_case_wildcards_and_comments() -> None:
    assert read("# c\nExample.COM\n*.wild.example\n.dot.example\n", "domains").domains == {
        "example.com", "wild.example", "dot.example",
    }  # fmt: skip
    assert read(DOMAINS, "domains").entries == 1000


def test_warning_lists_of_each_type() -> None:
    shape = '{{"description":"d","version":1,"name":"n","matching_attributes":[],"type":"{}","list":[{}]}}'
    assert holds(read(shape.format("cidr", '"8.8.8.0/24"'), "misp"), "8.8.8.8")
    assert read(shape.format("string", '".google.de"'), "misp").domains == {"google.de"}
    assert read(shape.format("regex", '"/^a/i"'), "misp").patterns == ("/^a/i",)


def test_a_pattern_of_the_feed_s_own() -> None:
    text = '{"prefixes": [{"ipv4Prefix": "66.249.64.0/27"}, {"ipv6Prefix": "2001:4860:4801::/48"}]}'
    content = read(text, "pattern", pattern=r'"ipv[46]Prefix":\s*"([0-9a-fA-F:.]+/\d+)"')
    assert holds(content, "66.249.64.3")
    assert holds(content, "2001:4860:4801::5")
    assert read('{"asn": 24940}', "asn_pattern", pattern=r'"asn":\s*([0-9]+)').asns == {24940}


@pytest.mark.parametrize("pattern", [None, "(", "no group", "(" + "a" * 300 + ")"])
def test_wrong_patterns_are_refused(pattern: str | None) -> None:
    with pytest.raises(FeedError, match="pattern"):
        read("x", "pattern", pattern=pattern)


@pytest.mark.parametrize("format", [*FORMATS])
def test_a_web_page_is_no_list(format: str) -> None:
    with pytest.raises(FeedError):
        read(PAGE, format, pattern="(x)")
    with pytest.raises(FeedError):
        read("Sorry, " * 30 + "\n<p>try\nagain\nlater", format, pattern="(")


@pytest.mark.parametrize("format", ["networks", "proxies", "tor_csv", "domains", "counted", "asns"])
def test_a_few_bad_lines_are_skipped_and_many_are_refused(format: str) -> None:
    good = {
        "networks": NETSET,
        "proxies": PROXIES,
        "tor_csv": TOR_CSV,
        "domains": DOMAINS,
        "counted": IPSUM,
        "asns": ASNS,
    }
    assert read(good[format] + "!bad line\n", format).entries >= 300
    with pytest.raises(FeedError, match="can not be read"):
        read(good[format] + "!bad line\n" * 200, format)


def test_packed_lists_are_unpacked_and_bombs_are_not() -> None:
    assert read(gzip.compress(NETSET.encode()), "networks") is not None
    assert decoded(lzma.compress(b"hello")) == "hello"
    with pytest.raises(FeedError, match="MB"):
        decoded(gzip.compress(bytes(70_000_000)))
    with pytest.raises(FeedError, match="unpacked"):
        decoded(gzip.compress(NETSET.encode())[:200])
    with pytest.raises(FeedError, match="no text"):
        decoded(b"\xff\xfe\x00")


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(FeedError, match="netset"):
        read("", "netset")


REFERENCE = [
    ("x4bnet/vpn-ipv4.txt", "networks", 10_862), ("x4bnet/vpn-ipv6.txt", "networks", 498),
    ("x4bnet/datacenter-ipv4.txt", "networks", 42_566), ("x4bnet/datacenter-ipv6.txt", "networks", 8_752),
    ("x4bnet/input-vpn-ips-apple.txt", "networks", 3_290), ("x4bnet/input-datacenter-ASN.txt", "asns", 892),
    ("x4bnet/input-vpn-ASN.txt", "asns", 15), ("ipsum/ipsum.txt", "counted", 120_430),
    ("ipsum/level3.txt", "counted", 14_217), ("tor/alireza-latest.exits.csv", "tor_csv", 2_277),
    ("tor/secops-tor-exit-nodes.lst", "networks", 1_746), ("proxy/monosans-all.txt", "proxies", 456),
    ("asn/bad-asn-list.csv", "asns", 723), ("email/disposable_email_blocklist.conf", "domains", 8_335),
    *((f"ipranges/{name}.txt", "networks", 0) for name in (
        "amazon-ipv4", "amazon-ipv6", "apple-proxy-ipv4", "apple-proxy-ipv6", "bing-ipv4", "cloudflare-ipv4",
        "cloudflare-ipv6", "digitalocean-ipv4", "digitalocean-ipv6", "google-ipv4", "google-ipv6", "googlebot-ipv4",
        "googlebot-ipv6", "linode-ipv4", "linode-ipv6", "microsoft-ipv4", "microsoft-ipv6", "openai-ipv4",
        "oracle-ipv4", "perplexity-ipv4", "protonvpn-ipv4", "vultr-ipv4", "vultr-ipv6",
    )),
]  # fmt: skip


@pytest.mark.parametrize(("file", "format", "entries"), REFERENCE)
def test_the_real_lists_are_read_whole(file: str, format: str, entries: int) -> None:
    raw = reference.path(f"feeds/{file}").read_bytes()
    lines = [line for line in raw.decode().splitlines() if line.strip() and not line.startswith("#")]
    assert read(raw, format).entries == (entries or len(lines))


def test_every_real_warning_list_is_read_whole() -> None:
    import json

    folder = reference.path("feeds/misp-warninglists")
    for file in sorted(folder.glob("*.json")):
        if file.name == "schema.json":
            continue
        listed = json.loads(file.read_bytes())["list"]
        content = read(file.read_bytes(), "misp")
        assert len(set(listed)) * 0.83 <= content.entries <= len(listed), file.name


def test_the_catalogue_of_another_project_becomes_feeds_of_ours() -> None:
    feeds = {feed.name: feed for feed in from_tn3w(reference.path("feeds/tn3w/feeds-intel.json").read_bytes())}
    assert len(feeds) > 150
    assert feeds["tn3w_mullvad"].kind == "vpn"
    assert feeds["tn3w_bgptools_vpn_asns"].format == "asn_pattern"
    assert (feeds["tn3w_tor_exits"].kind, feeds["tn3w_tor_exits"].half_life_days) == ("tor", 1.0)
    assert all(feed.use == "asked" for feed in feeds.values())
    with pytest.raises(ConfigurationError):
        from_tn3w(b'{"flags": []}')


def test_the_built_in_feeds_are_consistent() -> None:
    assert len({feed.name for feed in FEEDS}) == len(FEEDS)
    for feed in FEEDS:
        assert feed.format in FORMATS
        assert feed.url.startswith("https://")
        assert feed.licence
        assert feed.attribution
        assert feed.min_entries < feed.max_entries
    assert not any(feed.kind == "vpn" and "misp" in feed.name for feed in FEEDS)


def test_weights_halve_with_the_half_life() -> None:
    feed = Feed(name="x", kind="tor", format="networks", half_life_days=1)
    day = 86_400_000
    assert [feed.weight(at * day) for at in (0, 1, 2)] == [1.0, 0.5, 0.25]
    assert feed.weight(int(5.1 * day)) == 0.0
    assert [feed.is_stale(int(at * day)) for at in (0, 1.9, 2.1, -9)] == [False, False, True, False]
