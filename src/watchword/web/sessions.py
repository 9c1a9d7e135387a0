"""Live sessions over REST: opened at log-in, looked at, stepped up, ended; and the beacon of a page that goes away."""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_address
from typing import Annotated, Any, Literal

from msgspec import Meta, Raw, Struct

from watchword.errors import Forbidden, InvalidInput
from watchword.events.codec import from_ms
from watchword.events.event import Record, Text
from watchword.events.samples import (
    MAX_BATCH_BYTES,
    MAX_BATCH_EVENTS,
    Clock,
    RawSample,
    Screen,
    Sequence,
    Short,
    decode_batch,
)
from watchword.policy.session_messages import FactorTold, Message, SessionLevel, encode
from watchword.sessions.records import Opening, SessionView
from watchword.web.endpoint import Call, Reply, endpoint
from watchword.web.session_tokens import claim_of

PATH = "/api/v1/sessions"
ONE = PATH + "/{sessionId}"
Mpin = Annotated[str, Meta(min_length=1, max_length=64)]


class SessionIn(Record, kw_only=True):
    """A log-in that begins a session.

    `method` is how the person logged in (`pin`, `password`, `totp`, `webauthn`, ...), `strong` whether that was a
    correct PIN or another strong way (else it follows from `method`); only sessions that began so are learnt from.
    `ip` and `deviceFingerprint` are the browser's: a strange place or device lowers the trust.
    `consent` is for the purpose `behavior`; where it is absent, what was recorded counts.
    """

    user_id: Text
    session_id: Text | None = None
    method: Text | None = None
    strong: bool | None = None
    ip: Text | None = None
    device_fingerprint: Text | None = None
    consent: bool | None = None
    segment: Text | None = None
    lifetime_s: Annotated[int, Meta(ge=60, le=604_800)] | None = None


class SessionOut(Struct, frozen=True, rename="camel", kw_only=True):
    """A session that may be used. The token is shown this once. `resumed`: it was open already, with another token."""

    session_id: str
    session_token: str
    expires_at: datetime
    resumed: bool = False


class RiskChange(Struct, frozen=True, rename="camel"):
    """One step of a session's risk: what it was for, by how much (0-1), in which layer, and the risk after it."""

    factor: str
    delta: float
    layer: Literal["rules", "patterns", "context"]
    risk_score: float
    at: datetime
    message: str


class SessionTold(Struct, frozen=True, rename="camel", kw_only=True):
    """A session as it stands. `riskScore` and `peak` 0-1; `changes` is every step of the risk, oldest first."""

    session_id: str
    user_id: str
    risk_score: float
    level: SessionLevel
    peak: float
    challenge: str
    challenge_id: str | None
    opened_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    end: str | None
    method: str
    samples: int
    changes: list[RiskChange]
    bots: list[str]
    flags: list[str]
    consent: bool


class SessionQuery(Struct, forbid_unknown_fields=True, rename="camel"):
    """Whose session, where the id is the application's own and not one person's alone."""

    user_id: Text | None = None


class BeaconQuery(SessionQuery):
    """The session's token may stand in the URL: a browser's beacon can not send headers."""

    token: Annotated[str, Meta(min_length=1, max_length=512)] | None = None


class MpinIn(Record, kw_only=True):
    """An MPIN."""

    mpin: Mpin


class MpinOut(Struct, frozen=True, rename="camel"):
    """What an MPIN was worth. Without attempts left the person is locked out for a while, in every session."""

    verified: bool
    attempts_left: int
    risk_score: float


class ThresholdsIn(Record, kw_only=True):
    """A person's own thresholds; null or absent is as for everybody. `suspicious` 0.3-0.89, `highRisk` 0.6-1."""

    suspicious: float | None = None
    high_risk: float | None = None


class BatchIn(Record, kw_only=True):
    """Samples of one stream (one tab): `seq` rises by one from `firstSeq`; `nonce` is what the server gave it."""

    session_id: Text
    nonce: Short
    first_seq: Sequence
    user_id: Text | None = None
    clock: Clock = Clock()
    screen: Screen | None = None
    events: Annotated[tuple[RawSample, ...], Meta(max_length=MAX_BATCH_EVENTS)] = ()


class Answers(Struct, frozen=True):
    """What the session is told, as on its socket."""

    messages: tuple[Message, ...]


@endpoint(
    "POST", PATH, takes=SessionIn, gives=SessionOut, status=201, problems=(403, 409, 410, 503),
    example={"userId": "ada", "method": "pin", "ip": "192.0.2.10"},
)  # fmt: skip
async def open_session(call: Call) -> SessionOut:
    """Begins a session after a log-in, and gives the token with which the page speaks for it.

    A session id of your own is taken; the same one may stand for another user, too. Opening a session that is open
    gives it a new token; one that was blocked is not opened again (403).
    """
    given: SessionIn = call.body
    check_address(given.ip)
    opened = await call.service.sessions.open(
        Opening(
            user_id=given.user_id, session_id=given.session_id, method=given.method or "", strong=given.strong,
            ip=given.ip, device=given.device_fingerprint, consent=given.consent, segment=given.segment or "",
            lifetime_s=given.lifetime_s,
        )
    )  # fmt: skip
    return SessionOut(
        session_id=opened.session_id, session_token=opened.token, expires_at=from_ms(opened.expires_ms),
        resumed=opened.resumed,
    )  # fmt: skip


@endpoint("GET", ONE, query=SessionQuery, gives=SessionTold, problems=(404, 409, 503))
async def read_session(call: Call) -> SessionTold:
    """A session's risk, its level, and every change of it with its factor. A blocked session's token opens nothing."""
    session_id, user_id = call.path["sessionId"], call.query.user_id
    if call.token is not None:
        claim = await claim_of(call, session_id, user_id)
        call.service.paces.demand(claim.key, call.service.paces.rates.read)
        user_id = claim.user_id
    view = await call.service.sessions.state(session_id, user_id)
    if call.caller is not None and call.caller.sees_persons:
        await call.service.ledger.note(call.caller.actor, "session.read", f"user:{view.user_id}", {})
    return told(view)


@endpoint("DELETE", ONE, query=SessionQuery, status=204, problems=(404, 409, 503))
async def end_session(call: Call) -> None:
    """Log-out: ends the session on every socket. Ending one that has ended does nothing."""
    claim = await claim_of(call, call.path["sessionId"], call.query.user_id)
    await call.service.sessions.end(claim)
    if call.caller is not None and call.caller.sees_persons:
        await call.service.ledger.note(call.caller.actor, "session.end", f"user:{claim.user_id}", {})


@endpoint(
    "POST", ONE + "/mpin", query=SessionQuery, takes=MpinIn, gives=MpinOut, problems=(404, 409, 503),
    example={"mpin": "482913"},
)  # fmt: skip
async def verify_mpin(call: Call) -> MpinOut:
    """Answers the challenge of a session with the MPIN, as `mpin_verify` does on its socket.

    An attempt is counted before it is looked at; success never revives a blocked session.
    """
    claim = await claim_of(call, call.path["sessionId"], call.query.user_id)
    call.service.paces.demand(claim.key, call.service.paces.rates.mpin)
    result = await call.service.sessions.answer_mpin(claim, call.body.mpin)
    return MpinOut(result.verified, result.attempts_left, result.risk_score)


@endpoint(
    "PUT", "/api/v1/users/{userId}/mpin", takes=MpinIn, status=204, problems=(410, 503), example={"mpin": "482913"}
)
async def enrol_mpin(call: Call) -> None:
    """Sets or changes a person's MPIN (4-12 digits), and ends a lock-out. It is kept hashed, and never read back."""
    await call.service.sessions.enrol_mpin(call.path["userId"], call.body.mpin)
    await call.service.ledger.note(call.who.actor, "mpin.set", f"user:{call.path['userId']}", {})


@endpoint(
    "PUT", "/api/v1/users/{userId}/session-thresholds", takes=ThresholdsIn, status=204, problems=(410, 503),
    example={"suspicious": 0.8, "highRisk": 0.95},
)  # fmt: skip
async def personalise(call: Call) -> None:
    """Sets from which risk on a person is asked, and their session blocked, in sessions that begin from now on.

    Segments of users have theirs in the live settings (`sessions.segments`).
    """
    given: ThresholdsIn = call.body
    await call.service.sessions.personalise(call.path["userId"], given.suspicious, given.high_risk)
    particulars = {"suspicious": given.suspicious, "highRisk": given.high_risk}
    await call.service.ledger.note(call.who.actor, "session.thresholds", f"user:{call.path['userId']}", particulars)


@endpoint(
    "POST", ONE + "/events", query=BeaconQuery, takes=Raw, documented=BatchIn, gives=Answers, max_bytes=MAX_BATCH_BYTES,
    problems=(404, 409, 410, 503),
    example={
        "sessionId": "session-1", "userId": "ada", "nonce": "Zx81b9Qd", "firstSeq": 1, "clock": {"granularityMs": 0.1},
        "events": [
            {"type": "key", "seq": 1, "t": 1203.4, "down": True, "field": "a1b2c3", "pos": 0, "cls": "letter-left"},
            {"type": "key", "seq": 2, "t": 1291.9, "down": False, "field": "a1b2c3", "pos": 0, "cls": "letter-left"},
        ],
    },
)  # fmt: skip
async def receive_samples(call: Call) -> Reply:
    """Takes a batch of samples, as the session's socket does: for pages that go away, and for callers without sockets.

    Durable when it is answered; samples that were taken before are not counted again. `nonce` is the one of the
    socket's greeting, or any name of your own for a stream that never had a socket. A stream begins at 1; where samples
    before these are missing the answer is 409 `GAP`: send all from the missing one on.
    """
    batch = decode_batch(bytes(call.body))
    claim = call.claim or await claim_of(call, call.path["sessionId"], call.query.user_id or batch.user_id)
    if batch.session_id != claim.session_id or batch.user_id not in (None, claim.user_id):
        await call.service.sessions.flag(claim, "other_session")
        raise Forbidden("This batch is of another session.")
    call.service.paces.demand(claim.key, call.service.paces.rates.message + len(batch.events))
    answered = await call.service.sessions.take(claim, batch)
    return Reply(b'{"messages":[' + b",".join(encode(one) for one in answered) + b"]}")


def check_address(text: str | None) -> None:
    """Raises InvalidInput where that is no IP address."""
    try:
        if text is not None:
            ip_address(text)
    except ValueError:
        raise InvalidInput("This is no IP address.", "ip") from None


def told(view: SessionView) -> SessionTold:
    """A session as it travels."""
    same: dict[str, Any] = {
        name: getattr(view, name)
        for name in (
            "session_id", "user_id", "risk_score", "level", "peak", "challenge", "challenge_id", "end", "method",
            "samples", "consent",
        )
    }  # fmt: skip
    return SessionTold(
        **same, opened_at=from_ms(view.opened_ms), expires_at=from_ms(view.expires_ms),
        ended_at=from_ms(view.ended_ms) if view.ended_ms is not None else None,
        changes=[_told(one) for one in view.changes], bots=list(view.bots), flags=list(view.flags),
    )  # fmt: skip


def _told(one: FactorTold) -> RiskChange:
    return RiskChange(one.factor, one.delta, one.layer, one.risk_score, from_ms(one.at_ms), one.message)
