"""What free text learns of many people: their average, and how people differ among and within themselves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from watchword.behaviour import logistic
from watchword.behaviour.free_features import CELLS, GROUPS, PAIRS, QUANTILES
from watchword.behaviour.logistic import balanced
from watchword.behaviour.samples import Floats
from watchword.behaviour.two_covariance import Directions, TwoCovariance, fit, floats, packed

LEAST_PEOPLE = 100
LEAST_OF_ONE = 4
OF_ONE = 15
"""Entries of one person that train: more of few people teaches little about people."""

SHRINK = 0.2
DIRECTIONS = 120
SHRINK_COUNT = 2.0
SQUASH = 1.5
"""Features are pressed to within so many standard deviations, smoothly: one odd key must not decide."""

ENROLLED = (2, 5, 10)
MOST_ENTRIES = 10.0
"""More entries do not count as more: they were typed on the same keyboards, in the same days."""

HELD_OUT = 5


class FreeBackground(Struct, frozen=True):
    """The population, plain: mean of every cell, centre and scale of the features, the PLDA and its calibration.

    `few` is what the ratio moves by with one entry of the owner's (less with more).
    """

    cells: bytes
    centre: bytes
    scale: bytes
    model: TwoCovariance
    slope: float
    few: float
    offset: float
    people: int


class Population(Struct, frozen=True, eq=False):
    """The same as arrays."""

    cells: Floats
    centre: Floats
    scale: Floats
    directions: Directions
    slope: float
    few: float
    offset: float

    def ratio(self, own_mean: Floats, entries: int, other: Floats) -> tuple[float, float]:
        """The calibrated log-likelihood ratio, and the model's own, of a place against the mean of that many."""
        raw = float(self.directions.ratio(own_mean, min(entries, MOST_ENTRIES), other))
        return self.slope * raw + self.few / entries + self.offset, raw

    def project(self, vectors: Floats) -> Floats:
        """Entries' vectors (rows) in the model's directions."""
        raw = residuals(vectors, self.cells)
        return self.directions.project(squashed((raw - self.centre) / self.scale))


def residuals(vectors: Floats, cells: Floats) -> Floats:
    """By how much each cell lies over the population's, shrunk by how few keys it saw; the same by group and in all."""
    rows = len(vectors)
    count = vectors[:, None, :CELLS]
    over = (vectors[:, CELLS:QUANTILES].reshape(rows, 3, CELLS) - cells) * count
    size = len(GROUPS)
    table, seen = over[..., :PAIRS].reshape(rows, 3, size, size), count[..., :PAIRS].reshape(rows, 1, size, size)
    parts = (
        over / (count + SHRINK_COUNT),
        table.sum(axis=3) / (seen.sum(axis=3) + SHRINK_COUNT),
        table.sum(axis=2) / (seen.sum(axis=2) + SHRINK_COUNT),
        table.sum(axis=(2, 3)) / (seen.sum(axis=(2, 3)) + 1.0),
    )
    return np.concatenate([part.reshape(rows, -1) for part in parts] + [vectors[:, QUANTILES:]], axis=1)


def squashed(values: Floats) -> Floats:
    """Standardised features, their tails pressed in."""
    made: Floats = SQUASH * np.tanh(values / SQUASH)
    return made


def train(people: Sequence[Floats]) -> FreeBackground | None:
    """The model of those people's vectors, one matrix a person. None where fewer than a hundred have four entries.

    Its calibration is fitted on a fifth of them, whom the model that it is fitted with does not know.
    """
    enough = [one[-OF_ONE:] for one in people if len(one) >= LEAST_OF_ONE]
    if len(enough) < LEAST_PEOPLE:
        return None
    known = [one for at, one in enumerate(enough) if at % HELD_OUT]
    calibration = _calibrate(_fit(known, (1.0, 0.0, 0.0)), enough[::HELD_OUT])
    return _fit(enough, calibration)


def _fit(people: Sequence[Floats], calibration: tuple[float, float, float]) -> FreeBackground:
    every = np.concatenate(people)
    count = every[:, None, :CELLS]
    seen = np.maximum(count.sum(axis=0), 1.0)
    cells = (every[:, CELLS:QUANTILES].reshape(len(every), 3, CELLS) * count).sum(axis=0) / seen
    raw = [residuals(one, cells) for one in people]
    joined = np.concatenate(raw)
    centre, scale = joined.mean(axis=0), joined.std(axis=0) + 1e-3
    model = fit([squashed((one - centre) / scale) for one in raw], DIRECTIONS, SHRINK)
    return FreeBackground(packed(cells), packed(centre), packed(scale), model, *calibration, len(people))


def _calibrate(background: FreeBackground, people: Sequence[Floats]) -> tuple[float, float, float]:
    model = population(background)
    places = [model.project(one) for one in people]
    own: list[Floats] = []
    other: list[Floats] = []
    for at, mine in enumerate(places):
        rest = np.array([one[-1] for place, one in enumerate(places) if place != at])
        for enrolled in ENROLLED:
            if enrolled < len(mine):
                mean = mine[:enrolled].mean(axis=0)
                for scores, tried in ((own, mine[enrolled:]), (other, rest)):
                    raw = model.directions.ratio(mean, enrolled, tried)
                    scores.append(np.stack((raw, np.full(len(raw), 1 / enrolled)), axis=1))
    mine, others = np.concatenate(own), np.concatenate(other)
    owner = np.repeat((1.0, 0.0), (len(mine), len(others)))
    slope, few, offset = logistic.fit(np.concatenate((mine, others)), owner, balanced(len(mine), len(others)), 1e-4)
    return max(float(slope), 0.0), float(few), float(offset)


@lru_cache(maxsize=4)
def population(background: FreeBackground) -> Population:
    """The background's arrays."""
    cells = floats(background.cells).reshape(3, CELLS)
    return Population(
        cells, floats(background.centre), floats(background.scale), background.model.arrays(),
        background.slope, background.few, background.offset,
    )  # fmt: skip


def as_background(value: Any) -> FreeBackground | None:
    """The background, also where it came back from msgpack as a dict."""
    return value if value is None or isinstance(value, FreeBackground) else msgspec.convert(value, FreeBackground)
