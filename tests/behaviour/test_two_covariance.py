"""PLDA and logistic regression against oracles: whole covariance matrices, and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from watchword.behaviour import logistic
from watchword.behaviour.two_covariance import fit


@pytest.fixture
def rng() -> np.random.Generator:
    """The same draws for every test, whichever ran before it."""
    return np.random.default_rng(5)


def log_density(values: np.ndarray, covariance: np.ndarray) -> float:
    _, size = np.linalg.slogdet(2 * np.pi * covariance)
    return float(-0.5 * (values @ np.linalg.solve(covariance, values) + size))


def test_the_ratio_is_that_of_the_joint_normal_distributions(rng: np.random.Generator) -> None:
    people = [rng.normal(0, 2, 4) + rng.normal(0, (0.5, 1, 2, 1), (12, 4)) for _ in range(300)]
    model = fit(people, most=4, shrink=0.0).arrays()
    between, own, other = np.diag(model.between), rng.normal(0, 1, (3, 4)), rng.normal(0, 1, 4)
    same = np.kron(np.ones((4, 4)), between) + np.eye(16)
    apart = same.copy()
    apart[:12, 12:] = apart[12:, :12] = 0
    joint = np.concatenate((own.ravel(), other))
    expected = log_density(joint, same) - log_density(joint, apart)
    assert model.ratio(own.mean(axis=0), 3, other) == pytest.approx(expected, abs=1e-6)


def test_directions_have_the_variances_that_were_put_in(rng: np.random.Generator) -> None:
    people = [rng.normal(0, (3, 0.1), 2) + rng.normal(0, 1, (20, 2)) for _ in range(800)]
    model = fit(people, shrink=0.0).arrays()
    assert model.between[0] == pytest.approx(9, rel=0.15)
    inner = np.concatenate([model.project(one) - model.project(one).mean(axis=0) for one in people])
    assert (inner**2).sum(axis=0) / (19 * 800) == pytest.approx(1, abs=0.05)


def test_the_ratio_rises_the_nearer_the_other_and_the_more_entries(rng: np.random.Generator) -> None:
    model = fit([rng.normal(0, 2, 3) + rng.normal(0, 1, (8, 3)) for _ in range(200)]).arrays()
    mean = np.full(len(model.between), 2.0)
    ratios = [float(model.ratio(mean, 5, mean + step)) for step in (0, 1, 3, 6)]
    assert ratios == sorted(ratios, reverse=True)
    assert float(model.ratio(mean, 10, mean)) > float(model.ratio(mean, 1, mean)) > 0


def test_logistic_regression_finds_what_scikit_learn_finds(rng: np.random.Generator) -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    rows = rng.normal(0, 1, (400, 5))
    owner = (rows @ (1, -2, 0.5, 0, 0) + rng.logistic(0, 1, 400) > 0.3).astype(float)
    found = logistic.fit(rows, owner, np.ones(400), 1.0)
    theirs = linear.LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(rows, owner)
    assert found == pytest.approx([*theirs.coef_[0], theirs.intercept_[0]], abs=1e-4)


def test_balanced_weights_make_a_likelihood_ratio_of_any_mixture(rng: np.random.Generator) -> None:
    own, other = rng.normal(1, 1, 20_000), rng.normal(-1, 1, 2_000)
    scores, owner = np.concatenate((own, other))[:, None], np.repeat((1.0, 0.0), (len(own), len(other)))
    slope, offset = logistic.fit(scores, owner, logistic.balanced(len(own), len(other)), 1e-6)
    assert slope == pytest.approx(2, abs=0.15)
    assert offset == pytest.approx(0, abs=0.1)


def test_perfectly_separated_people_do_not_blow_it_up() -> None:
    rows = np.concatenate((np.full((20, 2), 5.0), np.full((20, 2), -5.0)))
    found = logistic.fit(rows, np.repeat((1.0, 0.0), 20), logistic.balanced(20, 20), 0.01)
    assert np.isfinite(found).all()
