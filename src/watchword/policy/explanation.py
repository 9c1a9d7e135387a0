"""The decision on the wire. Everything that follows from evidence and versions is derived here, when it is read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct, field

from watchword.events.event import Event
from watchword.policy.cause import analysis, cause_of
from watchword.policy.counterfactual import counterfactual
from watchword.policy.decision import Action, Decision, Degraded, Level, Mode, PolicyEffect
from watchword.policy.world import Offer, Tell
from watchword.scoring.evidence import Evidence
from watchword.signals.signal import UNIT, NotEvaluable

TOP = 100 * UNIT
SHAPE = {"frozen": True, "rename": "camel", "gc": False}


class WireEvidence(Struct, **SHAPE):
    """One piece of evidence; `contribution` is what it adds to the score, 0 where a stronger one of its type counts."""

    type: str
    code: str
    severity: str
    score: float
    confidence: float
    message: str
    details: dict[str, Any]
    contribution: float


class WireFloor(Struct, **SHAPE):
    """The floor that raised the action."""

    name: str
    was: Action = field(name="from")
    now: Action = field(name="to")


class WireStep(Struct, **SHAPE):
    """One bar of the waterfall."""

    label: str
    start: float = field(name="from")
    end: float = field(name="to")


class WireCounterfactual(Struct, **SHAPE):
    """Without these, that score and action."""

    without: tuple[str, ...]
    score: float
    action: Action


class WirePolicy(Struct, **SHAPE):
    """What a rule, list, override or variant did or would have done. In the shadow, `action` is that of the whole."""

    name: str
    mode: str
    effect: str
    action: Action | None


class WireChallenge(Struct, **SHAPE):
    """The step-up that is asked for. It begins when `POST /api/v1/challenges` names the decision."""

    id: str
    types: tuple[str, ...]
    expires_at: datetime


class WireVersions(Struct, **SHAPE):
    """By which policy, scorecard, model and feeds it was judged."""

    policy: str | None
    scorecard: str | None
    model: str | None
    feeds: dict[str, str]


class WireDecision(Struct, kw_only=True, **SHAPE):
    """A decision as the API answers it. Scores and contributions have four decimals and sum exactly."""

    id: str
    event_id: str
    user_id: str | None
    type: str
    occurred_at: datetime
    decided_at: datetime
    score: float
    trust_score: float
    level: Level
    action: Action
    mode: Mode
    would_act: Action
    durable: bool
    cause: str
    evidence: list[WireEvidence]
    not_evaluable: tuple[NotEvaluable, ...]
    floor: WireFloor | None
    relief: str | None
    waterfall: list[WireStep]
    counterfactual: WireCounterfactual | None
    policies: list[WirePolicy]
    shadow: list[WirePolicy]
    degraded: tuple[Degraded, ...]
    ai_analysis: str
    user_message: Any
    challenge: WireChallenge | None = None
    versions: WireVersions
    latency_ms: float
    linked: str | msgspec.UnsetType = msgspec.UNSET
    debug: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


def untold(_action: str, _locale: str) -> None:
    """Tells nobody anything."""


def unasked(_decision: Decision) -> None:
    """Asks nobody for anything."""


_encoder = msgspec.json.Encoder()


def encode_wire(decision: Decision, tell: Tell = untold, offer: Offer = unasked) -> bytes:
    """The decision as JSON.

    `tell` (of the world) writes the message to the person who was stopped, `offer` names the challenge.
    """
    return _encoder.encode(view(decision, tell, offer))


def wire(decision: Decision, tell: Tell = untold, offer: Offer = unasked) -> dict[str, Any]:
    """The decision as it travels, as plain values."""
    return dict(msgspec.json.decode(encode_wire(decision, tell, offer)))


def view(decision: Decision, tell: Tell = untold, offer: Offer = unasked) -> WireDecision:
    """The decision with everything that is derived."""
    event, floor = decision.event, decision.floor
    turn = counterfactual(decision) if decision.would_act != "allow" else None
    stopped = decision.action in ("verify", "block")
    return WireDecision(
        id=decision.id,
        event_id=event.id,
        user_id=event.user_id,
        type=str(event.__struct_config__.tag),
        occurred_at=event.occurred_at,
        decided_at=datetime.fromtimestamp(decision.decided_ms / 1000, UTC),
        score=decision.score / UNIT,
        trust_score=(TOP - decision.score) / UNIT,
        level=decision.level,
        action=decision.action,
        mode=decision.mode,
        would_act=decision.would_act,
        durable=decision.durable,
        cause=cause_of(decision),
        evidence=_evidence(decision) if decision.evidence else [],
        not_evaluable=decision.not_evaluable,
        floor=WireFloor(floor.name, floor.was, floor.now) if floor else None,
        relief=decision.relief,
        waterfall=waterfall(decision) if decision.contributions else [],
        counterfactual=WireCounterfactual(turn.without, turn.score / UNIT, turn.action) if turn else None,
        policies=[WirePolicy(one.name, one.mode, one.effect, one.action) for one in decision.policies],
        shadow=[_shadow(one) for one in decision.shadow],
        degraded=decision.degraded,
        ai_analysis=analysis(decision, turn),
        user_message=tell(decision.action, locale_of(event)) if stopped else None,
        challenge=offer(decision) if decision.action == "verify" else None,  # type: ignore[arg-type]
        versions=_versions(decision),
        latency_ms=decision.latency_us / 1000,
        linked=decision.linked or msgspec.UNSET,
        debug=decision.debug if decision.debug is not None else msgspec.UNSET,
    )


def waterfall(decision: Decision) -> list[WireStep]:
    """The contributions one on top of the other, from 0 to the score."""
    steps, reached = [], 0
    for label, part in decision.contributions:
        steps.append(WireStep(label, reached / UNIT, (reached + part) / UNIT))
        reached += part
    return steps


def locale_of(event: Event) -> str:
    """The language to speak to the person in: the account's, else the browser's first, else English."""
    if event.user is not None and event.user.locale:
        return event.user.locale
    for name, value in event.headers:
        if name.lower() == "accept-language":
            return value.partition(",")[0].partition(";")[0].strip() or "en"
    return "en"


def _evidence(decision: Decision) -> list[WireEvidence]:
    left = dict(decision.contributions)
    listed = [(left.pop(one.code, 0), one) for one in decision.evidence]
    if len(listed) > 1:
        listed.sort(key=lambda item: (-item[0], -item[1].score))
    return [_piece(one, part) for part, one in listed]


def _piece(one: Evidence, part: int) -> WireEvidence:
    return WireEvidence(
        one.type, one.code, one.severity, one.score / UNIT, one.confidence / UNIT, one.message, one.details, part / UNIT
    )


def _shadow(effect: PolicyEffect) -> WirePolicy:
    score = f", score {effect.score / UNIT:.1f}" if effect.score is not None else ""
    said = f"{effect.effect}{score}" if effect.mode == "variant" else f"{effect.effect}{score}; would {effect.becomes}"
    return WirePolicy(effect.name, effect.mode, said, effect.becomes)


def _versions(decision: Decision) -> WireVersions:
    versions = decision.versions
    model = decision.blend.version if decision.blend else versions.get("model")
    return WireVersions(versions.get("policy"), versions.get("scorecard"), model, decision.facts.versions)
