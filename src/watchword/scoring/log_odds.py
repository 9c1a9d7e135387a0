"""The second scorecard: additive log-odds, fitted offline, shipped as a table with standard errors.

The score is 100 x the probability that somebody else logs in, given a prior of one attack in twenty log-ins:
`logit p = logit prior + sum of parts`. Parts are of two sorts.

- *Familiarity*, of either sign: how the log-in's values (address, its /24, provider, country, User-Agent, browser,
  system, kind of device) and its device compare with what is known of this user and of everybody. A value that the
  user had before speaks for him, the more the rarer it is among all (lift); a new value speaks against, the more the
  longer the user is known. On a first log-in nothing is known and nothing speaks.
- *Rhythm*, of either sign: the calibrated log-likelihood ratio of how the form was filled in, as it is. It stands for
  itself: the evidence that it gives for the other scorecard contributes here in its place, whole.
- *Evidence*, never negative: of every family the strongest threat and the strongest deviation from the profile, each
  times a weight >= 0. So adding evidence never lowers the score.

The table is a logistic regression (Cox 1958) on simulated log-ins against log-ins of other people of the same simulated
population; `watchword learn logins` refits it. Weights of evidence are drawn towards what the contract says of a score:
alone, it should mean itself. The contributions are the integrated gradients along the straight line from the prior
(Sundararajan et al. 2017): each part's share of the sum, apportioned in whole ten-thousandths.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, log, log1p

from msgspec import Struct

from watchword.scoring.evidence import DEVIATIONS, Evidence, rank
from watchword.scoring.log_odds_table import VERSION, WEIGHTS
from watchword.scoring.scorecard import TOP, Scored, apportion
from watchword.signals.signal import UNIT, Context
from watchword.state.population import Population
from watchword.state.profile import ATTRIBUTES, Observation, Profile

PRIOR = 0.05
"""The share of log-ins that are attacks, before anything is known. Stated, not estimated; services differ, and of the
attempts at the sign-on service of Wiefling et al. (2022) 9.6 % came from addresses known for attacks."""

DAY_MS = 86_400_000
FAMILIES = ("VELOCITY", "GEOLOCATION", "DEVICE", "BEHAVIORAL", "NETWORK", "ACCOUNT")
LEAST_LIFT = -2.0
MOST_LIFT = 12.0
MOST_STEPS = 12


LABELS = {
    "ip": "address",
    "net24": "address range",
    "asn": "network",
    "country": "country",
    "agent": "user agent",
    "browser": "browser",
    "os": "system",
    "device": "kind of device",
    "look": "device",
    "history": "history",
    "rhythm": "typing rhythm",
}
"""Names of the contributions of familiarity; evidence contributes under its code, `prior` is what all begin with."""

PRIOR_NAME = "prior"
RHYTHM = "DIFFERENT_RHYTHM"


def _terms() -> tuple[str, ...]:
    values = (f"{name}.{term}" for name in ATTRIBUTES for term in ("new", "new_logins", "lift"))
    device = ("look.new", "look.new_logins", "look.back", "look.update")
    evidence = (f"{sort}.{family}" for family in FAMILIES for sort in ("threat", "deviation"))
    return (*values, *device, "history.logins", "history.gap", *evidence)


TERMS = _terms()
"""What is measured of a log-in. The word before the point names the part that the term belongs to."""

FAMILIARITY = len(TERMS) - 2 * len(FAMILIES)
"""How many of the terms, the first, are familiarity; the rest are evidence."""

Logits = tuple[tuple[str, int], ...]

_FAMILIAR = frozenset(LABELS.values())
_PARTS = tuple(LABELS[term.partition(".")[0]] for term in TERMS[:FAMILIARITY])


class Weight(Struct, frozen=True):
    """A coefficient in log-odds a unit, and its standard error."""

    estimate: float
    error: float = 0.0


class Table(Struct, frozen=True):
    """A fitted scorecard: a weight for every one of `TERMS`, its version, and what it was fitted on."""

    weights: dict[str, Weight]
    version: str
    origin: str = ""


SHIPPED = Table({term: Weight(*fitted) for term, fitted in WEIGHTS.items()}, VERSION)


def scorecard(table: Table = SHIPPED) -> Callable[[Sequence[Evidence], Context], Scored]:
    """The scorecard of that table, for `World.scorecard`.

    Raises ValueError where the table lacks a term, has an unknown one, or weighs evidence below zero.
    """
    if set(table.weights) != set(TERMS):
        raise ValueError(f"the table's terms differ: {sorted(set(table.weights) ^ set(TERMS))}")
    weights = [table.weights[term].estimate for term in TERMS]
    if min(weights[FAMILIARITY:]) < 0:
        raise ValueError("evidence must not lower a score")
    return lambda found, context: combine(found, logits(found, context, weights))


def logits(found: Sequence[Evidence], context: Context, weights: Sequence[float]) -> Logits:
    """What each part of familiarity and each piece of evidence is worth, in ten-thousandths of natural log-odds."""
    parts: dict[str, float] = {}
    for name, value, weight in zip(_PARTS, familiarity(context), weights, strict=False):
        if value:
            parts[name] = parts.get(name, 0.0) + value * weight
    if context.rhythm is not None and context.rhythm.llr:
        told = any(one.code == RHYTHM for one in found)
        parts[RHYTHM if told else LABELS["rhythm"]] = -context.rhythm.llr
    for one in found:
        if one.code == RHYTHM:
            continue
        parts[one.code] = max(parts.get(one.code, 0.0), one.score / TOP * weights[FAMILIARITY + _group(one)])
    return tuple((name, round(UNIT * value)) for name, value in parts.items())


def combine(found: Sequence[Evidence], weighed: Logits) -> Scored:
    """The score of that evidence, a part or all of what was weighed: one contribution a part, and one for the prior.

    Of every family only the strongest threat and the strongest deviation count; the rest contribute nothing.
    """
    parts = counted(found, weighed)
    total = sum(parts.values())
    reached, prior = round(TOP * probability(total / UNIT)), round(TOP * PRIOR)
    contributions = [(PRIOR_NAME, prior), *_shared(parts, total, reached - prior)]
    contributions.sort(key=lambda part: (-part[1], part[0]))
    return Scored(reached, 1, tuple(contributions), weighed)


def counted(found: Sequence[Evidence], weighed: Logits) -> dict[str, int]:
    """What counts of that evidence, a part or all of what was weighed, and of familiarity: natural log-odds, in
    ten-thousandths."""
    worth = dict(weighed)
    parts = {name: value for name, value in weighed if name in _FAMILIAR}
    return parts | {one.code: worth[one.code] for one in _strongest(found) if worth.get(one.code)}


def probability(log_odds: float) -> float:
    """The probability after that much evidence (natural log-odds) over the prior."""
    exponent = log_odds + log(PRIOR / (1 - PRIOR))
    return 1 / (1 + exp(-exponent)) if exponent > 0 else exp(exponent) / (1 + exp(exponent))


def familiarity(context: Context) -> list[float]:
    """The values of the terms of familiarity for one event: all zero for what is no log-in, and for a first one."""
    seen, profile = context.seen, context.history
    if seen is None or not profile.logins:
        return [0.0] * FAMILIARITY
    return _familiarity(seen, profile, context.population)


def strengths(found: Sequence[Evidence]) -> list[float]:
    """The values of the terms of evidence: the scores that count, 0-1."""
    values = [0.0] * (len(TERMS) - FAMILIARITY)
    for one in found:
        if one.code == RHYTHM:
            continue
        values[_group(one)] = max(values[_group(one)], one.score / TOP)
    return values


def _familiarity(seen: Observation, profile: Profile, population: Population) -> list[float]:
    logins = log(profile.logins)
    measured: list[float] = []
    for place, value in enumerate(seen.values):
        known = profile.tally(place, value)
        if not value or not profile.counts:
            measured += (0.0, 0.0, 0.0)
        elif known is None or not known.count:
            measured += (1.0, logins, 0.0)
        else:
            lift = log(known.count / profile.logins / population.share(place, value))
            measured += (0.0, 0.0, min(MOST_LIFT, max(LEAST_LIFT, lift)))
    measured += _look(seen, profile, logins)
    measured += (logins, log1p(max(0, seen.at_ms - profile.last_ms) / DAY_MS))
    return measured


def _look(seen: Observation, profile: Profile, logins: float) -> tuple[float, ...]:
    """Whether the device is new, and else whether its browser went back or was updated (a part of twelve releases)."""
    if not seen.device:
        return 0.0, 0.0, 0.0, 0.0
    known = next((one for one in profile.devices if one.key == seen.device), None)
    if known is None:
        return 1.0, logins, 0.0, 0.0
    steps = seen.browser_version - known.version if known.version and seen.browser_version else 0
    return 0.0, 0.0, float(steps < 0), min(MOST_STEPS, max(0, steps)) / MOST_STEPS


def _group(one: Evidence) -> int:
    """The place of its term among those of evidence."""
    return 2 * FAMILIES.index(one.type) + one.code.startswith(DEVIATIONS)


def _strongest(found: Sequence[Evidence]) -> list[Evidence]:
    """Of every family the strongest threat and the strongest deviation, and the rhythm beside them."""
    strongest: dict[int, Evidence] = {}
    for one in sorted(found, key=rank):
        strongest.setdefault(-1 if one.code == RHYTHM else _group(one), one)
    return list(strongest.values())


def _shared(parts: dict[str, int], total: int, moved: int) -> Sequence[tuple[str, int]]:
    """What each part moved the score by: the whole movement, shared in proportion, in whole ten-thousandths."""
    if not total:
        return [(name, 0) for name in parts]
    sign = 1 if total > 0 else -1
    return apportion([sign * moved * part for part in parts.values()], abs(total), list(parts)).contributions
