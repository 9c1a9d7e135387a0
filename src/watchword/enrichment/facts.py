"""What reference data says about an event's address, client and device."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

PlaceSource = Literal["trusted", "city", "country"]


class Place(Struct, frozen=True, gc=False):
    """A place on earth. `radius_km` is the accuracy: the true place lies within it.

    `source` tells what vouches for it: the calling service (`trusted`), a city file, or a country pack, whose place is
    the country itself: `radius_km` then reaches its borders from the centre.
    """

    lat: float
    lng: float
    radius_km: float
    country: str
    city: str | None = None
    region: str | None = None
    timezone: str | None = None
    source: PlaceSource = "city"


class Network(Struct, frozen=True, gc=False):
    """What is known of an address: its owner and separate flags, never one "bad" boolean.

    `abuse_sources` are the fresh independent lists that name it (names of feeds), `abuse_weight` 0-1 how fresh they
    are, `abuse_count` on how many lists it stands, the lists behind an aggregate counted (at least the number of
    `abuse_sources`). `flag_weight` 0-1 is how fresh the list behind `kind` is: use it as confidence. `relay` is an
    egress of honest people: iCloud Private Relay, a company's security gateway. `satellite` marks satellite and
    in-flight networks, `mobile` carriers, whose place is no better known than the country. `special` is set for
    addresses that are nobody's on the internet: private, loopback, documentation, ...
    """

    asn: int | None = None
    organisation: str | None = None
    country: str | None = None
    special: str | None = None
    hosting: bool = False
    vpn: bool = False
    proxy: bool = False
    residential_proxy: bool = False
    tor: bool = False
    relay: bool = False
    cdn: bool = False
    satellite: bool = False
    mobile: bool = False
    known_bot: str | None = None
    abuse_sources: tuple[str, ...] = ()
    abuse_weight: float = 1.0
    abuse_count: int = 0
    flag_weight: float = 1.0

    @property
    def anonymised(self) -> bool:
        """Whether the address hides its user on purpose: VPN, proxy or Tor (not hosting, not a relay)."""
        return self.vpn or self.proxy or self.residential_proxy or self.tor

    @property
    def is_no_place(self) -> bool:
        """Whether the address says nothing about where its user is."""
        return (
            self.hosting or self.vpn or self.proxy or self.residential_proxy or self.tor
            or self.relay or self.cdn or self.satellite or self.special is not None
        )  # fmt: skip

    @property
    def kind(self) -> str:
        """One word for how the user is connected, the most telling first; `access` for an ordinary line."""
        return (
            (self.tor and "tor")
            or (self.vpn and "vpn")
            or (self.proxy and "proxy")
            or (self.residential_proxy and "residential_proxy")
            or (self.relay and "relay")
            or (self.hosting and "hosting")
            or (self.cdn and "relay")
            or ("special" if self.special else "access")
        )


NETWORK_KINDS = ("access", "special", "hosting", "relay", "vpn", "proxy", "residential_proxy", "tor")


class Agent(Struct, frozen=True, gc=False):
    """What a User-Agent says of the client. Versions are major versions; families are None where unknown.

    `device` is mobile, desktop, tablet, bot or unknown. `automation` names the tool where the string is one's
    (`python-requests`, `HeadlessChrome`, ...), `tool` says which sort it is: `scripted` (HTTP library), `headless`,
    `driven` (WebDriver and kin) or `bot` (a crawler by its own word).
    """

    browser: str | None = None
    browser_version: int | None = None
    os: str | None = None
    os_version: str | None = None
    device: str = "unknown"
    automation: str | None = None
    tool: str | None = None


class Hint(Struct, frozen=True, gc=False):
    """A sign seen in headers or fingerprint: a code, 0-1 how telling, one sentence, and what it is a sign of.

    `automation`: no person's browser sends this. `inconsistency`: the parts contradict each other (spoofing, or an
    innocent oddity).
    """

    code: str
    weight: float
    message: str
    sign: Literal["automation", "inconsistency"] = "automation"


class Facts(Struct, frozen=True, gc=False):
    """Everything enrichment found. `missing` maps a part that could not answer to the reason (`degraded`).

    `utc_offset_min` is the local time at the event's place, as minutes ahead of UTC at the event's time; None where the
    place, or which of its country's time zones it lies in, is not known.
    """

    place: Place | None = None
    network: Network = Network()
    agent: Agent = Agent()
    hints: tuple[Hint, ...] = ()
    utc_offset_min: int | None = None
    email_domain: str | None = None
    disposable_email: bool = False
    versions: dict[str, str] = {}
    missing: dict[str, str] = {}
