"""From evidence to one score, with each piece's contribution. Integers throughout: floats lose thresholds."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from watchword.scoring.evidence import Evidence, strongest_by_type
from watchword.signals.signal import UNIT

SEVERITY_WEIGHTS = {"CRITICAL": 10, "HIGH": 8, "MEDIUM": 6, "LOW": 4}
"""Severity weights, times ten."""

TYPE_MULTIPLIERS = {"VELOCITY": 12, "GEOLOCATION": 11, "ACCOUNT": 11, "DEVICE": 10, "NETWORK": 9, "BEHAVIORAL": 8}
"""Type multipliers, times ten."""

TOP = 100 * UNIT


class Scored(Struct, frozen=True, gc=False):
    """A score as the exact fraction `numerator / denominator` (in ten-thousandths) and its rounded parts.

    `contributions` are (name, ten-thousandths), largest first; they sum to `score` exactly. `logits` are what the
    log-odds scorecard weighed, by name; other scorecards leave them empty.
    """

    numerator: int
    denominator: int
    contributions: tuple[tuple[str, int], ...]
    logits: tuple[tuple[str, int], ...] = ()

    @property
    def score(self) -> int:
        """The score in ten-thousandths, rounded half up."""
        return (2 * self.numerator + self.denominator) // (2 * self.denominator)

    def reaches(self, threshold: int) -> bool:
        """Whether the unrounded score is at or over a threshold given in ten-thousandths."""
        return self.numerator >= threshold * self.denominator


NOTHING = Scored(0, 1, ())


def weighted_average(found: Sequence[Evidence]) -> Scored:
    """`sum(score x severity weight x type multiplier) / sum(severity weight x type multiplier)`, one piece a type."""
    if not found:
        return NOTHING
    if len(found) == 1:
        return _alone(found[0])
    chosen = strongest_by_type(found)
    weights = [SEVERITY_WEIGHTS[one.severity] * TYPE_MULTIPLIERS[one.type] for one in chosen]
    parts = [one.score * weight for one, weight in zip(chosen, weights, strict=True)]
    return apportion(parts, sum(weights), [one.code for one in chosen])


def _alone(one: Evidence) -> Scored:
    weight = SEVERITY_WEIGHTS[one.severity] * TYPE_MULTIPLIERS[one.type]
    return Scored(one.score * weight, weight, ((one.code, one.score),))


def apportion(parts: Sequence[int], denominator: int, names: Sequence[str]) -> Scored:
    """Rounds every `part / denominator` so that the rounded parts sum to the rounded total (largest remainder)."""
    total = Scored(sum(parts), denominator, ())
    shares = [divmod(part, denominator) for part in parts]
    missing = total.score - sum(whole for whole, _ in shares)
    order = sorted(range(len(parts)), key=lambda index: (-shares[index][1], names[index]))
    raised = set(order[:missing])
    rounded = [(names[index], shares[index][0] + (index in raised)) for index in range(len(parts))]
    rounded.sort(key=lambda part: (-part[1], part[0]))
    return Scored(total.numerator, denominator, tuple(rounded))


def with_change(scored: Scored, name: str, change: int) -> Scored:
    """The score with a change (ten-thousandths) added under its own name, kept within 0 and 100."""
    numerator = min(TOP * scored.denominator, max(0, scored.numerator + change * scored.denominator))
    return _moved(scored, numerator, scored.denominator, name)


def with_blend(scored: Scored, name: str, probability: int, confidence: int) -> Scored:
    """`(1 - confidence) x score + confidence x 100 x probability`, the difference under its own name.

    `probability` and `confidence` are ten-thousandths; the fraction stays exact.
    """
    numerator = (UNIT - confidence) * scored.numerator + 100 * confidence * probability * scored.denominator
    return _moved(scored, numerator, scored.denominator * UNIT, name)


def _moved(before: Scored, numerator: int, denominator: int, name: str) -> Scored:
    moved = Scored(numerator, denominator, ()).score - before.score
    return Scored(numerator, denominator, (*before.contributions, (name, moved)), before.logits)
