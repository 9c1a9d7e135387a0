"""What every event has in common. One kind a file beside this one; `codec.py` reads and writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

Text = Annotated[str, Meta(min_length=1, max_length=256)]
LongText = Annotated[str, Meta(min_length=1, max_length=2048)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Told = Annotated[str, Meta(max_length=256)]
Moment = Annotated[datetime, Meta(tz=True)]

WIRE = {
    "frozen": True,
    "kw_only": True,
    "forbid_unknown_fields": True,
    "rename": "camel",
    "omit_defaults": True,
    "gc": False,
}


class Record(Struct, **WIRE):
    """Base of all wire records: frozen, camelCase on the wire, unknown fields refused."""


class Geolocation(Record, kw_only=True):
    """Where the client claims to be. A claim, unless the calling service vouches for it (`trusted`)."""

    lat: Latitude
    lng: Longitude
    trusted: bool = False


class Probe(Record, kw_only=True):
    """What one probe of the collector found; the server decides what it means. Unknown names mean nothing."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    value: Told | bool | float


class DeviceFingerprint(Record, kw_only=True):
    """What the browser says of itself; `hash` alone is enough. `hints` are what the collector's probes found."""

    hash: Text
    user_agent: LongText | None = None
    screen_resolution: Text | None = None
    timezone: Text | None = None
    language: Text | None = None
    platform: Text | None = None
    webdriver: bool | None = None
    canvas: Text | None = None
    touch_points: Annotated[int, Meta(ge=0, le=256)] | None = None
    hints: Annotated[tuple[Probe, ...], Meta(max_length=128)] = ()


class UserFacts(Record, kw_only=True):
    """What the application knows of the account."""

    created_at: Moment | None = None
    roles: Annotated[tuple[Text, ...], Meta(max_length=32)] = ()
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None = None
    locale: Text | None = None


class Identifiers(Record, kw_only=True):
    """Identifiers of the person; hashed with the deployment's key on arrival, only the e-mail's domain is kept."""

    email: Text | None = None
    phone: Text | None = None
    address: Text | None = None
    card: Text | None = None


class Event(Record, tag_field="type"):
    """One thing that happened, at a time, touching entities.

    `id` makes it idempotent; `occurred_at` is the time by which it is judged; `headers` keep the order in which the
    client sent them; `global_user_id` is another name of `user_id`. Everything optional that is absent makes the
    signals that need it "not evaluable".
    """

    id: Text
    occurred_at: Moment
    user_id: Text | None = None
    global_user_id: Text | None = None
    session_id: Text | None = None
    ip: Annotated[str, Meta(min_length=2, max_length=45)] | None = None
    user_agent: Annotated[str, Meta(max_length=2048)] | None = None
    headers: Annotated[tuple[tuple[Text, Annotated[str, Meta(max_length=2048)]], ...], Meta(max_length=64)] = ()
    correlation_id: Text | None = None
    device_fingerprint: DeviceFingerprint | Text | None = None
    geolocation: Geolocation | None = None
    user: UserFacts | None = None
    identifiers: Identifiers | None = None
    consent: Annotated[dict[Text, bool], Meta(max_length=16)] = {}
    metadata: dict[str, Any] = {}

    @property
    def occurred_ms(self) -> int:
        """`occurred_at` in whole milliseconds since 1970 (UTC)."""
        return int(self.occurred_at.timestamp() * 1000)

    @property
    def device_hash(self) -> str | None:
        """The client's fingerprint hash, in whichever of the two forms it was sent."""
        device = self.device_fingerprint
        return device.hash if isinstance(device, DeviceFingerprint) else device

    @property
    def succeeded(self) -> bool:
        """Whether the thing was done, as opposed to tried. Kinds without a `result` are done."""
        return getattr(self, "result", "success") == "success"
