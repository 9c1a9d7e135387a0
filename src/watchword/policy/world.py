"""Everything an assessment depends on besides the event and the state: read once, replaced whole, never changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from msgspec import Struct

from watchword.scoring.evidence import Evidence
from watchword.scoring.scorecard import Scored, weighted_average
from watchword.signals.limits import Limits
from watchword.signals.signal import Context, Signal
from watchword.state.population import Population

FloorName = Literal["strongest", "critical", "none"]
Scorecard = Callable[[Sequence[Evidence], Context], Scored]


class Thresholds(Struct, frozen=True):
    """Scores from which an action follows, in ten-thousandths, ascending."""

    monitor: int = 300_000
    verify: int = 600_000
    block: int = 800_000


class World(Struct, frozen=True):
    """One consistent view of settings, signals, scorecard, policy and versions."""

    signals: tuple[Signal, ...]
    limits: Limits = Limits()
    thresholds: Thresholds = Thresholds()
    floor: FloorName = "strongest"
    scorecard: Scorecard = lambda found, _context: weighted_average(found)
    scorecard_name: str = "weighted_average"
    mode: str = "enforce"
    enabled: bool = True
    population: Population = Population()
    versions: dict[str, Any] = {}
