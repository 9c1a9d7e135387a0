"""What is known of one user: places, devices, hours, networks and how often each value was seen. About 1 kB packed."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from watchword.state import hours
from watchword.state.tallies import Tally, entries, look

MAX_PLACES = 5
MAX_DEVICES = 10
MAX_TIMES = 20
MAX_TRAIL = 8
MAX_VALUES = 12
MAX_PENDING = 4
MAX_HELD = 3
MAX_OPEN = 4
ATTRIBUTES = ("ip", "net24", "asn", "country", "agent", "browser", "os", "device")
"""The values of a log-in whose counts a profile keeps, in the order of `Profile.counts`."""

NETWORK_KINDS = ("access", "special", "hosting", "relay", "vpn", "proxy", "residential_proxy", "tor")
"""How a user may be connected, as facts say it."""

PACKED = {"array_like": True, "omit_defaults": True, "gc": False}


class Spot(Struct, **PACKED):
    """A place as a profile keeps it. `source` as in facts: trusted, city or country; `mobile` for a carrier's gateway,
    which tells the country and no more."""

    lat: float
    lng: float
    radius_km: float
    country: str
    city: str = ""
    source: str = "city"

    @property
    def coarse(self) -> bool:
        """Whether only the country is known."""
        return self.source in ("country", "mobile")


class Observation(Struct, **PACKED):
    """One log-in as a profile learns it.

    `values` are the 29-bit hashes of `ATTRIBUTES` (0 where unknown); `local_minute` is the minute of the local day
    (0-1439), -1 where the place does not tell; `network` the kind of network; `device` the 8-byte hash of the device, 0
    where there is none; `spot` None where the address is no place (VPN, hosting, ...); `provider` stands for who said
    where the place is; `session` the 8-byte hash of the session.
    """

    at_ms: int
    local_minute: int
    values: tuple[int, ...]
    device: int = 0
    device_label: str = ""
    network: str = "access"
    spot: Spot | None = None
    asn: int = 0
    browser: str = ""
    browser_version: int = 0
    event: bytes = b""
    provider: int = 0
    session: int = 0


class PlaceSeen(Struct, **PACKED):
    """A normal place, with how often and when it was last seen. `devices` has the `device_bit` of each seen there."""

    spot: Spot
    count: int
    last_ms: int
    devices: int = 0


class DeviceSeen(Struct, **PACKED):
    """A known device: 8-byte hash, a label to read ("Chrome on Windows"), log-ins and when first and last seen.

    `version` is the highest major version of its browser that was seen, 0 where none is known; `networks` has a bit for
    each kind of network it came by (`network_bit`).
    """

    key: int
    label: str
    count: int
    first_ms: int
    last_ms: int
    version: int = 0
    networks: int = 0


class Visit(Struct, **PACKED):
    """A past log-in for the judgement of travel."""

    at_ms: int
    spot: Spot
    asn: int = 0
    device: int = 0
    provider: int = 0


class Pending(Struct, **PACKED):
    """Log-ins not learnt yet: the first of them, the days (since 1970) on which agreeing ones succeeded, and how many.

    `novelty` says what was new (`state.probation`), `alarmed_ms` when it last alarmed. `held` ones were answered verify
    or block: they are learnt when passed or labelled legitimate, and never by waiting.
    """

    seen: Observation
    days: list[int]
    count: int
    alarmed_ms: int
    novelty: int = 0
    held: bool = False


class Sessions(Struct, **PACKED):
    """Session lengths: rolling mean and variance of the logarithm of their seconds, and the sessions now open.

    `opened` alternates the 8-byte hash of a session and the time it began, oldest first.
    """

    count: int = 0
    mean: float = 0.0
    variance: float = 0.0
    opened: list[int] = []


class Profile(Struct, **PACKED):
    """A user's profile. `logins` is how many were learnt; `override` pins a phase by hand.

    `clock` holds the newest log-in times (`state.hours`), `counts` the values of `ATTRIBUTES` (`state.tallies`).
    """

    logins: int = 0
    first_ms: int = 0
    last_ms: int = 0
    agreeing: int = 0
    places: list[PlaceSeen] = []
    devices: list[DeviceSeen] = []
    clock: bytes = b""
    trail: list[Visit] = []
    counts: bytes = b""
    networks: dict[str, int] = {}
    countries: dict[str, int] = {}
    asns: dict[int, int] = {}
    browsers: dict[str, int] = {}
    sessions: Sessions | None = None
    pending: list[Pending] = []
    override: str = ""
    version: int = 0

    @property
    def succeeded(self) -> bool:
        """Whether any log-in was learnt."""
        return self.logins > 0

    @property
    def times(self) -> list[int]:
        """The newest log-in times in milliseconds (whole seconds), oldest first."""
        return hours.times_ms(self.clock)

    @property
    def local_minutes(self) -> list[int]:
        """The local minutes of the day of the newest log-ins, where known."""
        return hours.minutes(self.clock)

    @property
    def tallies(self) -> list[list[Tally]]:
        """All counts, by attribute; `tally` is the way to one of them."""
        return [entries(self.counts, attribute) for attribute in range(len(ATTRIBUTES))]

    def tally(self, attribute: int, value: int) -> Tally | None:
        """How often a value of `ATTRIBUTES[attribute]` was seen; None where it never was."""
        return look(self.counts, attribute, value)


def network_bit(kind: str) -> int:
    """The bit that stands for a kind of network in `DeviceSeen.networks`."""
    return 1 << NETWORK_KINDS.index(kind)


def device_bit(key: int) -> int:
    """The bit that stands for a device in `PlaceSeen.devices` (61 of them: a hint, to be used beside the exact key)."""
    return 1 << key % 61 if key else 0


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Profile)


def pack(profile: Profile) -> bytes:
    """The profile as bytes."""
    return _encoder.encode(profile)


def unpack(packed: bytes | None) -> Profile:
    """The profile in those bytes, or an empty one."""
    return _decoder.decode(packed) if packed else Profile()
