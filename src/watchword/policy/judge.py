"""From an observed event to a decision: findings -> evidence -> score -> action. Pure; may be called twice."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from watchword.events.login import Login
from watchword.policy.assessment import Assessment
from watchword.policy.decision import ACTIONS, LEVELS, Action, Decision, Degraded, Floor, Level, decision_id, stricter
from watchword.policy.observation import local_minute, observe
from watchword.policy.world import Thresholds, World
from watchword.scoring.evidence import Evidence, rank, weigh
from watchword.scoring.scorecard import Scored
from watchword.signals.signal import Context, NotEvaluable
from watchword.state.learning import learn, trust_in
from watchword.state.observed import Observed
from watchword.state.profile import Profile

Ticks = Callable[[], int]
"""A monotonic clock in nanoseconds, handed in so that judging stays pure."""


class Verdict(Struct, frozen=True):
    """A decision and the profile after it; None where the profile stays as it is."""

    decision: Decision
    profile: Profile | None = None


def judge(assessment: Assessment, observed: Observed, world: World, ticks: Ticks) -> Verdict:
    """The verdict on an event in its state."""
    began = ticks()
    context = _context(assessment, observed, world)
    evidence, not_evaluable, degraded = detect(context, world, assessment.kind)
    scored = world.scorecard(evidence, context)
    level = level_of(scored)
    by_score = action_of(scored, world.thresholds)
    action, floor = raise_to_floor(by_score, evidence, world)
    seen = context.seen if _teaches(assessment) else None
    profile = learn(observed.profile, seen, action) if seen is not None else None
    decision = Decision(
        id=decision_id(assessment.event_key),
        event=assessment.event,
        source=assessment.source,
        decided_ms=assessment.received_ms,
        facts=assessment.facts,
        score=scored.score,
        level=level,
        action=action,
        would_act=action,
        mode="enforce",
        evidence=tuple(sorted(evidence, key=rank)),
        contributions=scored.contributions,
        not_evaluable=tuple(not_evaluable),
        floor=floor,
        degraded=tuple(degraded),
        versions=world.versions,
        latency_us=(ticks() - began) // 1000,
        learnt=profile is not None and profile.logins > observed.profile.logins,
        logins=observed.profile.logins,
        linked=decision_id(observed.linked) if observed.linked else None,
    )
    return Verdict(decision, profile)


def detect(
    context: Context, world: World, kind: str
) -> tuple[list[Evidence], list[NotEvaluable], list[Degraded]]:
    """What all signals for this kind of event find. A signal that fails is missing evidence, and named."""
    trust = trust_in(context.history)
    found: list[Evidence] = []
    unknown: list[NotEvaluable] = []
    degraded: list[Degraded] = []
    for signal in world.signals:
        if kind not in signal.kinds:
            continue
        try:
            for outcome in signal.detect(context):
                weighed = outcome if isinstance(outcome, NotEvaluable) else weigh(signal, outcome, trust)
                (unknown if isinstance(weighed, NotEvaluable) else found).append(weighed)  # type: ignore[attr-defined]
        except Exception as error:  # a plug-in call: the edge
            degraded.append(Degraded(f"signals.{signal.name}", type(error).__name__))
    return found, unknown, degraded


def level_of(scored: Scored) -> Level:
    """The level of the unrounded score."""
    return next(level for threshold, level in LEVELS if scored.reaches(threshold))


def action_of(scored: Scored, thresholds: Thresholds) -> Action:
    """The action of the unrounded score."""
    steps = (thresholds.block, thresholds.verify, thresholds.monitor)
    reached = (action for threshold, action in zip(steps, reversed(ACTIONS), strict=False) if scored.reaches(threshold))
    return next(reached, "allow")


def raise_to_floor(action: Action, evidence: list[Evidence], world: World) -> tuple[Action, Floor | None]:
    """The action, never weaker than the floor allows."""
    if not evidence or world.floor == "none":
        return action, None
    if world.floor == "strongest":
        least = action_of(Scored(max(one.score for one in evidence), 1, ()), world.thresholds)
    else:
        least = "verify" if any(one.severity == "CRITICAL" for one in evidence) else "allow"
    raised = stricter(action, least)
    return raised, Floor(world.floor, action, raised) if raised != action else None


def _teaches(assessment: Assessment) -> bool:
    return isinstance(assessment.event, Login) and assessment.event.succeeded and assessment.plan.counts


def _context(assessment: Assessment, observed: Observed, world: World) -> Context:
    return Context(
        event=assessment.event,
        facts=assessment.facts,
        observed=observed,
        limits=world.limits,
        at_ms=assessment.at_ms,
        local_minute=local_minute(assessment),
        device=int.from_bytes(assessment.entities.device[:8], "little", signed=True) if assessment.entities.device else 0,
        machine=assessment.machine,
        population=world.population,
        seen=observe(assessment) if isinstance(assessment.event, Login) else None,
    )
