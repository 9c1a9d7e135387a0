"""What callers and the session engine say to each other, beside the messages that travel."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from watchword.events.samples import AnySample, Clock, Screen
from watchword.policy.session_messages import FactorTold, Message, SessionLevel

Phase = Literal["learning", "continuous"]


class Opening(Struct, frozen=True, kw_only=True):
    """A log-in that begins a session.

    `session_id` may be the caller's own; several users may use the same. `method` is how the person logged in (`pin`,
    `password`, `totp`, `webauthn`, ...); `strong` says that it was a correct PIN or another strong log-in. `consent` is
    what the request says of the purpose `behavior`; None leaves it to what is recorded, then to the setting.
    """

    user_id: str
    session_id: str | None = None
    method: str = ""
    strong: bool | None = None
    ip: str | None = None
    device: str | None = None
    consent: bool | None = None
    segment: str = ""
    lifetime_s: int | None = None


class Opened(Struct, frozen=True):
    """A session that may be used, and the token that proves it: shown once, kept hashed. `resumed` where it was open
    already."""

    session_id: str
    token: str
    expires_ms: int
    resumed: bool = False


class Claim(Struct, frozen=True):
    """A caller who was admitted to one session. `key` and `owner` are keyed hashes."""

    key: bytes
    owner: bytes
    user_id: str
    session_id: str


class Stream(Struct, frozen=True):
    """One socket of a session: what it is greeted with, and what else it is to be told now."""

    nonce: str
    last_seq: int
    known: dict[str, int]
    messages: tuple[Message, ...] = ()


class Transaction(Struct, frozen=True, kw_only=True):
    """What the application's server knows of what is being done. `amount` in the currency's major unit."""

    id: str | None = None
    amount: float | None = None
    currency: str | None = None
    beneficiary: str | None = None
    confirmed: bool = False


class SessionView(Struct, frozen=True, rename="camel", kw_only=True):
    """A session as it is shown: the risk, why, and how it stands. Times are milliseconds since 1970."""

    session_id: str
    user_id: str
    risk_score: float
    level: SessionLevel
    peak: float
    challenge: str
    challenge_id: str | None
    opened_ms: int
    expires_ms: int
    ended_ms: int | None
    end: str | None
    method: str
    samples: int
    changes: tuple[FactorTold, ...]
    bots: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    consent: bool = True
    trust_score: int | None = None


class Scoring(Struct, frozen=True, kw_only=True):
    """A call of the score API. With `nonce` and `first_seq` the samples are of a stream, and counted once. `by_page`
    says that a session's token made it, not a key."""

    user_id: str
    session_id: str
    events: tuple[AnySample, ...] = ()
    context: Transaction | None = None
    clock: Clock = Clock()
    screen: Screen | None = None
    nonce: str | None = None
    first_seq: int = 1
    by_page: bool = False
    ip: str | None = None
    device: str | None = None
    facts: dict[str, Any] = {}


class Reason(Struct, frozen=True, rename="camel"):
    """One reason of a score; `contribution` in points of trust, negative ones lowered it. All of them sum to it."""

    code: str
    message: str
    contribution: float


class Score(Struct, frozen=True, rename="camel", kw_only=True):
    """What the score API answers. `trust_score` 0-100, `confidence` 0-1."""

    trust_score: float
    is_anomaly: bool
    top_reasons: tuple[Reason, ...]
    ai_analysis: str
    confidence: float
    phase: Phase


class Told(Struct, frozen=True):
    """What the listeners of a session are told: messages for every socket of it. `over` ends the sockets.

    `origin` is the nonce of the stream whose own message caused it: that socket has its answer already.
    """

    key: bytes
    session_id: str
    user_id: str
    messages: tuple[Message, ...]
    over: bool = False
    origin: str = ""


class Watched(Struct, frozen=True):
    """A message of a session whose risk is high enough for enhanced logging: figures and names of factors only."""

    key: bytes
    at_ms: int
    risk: int
    samples: int
    factors: tuple[str, ...]
    asked: bool
    blocked: bool
