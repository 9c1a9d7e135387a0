"""What a sign of a machine is, how rare it is among people, and what a family of rules looks like."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import exp, log, sqrt
from typing import Any, Literal

import numpy as np
from msgspec import Struct

from watchword.behaviour.clock_grain import is_coarse
from watchword.behaviour.samples import Floats, Samples
from watchword.behaviour.template import Entry, Template

BotChannel = Literal["typing", "pointer", "touch", "events"]
EDGE = 5e-4
"""Share of people's stretches that lie beyond a limit's `edge`: the 0.05 % quantile."""

FAR = 1e-5
"""Share that lies beyond a limit's `far`."""

LEAST = 1e-9


class BotSign(Struct, frozen=True):
    """Something in the samples that people hardly ever do. Scored, never decisive by itself.

    `strength` 0-1 is how much it weighs, `quantile` the share of people's stretches that look as odd or odder (1e-3 is
    rare, under 1e-5 nobody was seen).
    """

    code: str
    channel: BotChannel
    strength: float
    quantile: float
    message: str
    details: dict[str, Any] = {}


@dataclass(frozen=True)
class Stretch:
    """What the families look at: samples and, where there is one, the owner's template.

    `entries` has what was extracted from the samples already, by modality.
    """

    samples: Samples
    history: Template | None = None
    entries: Mapping[str, Sequence[Entry]] = field(default_factory=dict)

    @cached_property
    def coarse(self) -> bool:
        """Whether the clock hides timing (`clock_grain`)."""
        return is_coarse(self.samples)


class BotFamily(Struct, frozen=True):
    """Rules of one channel that share their arithmetic. `codes` says of each code what it sees and which innocent
    cases it may hit. One value a file, found by the catalogue."""

    name: str
    channel: BotChannel
    codes: dict[str, str]
    find: Callable[[Stretch], tuple[BotSign, ...]]


class Limit(Struct, frozen=True):
    """Where people end: 0.05 % of their stretches lie beyond `edge`, 1e-5 beyond `far`. `far` may be on either side."""

    edge: float
    far: float

    def quantile(self, value: float) -> float:
        """How rare `value` is: 1 inside, 5e-4 at `edge`, 1e-5 at `far`, log-linear between and beyond."""
        past = (value - self.edge) / (self.far - self.edge)
        return 1.0 if past < 0 else max(LEAST, exp(log(EDGE) + past * log(FAR / EDGE)))


def middle(values: Floats) -> float:
    """The median of at least one value, without the checks that make numpy's ten times as slow."""
    ordered = np.sort(values)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def spread(values: Floats) -> float:
    """Standard deviation of at least one value as share of the mean; 0 where that is not over 0."""
    mean = float(np.add.reduce(values)) / len(values)
    off = values - mean
    return sqrt(float(off @ off) / len(values)) / mean if mean > 0 else 0.0


def strength(quantile: float) -> float:
    """How much a sign of that rarity weighs: 0.5 at 5e-4, 1 at 1e-5 and under, 0.2 at the least."""
    return min(1.0, max(0.2, 0.5 + 0.5 * log(EDGE / quantile) / log(EDGE / FAR)))


def sign(code: str, channel: BotChannel, quantile: float, message: str, **details: float) -> BotSign:
    """A sign that weighs as its rarity says; numbers in `details` are rounded."""
    rounded = {name: round(value, 3) for name, value in details.items()}
    return BotSign(code, channel, round(strength(quantile), 3), quantile, message, rounded)
