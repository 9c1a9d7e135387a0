from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.enrichment.addresses import Address, format_address, parse_address, parse_span
from watchword.errors import InvalidInput


@given(st.ip_addresses(v=4))
def test_ipv4_reads_as_the_standard_library_reads_it(address: IPv4Address) -> None:
    assert parse_address(str(address)) == Address(4, int(address))
    assert format_address(Address(4, int(address))) == str(address)


@given(st.ip_addresses(v=6))
def test_ipv6_reads_as_the_standard_library_reads_it(address: IPv6Address) -> None:
    inside = address.ipv4_mapped or address.sixtofour
    if address in ip_network("64:ff9b::/96"):
        inside = IPv4Address(int(address) & 0xFFFFFFFF)
    assert parse_address(str(address)) == (Address(4, int(inside)) if inside else Address(6, int(address)))


@pytest.mark.parametrize("text", ["::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"])
def test_ipv4_carried_inside_ipv6_comes_out(text: str) -> None:
    assert parse_address(text) == parse_address("8.8.8.8")


def test_a_zone_is_dropped() -> None:
    assert parse_address("fe80::1%eth0") == parse_address("fe80::1")


@pytest.mark.parametrize("text", ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "hello", "::g", "1.2.3.4/8", "\x00"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_address(text)


@given(st.ip_addresses(), st.integers(0, 128))
def test_networks_span_what_the_standard_library_says(address: IPv4Address | IPv6Address, length: int) -> None:
    length = min(length, address.max_prefixlen)
    network = ip_network(f"{address}/{length}", strict=False)
    span = parse_span(f"{address}/{length}")
    assert (span.version, span.first, span.last) == (
        network.version, int(network.network_address), int(network.broadcast_address),
    )  # fmt: skip


def test_ranges_and_single_addresses() -> None:
    assert parse_span("10.0.0.1-10.0.0.9")[1:] == (0x0A000001, 0x0A000009)
    assert parse_span("[2001:db8::1]")[1:] == (parse_address("2001:db8::1").number,) * 2


@pytest.mark.parametrize("text", ["10.0.0.9-10.0.0.1", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "1.1.1.1-::1", "/8"])
def test_wrong_ranges_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_span(text)
