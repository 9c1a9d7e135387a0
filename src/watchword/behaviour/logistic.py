"""Logistic regression in numpy: small, weighted, ridge-regularised. The calibration of scores is its smallest case."""

from __future__ import annotations

import numpy as np

from watchword.behaviour.samples import Floats

STEPS = 60
SMALL = 1e-8


def fit(features: Floats, owner: Floats, weights: Floats, ridge: float) -> Floats:
    """Weights of the features, the constant last, by Newton's method; the constant is not punished."""
    rows = np.concatenate((features, np.ones((len(features), 1))), axis=1)
    penalty = np.full(rows.shape[1], ridge)
    penalty[-1] = SMALL
    found = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(rows @ found, -30, 30)))
        slope = rows.T @ (weights * (chance - owner)) + penalty * found
        bend = (rows * (weights * np.maximum(chance * (1 - chance), 1e-6))[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(bend, slope)
        found = found - np.clip(step, -4, 4)
        if np.abs(step).max() < 1e-6:
            break
    return found


def balanced(own: int, other: int) -> Floats:
    """Weights by which owner and others count alike, so that the fit is a likelihood ratio, not a posterior."""
    return np.concatenate((np.full(own, 0.5 / own), np.full(other, 0.5 / other)))
