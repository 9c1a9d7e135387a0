import re

import pytest
from tests import reference

from watchword.enrichment.operators import kinds_of
from watchword.enrichment.sources import embedded_asn


@pytest.mark.parametrize(
    ("asn", "name", "kinds"),
    [
        (16509, "Amazon.com, Inc.", {"hosting"}), (24940, "Hetzner Online GmbH", {"hosting"}),
        (63949, "Akamai Technologies, Inc.", {"hosting"}), (20940, "Akamai International B.V.", {"cdn"}),
        (13335, "Cloudflare, Inc.", {"cdn"}), (36183, "Akamai Technologies, Inc.", {"relay"}),
        (136787, "PacketHub S.A.", {"vpn"}), (22616, "ZSCALER, INC.", {"relay"}),
        (14593, "Space Exploration Technologies Corporation", {"satellite"}),
        (21928, "T-Mobile USA, Inc.", {"mobile"}), (7922, "Comcast Cable Communications, LLC", set()),
        (1766, "Exxon Mobil Corporation", set()), (11556, "Cable & Wireless Panama", set()),
        (37611, "AFRIHOST SP (PTY) LTD", set()), (3816, "COLOMBIA TELECOMUNICACIONES S.A. ESP", set()),
        (36704, "Colorado School of Mines", set()), (714, "Apple Inc.", set()), (3320, "Deutsche Telekom AG", set()),
        (16591, "Google Fiber Inc.", set()), (8881, "1&1 Versatel GmbH", set()), (64500, None, set()),
        (396319, "Oxylabs", {"residential_proxy"}), (31242, "P4 Sp. z o.o.", set()),
    ],
)  # fmt: skip
def test_what_a_network_is_known_for(asn: int, name: str | None, kinds: set[str]) -> None:
    assert kinds_of(asn, name) == kinds


def test_most_of_the_known_datacentre_space_is_recognised_without_any_feed() -> None:
    """By addresses: the share of the space of X4B's datacentre networks that the table calls hosting or CDN."""
    text = reference.path("feeds/x4bnet/input-datacenter-ASN.txt").read_text()
    listed = {int(number) for number in re.findall(r"^AS(\d+)", text, re.MULTILINE)}
    pack = embedded_asn()
    space = known = 0
    for first, last, asn in pack.rows(4):
        if asn in listed:
            space += last - first + 1
            known += (last - first + 1) * bool(kinds_of(asn, pack.organisation(asn)) & {"hosting", "cdn"})
    assert known / space > 0.85
