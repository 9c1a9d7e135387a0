"""How near a stretch is to the owner's own, judged by how near those are to each other. No data of other people.

The distance is the mean over features of differences in units of the owner's spread, cut at 3, to the 5 nearest
entries; it shrinks with the strokes behind it, as sampling error does.
"""

from __future__ import annotations

from math import exp, log, sqrt

import numpy as np
from msgspec import Struct

from watchword.behaviour.remembered import Same, remembered
from watchword.behaviour.samples import Floats
from watchword.behaviour.strokes import Ints
from watchword.behaviour.template import Shelf

NEAREST = 5
CUT = 3.0
FEW = 20.0
"""Strokes at which the error of sampling doubles a distance's square."""

PROBES = 12
USUAL = 0.62
"""Mean distance between stretches of one person where theirs is not known yet: of normal features with a spread of 1,
the nearest 5 of 60 (by simulation 0.55 to 0.7); it weighs as much as `PRIOR_WEIGHT` entries."""

PRIOR_WEIGHT = 6.0
SPREAD = 0.18
"""Spread of the logarithm of those distances, at the least: days differ more than the stretches of one."""

FLOOR = 0.05


class Near(Struct, frozen=True):
    """`distance` is comparable between stretches of any length; `usual` what the owner's own have; `llr` their ratio's
    calibrated logarithm, not bounded yet."""

    distance: float
    usual: float
    llr: float


def near(shelf: Shelf, values: Floats, count: int, columns: tuple[int, ...]) -> Near:
    """How near `values` (of `count` strokes) are to the shelf's entries in those columns."""
    own = _own(Same(shelf), columns)
    one = (values[own.columns] - own.middle) / own.spread
    one[np.isnan(one)] = 0.0
    apart = np.minimum(np.abs(own.held - one), CUT)
    distance = _nearest(np.add.reduce(apart, axis=1) / len(columns)) / _error(count)
    return Near(distance, own.usual, ratio_of(log(max(distance, 1e-6) / own.usual) / own.wide))


class _Own(Struct, frozen=True):
    columns: Ints
    middle: Floats
    spread: Floats
    held: Floats
    usual: float
    wide: float


@remembered(256)
def _own(same: Same[Shelf], columns: tuple[int, ...]) -> _Own:
    return _known(same.one, columns)


@remembered(256)
def _known(shelf: Shelf, columns: tuple[int, ...]) -> _Own:
    entries = shelf.matrix[:, list(columns)].astype(np.float64)
    middle, spread = _scale(entries)
    held = np.nan_to_num((entries - middle) / spread)
    return _Own(np.array(columns), middle, spread, held, *_usual(shelf, held))


def _scale(entries: Floats) -> tuple[Floats, Floats]:
    middle = np.nan_to_num(_median(entries))
    off = _median(np.abs(entries - middle))
    spread = np.nan_to_num(1.4826 * off) + 0.05 * np.nan_to_num(_deviation(entries)) + 1e-3
    return middle, spread


def _median(values: Floats) -> Floats:
    ordered = np.sort(values, axis=0)
    known = len(ordered) - np.isnan(ordered).sum(axis=0)
    low = np.maximum(known - 1, 0) // 2
    high = np.minimum(known // 2, np.maximum(known - 1, 0))
    both = np.take_along_axis(ordered, np.stack([low, high]), 0)
    middle: Floats = both.mean(axis=0)
    return middle


def _deviation(values: Floats) -> Floats:
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, values, 0.0)
    mean = filled.sum(axis=0) / count
    spread: Floats = np.sqrt((np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / count)
    return spread


def _nearest(distances: Floats) -> float:
    count = min(NEAREST, len(distances))
    distances.partition(count - 1)
    return float(np.add.reduce(distances[:count])) / count


def _error(count: float) -> float:
    return sqrt(1 + FEW / max(count, 1))


def _usual(shelf: Shelf, held: Floats) -> tuple[float, float]:
    """Median of the entries' own distances to entries of other sessions, and the spread of their logarithm."""
    probes = np.unique(np.linspace(0, len(held) - 1, PROBES).astype(np.intp))
    sessions = np.array([entry.session for entry in shelf.entries])
    apart = np.minimum(np.abs(held[probes, None] - held[None]), CUT).mean(axis=2)
    same = (sessions[probes, None] == sessions[None]) & (sessions[probes, None] != 0)
    apart[same] = np.inf
    apart[np.arange(len(probes)), probes] = np.inf
    nearest = np.sort(apart, axis=1)[:, :NEAREST]
    known = np.isfinite(nearest).all(axis=1)
    if not known.any():
        return USUAL, SPREAD * 2
    own = nearest[known].mean(axis=1) / [_error(shelf.entries[probe].count) for probe in probes[known]]
    logs = np.log(np.maximum(own, 1e-6))
    weight = len(shelf.entries) / (len(shelf.entries) + PRIOR_WEIGHT)
    usual = exp(weight * float(np.median(logs)) + (1 - weight) * log(USUAL))
    return usual, max(SPREAD, float(logs.std()))


def ratio_of(z: float) -> float:
    """How much likelier such a distance is of the owner than of another.

    The owner's are standard normal with tails (one in `1 / FLOOR` days is unlike the others); another's lie anywhere
    from as near to three times as far: normal around 3 with a spread of 2.5, in the owner's units.
    """
    owner = (1 - FLOOR) * _normal(z, 0.3, 1.2) + FLOOR * _normal(z, 2, 3)
    other = _normal(z, 3.0, 2.5)
    return log((owner + 1e-9) / (other + 1e-9)) if z > -1 else log(_normal(-1, 0.3, 1.2) / _normal(-1, 3.0, 2.5))


def _normal(z: float, mean: float, spread: float) -> float:
    return exp(-0.5 * ((z - mean) / spread) ** 2) / spread
