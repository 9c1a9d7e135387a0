"""What stretches of strokes look like among people: how much one person's vary, and where each person's lie.

Trained by a deployment on its own users' entries. A stretch is then as likely the owner's as it is near the owner's
mean, in units in which one person's stretches vary by 1 in each direction (linear discriminants, Fisher 1936, with the
covariance shrunk to half), against the mean likelihood under the other people; the ratio is calibrated by logistic
regression on people who were left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from watchword.behaviour.samples import Floats
from watchword.behaviour.template import Entry

FEWEST_PEOPLE = 5
FEWEST_ENTRIES = 5
MOST_PEOPLE = 200
SHRINK = 0.5
CUT = 4.0
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
    slope, offset = _calibrate(white)
    return {
        "model": MODEL, "middle": _pack(middle), "spread": _pack(spread), "whiten": _pack(whiten),
        "means": _pack(np.stack([one.mean(axis=0) for one in white])), "people": len(white),
        "slope": slope, "offset": offset,
    }  # fmt: skip


def ratio(model: Any, owner: Floats, values: Floats) -> float | None:
    """The calibrated log-likelihood ratio of `values` (one entry) for the owner of the entries `owner`.

    None where the model is not one of these, or of features of another shape.
    """
    if not isinstance(model, dict) or model.get("model") != MODEL:
        return None
    middle, spread = _unpack(model["middle"]), _unpack(model["spread"])
    size = len(middle)
    if owner.shape[1] != size or len(values) != size:
        return None
    whiten, means = _unpack(model["whiten"]).reshape(size, size), _unpack(model["means"]).reshape(-1, size)
    mean = _scaled(owner, middle, spread).mean(axis=0) @ whiten
    one = _scaled(values, middle, spread) @ whiten
    return float(model["slope"]) * _raw(one, mean, means) + float(model["offset"])


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


def _calibrate(white: Sequence[Floats]) -> tuple[float, float]:
    """Slope and offset of the ratio: owners' entries left out of their mean, others' who are not among the rest."""
    means = np.stack([one.mean(axis=0) for one in white])
    ratios, labels = [], []
    for at, own in enumerate(white):
        for entry in own[:: max(1, len(own) // 12)]:
            left_out = (means[at] * len(own) - entry) / (len(own) - 1)
            ratios.append(_raw(entry, left_out, np.delete(means, at, axis=0)))
            labels.append(1.0)
            owner = (at + 1 + len(ratios) % (len(white) - 1)) % len(white)
            ratios.append(_raw(entry, means[owner], np.delete(means, (at, owner), axis=0)))
            labels.append(0.0)
    return _logistic(np.array(ratios), np.array(labels))


def _logistic(ratios: Floats, labels: Floats) -> tuple[float, float]:
    """Slope and offset by Newton's method with a weak prior; both classes are as likely."""
    scale = float(np.std(ratios)) or 1.0
    design = np.stack([ratios / scale, np.ones(len(ratios))], axis=1)
    weights = np.zeros(2)
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        gradient = design.T @ (labels - chance) - 0.1 * weights
        hessian = (design * (chance * (1 - chance))[:, None]).T @ design + 0.1 * np.eye(2)
        weights = weights + np.linalg.solve(hessian, gradient)
    return max(float(weights[0]) / scale, 0.0), float(weights[1])


def _pack(values: Floats) -> bytes:
    return values.astype("<f4").tobytes()


def _unpack(packed: bytes) -> Floats:
    return np.frombuffer(packed, dtype="<f4").astype(np.float64)
