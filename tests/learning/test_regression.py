"""The regression finds what the data was drawn from, respects beliefs and bounds, and its errors are honest."""

from __future__ import annotations

import numpy as np
import pytest

from watchword.learning.regression import Belief, Matrix, Problem, balanced, regress

TRUE = np.array([1.0, -0.5, 0.0])


def drawn(seed: int, size: int = 4000) -> Problem:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(size, 3))
    labels = (rng.random(size) < 1 / (1 + np.exp(-(rows @ TRUE)))).astype(float)
    return Problem(rows, labels, np.ones(size), np.zeros(size))


def belief(precision: float = 1e-6, least: float = -np.inf, most: float = np.inf, mean: float = 0.0) -> Belief:
    return Belief(np.full(3, mean), np.full(3, precision), np.full(3, least), np.full(3, most))


def slope(problem: Problem, weights: Matrix) -> Matrix:
    chances = 1 / (1 + np.exp(-(problem.offset + problem.rows @ weights)))
    found: Matrix = problem.rows.T @ (problem.weights * (chances - problem.labels))
    return found


def test_the_optimum_is_flat_and_near_the_truth() -> None:
    problem = drawn(1)
    found = regress(problem, belief())
    assert np.abs(slope(problem, found.weights)).max() < 1e-3
    assert found.weights == pytest.approx(TRUE, abs=0.15)


def test_standard_errors_cover_the_truth_as_often_as_they_should() -> None:
    inside = [
        abs(found.weights[place] - TRUE[place]) < 1.96 * found.errors[place]
        for seed in range(60)
        for found in [regress(drawn(seed, 800), belief())]
        for place in range(3)
    ]
    assert 0.90 < sum(inside) / len(inside) < 0.99


def test_bounds_hold_and_the_rest_is_optimal_under_them() -> None:
    problem = drawn(2)
    found = regress(problem, belief(least=0.0))
    assert found.weights[1] == 0.0
    assert slope(problem, found.weights)[1] > 0
    assert abs(slope(problem, found.weights)[0]) < 1e-3


def test_without_data_the_belief_stays() -> None:
    nothing = Problem(np.zeros((1, 3)), np.zeros(1), np.ones(1), np.zeros(1))
    assert regress(nothing, belief(precision=4.0, mean=7.0)).weights == pytest.approx([7.0] * 3)


def test_what_is_known_already_is_not_learnt_again() -> None:
    problem = drawn(3)
    problem.offset[:] = problem.rows @ TRUE
    assert regress(problem, belief()).weights == pytest.approx([0.0] * 3, abs=0.15)


def test_both_sides_weigh_the_same() -> None:
    problem = balanced(np.zeros((30, 2)), np.ones((5, 2)))
    assert problem.weights[problem.labels == 0].sum() == pytest.approx(problem.weights[problem.labels == 1].sum())
