import pytest

from watchword.enrichment.addresses import parse_address, parse_span
from watchword.enrichment.intervals import Ranges
from watchword.enrichment.special import public_only, special_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("10.0.0.0", "private"), ("10.255.255.255", "private"), ("172.15.255.255", None), ("172.16.0.0", "private"),
        ("172.31.255.255", "private"), ("172.32.0.0", None), ("192.168.1.1", "private"), ("100.63.255.255", None),
        ("100.64.0.0", "carrier_nat"), ("100.127.255.255", "carrier_nat"), ("100.128.0.0", None),
        ("127.0.0.1", "loopback"), ("::1", "loopback"), ("169.254.169.254", "link_local"), ("fe80::1", "link_local"),
        ("192.0.2.1", "documentation"), ("198.51.100.7", "documentation"), ("203.0.113.9", "documentation"),
        ("2001:db8::1", "documentation"), ("3fff::1", "documentation"), ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"), ("fd00::1", "private"), ("198.18.0.1", "benchmark"), ("0.0.0.0", "unspecified"),
        ("::", "unspecified"), ("255.255.255.255", "reserved"), ("240.0.0.1", "reserved"), ("8.8.8.8", None),
        ("2606:4700::1111", None), ("::ffff:10.0.0.1", "private"), ("223.255.255.255", None),
    ],
)  # fmt: skip
def test_reserved_ranges_are_known_by_name(text: str, name: str | None) -> None:
    assert special_name(parse_address(text)) == name


def test_reserved_parts_are_cut_out_of_a_range() -> None:
    kept, touched = public_only(Ranges.of([parse_span("9.0.0.0-11.0.0.255"), parse_span("8.8.8.8")]))
    assert touched == 1
    assert list(kept.spans()) == [parse_span("8.8.8.8"), parse_span("9.0.0.0/8"), parse_span("11.0.0.0/24")]


def test_nothing_remains_of_a_private_range() -> None:
    kept, touched = public_only(Ranges.of([parse_span("10.0.0.0/8"), parse_span("fc00::/7")]))
    assert (len(kept), touched) == (0, 2)
