"""The decision as it is recorded. What follows from it (waterfall, texts, counterfactual) is derived when read."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from watchword.enrichment.facts import Facts
from watchword.events.event import Event
from watchword.scoring.evidence import Evidence
from watchword.signals.signal import UNIT, NotEvaluable

Action = Literal["allow", "monitor", "verify", "block"]
Level = Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]
Mode = Literal["enforce", "monitor", "disabled"]

ACTIONS: tuple[Action, ...] = ("allow", "monitor", "verify", "block")
RANK = {action: rank for rank, action in enumerate(ACTIONS)}
LEVELS: tuple[tuple[int, Level], ...] = ((800_000, "CRITICAL"), (600_000, "HIGH"), (300_000, "MEDIUM"), (0, "LOW"))
"""Level by unrounded score, fixed by contract; thresholds in ten-thousandths."""


FloorName = Literal["strongest", "critical", "none"]


class Terms(Struct, frozen=True, array_like=True):
    """By what arithmetic an action follows from evidence: thresholds (ten-thousandths, ascending), floor, scorecard."""

    monitor: int = 300_000
    verify: int = 600_000
    block: int = 800_000
    floor: FloorName = "strongest"
    scorecard: str = "weighted_average"


class Blend(Struct, frozen=True, gc=False, array_like=True):
    """What the login model said: probability and confidence 0-10,000 in ten-thousandths, and its version."""

    probability: int
    confidence: int
    version: str


class Floor(Struct, frozen=True, gc=False):
    """The floor that made the action stricter than the score alone."""

    name: str
    was: Action
    now: Action


class PolicyEffect(Struct, frozen=True, gc=False):
    """What a rule, list entry or override did, or in `shadow` mode would have done.

    `mode` is live, shadow, list, override or variant (a whole policy under test). `action` is what it demands, `change`
    what it adds to the score (ten-thousandths), `needs` the evidence codes without which it would not have matched.
    In the shadow, `becomes` is what the whole decision would have been, and `score` its score where that differs.
    """

    name: str
    mode: str
    action: Action | None = None
    change: int = 0
    needs: tuple[str, ...] = ()
    becomes: Action | None = None
    score: int | None = None

    @property
    def effect(self) -> str:
        """What it does, in words."""
        if self.mode == "variant":
            return f"would {self.becomes}"
        if self.change:
            return f"score {self.change / UNIT:+.4g}"
        if self.mode in ("list", "override") or self.action == "allow":
            return str(self.action)
        return f"at least {self.action}"


class Degraded(Struct, frozen=True, gc=False):
    """A part that was missing from this decision, and why."""

    part: str
    reason: str


class Decision(Struct, frozen=True, gc=False):
    """One event, judged. Scores and contributions are whole ten-thousandths; times are milliseconds since 1970.

    `action` is what the caller is told, `would_act` what enforcement would have told; they differ in monitor mode.
    `logins` is how many log-ins of the user were learnt before this one. `contributions` sum to `score`. `id` is
    derived from the event's keyed hash, so one event has one decision. `terms`, `blend` and (under log-odds)
    `logits` are what the counterfactual is worked out with.
    """

    id: str
    event: Event
    source: str
    decided_ms: int
    facts: Facts
    score: int
    level: Level
    action: Action
    would_act: Action
    mode: Mode
    evidence: tuple[Evidence, ...] = ()
    contributions: tuple[tuple[str, int], ...] = ()
    not_evaluable: tuple[NotEvaluable, ...] = ()
    floor: Floor | None = None
    relief: str | None = None
    policies: tuple[PolicyEffect, ...] = ()
    shadow: tuple[PolicyEffect, ...] = ()
    degraded: tuple[Degraded, ...] = ()
    versions: dict[str, Any] = {}
    latency_us: int = 0
    durable: bool = True
    learnt: bool = False
    logins: int = 0
    linked: str | None = None
    debug: dict[str, Any] | None = None
    terms: Terms = Terms()
    blend: Blend | None = None
    logits: tuple[tuple[str, int], ...] = ()


def decision_id(event_key: bytes) -> str:
    """The id of the decision on the event with that keyed hash."""
    return f"dec_{event_key.hex()}"


def stricter(one: Action, other: Action) -> Action:
    """The stricter of two actions."""
    return one if RANK[one] >= RANK[other] else other


def milder(one: Action, other: Action) -> Action:
    """The milder of two actions."""
    return one if RANK[one] <= RANK[other] else other
