"""From an observed event to a decision: findings -> evidence -> score -> action. Pure; may be called twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from watchword.events.label import Label
from watchword.events.login import Login
from watchword.events.pseudonym import short
from watchword.events.verification import Verification
from watchword.policy.assessment import Assessment
from watchword.policy.decision import Action, Blend, Decision, Degraded, PolicyEffect, decision_id
from watchword.policy.detection import detect
from watchword.policy.observation import local_minute, observe
from watchword.policy.pace import Pace, Ticks
from watchword.policy.reckoning import Case, as_variant, reckon
from watchword.policy.rollout import enforced
from watchword.policy.ruling import level_of, settle
from watchword.policy.subject import Subject
from watchword.policy.teaching import teach
from watchword.policy.world import World
from watchword.scoring.evidence import Evidence
from watchword.scoring.scorecard import NOTHING
from watchword.signals.signal import Context
from watchword.state.learning import phase_of
from watchword.state.observed import Observed
from watchword.state.plan import HOUR_MS, MINUTE_MS
from watchword.state.profile import Profile

NOBODY: frozenset[str] = frozenset()
ENRICHMENT = "enrichment"
"""How enrichment as a whole is named in `degraded`; its own parts are named `feeds.` and so on."""


class Verdict(Struct, frozen=True, gc=False):
    """A decision and the profile after it; None where the profile stays as it is.

    `late` names the parts that took more than their share, for the engine's circuit breaker.
    """

    decision: Decision
    profile: Profile | None = None
    late: tuple[str, ...] = ()


def judge(
    assessment: Assessment, observed: Observed, world: World, ticks: Ticks, left_out: frozenset[str] = NOBODY
) -> Verdict:
    """The verdict on an event in its state. Parts in `left_out` rest, and are named in the decision."""
    began = ticks() - assessment.gathered_ns
    context = _context(assessment, observed, world)
    if not world.enabled:
        return Verdict(_bare(assessment, world, mode="disabled"), teach(assessment, observed, context.seen, "monitor"))
    pace = Pace(ticks, began, world.budget, left_out)
    if world.debug:
        pace.taken = {}
    if assessment.facts.missing:
        for part, reason in assessment.facts.missing.items():
            pace.miss(part, reason)
    pace.weigh(ENRICHMENT, assessment.gathered_ns)
    evidence, not_evaluable = detect(context, world, assessment.kind, pace)
    subject = Subject(assessment, context, evidence, not_evaluable, NOTHING)
    standing = _standing(assessment, world)
    blend = _blend(context, evidence, world, pace) if world.model_wanted else None
    case = Case(subject, standing, blend, lambda: _spared(context, world, pace), world.missing)
    live = reckon(case, world.scheme, pace)
    shadow = live.shadow + _beside(case, world, pace) if world.variants else live.shadow
    profile = _taught(assessment, observed, context, live.action, pace)
    enforcing = world.mode == "enforce" and enforced(assessment, world.rollout_share)
    before, scored, ruling = observed.profile.logins, live.scored, live.ruling
    # By place: looking up 28 names would take as long as all the signals of an ordinary log-in.
    decision = Decision(
        decision_id(assessment.event_key), assessment.event, assessment.source, assessment.received_ms,
        assessment.facts, scored.score, level_of(scored), live.action if enforcing else "allow", live.action,
        "enforce" if enforcing else "monitor", evidence, scored.contributions, not_evaluable,
        ruling.floor, ruling.relief, live.effects, shadow, tuple(pace.degraded), world.versions,
        (ticks() - began) // 1000, True, profile is not None and profile.logins > before, before,
        decision_id(observed.linked) if observed.linked else None, _debug(context, pace) if world.debug else None,
        world.scheme.terms, blend, scored.logits,
    )  # fmt: skip
    return Verdict(decision, profile, tuple(pace.late))


def fail_open(assessment: Assessment, world: World, answer: Action, missing: Sequence[Degraded]) -> Decision:
    """The decision on an event that could not be judged: `answer`, not durable, the missing parts named.

    Only scoring fails open: what lists and overrides say of the event stands.
    """
    if not world.enabled:
        return _bare(assessment, world, mode="disabled", missing=missing)
    standing = tuple(_standing(assessment, world))
    effects = standing if answer == "allow" else (*standing, PolicyEffect("missing_part", "live", answer))
    enforcing = world.mode == "enforce" and enforced(assessment, world.rollout_share)
    return _bare(assessment, world, "enforce" if enforcing else "monitor", settle("allow", effects), effects, missing)


def _bare(
    assessment: Assessment,
    world: World,
    mode: Any,
    action: Action = "allow",
    effects: tuple[PolicyEffect, ...] = (),
    missing: Sequence[Degraded] = (),
) -> Decision:
    """A decision without evidence: nothing was looked at."""
    return Decision(
        id=decision_id(assessment.event_key),
        event=assessment.event,
        source=assessment.source,
        decided_ms=assessment.received_ms,
        facts=assessment.facts,
        score=0,
        level="LOW",
        action=action if mode == "enforce" else "allow",
        would_act=action,
        mode=mode,
        policies=effects,
        degraded=tuple(missing),
        versions=world.versions,
        latency_us=assessment.gathered_ns // 1000,
        durable=not missing,
        terms=world.scheme.terms,
    )


def _standing(assessment: Assessment, world: World) -> Sequence[PolicyEffect]:
    """What lists and overrides say of the event. What is said of an earlier event is nobody's doing to be stopped."""
    if not world.lists.entries or isinstance(assessment.event, Label | Verification):
        return ()
    return world.lists.effects(assessment)


def _beside(case: Case, world: World, pace: Pace) -> tuple[PolicyEffect, ...]:
    """What the variants would have decided."""
    running = (scheme for scheme in world.variants if pace.may_run(f"variants.{scheme.name}"))
    return tuple(as_variant(scheme, reckon(case, scheme, pace)) for scheme in running)


def _blend(context: Context, evidence: Sequence[Evidence], world: World, pace: Pace) -> Blend | None:
    if world.model is None:
        pace.degraded.append(Degraded("model", "none is installed"))
        return None
    if not pace.may_run("model"):
        return None
    try:
        return world.model(context, evidence)
    except Exception as error:  # a model is a plug-in: the edge
        pace.miss("model", type(error).__name__)
        return None
    finally:
        pace.lap("model")


def _spared(context: Context, world: World, pace: Pace) -> str | None:
    try:
        return world.spared(context)
    except Exception as error:  # as with signals: what fails is missing
        pace.miss("relief", type(error).__name__)
        return None


def _taught(assessment: Assessment, observed: Observed, context: Context, action: Action, pace: Pace) -> Profile | None:
    try:
        return teach(assessment, observed, context.seen, action, pace.missing)
    except Exception as error:  # what can not be learnt must not keep anybody out
        pace.miss("learning", type(error).__name__)
        return None


def _context(assessment: Assessment, observed: Observed, world: World) -> Context:
    seen = observe(assessment) if isinstance(assessment.event, Login) else None
    entities = assessment.entities
    return Context(
        event=assessment.event,
        facts=assessment.facts,
        observed=observed,
        limits=world.limits,
        at_ms=assessment.at_ms,
        local_minute=seen.local_minute if seen is not None else local_minute(assessment),
        device=seen.device if seen is not None else short(entities.device) if entities.device else 0,
        machine=assessment.machine,
        population=world.population,
        seen=seen,
        session=short(entities.session) if entities.session else 0,
        rhythm=assessment.rhythm,
    )


def _debug(context: Context, pace: Pace) -> dict[str, Any]:
    """The state that was read, and the time of every part in microseconds."""
    history, observed = context.history, context.observed
    spans = (MINUTE_MS, HOUR_MS)
    counts = {name: [log.count(context.at_ms, span).total for span in spans] for name, log in observed.logs.items()}
    state = {
        "phase": phase_of(history),
        "logins": history.logins,
        "devices": len(history.devices),
        "places": len(history.places),
        "pending": len(history.pending),
        "lastMinuteAndHour": counts,
        "tooLate": list(observed.too_late),
        "busyDays": len(observed.crowd_days),
    }
    return {"state": state, "us": {part: round(taken / 1000, 1) for part, taken in (pace.taken or {}).items()}}
