"""The networks that simulated people and attackers come from: real AS numbers, invented shares.

Home and mobile shares follow the mix of a large Norwegian sign-on service (Wiefling et al. 2022); the rest is chosen
among the largest networks of each country.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TypeVar

T = TypeVar("T")
Weighted = tuple[tuple[T, float], ...]
HOME_COUNTRY = "NO"


@dataclass(frozen=True, slots=True)
class Carrier:
    """A network in one country. `use` is `line`, `mobile`, `hosting` or `vpn`."""

    country: str
    asn: int
    use: str = "line"


def draw(rng: Random, table: Weighted[T]) -> T:
    """One item of a weighted table."""
    total = sum(weight for _, weight in table)
    mark = rng.random() * total
    for item, weight in table:
        mark -= weight
        if mark < 0:
            return item
    return table[-1][0]


LINES_AT_HOME: Weighted[Carrier] = tuple(
    (Carrier(HOME_COUNTRY, asn), weight)
    for asn, weight in (
        (29695, 0.31), (2119, 0.22), (25400, 0.17), (2116, 0.10), (15659, 0.08), (34087, 0.05), (8542, 0.04),
        (29492, 0.03),
    )
)  # fmt: skip
MOBILES_AT_HOME: Weighted[Carrier] = (
    (Carrier(HOME_COUNTRY, 2119, "mobile"), 0.45),
    (Carrier(HOME_COUNTRY, 25400, "mobile"), 0.35),
    (Carrier(HOME_COUNTRY, 29695, "mobile"), 0.20),
)

LINES_ABROAD: dict[str, tuple[int, ...]] = {
    "AU": (1221, 4804, 7545, 9443),
    "BR": (28573, 26599, 18881, 8167, 7738),
    "DE": (3320, 3209, 6805, 8881),
    "DK": (3292, 9158, 39642, 31027, 44869, 15516),
    "ES": (3352, 12479, 12430, 6739, 57269),
    "FR": (3215, 15557, 12322, 5410),
    "GB": (2856, 5089, 5607, 13285, 5378),
    "ID": (7713, 23693, 4761, 23700),
    "IN": (9829, 55836, 45609, 24560),
    "NL": (1136, 33915, 50266, 13127),
    "PL": (5617, 12741, 12912, 29314, 21021),
    "RO": (8708, 9050, 12302, 48161),
    "RU": (12389, 8402, 8359, 12714, 42610, 25513),
    "SE": (3301, 1257, 8434, 29518, 44034, 8473),
    "UA": (15895, 21497, 6849, 13188, 31148),
    "US": (7018, 7922, 701, 20115, 22773, 209),
}

TRAVEL: Weighted[str] = (
    ("US", 0.24), ("SE", 0.14), ("GB", 0.11), ("DE", 0.11), ("DK", 0.10), ("PL", 0.08), ("ES", 0.08), ("FR", 0.05),
    ("NL", 0.05), ("IN", 0.04),
)  # fmt: skip
"""Where people travel to, and where those who live abroad live."""

ATTACKS: Weighted[str] = (
    ("US", 0.42), ("RU", 0.11), ("BR", 0.10), ("PL", 0.06), ("DE", 0.06), ("IN", 0.05), ("UA", 0.05), ("AU", 0.04),
    ("GB", 0.04), ("ID", 0.04), ("RO", 0.03),
)  # fmt: skip
"""Where attempts came from at that service, home country left out."""

HOSTING: dict[str, tuple[int, ...]] = {
    "AU": (16509,), "BR": (396982, 16509), "DE": (24940, 51167, 197540, 14061), "DK": (9009,), "ES": (16276,),
    "FR": (16276, 12876), "GB": (14061, 16276, 51167), "ID": (16509,), "IN": (14061, 16509),
    "NL": (49981, 60781, 14061), "NO": (50304, 16509, 57858), "PL": (16276,), "RO": (200651, 9009), "RU": (49505,),
    "SE": (63949, 20473), "UA": (16509,), "US": (14061, 63949, 20473, 53667),
}  # fmt: skip
VPNS: dict[str, tuple[int, ...]] = {
    "DE": (9009, 212238), "DK": (9009,), "ES": (9009,), "FR": (212238, 136787), "GB": (9009, 136787),
    "NL": (9009, 212238, 136787), "NO": (9009, 136787, 39351), "PL": (9009,), "RO": (9009,), "SE": (9009, 39351),
    "US": (9009, 212238, 136787),
}  # fmt: skip
VPN_EXITS: Weighted[str] = (("NO", 40), ("SE", 30), ("NL", 30), ("US", 30), ("DE", 20))
"""Countries of the shared VPN exits that people use."""

HOURS_AHEAD = {
    "AU": 10, "BR": -3, "DE": 1, "DK": 1, "ES": 1, "FR": 1, "GB": 0, "ID": 7, "IN": 5.5, "NL": 1, "NO": 1, "PL": 1,
    "RO": 2, "RU": 3, "SE": 1, "UA": 2, "US": -5,
}  # fmt: skip
"""Local time minus UTC, in hours; summer time is left out."""


def line_in(country: str, rng: Random) -> Carrier:
    """A network that homes in that country use."""
    if country == HOME_COUNTRY:
        return draw(rng, LINES_AT_HOME)
    return Carrier(country, rng.choice(LINES_ABROAD[country]))


def mobile_in(country: str, rng: Random) -> Carrier:
    """A mobile network of that country."""
    if country == HOME_COUNTRY:
        return draw(rng, MOBILES_AT_HOME)
    return Carrier(country, rng.choice(LINES_ABROAD[country][:3]), "mobile")


def hosting_in(country: str, rng: Random) -> Carrier:
    """A hosting network in that country."""
    return Carrier(country, rng.choice(HOSTING[country]), "hosting")


def vpn_in(country: str, rng: Random) -> Carrier:
    """A VPN provider's network in that country, or a hosting one where none is listed."""
    if country not in VPNS:
        return hosting_in(country, rng)
    return Carrier(country, rng.choice(VPNS[country]), "vpn")


def every_carrier() -> list[Carrier]:
    """All networks that the generator may draw from, in a fixed order."""
    found = [carrier for carrier, _ in LINES_AT_HOME + MOBILES_AT_HOME]
    found += [Carrier(country, asn) for country, asns in LINES_ABROAD.items() for asn in asns]
    found += [Carrier(country, asn, "mobile") for country, asns in LINES_ABROAD.items() for asn in asns[:3]]
    found += [Carrier(country, asn, "hosting") for country, asns in HOSTING.items() for asn in asns]
    found += [Carrier(country, asn, "vpn") for country, asns in VPNS.items() for asn in asns]
    return sorted(found, key=lambda carrier: (carrier.country, carrier.asn, carrier.use))
