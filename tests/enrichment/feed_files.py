"""Small lists in the formats in which the real ones are published; the addresses mean nothing."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from watchword.enrichment.addresses import Address, Span, format_address
from watchword.enrichment.feed import Content, Feed, Kind, LoadedFeed
from watchword.enrichment.intervals import Ranges

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
DAY_MS = 86_400_000
_chosen = random.Random(3)
ADDRESSES = [format_address(Address(4, n)) for n in sorted(_chosen.sample(range(0x1B000000, 0x60000000), 1000))]

NETSET = "# firehol style\n#\n# Maintainer: nobody\n" + "\n".join(f"{text}/32" for text in ADDRESSES) + "\n10.0.0.0/8\n"
IPSUM = "# IPsum\n#\n# IP\tnumber of (black)lists\n#\n" + "".join(
    f"{text}\t{1 + at % 5}\n" for at, text in enumerate(ADDRESSES)
)
TOR_CSV = "fingerprint, ipaddr, port\n" + "".join(
    f"{'A' * 40}, {text}, 443\n" for text in (*ADDRESSES, "2620:7:6003::141")
)
PROXIES = "".join(f"{('http', 'socks4', 'socks5')[at % 3]}://{text}:8080\n" for at, text in enumerate(ADDRESSES))
DOMAINS = "".join(f"mail{at}.example-{at}.com\n" for at in range(1000))
ASNS = "".join(f"AS{64000 + at} # Some name, {at}\n" for at in range(300))
BAD_ASNS = "ASN,Entity\n" + "".join(f'{64000 + at}, "Some name, {at}"\n' for at in range(300))
PAGE = "<!DOCTYPE html>\n<html><body>404 not found</body></html>\n"


def loaded(kind: Kind, *networks: Span, level: int = 1, age_days: float = 0.0, **more: object) -> LoadedFeed:
    """A feed in memory that lists `networks`."""
    settings: dict[str, object] = {"name": kind, "kind": kind, "format": "networks", "half_life_days": 7.0} | more
    asns = settings.pop("asns", frozenset())
    domains = settings.pop("domains", frozenset())
    content = Content({level: Ranges.of(networks)} if networks else {}, asns, domains, (), len(networks))  # type: ignore[arg-type]
    return LoadedFeed(Feed(**settings), content, NOW_MS - int(age_days * DAY_MS))  # type: ignore[arg-type]
