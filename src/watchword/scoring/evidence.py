"""Evidence: a finding, weighed into the score of its band. All figures are whole ten-thousandths."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from watchword.signals.signal import UNIT, Band, Family, Finding, NotEvaluable, Severity, Signal

LEAST_CONFIDENCE = 0.3
"""Evidence less sure than this is not evaluable."""

DEVIATIONS = ("NEW_", "FAR_", "UNUSUAL_")
"""Codes that start so speak of a deviation from the profile, and weigh less while there is little of one."""

SEVERITIES: tuple[Severity, ...] = ("CRITICAL", "HIGH", "MEDIUM", "LOW")


class Evidence(Struct, frozen=True, gc=False):
    """What a signal found, as recorded: score 0-1,000,000 and confidence 0-10,000 in ten-thousandths."""

    type: Family
    code: str
    severity: Severity
    score: int
    confidence: int
    message: str
    details: dict[str, Any] = {}


def weigh(signal: Signal, finding: Finding, trust: float) -> Evidence | NotEvaluable:
    """The evidence of a finding; `trust` 0-1 is how much profile stands behind deviations.

    The score is `low + (high - low) x intensity x confidence` of the code's band.
    """
    confidence = finding.confidence * (trust if finding.code.startswith(DEVIATIONS) else 1.0)
    if confidence < LEAST_CONFIDENCE:
        return NotEvaluable(finding.code, f"confidence {confidence:.2f} is under {LEAST_CONFIDENCE}")
    band = signal.bands[finding.code]
    return Evidence(
        signal.family,
        finding.code,
        band.severity,
        band_score(band, finding.intensity, confidence),
        round(confidence * UNIT),
        finding.message,
        finding.details,
    )


def band_score(band: Band, intensity: float, confidence: float) -> int:
    """The score of a band in ten-thousandths."""
    return round((band.low + (band.high - band.low) * intensity * confidence) * UNIT)


def rank(evidence: Evidence) -> tuple[int, int, str]:
    """Sorts the strongest first: highest score, then severity, then code."""
    return -evidence.score, SEVERITIES.index(evidence.severity), evidence.code


def strongest_by_type(found: Iterable[Evidence]) -> list[Evidence]:
    """The strongest evidence of every type, strongest first."""
    best: dict[str, Evidence] = {}
    for evidence in sorted(found, key=rank):
        best.setdefault(evidence.type, evidence)
    return list(best.values())
