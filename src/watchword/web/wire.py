"""The decision as it goes over the wire: its documented shape, and what a viewer sees of it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct

from watchword.policy.decision import Action, Decision, Level
from watchword.policy.explanation import encode_wire
from watchword.policy.world import Tell
from watchword.web.authentication import Caller

SENT = {"frozen": True, "kw_only": True, "rename": "camel"}


class EvidenceWire(Struct, **SENT):
    """What a signal found. `score` 0-100 and `contribution` have four decimals at most, `confidence` is 0-1."""

    type: str
    code: str
    severity: Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]
    score: float
    confidence: float
    message: str | None
    details: dict[str, Any]
    contribution: float


class NotEvaluableWire(Struct, **SENT):
    """What could not be told, and why."""

    code: str
    reason: str


class FloorWire(Struct, **SENT):
    """The floor that made the action stricter."""

    name: str
    was: Action = msgspec.field(name="from")
    now: Action = msgspec.field(name="to")


class StepWire(Struct, **SENT):
    """One bar of the waterfall."""

    label: str
    start: float = msgspec.field(name="from")
    end: float = msgspec.field(name="to")


class CounterfactualWire(Struct, **SENT):
    """The least evidence without which the action would have been another."""

    without: list[str]
    score: float
    action: Action


class DegradedWire(Struct, **SENT):
    """A part that was missing, and why."""

    part: str
    reason: str


class UserMessageWire(Struct, **SENT):
    """For the person who was stopped; reveals nothing of what was detected."""

    title: str
    text: str
    alternatives: list[str]
    support_contact: str | None


class DecisionWire(Struct, **SENT):
    """One event, judged. Keys of the role viewer get null for what is personal."""

    id: str
    event_id: str | None
    user_id: str | None
    type: str
    occurred_at: str
    decided_at: str
    score: float
    trust_score: float
    level: Level
    action: Action
    mode: str
    would_act: Action
    durable: bool
    cause: str
    evidence: list[EvidenceWire]
    not_evaluable: list[NotEvaluableWire]
    floor: FloorWire | None
    relief: Any
    waterfall: list[StepWire]
    counterfactual: CounterfactualWire | None
    policies: list[dict[str, Any]]
    shadow: list[dict[str, Any]]
    degraded: list[DegradedWire]
    ai_analysis: str | None
    user_message: UserMessageWire | None
    challenge: Any
    versions: dict[str, Any]
    latency_ms: float
    linked: str | None = None
    debug: dict[str, Any] | None = None


def shown_to(caller: Caller, decision: Decision, tell: Tell) -> bytes:
    """The decision as this caller may see it; `tell` (of the world) writes the message to the person."""
    encoded = encode_wire(decision, tell)
    return redact(encoded) if caller.key.role == "viewer" else encoded


def redact(wire: bytes) -> bytes:
    """The decision without what is personal: who, which event, and what evidence says of places and addresses."""
    shown = msgspec.json.decode(wire)
    shown |= {"eventId": None, "userId": None, "aiAnalysis": None}
    shown.pop("debug", None)
    shown["evidence"] = [one | {"message": None, "details": {}} for one in shown["evidence"]]
    return msgspec.json.encode(shown)
