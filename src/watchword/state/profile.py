"""What is known of one user: places, devices, hours, networks and how often each value was seen. About 1 kB packed."""

from __future__ import annotations

import msgspec
from msgspec import Struct

MAX_PLACES = 5
MAX_DEVICES = 10
MAX_TIMES = 20
MAX_TRAIL = 8
MAX_VALUES = 12
MAX_PENDING = 6
ATTRIBUTES = ("ip", "net24", "asn", "country", "agent", "browser", "os", "device")
"""The values of a log-in whose counts a profile keeps, in the order of `Profile.tallies`."""

PACKED = {"array_like": True, "omit_defaults": True, "gc": False}


class Spot(Struct, **PACKED):  # type: ignore[misc]
    """A place as a profile keeps it. `source` as in facts: trusted, city or country."""

    lat: float
    lng: float
    radius_km: float
    country: str
    city: str = ""
    source: str = "city"


class Observation(Struct, **PACKED):  # type: ignore[misc]
    """One log-in as a profile learns it.

    `values` are the 4-byte hashes of `ATTRIBUTES` (0 where unknown); `local_minute` is the minute of the local day
    (0-1439); `network` the kind of network; `device` the 8-byte hash of the device, 0 where there is none.
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


class PlaceSeen(Struct, **PACKED):  # type: ignore[misc]
    """A normal place, with how often and when it was last seen."""

    spot: Spot
    count: int
    last_ms: int


class DeviceSeen(Struct, **PACKED):  # type: ignore[misc]
    """A known device: 8-byte hash, a label to read ("Chrome on Windows"), log-ins and when first and last seen.

    `version` is the highest major version of its browser that was seen, 0 where none is known.
    """

    key: int
    label: str
    count: int
    first_ms: int
    last_ms: int
    version: int = 0


class Tally(Struct, **PACKED):  # type: ignore[misc]
    """How often one value was seen, and when last."""

    value: int
    count: int
    last_ms: int


class Visit(Struct, **PACKED):  # type: ignore[misc]
    """A past log-in for the judgement of travel."""

    at_ms: int
    spot: Spot
    asn: int = 0
    device: int = 0


class Pending(Struct, **PACKED):  # type: ignore[misc]
    """A log-in on probation: what it was, and the days (since 1970) on which an agreeing one succeeded."""

    seen: Observation
    days: list[int]
    count: int
    alarmed_ms: int


class Sessions(Struct, **PACKED):  # type: ignore[misc]
    """Rolling mean and variance of session lengths, in seconds (Welford)."""

    count: int = 0
    mean_s: float = 0.0
    spread: float = 0.0
    opened_ms: int = 0


class Profile(Struct, **PACKED):  # type: ignore[misc]
    """A user's profile. `logins` is how many were learnt; `override` pins a phase by hand."""

    logins: int = 0
    first_ms: int = 0
    last_ms: int = 0
    succeeded: bool = False
    places: list[PlaceSeen] = []
    devices: list[DeviceSeen] = []
    times: list[int] = []
    local_minutes: list[int] = []
    trail: list[Visit] = []
    tallies: list[list[Tally]] = []
    networks: dict[str, int] = {}
    asns: dict[int, int] = {}
    browsers: dict[str, int] = {}
    sessions: Sessions | None = None
    pending: list[Pending] = []
    agreeing: int = 0
    override: str = ""
    version: int = 0


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Profile)


def pack(profile: Profile) -> bytes:
    """The profile as bytes."""
    return _encoder.encode(profile)


def unpack(packed: bytes | None) -> Profile:
    """The profile in those bytes, or an empty one."""
    return _decoder.decode(packed) if packed else Profile()
