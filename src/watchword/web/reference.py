"""The reference of signals, made from the signals themselves."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from watchword.policy.world import World
from watchword.scoring.scorecard import SEVERITY_WEIGHTS, TYPE_MULTIPLIERS
from watchword.signals.signal import Signal


class CodeReference(Struct, frozen=True):
    """One kind of evidence, and the band of its scores."""

    code: str
    severity: str
    low: float
    high: float


class SignalReference(Struct, frozen=True):
    """One signal. `text` says which fraud it sees, which innocent cases it may hit, and why its numbers are so."""

    name: str
    type: str
    summary: str
    text: str
    events: list[str]
    reads: list[str]
    setting: str | None
    evidence: list[CodeReference]


class Reference(Struct, frozen=True, rename="camel"):
    """All signals, how their evidence is weighed, and the thresholds now in force."""

    signals: list[SignalReference]
    severity_weights: dict[str, float]
    type_multipliers: dict[str, float]
    limits: dict[str, Any]


def reference(world: World) -> Reference:
    """The reference of the signals that a world runs."""
    return Reference(
        [describe(one) for one in world.signals],
        {name: weight / 10 for name, weight in SEVERITY_WEIGHTS.items()},
        {name: weight / 10 for name, weight in TYPE_MULTIPLIERS.items()},
        msgspec.to_builtins(world.limits),
    )


def describe(signal: Signal) -> SignalReference:
    """One signal as the reference shows it."""
    text = "\n".join(line.strip() for line in signal.doc.splitlines())
    return SignalReference(
        signal.name, signal.family, text.partition("\n")[0], text, list(signal.kinds), list(signal.reads),
        signal.setting,
        [CodeReference(code, band.severity, band.low, band.high) for code, band in signal.bands.items()],
    )  # fmt: skip
