"""What stretches of strokes look like among people: how much one person's vary, and where each person's lie.

Trained by a deployment on its own users' entries. A stretch is then as likely the owner's as it is near the owner's
mean, in units in which one person's stretches vary by 1 in each direction (linear discriminants, Fisher 1936, with the
covariance shrunk to half), against the mean likelihood under the other people; the ratio is calibrated by logistic
regression on people who were left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from watchword.behaviour.logistic import balanced, fit
from watchword.behaviour.remembered import Same, remembered
from watchword.behaviour.samples import Floats
from watchword.behaviour.template import Entry, Shelf

FEWEST_PEOPLE = 5
RIDGE = 1e-3
SAME = 0.5
"""One of the people is the owner where the mean is nearer than so much of the usual squared distance of neighbours."""

FEWEST_ENTRIES = 5
MOST_PEOPLE = 200
SHRINK = 0.5
CUT = 4.0
FEW = 20.0
"""Strokes at which the error of sampling doubles what one person's stretches vary by."""

MODEL = "people-1"


def train(people: Sequence[Sequence[Entry]]) -> dict[str, Any] | None:
    """A model of those people's entries as plain values; None with fewer than 5 people of 5 entries of one shape."""
    held = [np.stack([entry.values for entry in one]).astype(np.float64) for one in people if _enough(one)]
    held = [one for one in held if one.shape[1] == held[0].shape[1]][:MOST_PEOPLE]
    if len(held) < FEWEST_PEOPLE:
        return None
    everything = np.concatenate(held)
    known = ~np.isnan(everything)
    middle = np.where(known, everything, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    spread = _spread(everything, middle)
    scaled = [_scaled(one, middle, spread) for one in held]
    whiten = _whitening(scaled)
    white = [one @ whiten for one in scaled]
    kept = [one for one in people if _enough(one)][: len(held)]
    slope, offset = _calibrate(white, [np.array([entry.session for entry in one]) for one in kept])
    return {
        "model": MODEL, "middle": _pack(middle), "spread": _pack(spread), "whiten": _pack(whiten),
        "means": _pack(np.stack([one.mean(axis=0) for one in white])), "people": len(white),
        "slope": slope, "offset": offset,
        "strokes": float(np.mean([entry.count for one in kept for entry in one])),
    }  # fmt: skip


def ratio(model: Any, owner: Shelf, values: Floats, count: int) -> float | None:
    """The calibrated log-likelihood ratio of `values` (one entry of `count` strokes) for the owner of those entries.

    None where the model is not one of these, or of features of another shape.
    """
    if not isinstance(model, dict) or model.get("model") != MODEL:
        return None
    among = _among(model["middle"], model["spread"], model["whiten"], model["means"])
    if len(values) != len(among.middle) or len(owner.entries[0].values) != len(values):
        return None
    mean, others = _owner(Same(owner), among)
    one = _scaled(values, among.middle, among.spread) @ among.whiten
    error = (1 + FEW / max(count, 1)) / (1 + FEW / model["strokes"])
    slope, offset = float(model["slope"]), float(model["offset"])
    return slope * _raw(one, mean, others) / float(error) + offset


class _Among(Struct, frozen=True, eq=False):
    """A model's values, unpacked once. Equal only to itself."""

    middle: Floats
    spread: Floats
    whiten: Floats
    means: Floats


@lru_cache(maxsize=8)
def _among(middle: bytes, spread: bytes, whiten: bytes, means: bytes) -> _Among:
    centre = _unpack(middle)
    size = len(centre)
    return _Among(centre, _unpack(spread), _unpack(whiten).reshape(size, size), _unpack(means).reshape(-1, size))


@remembered(512)
def _owner(same: Same[Shelf], among: _Among) -> tuple[Floats, Floats]:
    return _placed(same.one, among)


@remembered(512)
def _placed(owner: Shelf, among: _Among) -> tuple[Floats, Floats]:
    """Where the owner lies, and where the others do: without the owner, who is one of a deployment's people too."""
    mean: Floats = _scaled(owner.matrix.astype(np.float64), among.middle, among.spread).mean(axis=0) @ among.whiten
    away = ((among.means - mean) ** 2).sum(axis=1)
    same = away < SAME * _nearest(among.means)
    same &= away == away.min()
    return mean, among.means[~same]


def _nearest(means: Floats) -> float:
    """The median squared distance of a person to the nearest other."""
    apart = ((means[:, None] - means) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    return float(np.median(apart.min(axis=1)))


def _enough(entries: Sequence[Entry]) -> bool:
    return len(entries) >= FEWEST_ENTRIES and len({len(entry.vector) for entry in entries}) == 1


def _spread(values: Floats, middle: Floats) -> Floats:
    known = ~np.isnan(values)
    squares = np.where(known, values - middle, 0.0) ** 2
    spread: Floats = np.sqrt(squares.sum(axis=0) / np.maximum(known.sum(axis=0), 1)) + 1e-3
    return spread


def _scaled(values: Floats, middle: Floats, spread: Floats) -> Floats:
    scaled: Floats = np.clip(np.nan_to_num((values - middle) / spread), -CUT, CUT)
    return scaled


def _whitening(scaled: Sequence[Floats]) -> Floats:
    """Turns features into directions in which one person's stretches vary by 1."""
    within = np.concatenate([one - one.mean(axis=0) for one in scaled])
    covariance = within.T @ within / len(within)
    size = len(covariance)
    shrunk = (1 - SHRINK) * covariance + SHRINK * np.eye(size) * max(np.trace(covariance) / size, 1e-6)
    values, vectors = np.linalg.eigh(shrunk)
    whiten: Floats = vectors / np.sqrt(values)
    return whiten


def _raw(one: Floats, mean: Floats, others: Floats) -> float:
    """Log-likelihood under the owner's mean less that under the mixture of the others."""
    away = -0.5 * ((others - one) ** 2).sum(axis=1)
    most = away.max()
    return float(-0.5 * ((mean - one) ** 2).sum() - most - np.log(np.exp(away - most).mean()))


def _calibrate(white: Sequence[Floats], sessions: Sequence[NDArray[np.int_]]) -> tuple[float, float]:
    """Slope and offset of the ratio: owners' sessions left out of their mean, others who are not among the rest."""
    means = np.stack([one.mean(axis=0) for one in white])
    ratios, labels = [], []
    for at, own in enumerate(white):
        for place in range(0, len(own), max(1, len(own) // 12)):
            entry = own[place]
            apart = (sessions[at] != sessions[at][place]) | (sessions[at] == 0)
            apart[place] = False
            if not apart.any():
                continue
            ratios.append(_raw(entry, own[apart].mean(axis=0), np.delete(means, at, axis=0)))
            labels.append(1.0)
            owner = (at + 1 + len(ratios) % (len(white) - 1)) % len(white)
            ratios.append(_raw(entry, means[owner], np.delete(means, (at, owner), axis=0)))
            labels.append(0.0)
    found, owner_of = np.array(ratios), np.array(labels)
    order = np.argsort(-owner_of, kind="stable")
    scale = float(found.std()) or 1.0
    own_count = int(owner_of.sum())
    if own_count in {0, len(order)}:
        return 0.0, 0.0
    weights = balanced(own_count, len(order) - own_count)
    slope, offset = fit(found[order, None] / scale, owner_of[order], weights, RIDGE)
    return max(float(slope) / scale, 0.0), float(offset)


def _pack(values: Floats) -> bytes:
    return values.astype("<f4").tobytes()


def _unpack(packed: bytes) -> Floats:
    return np.frombuffer(packed, dtype="<f4").astype(np.float64)
