"""From score and evidence to an action: thresholds, floor, relief, and what rules, lists and overrides say to it.

    score ──thresholds──► action ──floor──► ──relief──► ──rules──► ──lists──► ──override──► the answer

The judge and the explanation both use these functions, so what is explained is what was decided.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from watchword.policy.decision import LEVELS, RANK, Action, Floor, Level, PolicyEffect, Terms, milder, stricter
from watchword.scoring.evidence import Evidence
from watchword.scoring.scorecard import Scored

Spared = Callable[[], str | None]
"""Why velocity evidence may not block here; None where it may."""
Score = Callable[[Sequence[Evidence]], Scored]
RELIEVED = "VELOCITY"
"""The type of evidence that may not lock anybody out."""


class Ruling(Struct, frozen=True, gc=False):
    """The action that evidence demands, before rules and lists; `relief` says why velocity was held to verify."""

    action: Action
    floor: Floor | None = None
    relief: str | None = None


def level_of(scored: Scored) -> Level:
    """The level of the unrounded score."""
    for threshold, level in LEVELS:
        if scored.numerator >= threshold * scored.denominator:
            return level
    return "LOW"


def action_of(scored: Scored, terms: Terms) -> Action:
    """The action of the unrounded score."""
    return _action_of(scored.numerator, scored.denominator, terms)


def _action_of(numerator: int, denominator: int, terms: Terms) -> Action:
    if numerator < terms.monitor * denominator:
        return "allow"
    if numerator < terms.verify * denominator:
        return "monitor"
    return "verify" if numerator < terms.block * denominator else "block"


def least_by_floor(evidence: Sequence[Evidence], terms: Terms) -> Action:
    """The mildest action that the floor permits for this evidence."""
    if not evidence or terms.floor == "none":
        return "allow"
    if terms.floor == "strongest":
        return _action_of(max([one.score for one in evidence]), 1, terms)
    return "verify" if any(one.severity == "CRITICAL" for one in evidence) else "allow"


def rule_on(scored: Scored, evidence: Sequence[Evidence], terms: Terms, spared: Spared, score: Score) -> Ruling:
    """The action that this evidence, scored so, demands.

    Where the user is to be `spared`, VELOCITY evidence demands `verify` at most; `score` then scores the rest, which
    acts as ever.
    """
    by_score = action_of(scored, terms)
    if not evidence:
        return Ruling(by_score)
    action = stricter(by_score, least_by_floor(evidence, terms))
    relief = None
    if action == "block" and any(one.type == RELIEVED for one in evidence) and (why := spared()):
        rest = [one for one in evidence if one.type != RELIEVED]
        rest_by_score = action_of(score(rest), terms)
        by_score = stricter(rest_by_score, milder(by_score, "verify"))
        action = stricter(stricter(rest_by_score, least_by_floor(rest, terms)), "verify")
        relief = why if action != "block" else None
    floor = Floor(terms.floor, by_score, action) if action != by_score else None
    return Ruling(action, floor, relief)


def settle(action: Action, effects: Sequence[PolicyEffect]) -> Action:
    """The final action, given what evidence demands and what matched.

    An override decides alone, the strictest of several; else a block-list, then an allow-list; else the strictest of
    the evidence and of the live rules. A rule that says `allow` lowers the action only where no other live rule that
    matched demands anything.
    """
    if not effects:
        return action
    for mode in ("override", "list"):
        said = [effect.action for effect in effects if effect.mode == mode and effect.action is not None]
        if said:
            return max(said, key=RANK.__getitem__)
    demands = [effect.action for effect in effects if effect.mode == "live" and effect.action is not None]
    if not demands:
        return action
    strictest = max(demands, key=RANK.__getitem__)
    return "allow" if strictest == "allow" else stricter(action, strictest)
