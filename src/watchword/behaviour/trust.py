"""How far to trust that the owner, a person, is acting: behaviour, bots, device and place weighed together.

`trust = P(owner, a person | all that was seen)`: the log-odds of a stated prior, plus a calibrated log-likelihood ratio
a lane of behaviour (`fusion`), a channel of bot signs, and a doubt from beside behaviour. Reasons are the integrated
gradients along the straight line from the prior (Sundararajan et al. 2017): each one's share of what trust lost or won,
in whole ten-thousandths of a point, which with the prior's sum to the trust.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import exp, log
from typing import Any, Literal

from msgspec import Struct

from watchword.behaviour.bot_sign import BotSign
from watchword.behaviour.fusion import LANES, Fused, fuse
from watchword.behaviour.modality import Comparison

UNIT = 10_000
TOP = 100 * UNIT
PRIOR = 0.95
"""That the owner acts, before anything is seen: the complement of the log-in scorecard's prior of an attack."""

PRIOR_CODE = "BEFORE_BEHAVIOUR"
RAREST = 1e-6
"""No sign is taken to be rarer among people than this: nobody has measured more of them."""

BOTS_SHOW = 0.5
"""Share of bots taken to show any one sign (the weakest of the published rules finds 52 of 100)."""

SECOND_CHANNEL = 0.5
"""What the signs of each further channel count: one script moves both the keys and the pointer."""

ANOMALY_LLR = log(1e-3)
"""A fused ratio under this is an anomaly: calibrated, it falls so low for one owner in a thousand at most, however
often one looks (Ville's inequality)."""

SURE_QUANTILE = 1e-5
MATURE = 0.5
FLAT = 1e-6
LEAST_ENTRIES = 2
LEAST_EVENTS = 20
"""Samples (ten keystrokes, a short movement) under which nothing is called an anomaly, whatever its signs."""

Phase = Literal["learning", "continuous"]
_SAYS = {
    "typing": ("DIFFERENT_TYPING", "FAMILIAR_TYPING", "typing"),
    "pointer": ("DIFFERENT_POINTER", "FAMILIAR_POINTER", "pointer movement"),
    "touch": ("DIFFERENT_TOUCH", "FAMILIAR_TOUCH", "touch"),
    "navigation": ("DIFFERENT_NAVIGATION", "FAMILIAR_NAVIGATION", "way through the pages"),
    "handling": ("DIFFERENT_HANDLING", "FAMILIAR_HANDLING", "way of holding the device"),
}
CODES = (PRIOR_CODE, *(code for different, familiar, _ in _SAYS.values() for code in (different, familiar)))
"""The codes of reasons that are neither a bot's nor a doubt's."""


class Doubt(Struct, frozen=True):
    """Evidence from beside behaviour: device, place, the same typist elsewhere. `llr` as in `Comparison`."""

    code: str
    message: str
    llr: float
    details: dict[str, Any] = {}


class Reason(Struct, frozen=True):
    """Why trust is what it is: how far `code` moved it, in ten-thousandths of a point; what is negative lowered it."""

    code: str
    message: str
    contribution: int
    details: dict[str, Any] = {}


class Trust(Struct, frozen=True):
    """How far to trust a session.

    `trust_score` 0-1,000,000 (ten-thousandths of a point); `reasons`, what lowered it most first, sum to it.
    `confidence` 0.5-1 is the probability that the verdict of behaviour alone, owner or not, is right if both were as
    likely before; 0 where nothing could be compared. `similarity` 0-1 is the calibrated probability that the owner acts
    by behaviour alone, without doubts. `llr` is the sum of all evidence in natural log-odds.
    """

    trust_score: int
    is_anomaly: bool
    reasons: tuple[Reason, ...]
    ai_analysis: str
    confidence: float
    phase: Phase
    similarity: float
    llr: float = 0.0


def weigh(
    comparisons: Sequence[Comparison],
    bots: Sequence[BotSign] = (),
    doubts: Sequence[Doubt] = (),
    phase: Phase = "continuous",
    lanes: Mapping[str, str] = LANES,
    events: int = LEAST_EVENTS,
) -> Trust:
    """The trust in a session with these comparisons (oldest first), signs of bots, and doubts; seen in so many
    samples."""
    fused = fuse(comparisons, lanes)
    parts = [*_of_lanes(fused), *_of_bots(bots)]
    sureness = _sureness(parts)
    behaviour = sum(part.llr for part in parts)
    parts += doubts
    total = behaviour + sum(one.llr for one in doubts)
    reached = round(TOP * probability(total))
    return Trust(
        trust_score=reached,
        is_anomaly=events >= LEAST_EVENTS and is_anomaly(fused, bots, phase),
        reasons=_reasons(parts, total, reached),
        ai_analysis=_analysis(reached, fused, bots, doubts, phase),
        confidence=sureness,
        phase=phase,
        similarity=probability(behaviour),
        llr=total,
    )


def probability(llr: float) -> float:
    """That the owner acts, after that much evidence over the prior."""
    exponent = llr + log(PRIOR / (1 - PRIOR))
    return 1 / (1 + exp(-exponent)) if exponent > 0 else exp(exponent) / (1 + exp(exponent))


def is_anomaly(fused: Sequence[Fused], bots: Sequence[BotSign], phase: Phase) -> bool:
    """Whether a mature template says "another person", or bot signs leave no doubt; never while learning.

    Another person: at a false rate of one session in a thousand at most, from at least two entries.
    """
    if phase == "learning":
        return False
    grown = [one for one in fused if one.maturity >= MATURE]
    differs = sum(one.entries for one in grown) >= LEAST_ENTRIES and sum(one.llr for one in grown) <= ANOMALY_LLR
    return differs or is_machine(bots)


def is_machine(bots: Sequence[BotSign]) -> bool:
    """Whether bot signs leave no doubt, whosever the template: signs of two channels, or one that is rarer than one in
    100,000 people."""
    return len({sign.channel for sign in bots}) > 1 or any(sign.quantile < SURE_QUANTILE for sign in bots)


def of_bot(sign: BotSign) -> float:
    """The log-likelihood ratio of a sign: how rare it is among people, against how many bots show it."""
    return sign.strength * min(0.0, log(max(RAREST, sign.quantile) / BOTS_SHOW))


def _of_lanes(fused: Iterable[Fused]) -> list[Doubt]:
    return [Doubt(*_said(one), one.llr, _shown(one)) for one in fused]


def _said(one: Fused) -> tuple[str, str]:
    name = one.lane.upper()
    different, familiar, what = _SAYS.get(one.lane, (f"DIFFERENT_{name}", f"FAMILIAR_{name}", one.lane))
    return (different if one.llr < 0 else familiar), one.speaks.message or f"The {what} was compared."


def _shown(one: Fused) -> dict[str, Any]:
    return {
        "lane": one.lane, "entries": one.entries, "maturity": round(one.maturity, 3), "llr": round(one.llr, 3)
    }  # fmt: skip


def _of_bots(bots: Sequence[BotSign]) -> list[Doubt]:
    """Of every channel the strongest sign counts, the first channel whole, each further one half; the rest is named."""
    ordered = sorted(bots, key=lambda sign: (of_bot(sign), sign.code))
    counted: dict[str, float] = {}
    parts = []
    for sign in ordered:
        first = sign.channel not in counted
        share = counted.setdefault(sign.channel, SECOND_CHANNEL ** min(1, len(counted)))
        parts.append(Doubt(sign.code, sign.message, share * of_bot(sign) if first else 0.0, sign.details))
    return parts


def _reasons(parts: Sequence[Doubt], total: float, reached: int) -> tuple[Reason, ...]:
    before = round(TOP * PRIOR)
    prior = Reason(PRIOR_CODE, "What is presumed of every session before anything is seen.", before)
    shares = _shared([_slope(total) * part.llr for part in parts], reached - before)
    said = [Reason(one.code, one.message, share, one.details) for one, share in zip(parts, shares, strict=True)]
    return tuple(sorted([prior, *said], key=lambda reason: (reason.contribution, reason.code)))


def _slope(total: float) -> float:
    """Ten-thousandths of a point that trust wins, on the way from the prior, for each unit of log-odds."""
    if abs(total) < FLAT:
        return TOP * PRIOR * (1 - PRIOR)
    return TOP * (probability(total) - PRIOR) / total


def _shared(exact: Sequence[float], moved: int) -> list[int]:
    """The shares in whole numbers that sum to `moved` (largest remainder)."""
    whole = [int(share // 1) for share in exact]
    order = sorted(range(len(exact)), key=lambda at: (whole[at] - exact[at], at))
    for at in order[: moved - sum(whole)]:
        whole[at] += 1
    return whole


def _sureness(parts: Sequence[Doubt]) -> float:
    return 1 / (1 + exp(-abs(sum(part.llr for part in parts)))) if parts else 0.0


def _analysis(
    reached: int, fused: Sequence[Fused], bots: Sequence[BotSign], doubts: Sequence[Doubt], phase: Phase
) -> str:
    """A plain paragraph on the same evidence."""
    told = [f"The probability that the owner is acting is {reached / UNIT:.0f} %."]
    if bots:
        told.append("A program seems to act: " + "; ".join(_plain(sign.message) for sign in bots) + ".")
    against = [_SAYS.get(one.lane, ("", "", one.lane))[2] for one in fused if one.llr <= -1]
    alike = [_SAYS.get(one.lane, ("", "", one.lane))[2] for one in fused if one.llr >= 1]
    if against:
        told.append(f"Unlike the owner's: {', '.join(against)}.")
    if alike:
        told.append(f"Like the owner's: {', '.join(alike)}.")
    told += [f"{_plain(one.message)}." for one in doubts if one.llr < 0]
    if phase == "learning":
        told.append("The template is still being learnt, so behaviour weighs little yet.")
    elif not fused:
        told.append("There was too little behaviour to compare.")
    return " ".join(told)


def _plain(message: str) -> str:
    return message.rstrip(". ")
