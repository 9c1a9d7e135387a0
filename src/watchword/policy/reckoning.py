"""From evidence to an action by one scheme, live or a variant: scorecard, blend, rules, floor, lists."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from watchword.policy.decision import Action, Blend, PolicyEffect, Terms
from watchword.policy.pace import Pace
from watchword.policy.rule import Rule
from watchword.policy.rulebook import NO_RULES, Values, matches, matching
from watchword.policy.ruling import Ruling, Score, Spared, rule_on, settle
from watchword.policy.subject import Subject
from watchword.policy.world import Scheme
from watchword.scoring.evidence import Evidence
from watchword.scoring.scorecard import Scored, weighted_average, with_blend, with_change

MODEL = "MODEL"


class Case(Struct, gc=False):
    """What every scheme looks at: the subject without a score, what lists and overrides say, the model's word."""

    subject: Subject
    standing: Sequence[PolicyEffect]
    blend: Blend | None
    spared: Spared
    missing: Action


class Reckoned(Struct, frozen=True, gc=False):
    """What a scheme makes of a case."""

    scored: Scored
    ruling: Ruling
    action: Action
    effects: tuple[PolicyEffect, ...]
    shadow: tuple[PolicyEffect, ...] = ()


def reckon(case: Case, scheme: Scheme, pace: Pace) -> Reckoned:
    """The action of this scheme, with the score and everything that had a say in it."""
    subject, evidence = case.subject, case.subject.evidence
    applied: list[PolicyEffect] = []

    def score(found: Sequence[Evidence]) -> Scored:
        scored = blended(_scored(scheme, subject, found, pace), case.blend)
        return changed(scored, applied) if applied else scored

    rulebook = scheme.rulebook
    subject.scored = score(evidence)
    values = Values(subject)
    changing = matching(rulebook.changes, values, pace) if rulebook.changes is not NO_RULES else []
    if changing:
        applied += [_effect(rule, subject, score) for rule in changing if rule.policy.mode == "live"]
        subject.scored = score(evidence)
        values = Values(subject)
    matched = matching(rulebook.actions, values, pace) if rulebook.actions is not NO_RULES else []
    ruling = rule_on(subject.scored, evidence, scheme.terms, case.spared, score)
    demanded = [_effect(rule, subject, score) for rule in matched if rule.policy.mode == "live"] if matched else ()
    effects = (*applied, *demanded, *case.standing, *_for_missing(case, pace))
    reckoned = Reckoned(subject.scored, ruling, settle(ruling.action, effects) if effects else ruling.action, effects)
    silent = [rule for rule in (*changing, *matched) if rule.policy.mode == "shadow"] if changing or matched else ()
    if not silent:
        return reckoned
    shadow = tuple(_in_shadow(rule, case, scheme.terms, reckoned, score) for rule in silent)
    return Reckoned(reckoned.scored, ruling, reckoned.action, effects, shadow)


def as_variant(scheme: Scheme, reckoned: Reckoned) -> PolicyEffect:
    """A variant's outcome, as the live decision records it."""
    return PolicyEffect(scheme.name, "variant", becomes=reckoned.action, score=reckoned.scored.score)


def _scored(scheme: Scheme, subject: Subject, evidence: Sequence[Evidence], pace: Pace) -> Scored:
    try:
        return scheme.scorecard(evidence, subject.context)
    except Exception as error:  # a scorecard is a plug-in: the edge
        pace.miss(f"scorecard.{scheme.terms.scorecard}", type(error).__name__)
        return weighted_average(evidence)


def blended(scored: Scored, blend: Blend | None) -> Scored:
    """The score with what the model said blended in."""
    return scored if blend is None else with_blend(scored, MODEL, blend.probability, blend.confidence)


def changed(scored: Scored, effects: Sequence[PolicyEffect]) -> Scored:
    """The score with the changes of rules applied, one after another."""
    for effect in effects:
        scored = with_change(scored, effect.name, effect.change)
    return scored


def _effect(rule: Rule, subject: Subject, score: Score) -> PolicyEffect:
    needs = _needs(rule, subject, score) if rule.rests_on_evidence else ()
    return PolicyEffect(rule.policy.name, rule.policy.mode, rule.policy.action, rule.change, needs)


def _needs(rule: Rule, subject: Subject, score: Score) -> tuple[str, ...]:
    """The evidence without any one of which the rule does not match: it is run again without each."""
    needed: list[str] = []
    for one in subject.evidence:
        rest = [other for other in subject.evidence if other is not one]
        without = Subject(subject.assessment, subject.context, rest, subject.not_evaluable, score(rest))
        if not matches(rule, Values(without)):
            needed.append(one.code)
    return tuple(needed)


def _for_missing(case: Case, pace: Pace) -> tuple[PolicyEffect, ...]:
    if not pace.missing or case.missing == "allow":
        return ()
    return (PolicyEffect("missing_part", "live", case.missing),)


def _in_shadow(rule: Rule, case: Case, terms: Terms, live: Reckoned, score: Score) -> PolicyEffect:
    """What the whole decision would have been, were this rule live too."""
    name, change = rule.policy.name, rule.change
    demanded, reached = live.ruling.action, None
    if change:
        moved = with_change(live.scored, name, change)
        reached = moved.score
        demanded = rule_on(
            moved, case.subject.evidence, terms, case.spared, lambda found: with_change(score(found), name, change)
        ).action
    becomes = settle(demanded, (*live.effects, PolicyEffect(name, "live", rule.policy.action, change)))
    return PolicyEffect(name, "shadow", rule.policy.action, change, becomes=becomes, score=reached)
