"""What a live session is told, word for word as it travels: one frozen record a message."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct

from watchword.state.session import Change, Layer

SessionLevel = Literal["normal", "suspicious", "high_risk"]
SUSPICIOUS_TEXT = "Please verify your MPIN"
BLOCKED_TEXT = "High risk behavior detected"
UNIT = 10_000
"""Risks are kept as whole ten-thousandths and told as numbers from 0 to 1."""

WIRE: dict[str, Any] = {"frozen": True, "rename": "camel", "tag_field": "type"}


class FactorTold(Struct, frozen=True, rename="camel", omit_defaults=True):
    """One change of the risk: what caused it, by how much (-1 to 1), in which layer, and the risk after it."""

    factor: str
    delta: float
    layer: Layer
    risk_score: float
    at_ms: int
    message: str = ""


class Welcome(Struct, **WIRE, tag="welcome"):
    """The first message on a socket. `nonce` names the stream; `seq` is the last sample of it that is durable."""

    session_id: str
    nonce: str
    seq: int
    risk_score: float
    level: SessionLevel
    expires_at: str


class RiskUpdate(Struct, **WIRE, tag="risk_update"):
    """The answer to a message. Everything up to `seq` of its stream is durable; `factors` are the changes it made.

    A change that no message caused comes with the last `seq`.
    """

    seq: int
    risk_score: float
    level: SessionLevel
    factors: tuple[FactorTold, ...] = ()


class MpinRequired(Struct, **WIRE, tag="mpin_required"):
    """The person is asked for the MPIN, once a challenge; after a reconnect with the same id."""

    challenge_id: str
    message: str = SUSPICIOUS_TEXT


class MpinResult(Struct, **WIRE, tag="mpin_result"):
    """What an MPIN was worth. With no attempts left the person is locked out for a while, in every session."""

    verified: bool
    attempts_left: int
    risk_score: float


class SessionBlocked(Struct, **WIRE, tag="session_blocked"):
    """The session is over, for good."""

    reason: str = BLOCKED_TEXT


class Error(Struct, **WIRE, tag="error", omit_defaults=True):
    """A message that was not taken, and why; the stream goes on. `seq` is the last durable one.

    `retry_after_s`: before so many seconds have passed it will not be taken either.
    """

    code: str
    message: str
    field: str | None = None
    seq: int | None = None
    retry_after_s: int | None = None


Message = Welcome | RiskUpdate | MpinRequired | MpinResult | SessionBlocked | Error


def told(changes: tuple[Change, ...]) -> tuple[FactorTold, ...]:
    """Changes as they travel."""
    return tuple(
        [
            FactorTold(one.factor, one.delta / UNIT, one.layer, one.risk / UNIT, one.at_ms, one.message)
            for one in changes
        ]
    )


encode = msgspec.json.Encoder().encode
"""A message as JSON."""
