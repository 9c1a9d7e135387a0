"""The template of a text that is always the same, prepared for comparing: medians, spreads, neighbours, calibration.

Recency is what counts: on the CMU set the last 10 entries of 200 do nearly as well as all (research/behaviour.md 3.1).
Constants without a source are that report's.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from msgspec import Struct

from watchword.behaviour.keystrokes import GAP_MS, UP_DOWN_MS
from watchword.behaviour.remembered import remembered
from watchword.behaviour.samples import Floats

MEDIAN_ENTRIES, SPREAD_ENTRIES = 12.0, 40.0
PRIOR_SPREAD, PRIOR_WEIGHT = 0.2, 4.0
FAR, NEAR = 5.0, 3.0
NEIGHBOURS, RECENT = 5, 30
SEPARATE_WEIGHT = 0.15
FASTER = (0.1, 0.75)
"""What a deviation towards faster weighs, while a text is still being learnt and after."""

LEARNING_GAIN = (0.2, 0.5)
LEARNING_ENTRIES = 20
OTHERS = 64
TYPIST_TEMPO_MS, TYPIST_TEMPO_SD = 280.0, 0.5
"""The keystroke-level model's typists: 80 to 750 ms a key, on average 280 ms (Card, Moran, Newell 1983)."""

TYPIST_HOLD_MS, TYPIST_HOLD_SD = 100.0, 0.25
FINGERING_SD = 0.35
"""How differently two people take one key or pair of keys, once tempo is set aside (log ms)."""

OWN_SD, OWN_WEIGHT = 0.25, 8.0
"""What an owner's log distances spread by, until their own entries say."""


class Prepared(Struct, frozen=True, eq=False):
    """A shelf made ready. `median`, `spread`, `recent` as in the module; `mid`, `slope` make a ratio of a distance."""

    median: Floats
    spread: Floats
    recent: Floats
    faster: float
    mid: float
    slope: float
    expected: float

    def distance(self, values: Floats) -> tuple[float, float]:
        """How far the features lie from the template, and how much slower (-) or faster (+) they are, in spreads."""
        known = ~np.isnan(values)
        if known.all():
            parts = (values, self.median, self.spread, self.recent)
        else:
            parts = (values[known], self.median[known], self.spread[known], self.recent[:, known])
        values, median, spread, recent = parts
        scaled = (values - median) / spread
        return float(fused(scaled, (values - recent) / spread, self.faster)), float(-scaled.mean())

    def llr(self, distance: float) -> float:
        """The natural logarithm of the likelihood ratio of that distance, owner over others. Falls with distance."""
        return self.slope * (self.mid - float(np.log(distance)))


def fused(scaled: Floats, apart: Floats, faster: float) -> Floats:
    """`sep` and `knn`: clipped deviation from the median, and from the nearest recent entries (last axis but one)."""
    width = scaled.shape[-1]
    own = np.add.reduce(_clipped(scaled, faster, FAR), -1) / width
    each = np.add.reduce(_clipped(apart, faster, NEAR), -1) / width
    near = min(NEIGHBOURS, each.shape[-1])
    nearest = np.add.reduce(np.partition(each, near - 1, axis=-1)[..., :near], -1) / near
    made: Floats = (nearest + SEPARATE_WEIGHT * own) / (1 + SEPARATE_WEIGHT)
    return np.maximum(made, 1e-6)


def _clipped(scaled: Floats, faster: float, most: float) -> Floats:
    made: Floats = np.minimum(np.maximum(scaled, scaled * -faster), most)
    return made


@remembered(1024)
def prepare(packed: bytes, rows: int) -> Prepared:
    """The template of those entries (float32, oldest first, the last column the clock). Takes a millisecond; kept."""
    entries = _filled(np.frombuffer(packed, dtype="<f4").reshape(rows, -1)[:, :-1].astype(np.float64))
    weights = np.exp(-np.arange(rows)[::-1] / MEDIAN_ENTRIES)
    median = weighted_medians(entries, weights[None])[0]
    spread = spreads(entries, median)
    faster, recent = _faster(entries), entries[-RECENT:]
    own = np.log(_own(entries, weights, spread, faster))
    drawn = others(median, spread)
    apart = (drawn[:, None] - recent) / spread
    other = np.log(fused((drawn - median) / spread, apart, faster))
    mid, slope = calibrated(own, other)
    return Prepared(median, spread, recent, faster, mid, slope, float(np.exp(own.mean())))


def _filled(entries: Floats) -> Floats:
    missing = np.isnan(entries)
    return np.where(missing, np.nanmedian(entries, axis=0), entries) if missing.any() else entries


def weighted_medians(entries: Floats, weights: Floats) -> Floats:
    """The weighted median of every column, once for each row of `weights`."""
    order = np.argsort(entries, axis=0)
    heaped = weights[:, order].cumsum(axis=1)
    at = (heaped >= heaped[:, -1:] / 2).argmax(axis=1)
    made: Floats = np.take_along_axis(entries, np.take_along_axis(order, at, axis=0), axis=0)
    return made


def spreads(entries: Floats, median: Floats) -> Floats:
    weights = np.exp(-np.arange(len(entries))[::-1] / SPREAD_ENTRIES)
    made: Floats = (weights @ np.abs(entries - median) + PRIOR_WEIGHT * PRIOR_SPREAD) / (weights.sum() + PRIOR_WEIGHT)
    return made


def _faster(entries: Floats) -> float:
    """The weight of deviations towards faster: little while the newest entries still gain speed."""
    recent = entries[-LEARNING_ENTRIES:]
    keys = (entries.shape[1] + 2) // 3
    pace = recent[:, keys : 2 * keys - 1].mean(axis=1)
    place = np.arange(len(pace)) - (len(pace) - 1) / 2
    gain = -float(place @ pace / (place @ place)) * len(pace)
    low, high = LEARNING_GAIN
    learning = min(max((gain - low) / (high - low), 0.0), 1.0)
    return FASTER[1] - (FASTER[1] - FASTER[0]) * learning


def _own(entries: Floats, weights: Floats, spread: Floats, faster: float) -> Floats:
    """What the recent entries would score, each left out of the template in turn."""
    recent = entries[-RECENT:]
    count = len(recent)
    without = np.tile(weights, (count, 1))
    without[np.arange(count), np.arange(len(entries) - count, len(entries))] = 0.0
    scaled = (recent - weighted_medians(entries, without)) / spread
    apart = (recent[:, None] - recent) / spread
    rest = apart[~np.eye(count, dtype=bool)].reshape(count, count - 1, -1)
    return fused(scaled, rest, faster)


@lru_cache(maxsize=64)
def _normals(columns: int) -> Floats:
    """The same draws each time: what a sample of other people is made of."""
    return np.random.Generator(np.random.PCG64(columns)).standard_normal((OTHERS, 3 * columns + 2))


def others(median: Floats, spread: Floats) -> Floats:
    """What sixty-four other people would type here if they differed as typists do: in tempo, hold and fingering.

    They type the same text, so its hard places are theirs too; and they vary from time to time as the owner does.
    """
    keys = (len(median) + 2) // 3
    normals = _normals(len(median))
    person, noise = normals[:, :2], normals[:, 2:]
    fingering, trial = noise[:, : 2 * keys - 1], noise[:, 2 * keys - 1 : 4 * keys - 2] * spread[: 2 * keys - 1]
    gaps = median[keys : 2 * keys - 1]
    hold = (
        np.log(TYPIST_HOLD_MS)
        + TYPIST_HOLD_SD * person[:, :1]
        + FINGERING_SD / 2 * fingering[:, :keys]
        + trial[:, :keys]
    )
    tempo = np.log(TYPIST_TEMPO_MS) + TYPIST_TEMPO_SD * person[:, 1:] - gaps.mean()
    gap = np.clip(gaps + tempo + FINGERING_SD * fingering[:, keys:] + trial[:, keys:], *np.log(GAP_MS))
    up_down = np.arcsinh((np.exp(gap) - np.exp(hold[:, :-1])) / UP_DOWN_MS)
    return np.concatenate((hold, gap, up_down), axis=1)


def calibrated(own: Floats, other: Floats) -> tuple[float, float]:
    """Where owner and others are equally likely, and what a unit of log distance says: two normal distributions."""
    near, far = float(own.mean()), float(other.mean())
    near_sd = float(np.sqrt((own.var() * len(own) + OWN_SD**2 * OWN_WEIGHT) / (len(own) + OWN_WEIGHT)))
    far_sd = float(other.std()) + 1e-6
    far = max(far, near + 0.1)
    return (near * far_sd + far * near_sd) / (near_sd + far_sd), (far - near) / (near_sd * far_sd)
