"""Logistic regression with beliefs and bounds: what a fitted scorecard needs and no library gives at once.

Penalised maximum likelihood (a normal belief for each weight), weights held within bounds, robust standard errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
STEPS = 200
CLOSE = 1e-7


@dataclass(slots=True)
class Problem:
    """Rows with labels (1 attack), weights and known log-odds to start from."""

    rows: Matrix
    labels: Matrix
    weights: Matrix
    offset: Matrix


@dataclass(slots=True)
class Belief:
    """What is held of weights beforehand: independent normal means and precisions, and bounds that are never left."""

    means: Matrix
    precisions: Matrix
    least: Matrix
    most: Matrix


@dataclass(slots=True)
class Fitted:
    """Weights and their robust (sandwich) standard errors."""

    weights: Matrix
    errors: Matrix


def regress(problem: Problem, belief: Belief) -> Fitted:
    """Logistic regression within bounds, by Newton's method on the weights that no bound holds."""
    weights: Matrix = np.clip(belief.means, belief.least, belief.most)
    for _ in range(STEPS):
        slope, curve = _derivatives(problem, belief, weights)
        held = ((weights <= belief.least) & (slope > 0)) | ((weights >= belief.most) & (slope < 0))
        step = np.zeros(len(weights))
        step[~held] = np.linalg.solve(curve[np.ix_(~held, ~held)], slope[~held])
        after = _descended(problem, belief, weights, step)
        moved, weights = float(np.abs(after - weights).max()), after
        if moved < CLOSE:
            break
    return Fitted(weights, _errors(problem, belief, weights))


def _descended(problem: Problem, belief: Belief, weights: Matrix, step: Matrix) -> Matrix:
    """The step, clipped to the bounds and halved until it does not lead uphill."""
    height = _loss(problem, belief, weights)
    for halvings in range(30):
        after: Matrix = np.clip(weights - step / 2**halvings, belief.least, belief.most)
        if _loss(problem, belief, after) <= height:
            return after
    return weights


def _loss(problem: Problem, belief: Belief, weights: Matrix) -> float:
    log_odds = problem.offset + problem.rows @ weights
    missed = problem.weights * np.logaddexp(0, np.where(problem.labels == 1, -log_odds, log_odds))
    return float(missed.sum() + (belief.precisions * (weights - belief.means) ** 2).sum() / 2)


def _derivatives(problem: Problem, belief: Belief, weights: Matrix) -> tuple[Matrix, Matrix]:
    rows, chances = problem.rows, _chances(problem, weights)
    missed = problem.weights * (chances - problem.labels)
    slope: Matrix = rows.T @ missed + belief.precisions * (weights - belief.means)
    curve: Matrix = (rows * (problem.weights * chances * (1 - chances))[:, None]).T @ rows + np.diag(belief.precisions)
    return slope, curve


def _errors(problem: Problem, belief: Belief, weights: Matrix) -> Matrix:
    """Robust (sandwich) standard errors, log-ins taken as independent."""
    residuals = problem.rows * (problem.weights * (problem.labels - _chances(problem, weights)))[:, None]
    inverse = np.linalg.inv(_derivatives(problem, belief, weights)[1])
    errors: Matrix = np.sqrt(np.diag(inverse @ (residuals.T @ residuals + np.diag(belief.precisions)) @ inverse))
    return errors


def _chances(problem: Problem, weights: Matrix) -> Matrix:
    log_odds = problem.offset + problem.rows @ weights
    chances: Matrix = np.exp(-np.logaddexp(0, -log_odds))
    return chances


def balanced(honest: Matrix, attacks: Matrix) -> Problem:
    """The problem of telling these rows apart, both sides weighing the same in sum."""
    labels = np.r_[np.zeros(len(honest)), np.ones(len(attacks))]
    weights = np.r_[np.ones(len(honest)), np.full(len(attacks), len(honest) / max(1, len(attacks)))]
    return Problem(np.vstack([honest, attacks]), labels, weights, np.zeros(len(labels)))
