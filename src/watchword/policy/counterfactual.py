"""What would have changed the decision: the same arithmetic again, without some of the evidence, rules or lists."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct

from watchword.policy.decision import RANK, Action, Decision, PolicyEffect
from watchword.policy.reckoning import blended, changed
from watchword.policy.ruling import Ruling, rule_on, settle
from watchword.scoring import log_odds
from watchword.scoring.evidence import Evidence
from watchword.scoring.scorecard import Scored, weighted_average

MOST_RUNGS = 8


class Outcome(Struct, frozen=True):
    """What the arithmetic gives: score (ten-thousandths), what evidence demands, and the action."""

    score: int
    ruling: Ruling
    action: Action


class Counterfactual(Struct, frozen=True):
    """The fewest things without which the action would have been milder, and what it would have been."""

    without: tuple[str, ...]
    score: int
    action: Action


class Rung(Struct, frozen=True):
    """A rung of the way down: without this too, this score and action."""

    without: str
    score: int
    action: Action


def outcome(decision: Decision, removed: Collection[str] = ()) -> Outcome:
    """What the decision would have been without evidence of these codes and rules or lists of these names.

    A rule goes with the evidence that it needs.
    """
    gone = frozenset(removed)
    kept = [one for one in decision.evidence if one.code not in gone] if gone else decision.evidence
    effects = [one for one in decision.policies if one.name not in gone and gone.isdisjoint(one.needs)]
    changes = [one for one in effects if one.change and one.mode == "live"]

    def score(found: Sequence[Evidence]) -> Scored:
        return changed(blended(_by_scorecard(decision, found), decision.blend), changes)

    scored = score(kept)
    ruling = rule_on(scored, kept, decision.terms, lambda: decision.relief, score)
    return Outcome(scored.score, ruling, settle(ruling.action, effects))


def counterfactual(decision: Decision) -> Counterfactual | None:
    """The fewest pieces whose absence makes the action milder; None where nothing was demanded, or nothing would."""
    if decision.would_act == "allow" or decision.mode == "disabled":
        return None
    removed: list[str] = []
    for name in _candidates(decision):
        removed.append(name)
        reached = outcome(decision, removed)
        if RANK[reached.action] < RANK[decision.would_act]:
            return _fewest(decision, removed, reached)
    return None


def ladder(decision: Decision) -> tuple[Rung, ...]:
    """The way down from the action: what to take away one after another, strongest first, until it is allowed."""
    rungs: list[Rung] = []
    removed: list[str] = []
    if decision.would_act == "allow" or decision.mode == "disabled":
        return ()
    for name in _candidates(decision):
        removed.append(name)
        reached = outcome(decision, removed)
        rungs.append(Rung(name, reached.score, reached.action))
        if reached.action == "allow" or len(rungs) == MOST_RUNGS:
            break
    return tuple(rungs)


def _fewest(decision: Decision, removed: list[str], reached: Outcome) -> Counterfactual:
    """Leaves out of the removal what need not be removed, the weakest first."""
    for name in reversed(removed[:-1]):
        fewer = [other for other in removed if other != name]
        again = outcome(decision, fewer)
        if RANK[again.action] < RANK[decision.would_act]:
            removed, reached = fewer, again
    return Counterfactual(tuple(removed), reached.score, reached.action)


def _candidates(decision: Decision) -> Iterator[str]:
    """What may be taken away: evidence, strongest first, then what rules, lists and overrides demand."""
    yield from dict.fromkeys(one.code for one in decision.evidence)
    yield from dict.fromkeys(one.name for one in decision.policies if _demands(one))


def _demands(effect: PolicyEffect) -> bool:
    return effect.change > 0 or (effect.action is not None and effect.action != "allow")


def _by_scorecard(decision: Decision, kept: Sequence[Evidence]) -> Scored:
    if decision.terms.scorecard != "log_odds":
        return weighted_average(kept)
    return log_odds.combine(kept, decision.logits)
