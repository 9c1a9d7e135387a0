"""What is kept of one person: profile, export, consent, erasure. Every look at it is audited."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from watchword.errors import NotFound
from watchword.events.codec import from_ms
from watchword.events.event import Record, Text
from watchword.ports import Record as Kept
from watchword.state.learning import Phase, phase_of
from watchword.state.profile import Profile
from watchword.web.endpoint import Call, endpoint

CONSENT, BEHAVIOR, DEVICE = "consent", "behavior", "device"


class PlaceOut(Struct, frozen=True, rename="camel"):
    """A normal place."""

    country: str
    city: str | None
    lat: float
    lng: float
    radius_km: float
    count: int
    last_seen: datetime


class DeviceOut(Struct, frozen=True, rename="camel"):
    """A known device. `id` is a keyed hash."""

    id: str
    label: str
    count: int
    first_seen: datetime
    last_seen: datetime


class ProfileOut(Struct, frozen=True, rename="camel"):
    """What the engine knows of a user. `override` is a phase set by hand; `pending` log-ins wait to be learnt."""

    user_id: str
    phase: Phase
    override: str | None
    logins: int
    agreeing: int
    pending: int
    first_seen: datetime | None
    last_seen: datetime | None
    places: list[PlaceOut]
    devices: list[DeviceOut]
    login_times: list[datetime]
    countries: dict[str, int]
    networks: dict[str, int]
    asns: dict[str, int]
    browsers: dict[str, int]


class ProfileIn(Record, kw_only=True):
    """What to set by hand: the phase, null to leave it to the engine again."""

    phase: Literal["bootstrap", "learning", "mature"] | None


class ConsentIn(Record, kw_only=True):
    """Purposes, and whether the person consents to each. Purposes that are not named stay as they are."""

    purposes: Annotated[dict[Text, bool], Meta(min_length=1, max_length=16)]


class ConsentOut(Struct, frozen=True, rename="camel"):
    """What the person consents to now."""

    user_id: str
    purposes: dict[str, bool]


@endpoint("GET", "/api/v1/users/{userId}/profile", gives=ProfileOut, problems=(404, 503))
async def read_profile(call: Call) -> ProfileOut:
    """What is known of a user: places, devices, hours, networks, and in which phase the profile is."""
    user_id = call.path["userId"]
    await _note(call, "profile.read")
    profile = await call.service.engine.store.profile(call.service.engine.pseudonyms.of("user", user_id))
    if profile is None:
        raise NotFound("There is no profile of this user.")
    return told(user_id, profile)


@endpoint(
    "PUT", "/api/v1/users/{userId}/profile", takes=ProfileIn, gives=ProfileOut, problems=(503,),
    example={"phase": "mature"},
)  # fmt: skip
async def override_profile(call: Call) -> ProfileOut:
    """Sets the phase of a profile by hand: how much deviations from it weigh."""
    given: ProfileIn = call.body
    await _note(call, "profile.override", {"phase": given.phase})
    made: list[Profile] = []

    def change(profile: Profile) -> Profile:
        made[:] = [msgspec.structs.replace(profile, override=given.phase or "")]
        return made[0]

    await call.service.people.change_profile(call.path["userId"], change)
    return told(call.path["userId"], made[0])


@endpoint("DELETE", "/api/v1/users/{userId}/profile", status=204, problems=(503,))
async def clear_profile(call: Call) -> None:
    """Forgets a user's profile, as after an incident; also where there is none. Decisions stay."""
    await _note(call, "profile.clear")
    await call.service.people.change_profile(call.path["userId"], lambda _profile: None)


@endpoint("GET", "/api/v1/users/{userId}/export", gives=dict[str, Any], problems=(503,))
async def export_user(call: Call) -> dict[str, Any]:
    """Everything kept of a person, for them to have: profile, decisions with their events, labels, consents."""
    await _note(call, "user.export")
    return await call.service.people.export(call.path["userId"])


@endpoint("DELETE", "/api/v1/users/{userId}", status=204, problems=(503,))
async def erase_user(call: Call) -> None:
    """Erases a person: the key of all that is sealed for them is destroyed, in backups too; also where nothing is kept.

    Events of theirs from before this moment are refused from now on (410).
    """
    await call.service.devices.forget(call.path["userId"])
    await call.service.people.erase(call.path["userId"])
    owner = call.service.engine.pseudonyms.of("user", call.path["userId"])
    call.service.forget(owner)
    await call.service.ledger.note(call.who.actor, "user.erase", f"hash:{owner.hex()}", {})


@endpoint(
    "PUT", "/api/v1/users/{userId}/consent", takes=ConsentIn, gives=ConsentOut, problems=(503,),
    example={"purposes": {"behavior": False}},
)  # fmt: skip
async def set_consent(call: Call) -> ConsentOut:
    """Says for which purposes a person's data may be used. Without consent nothing of that purpose is collected.

    Taken back for `behavior`, templates and raw samples are deleted, for `device` what is kept of the person's devices.
    """
    user_id = call.path["userId"]
    owner = call.service.engine.pseudonyms.of("user", user_id)
    known = await call.service.records.get(CONSENT, owner.hex())
    purposes: dict[str, bool] = msgspec.json.decode(known.body) if known else {}
    purposes |= call.body.purposes
    now_ms = int(call.service.engine.clock().timestamp() * 1000)
    await call.service.records.put(Kept(CONSENT, owner.hex(), msgspec.json.encode(purposes), owner, now_ms))
    await _note(call, "consent.set", dict(call.body.purposes))
    if call.body.purposes.get(BEHAVIOR) is False:
        await call.service.sessions.refresh()
        await call.service.sessions.senses.templates.unlearn(owner)
        call.service.forget(owner)
    if call.body.purposes.get(DEVICE) is False:
        await call.service.devices.remove(user_id)
    return ConsentOut(user_id, purposes)


async def _note(call: Call, act: str, particulars: dict[str, Any] | None = None) -> None:
    await call.service.ledger.note(call.who.actor, act, f"user:{call.path['userId']}", particulars or {})


def told(user_id: str, profile: Profile) -> ProfileOut:
    """A profile as it travels."""
    return ProfileOut(
        user_id=user_id, phase=phase_of(profile), override=profile.override or None, logins=profile.logins,
        agreeing=profile.agreeing, pending=len(profile.pending),
        first_seen=from_ms(profile.first_ms) if profile.logins else None,
        last_seen=from_ms(profile.last_ms) if profile.logins else None,
        places=[_place(one) for one in profile.places], devices=[_device(one) for one in profile.devices],
        login_times=[from_ms(at_ms) for at_ms in profile.times], countries=profile.countries, networks=profile.networks,
        asns={str(asn): count for asn, count in profile.asns.items()}, browsers=profile.browsers,
    )  # fmt: skip


def _place(seen: Any) -> PlaceOut:
    spot = seen.spot
    return PlaceOut(
        spot.country, spot.city or None, spot.lat, spot.lng, spot.radius_km, seen.count, from_ms(seen.last_ms)
    )


def _device(seen: Any) -> DeviceOut:
    key = (seen.key & (2**64 - 1)).to_bytes(8, "little").hex()
    return DeviceOut(key, seen.label, seen.count, from_ms(seen.first_ms), from_ms(seen.last_ms))
