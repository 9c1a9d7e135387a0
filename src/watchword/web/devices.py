"""Devices over REST: a page says what it looks like and learns its id; staff see, trust and block devices."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from watchword.devices import Owned, Seen, Visit
from watchword.enrichment.facts import Facts
from watchword.errors import Forbidden, InvalidInput, NotFound
from watchword.events.api_call import ApiCall
from watchword.events.codec import address_of, from_ms
from watchword.events.device_data import BiometricData, DeviceData
from watchword.events.event import Geolocation, LongText, Probe, Record, Text
from watchword.policy.device_looks import claimed_fingerprint, patterns_of
from watchword.policy.lists import Entry
from watchword.sessions.records import Claim, Scoring
from watchword.state.device_trust import TRUST, RiskFactor, Severity, TrustLevel
from watchword.web.admin import Envelope
from watchword.web.authentication import header
from watchword.web.device_cookie import CookieSigner, carried, set_cookie
from watchword.web.endpoint import Call, Reply, endpoint
from watchword.web.session_tokens import claim_by_token

BASE = "/api/fraud-detection"
LIST = BASE + "/device-fingerprints"
MAX_BYTES = 256_000
PAGE = 100
EXAMPLE = {
    "deviceData": {
        "deviceInfo": {
            "userAgent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/130.0.0.0 Safari/537.36",
            "platform": "Win32", "language": "en-GB", "timezone": "Europe/London", "screenResolution": "1920x1080",
            "colorDepth": 24, "hardwareConcurrency": 8,
        },
        "browserInfo": {
            "plugins": ["PDF Viewer"], "fonts": ["Arial", "Calibri"], "canvas": "5f0c1d", "webgl": "ANGLE (Intel)",
        },
        "biometricData": {
            "keystrokeDynamics": {"avgDwellTime": 96.5, "avgFlightTime": 121, "typingRhythm": [101, 88, 140]},
            "mouseMovement": {"avgSpeed": 640, "avgAcceleration": 2100, "clickPattern": [420, 380]},
        },
    },
    "geolocation": {"lat": 51.5, "lng": -0.13},
    "userId": "ada",
}  # fmt: skip


class DeviceReport(Record, kw_only=True):
    """What a page says of its device; `hints` are what its probes found.

    A page calls by its session's token. Service keys name `userId` (before log-in there is none), `sessionId`, and the
    browser's `ip`; they hand on its Cookie header, and give it back the Set-Cookie they get.
    """

    device_data: DeviceData
    hints: Annotated[tuple[Probe, ...], Meta(max_length=128)] = ()
    geolocation: Geolocation | None = None
    session_id: Text | None = None
    user_id: Text | None = None
    ip: Annotated[str, Meta(min_length=2, max_length=45)] | None = None
    user_agent: LongText | None = None


class RiskFactorOut(Struct, frozen=True):
    """Something that speaks against a device."""

    factor: str
    severity: Severity


class Recognised(Struct, frozen=True, rename="camel"):
    """A device as the page learns of it. `id` is what its events carry as `deviceFingerprint`.

    `known`: this person was on it before. Where they do not consent to the purpose `device` there is no id, and nothing
    was kept.
    """

    id: str | None
    fingerprint: str | None
    trust_level: TrustLevel
    risk_factors: list[RiskFactorOut]
    known: bool


class DeviceTold(Struct, frozen=True, rename="camel"):
    """A device of a person. `user` is a keyed hash; `trust` what the level is worth, 0-1."""

    id: str
    fingerprint: str
    user: str
    label: str
    trust_level: TrustLevel
    trust: float
    set_by: str | None
    reason: str | None
    risk_factors: list[RiskFactorOut]
    blocked: bool
    visits: int
    low_risk_logins: int
    first_seen: datetime
    last_seen: datetime


class DevicesTold(Struct, frozen=True):
    """Devices, the last seen first: at most a hundred. `total` is how many there are."""

    devices: list[DeviceTold]
    total: int


class DeviceQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Whose devices, and which. A page's are its session's user's; staff may leave everything out."""

    session_id: Text | None = None
    user_id: Text | None = None
    trust_level: Literal["unknown", "low", "medium", "high", "trusted"] | None = None
    factor: Text | None = None


class TrustIn(Record, kw_only=True):
    """How far the device is to be trusted; `unknown` leaves it to the engine again, from nothing."""

    trust_level: TrustLevel
    reason: Text


class BlockIn(Record, kw_only=True):
    """Whether the device is blocked, for everybody."""

    blocked: bool
    reason: Text


@endpoint(
    "POST", BASE + "/device-fingerprint", takes=DeviceReport, gives=Recognised, problems=(404, 409, 410, 503),
    max_bytes=MAX_BYTES, example=EXAMPLE,
)  # fmt: skip
async def tell_device(call: Call) -> Reply:
    """Recognises the device of a page, or gets to know it, and gives it its id and its cookie.

    Send the id as `deviceFingerprint` in the events of that device: a browser update, a zoom or a trip is then no new
    device. Components are kept as keyed hashes, for the person's devices alone; without a user nothing is kept.
    `biometricData` is taken as a summary of the session that is named, or whose token calls. The body may come as
    text/plain.
    """
    given: DeviceReport = call.body
    claim = await _session(call, given.session_id, given.user_id)
    if given.geolocation is not None and given.geolocation.trusted:
        _demand_key(call)
    seen = await call.service.devices.see(_visit(call, given, claim.user_id if claim else given.user_id))
    if claim is not None:
        await _note_summaries(call, claim, given.device_data.biometric_data)
    if seen is None:
        return Reply(msgspec.json.encode(Recognised(None, None, "unknown", [], known=False)))
    answer = Recognised(seen.id, seen.fingerprint, seen.level, _factors(seen.factors), seen.known)
    return Reply(msgspec.json.encode(answer), headers=_cookie_headers(call, seen))


@endpoint("GET", LIST, query=DeviceQuery, gives=Envelope[DevicesTold], problems=(404, 409, 503))
async def read_devices(call: Call) -> Envelope[DevicesTold]:
    """Devices, the last seen first: a person's own (by their session's token), or those that staff ask for."""
    query: DeviceQuery = call.query
    if call.token is not None:
        claim = await _session(call, query.session_id, query.user_id)
        found = await call.service.devices.of_user(claim.user_id if claim else "")
    else:
        subject = f"user:{query.user_id}" if query.user_id is not None else ""
        await call.service.ledger.note(call.who.actor, "devices.read", subject, {})
        if query.user_id is not None:
            found = await call.service.devices.of_user(query.user_id)
        else:
            found = await call.service.devices.all()
    wanted = [one for one in found if _is_wanted(one, query)]
    return Envelope(data=DevicesTold([_told(call, one) for one in wanted[:PAGE]], len(wanted)))


@endpoint(
    "PUT", LIST + "/{deviceId}/trust", takes=TrustIn, gives=Envelope[DeviceTold], problems=(404, 503),
    example={"trustLevel": "trusted", "reason": "seen at the branch"},
)  # fmt: skip
async def set_trust(call: Call) -> Envelope[DeviceTold]:
    """Sets by hand how far a device is trusted. A high risk factor takes it again, but never a `low` set by hand."""
    given: TrustIn = call.body
    device_id = call.path["deviceId"]
    changed = await call.service.devices.set_trust(device_id, given.trust_level, call.who.actor, given.reason)
    particulars = {"trustLevel": given.trust_level, "reason": given.reason}
    await call.service.ledger.note(call.who.actor, "device.trust", device_id, particulars)
    return Envelope(data=_told(call, changed[-1]))


@endpoint(
    "PUT", LIST + "/{deviceId}/block", takes=BlockIn, gives=Envelope[DeviceTold], problems=(404, 503),
    example={"blocked": True, "reason": "used for account farming"},
)  # fmt: skip
async def set_block(call: Call) -> Envelope[DeviceTold]:
    """Blocks a device, or ends that: an entry of the block-list, which decisions name as `block-list:device`."""
    given: BlockIn = call.body
    device_id, governance = call.path["deviceId"], call.service.governance
    found = await call.service.devices.find(device_id)
    if given.blocked:
        now_ms = int(call.service.engine.clock().timestamp() * 1000)
        entry = Entry(
            id=_entry_id(device_id), kind="device", value=device_id, action="block", reason=given.reason,
            by=call.who.actor, since_ms=now_ms,
        )  # fmt: skip
        await governance.put_entry(entry, call.who.actor)
    else:
        for entry in _blocks(call, device_id):
            await governance.remove_entry(entry.id, call.who.actor)
    particulars = {"blocked": given.blocked, "reason": given.reason}
    await call.service.ledger.note(call.who.actor, "device.block", device_id, particulars)
    return Envelope(data=_told(call, found[-1]))


async def _session(call: Call, session_id: str | None, user_id: str | None) -> Claim | None:
    """The session that this is about: a page's own, or the one that a key names; None where there is none."""
    if call.token is None:
        if session_id is None:
            return None
        try:
            return await call.service.sessions.claim(session_id, user_id)
        except NotFound:
            if user_id is None:
                raise
            return None
    claim = await claim_by_token(call, session_id)
    call.service.paces.demand(claim.key, call.service.paces.rates.mpin)
    if user_id not in (None, claim.user_id):
        raise NotFound("There is no such session.")
    return claim


async def _note_summaries(call: Call, claim: Claim, data: BiometricData | None) -> None:
    """What is summed up of typing and pointing is taken as the session's, and learnt by its rules. One that is over
    takes nothing."""
    events = patterns_of(data)
    if events and not (await call.service.sessions.state(claim.session_id, claim.user_id)).end:
        await call.service.sessions.score(
            Scoring(user_id=claim.user_id, session_id=claim.session_id, events=events)
        )  # fmt: skip


def _demand_key(call: Call) -> None:
    if call.caller is None:
        raise Forbidden("Only keys of the roles service and admin vouch for a place.")


def _visit(call: Call, given: DeviceReport, user_id: str | None) -> Visit:
    header_value = header(call.headers, b"cookie", once=False)
    value = carried(header_value.decode("latin-1")) if header_value is not None else None
    cookie = CookieSigner(call.service.engine.pseudonyms).read(value) if value is not None else None
    return Visit(
        data=given.device_data, facts=_facts(call, given), user_id=user_id, cookie=cookie,
        forged=value is not None and cookie is None,
    )  # fmt: skip


def _facts(call: Call, given: DeviceReport) -> Facts:
    """What reference data says of the browser: at its own address where it calls, else at the one that is named."""
    named = call.address if call.caller is None else given.ip
    address = address_of(named) if named is not None else None
    if address is None and named is not None and call.caller is not None:
        raise InvalidInput("ip is not an IPv4 or IPv6 address.", "ip")
    engine, data = call.service.engine, given.device_data
    now = engine.clock()
    event = ApiCall(
        id="device", occurred_at=now, ip=address, endpoint=BASE, geolocation=given.geolocation,
        user_agent=given.user_agent or data.device_info.user_agent,
        device_fingerprint=claimed_fingerprint(data, given.hints),
    )  # fmt: skip
    return engine.enricher.enrich(event, int(now.timestamp() * 1000))


def _cookie_headers(call: Call, seen: Seen) -> dict[str, str]:
    rules = call.service.device_cookie
    if seen.cookie is None or rules.same_site == "off":
        return {}
    return {"set-cookie": set_cookie(CookieSigner(call.service.engine.pseudonyms).write(seen.cookie), rules)}


def _is_wanted(one: Owned, query: DeviceQuery) -> bool:
    device = one.device
    level = query.trust_level is None or device.trust.level == query.trust_level
    return level and (query.factor is None or any(factor.factor == query.factor for factor in device.factors))


def _told(call: Call, one: Owned) -> DeviceTold:
    device, trust = one.device, one.device.trust
    staff = call.caller is not None
    return DeviceTold(
        id=device.id, fingerprint=device.fingerprint, user=one.owner.hex(), label=device.label, trust_level=trust.level,
        trust=TRUST[trust.level], set_by=(trust.set_by or None) if staff else None,
        reason=(trust.reason or None) if staff else None, risk_factors=_factors(device.factors),
        blocked=bool(_blocks(call, device.id)), visits=device.visits, low_risk_logins=trust.logins,
        first_seen=from_ms(device.first_ms), last_seen=from_ms(device.last_ms),
    )  # fmt: skip


def _blocks(call: Call, device_id: str) -> list[Entry]:
    """The entries that block the device, by whichever of its names."""
    names = {device_id, f"dev_{call.service.engine.pseudonyms.of('device', device_id).hex()}"}
    return [
        entry
        for entry in call.service.governance.entries
        if entry.kind == "device" and entry.action == "block" and not entry.override and entry.value in names
    ]


def _entry_id(device_id: str) -> str:
    return f"entry-{device_id}"


def _factors(factors: tuple[RiskFactor, ...]) -> list[RiskFactorOut]:
    return [RiskFactorOut(one.factor, one.severity) for one in factors]
